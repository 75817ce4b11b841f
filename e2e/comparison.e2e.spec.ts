import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import {
  type Agency,
  chainAt,
  type CloudEventJson,
  formatInstant,
  fullType,
  seededRandom,
  type ShortType,
  type Standalone,
  startStandalone,
  vn,
} from '#libs/testing';
import { axeSource, type Browser, findChromium, openChromium } from './chromium.js';

// A browser on a busy machine: the default of five seconds is for tests that stay in one process.
jest.setTimeout(60_000);

const chromium = findChromium();
if (chromium === null) {
  if (process.env.CI === 'true') throw new Error('Page tests need a Chromium: set CHROMIUM_PATH.');
  console.warn('SKIPPED: the overview of e2e/comparison.e2e.spec.ts: no Chromium found.');
}

/**
 * Periods side by side, rankings, and the organisation over 01/07/2025, against a small reckoning of its own: dossiers
 * as plain days, counted one by one.
 */

// ── The world: two provinces become one, districts end (as NQ 202/2025/QH15 does with Cần Thơ and Hậu Giang).

const [LAST, FIRST] = ['2025-06-30', '2025-07-01'];
const AGENCIES: (Agency & Record<string, unknown>)[] = [
  { id: 'P', name: 'Thành phố', kind: 'province' },
  { id: 'Q', name: 'Tỉnh bên', kind: 'province', validTo: LAST, successors: ['P'] },
  { id: 'P.S', name: 'Sở', kind: 'department', parent: 'P' },
  { id: 'Q.S', name: 'Sở tỉnh bên', kind: 'department', parent: 'Q', validTo: LAST, successors: ['P.S'] },
  {
    ...{ id: 'P.D', name: 'Huyện', kind: 'district', parent: 'P', validTo: LAST },
    successors: ['P.stays', 'P.new'],
  },
  {
    ...{ id: 'P.stays', name: 'Xã giữ nguyên', kind: 'commune', parent: 'P' },
    parents: [{ parent: 'P.D', validTo: LAST }],
  },
  { id: 'P.old', name: 'Xã cũ', kind: 'commune', parent: 'P.D', validTo: LAST, successors: ['P.new'] },
  {
    ...{ id: 'P.halved', name: 'Xã chia đôi', kind: 'commune', parent: 'P.D', validTo: LAST },
    successors: ['P.new', 'P.stays'],
  },
  { id: 'P.new', name: 'Xã mới', kind: 'commune', parent: 'P', validFrom: FIRST },
];

/** Written down by hand: whose dossiers count in which row of agency P, or of everything. */
const ROWS = {
  // An agency has its row whether or not it exists yet.
  'recorded before, P': {
    ...{ 'P.S': ['P.S'], 'P.D': ['P.D', 'P.stays', 'P.old', 'P.halved'], 'P.new': ['P.new'] },
  },
  'recorded after, P': {
    ...{ 'P.S': ['P.S'], 'P.D': ['P.D', 'P.old', 'P.halved'], 'P.stays': ['P.stays'], 'P.new': ['P.new'] },
  },
  'current, P': {
    ...{ P: ['Q'], 'P.S': ['P.S', 'Q.S'], 'P.D': ['P.D'], 'P.halved': ['P.halved'] },
    ...{ 'P.stays': ['P.stays'], 'P.new': ['P.new', 'P.old'] },
  },
  'recorded, all': { P: AGENCIES.map(({ id }) => id).filter((id) => id.startsWith('P')), Q: ['Q', 'Q.S'] },
  'current, all': { P: AGENCIES.map(({ id }) => id) },
} satisfies Record<string, Record<string, string[]>>;

interface Plain {
  code: string;
  agency: string;
  procedure: string;
  channel: string;
  /** Civil days since 1970. */
  accepted: number;
  due: number;
  resolved: number | null;
}

const DAY = 86_400_000;
const dayNumber = (text: string): number => Date.parse(`${text}T00:00:00Z`) / DAY;
const dayText = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

/** From April 2024 to the end of 2025; a district's commune has too few for a rank. */
function dossiers(): Plain[] {
  const below = seededRandom(20_250_701);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const before = ['P.S', 'P.S', 'P.S', 'Q.S', 'Q.S', 'P.stays', 'P.stays', 'P.old', 'P.old', 'P.D', 'Q'];
  const after = ['P.S', 'P.S', 'P.S', 'P.stays', 'P.stays', 'P.new', 'P.new', 'P.new'];
  const made: Plain[] = [];
  for (let day = dayNumber('2024-04-01'); day <= dayNumber('2025-12-31'); day += 1) {
    for (let nth = 0; nth < 3; nth += 1) {
      const few = nth === 0 && day % 19 === 0 && day < dayNumber(FIRST);
      const agency = few ? 'P.halved' : pick(day < dayNumber(FIRST) ? before : after);
      const due = day + 1 + below(12);
      const late = below(100) < (agency === 'P.S' ? 2 : agency === 'P.stays' ? 20 : 8);
      const open = below(100) < 3;
      const resolved = late ? due + 1 + below(20) : due - below(due - day);
      made.push({
        ...{ code: `C${made.length}`, agency, procedure: pick(['khai-sinh', 'đất']), due, accepted: day },
        channel: pick(['counter', 'online', 'post']),
        resolved: open ? null : resolved,
      });
    }
  }
  return made;
}

const SOURCE = 'urn:one-stop';
const eventsOf = ({ code, agency, procedure, channel, accepted, due, resolved }: Plain): CloudEventJson[] => {
  const event = (type: ShortType, time: string, data: object): CloudEventJson => ({
    ...{ specversion: '1.0', source: SOURCE, id: `${code}-${type}`, type: fullType(type), subject: code },
    ...{ time: vn(time), data },
  });
  return [
    event('accepted', `${dayText(accepted)} 08:00`, {
      ...{ procedure, receivingAgency: agency, channel, dueAt: vn(`${dayText(due)} 17:00`) },
    }),
    ...(resolved === null ? [] : [event('resolved', `${dayText(resolved)} 16:00`, {})]),
  ];
};

// ── The reckoning.

interface Counted {
  received: number;
  resolved: number;
  late: number;
  openOverdue: number;
  numerator: number;
  denominator: number;
}

function count(all: readonly Plain[], [from, to]: readonly [string, string]): Counted {
  const within = (day: number) => day >= dayNumber(from) && day <= dayNumber(to);
  const resolved = all.filter((one) => one.resolved !== null && within(one.resolved));
  const late = resolved.filter((one) => (one.resolved ?? 0) > one.due).length;
  const open = all.filter(
    (one) => one.accepted <= dayNumber(to) && (one.resolved === null || one.resolved > dayNumber(to)),
  );
  return {
    received: all.filter((one) => within(one.accepted)).length,
    ...{ resolved: resolved.length, late },
    openOverdue: open.filter((one) => one.due < dayNumber(to)).length,
    ...{ numerator: resolved.length - late, denominator: resolved.length },
  };
}

const percentOf = (numerator: number, denominator: number): number | null =>
  denominator === 0 ? null : Number(((numerator / denominator) * 100).toFixed(2));

/** The ends are the shares from which what was seen lies 1.96 standard deviations away: found by halving, not by formula. */
function interval(numerator: number, denominator: number): [low: number, high: number] {
  const seen = numerator / denominator;
  const tooFar = (share: number) =>
    Math.abs(seen - share) > 1.959963984540054 * Math.sqrt((share * (1 - share)) / denominator);
  const edge = (outside: number, inside: number): number => {
    for (let step = 0; step < 200; step += 1) {
      const middle = (outside + inside) / 2;
      if (tooFar(middle)) outside = middle;
      else inside = middle;
    }
    return inside;
  };
  return [numerator === 0 ? 0 : edge(0, seen), numerator === denominator ? 1 : edge(1, seen)];
}

// ── What is answered.

interface Figures extends Omit<Counted, 'numerator' | 'denominator'> {
  rate: { percent: number | null; numerator: number; denominator: number; small: boolean };
  interval: { low: number; high: number } | null;
}
type Change = Omit<Figures, 'rate' | 'interval'> & { points: number | null };
interface Compared {
  current: Figures;
  previous: Figures;
  lastYear: Figures;
  change: { previous: Change; lastYear: Change };
}
interface Answer {
  period: { name: string; bounds: string } | null;
  from: string;
  to: string;
  periodKind: string;
  tree: string;
  target: number;
  formula: { id: string; version: number };
  notes: { kind: string; on: string; agencies: string[]; vi: string; en: string }[];
  periods: Record<'current' | 'previous' | 'lastYear', { from: string; to: string; complete: boolean }>;
  ranking: { ranked: number; unranked: number };
  total: Compared;
  rows: (Compared & {
    key: string;
    rank: number | null;
    previousRank: number | null;
    movement: number | null;
    unranked: string | null;
  })[];
  identities: { violations: string[] };
  errors?: { pointer: string; detail: string }[];
}

describe('a comparison', () => {
  const all = dossiers();
  let running: Standalone;

  beforeAll(async () => {
    running = await startStandalone();
    const chain = chainAt(running.url);
    await chain.putAgencies(AGENCIES);
    await chain.putProcedures(
      ['khai-sinh', 'đất'].map((code) => ({ code, name: code, domain: `lĩnh vực ${code}`, limits: [] })),
    );
    const events = all.flatMap(eventsOf);
    await chain.post(events);
    // Again, the other way round.
    await chain.post([...events].reverse());
    await chain.caughtUp();
  }, 90_000);
  afterAll(() => running?.stop(), 30_000);

  const get = async <T = Answer>(path: string): Promise<{ status: number; body: T }> => {
    const response = await fetch(`${running.url}/v1/${path}`);
    return { status: response.status, body: (await response.json()) as T };
  };
  const compare = async (query: string): Promise<Answer> => {
    const { status, body } = await get(`reports/comparison?${query}`);
    expect([query, status, body.identities?.violations]).toEqual([query, 200, []]);
    return body;
  };

  /** The spans of each period that is asked for, written down by hand. */
  const PERIODS: [
    query: string,
    kind: string,
    now: [string, string],
    before: [string, string],
    year: [string, string],
  ][] = [
    [
      'period=2025-10',
      'month',
      ['2025-10-01', '2025-10-31'],
      ['2025-09-01', '2025-09-30'],
      ['2024-10-01', '2024-10-31'],
    ],
    [
      'period=2025-Q2',
      'quarter',
      ['2025-04-01', '2025-06-30'],
      ['2025-01-01', '2025-03-31'],
      ['2024-04-01', '2024-06-30'],
    ],
    [
      ...(['period=2025-Q4&bounds=reporting', 'quarter', ['2025-09-15', '2025-12-14']] as const),
      ...([
        ['2025-06-15', '2025-09-14'],
        ['2024-09-15', '2024-12-14'],
      ] as const),
    ],
    [
      'period=2025',
      'year',
      ['2025-01-01', '2025-12-31'],
      ['2024-01-01', '2024-12-31'],
      ['2024-01-01', '2024-12-31'],
    ],
    [
      'from=2025-08-01&to=2025-08-31',
      'month',
      ['2025-08-01', '2025-08-31'],
      ['2025-07-01', '2025-07-31'],
      ['2024-08-01', '2024-08-31'],
    ],
    [
      'from=2025-06-20&to=2025-07-10',
      'days',
      ['2025-06-20', '2025-07-10'],
      ['2025-05-30', '2025-06-19'],
      ['2024-06-20', '2024-07-10'],
    ],
  ].map(([query, kind, now, before, year]) => [query, kind, now, before, year]) as never;

  const expectCompared = (
    given: Compared,
    of: readonly Plain[],
    spans: readonly (readonly [string, string])[],
  ) => {
    const wanted = spans.map((span) => count(of, span));
    (['current', 'previous', 'lastYear'] as const).forEach((name, nth) => {
      const { numerator, denominator, ...counts } = wanted[nth] as Counted;
      const { rate, interval: between, ...rest } = given[name];
      expect([name, rest]).toEqual([name, counts]);
      expect(rate).toEqual({
        ...{ percent: percentOf(numerator, denominator), numerator, denominator, small: denominator < 30 },
      });
      if (denominator === 0) expect(between).toBeNull();
      else
        expect([between?.low, between?.high]).toEqual(
          interval(numerator, denominator).map((share) => Number((share * 100).toFixed(2))),
        );
      if (name === 'current') return;
      const change = given.change[name];
      expect(change.received).toBe((wanted[0]?.received ?? 0) - counts.received);
      expect(change.resolved).toBe((wanted[0]?.resolved ?? 0) - counts.resolved);
      expect(change.late).toBe((wanted[0]?.late ?? 0) - counts.late);
      expect(change.openOverdue).toBe((wanted[0]?.openOverdue ?? 0) - counts.openOverdue);
      const [now, then] = [given.current.rate.percent, rate.percent];
      expect(change.points).toBe(now === null || then === null ? null : Number((now - then).toFixed(2)));
    });
  };

  it.each(PERIODS)('of %s (%s) counts each period as one by one', async (query, kind, ...spans) => {
    const answer = await compare(query);
    expect(answer.periodKind).toBe(kind);
    expect(Object.values(answer.periods).map(({ from, to }) => [from, to])).toEqual(spans);
    expect([answer.from, answer.to]).toEqual(spans[0]);
    expect(answer.period).toEqual(
      query.startsWith('period')
        ? {
            name: /period=([^&]*)/.exec(query)?.[1],
            bounds: query.includes('reporting') ? 'reporting' : 'calendar',
          }
        : null,
    );
    expectCompared(answer.total, all, spans);
  });

  it.each(
    PERIODS.flatMap(([query, , ...spans]) =>
      (['recorded', 'current'] as const).flatMap((tree) =>
        (['P', ''] as const).map((agency) => [query, tree, agency, spans] as const),
      ),
    ),
  )('of %s, tree %s, agency %j has its rows', async (query, tree, agency, spans) => {
    const answer = await compare(`${query}&by=agency&tree=${tree}&agency=${agency}`);
    const crossed = spans[0][1] > LAST;
    const members: Record<string, string[]> =
      agency === ''
        ? ROWS[`${tree}, all`]
        : tree === 'current'
          ? ROWS['current, P']
          : ROWS[crossed ? 'recorded after, P' : 'recorded before, P'];
    const rows = new Map(answer.rows.map((row) => [row.key, row]));
    const wanted = Object.entries(members).map(([key, ids]) => ({
      key,
      of: all.filter((one) => ids.includes(one.agency)),
    }));
    const shown = wanted.filter(
      ({ key, of }) => rows.has(key) || spans.some((span) => count(of, span).received > 0),
    );
    expect([...rows.keys()].sort()).toEqual(shown.map(({ key }) => key).sort());
    for (const { key, of } of shown) expectCompared(rows.get(key) as Compared, of, spans);
    // Both ways of drawing the tree share out the same dossiers.
    for (const figure of ['received', 'resolved', 'late', 'openOverdue'] as const) {
      for (const period of ['current', 'previous', 'lastYear'] as const) {
        expect(answer.rows.reduce((sum, row) => sum + row[period][figure], 0)).toBe(
          answer.total[period][figure],
        );
      }
    }
    // Ranks by the lower end, small ones left out with the reason.
    const places = (nth: number) => {
      const lows = shown.flatMap(({ key, of }) => {
        const { numerator, denominator } = count(of, spans[nth] as [string, string]);
        return denominator < 30 ? [] : [{ key, low: interval(numerator, denominator)[0] }];
      });
      return (key: string): number | null => {
        const own = lows.find((one) => one.key === key);
        return own ? 1 + lows.filter(({ low }) => low > own.low + 1e-9).length : null;
      };
    };
    const [now, before] = [places(0), places(1)];
    for (const row of answer.rows) {
      expect([row.key, row.rank, row.previousRank]).toEqual([row.key, now(row.key), before(row.key)]);
      expect(row.movement).toBe(
        row.rank === null || row.previousRank === null ? null : row.previousRank - row.rank,
      );
      const n = row.current.rate.denominator;
      expect(row.unranked).toBe(n === 0 ? 'none' : n < 30 ? 'small' : null);
    }
    const ranks = answer.rows.map(({ rank }) => rank ?? Infinity);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(answer.ranking.ranked + answer.ranking.unranked).toBe(answer.rows.length);
  });

  it('has rows by procedure, domain and channel, and takes the filters of the report', async () => {
    const spans = [
      ['2025-04-01', '2025-06-30'],
      ['2025-01-01', '2025-03-31'],
      ['2024-04-01', '2024-06-30'],
    ] as const;
    for (const [by, of] of [
      ['procedure', (one: Plain) => one.procedure],
      ['domain', (one: Plain) => `lĩnh vực ${one.procedure}`],
      ['channel', (one: Plain) => one.channel],
    ] as const) {
      const answer = await compare(`period=2025-Q2&by=${by}&agency=P`);
      expect(answer.rows.length).toBe(by === 'channel' ? 3 : 2);
      for (const row of answer.rows)
        expectCompared(
          row,
          all.filter((one) => of(one) === row.key && one.agency.startsWith('P')),
          spans,
        );
    }
    const answer = await compare('period=2025-Q2&procedure=khai-sinh&channel=online&agency=P.D');
    const district = ['P.D', 'P.stays', 'P.old', 'P.halved'];
    expectCompared(
      answer.total,
      all.filter(
        (one) => one.procedure === 'khai-sinh' && one.channel === 'online' && district.includes(one.agency),
      ),
      spans,
    );
    const flat = await compare('period=2025-Q2&by=agency&flat=true&tree=current');
    expectCompared(
      flat.rows.find(({ key }) => key === 'P.new')!,
      all.filter(({ agency }) => agency === 'P.old' || agency === 'P.new'),
      spans,
    );
  });

  it('ranks agencies of one kind among themselves', async () => {
    const of = 'period=2025-Q4&by=agency&agency=P';
    const [whole, communes] = await Promise.all([compare(of), compare(`${of}&kind=commune`)]);
    expect(communes.total).toEqual(whole.total);
    const among = whole.rows.filter(({ key }) => key === 'P.new' || key === 'P.stays');
    expect(communes.rows.map(({ key, rank }) => [key, rank])).toEqual(
      among.map(({ key }, nth) => [key, nth + 1]),
    );
    // The department stands before them, so their places among all are others.
    expect(among.map(({ rank }) => rank)).toEqual([2, 3]);
  });

  it('says the same of a past state of knowledge that knew it all', async () => {
    const { asOf } = (await get<{ asOf: string }>('reports/timeliness?period=2025')).body;
    for (const query of [
      'period=2025-Q2&by=agency&tree=current&agency=P',
      'from=2025-06-20&to=2025-07-10&by=channel',
    ]) {
      const [now, then] = await Promise.all([
        compare(query),
        compare(`${query}&asOf=${encodeURIComponent(asOf)}`),
      ]);
      expect({ ...then, asOf: '' }).toEqual({ ...now, asOf: '' });
    }
    // Before anything had arrived, there is nothing.
    const empty = await compare(
      `period=2025&asOf=${encodeURIComponent(formatInstant(Date.parse('2026-01-01T00:00:00Z')))}`,
    );
    expect(empty.total.current).toMatchObject({ received: 0, interval: null, rate: { percent: null } });
  });

  it('notes the change where what is compared holds days before and after it, and what cannot be divided', async () => {
    const [inside, crossing, restated] = await Promise.all([
      compare('period=2025-06&by=agency&agency=P'),
      compare('period=2025-07&by=agency&agency=P'),
      compare('period=2025-07&by=agency&agency=P&tree=current'),
    ]);
    expect(inside.notes).toEqual([]);
    expect(crossing.notes.map(({ kind, on, agencies }) => [kind, on, agencies])).toEqual([
      // Of everybody: the neighbour goes over to P.
      ['organisation-change', FIRST, ['P.D', 'P.halved', 'P.new', 'P.old', 'P.stays', 'Q', 'Q.S']],
    ]);
    expect(crossing.notes[0]?.vi).toMatch(
      /01\/07\/2025 tổ chức thay đổi: 5 đơn vị kết thúc \(.*\); 1 đơn vị mới \(Xã mới\)/,
    );
    expect(restated.notes.map(({ kind, on }) => [kind, on])).toEqual([
      ['organisation-change', FIRST],
      ['not-restated', FIRST],
    ]);
    expect(restated.notes[1]?.agencies.sort()).toEqual(['P.D', 'P.halved']);
  });

  it('tells the target and what the formula is', async () => {
    const answer = await compare('period=2025&formula=opencps&by=agency');
    expect([answer.target, answer.formula]).toEqual([98, { id: 'opencps', version: 1 }]);
    const { numerator, denominator } = count(all, ['2025-01-01', '2025-12-31']);
    expect(answer.total.current.rate).toEqual({
      ...{ percent: Math.floor((100 * numerator) / denominator), numerator, denominator, small: false },
    });
    const { body } = await get<{ formulas: { id: string; name: { vi: string; en: string } }[] }>('formulas');
    expect(body.formulas.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'opencps']);
    for (const { name } of body.formulas) expect([name.vi, name.en]).not.toContain('');
  });

  it.each([
    ['', ['/from', '/to']],
    ['period=2025-Q5', ['/period']],
    ['period=2025&from=2025-01-01', ['/from']],
    ['period=2025&by=month', ['/by']],
    ['period=2025&by=procedure&kind=commune', ['/kind']],
    ['period=2025&by=agency&kind=village', ['/kind']],
    ['period=2118', ['/period']],
    ['from=0001-01-01&to=0001-01-31', ['/from']],
    ['period=2025&tree=current&agency=Q', ['/agency']],
    [
      'period=x&formula=d&tree=old&agency=%3F&by=x&other=1&bounds=lunar',
      ['/agency', '/bounds', '/by', '/formula', '/other', '/period', '/tree'],
    ],
  ])('refuses %j and names what is wrong', async (query, pointers) => {
    const { status, body } = await get(`reports/comparison?${query}`);
    expect([status, body.errors?.map(({ pointer }) => pointer).sort()]).toEqual([400, pointers]);
  });

  it('other reports know named periods and both trees, and close under both', async () => {
    const named = (await get<Answer>('reports/timeliness?period=2025-Q3&bounds=reporting&by=agency&agency=P'))
      .body;
    const days = (await get<Answer>('reports/timeliness?from=2025-06-15&to=2025-09-14&by=agency&agency=P'))
      .body;
    expect([named.period, named.from, named.to]).toEqual([
      ...[{ name: '2025-Q3', bounds: 'reporting' }, '2025-06-15', '2025-09-14'],
    ]);
    expect({ ...days, period: named.period, asOf: '' }).toEqual({ ...named, asOf: '' });
    const received = count(all, ['2025-06-15', '2025-09-14']).received;
    for (const tree of ['recorded', 'current']) {
      for (const report of ['timeliness', 'form-06a']) {
        const { body } = await get<{
          tree: string;
          notes: unknown[];
          total: { received: { total: number; carriedOver?: number } };
          identities: { violations: string[] };
        }>(`reports/${report}?period=2025-Q3&bounds=reporting&by=agency&tree=${tree}`);
        expect([body.tree, body.identities.violations]).toEqual([tree, []]);
        expect(body.notes.length).toBeGreaterThan(0);
        expect(body.total.received.total - (body.total.received.carriedOver ?? 0)).toBe(received);
      }
    }
    expect((await get('reports/timeliness?period=2025&bounds=lunar')).status).toBe(400);
  });

  (chromium ? describe : describe.skip)('on the overview', () => {
    const OCTOBER = 'tu=2025-10-01&den=2025-10-31&donvi=P';
    const SPANS = [
      ['2025-10-01', '2025-10-31'],
      ['2025-09-01', '2025-09-30'],
      ['2024-10-01', '2024-10-31'],
    ] as const;
    const ofProvince = all.filter(({ agency }) => agency.startsWith('P'));
    const [now, before, year] = SPANS.map((span) => count(ofProvince, span)) as [Counted, Counted, Counted];
    let browser: Browser;
    let page: Page;
    let axe: string;
    const errors: string[] = [];

    beforeAll(async () => {
      axe = await axeSource();
      browser = await openChromium(chromium ?? '');
      page = await browser.context.newPage();
      page.on('pageerror', (error) => errors.push(error.message));
    });
    afterAll(() => browser?.close());

    const open = async (search: string): Promise<void> => {
      await page.goto(`${running.url}/?${search}`);
      await page.locator('.ranking').waitFor();
      await page.locator('[data-change]').first().waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      await page.evaluate('document.fonts.ready.then(() => true)');
    };
    const textOf = async (selector: string): Promise<string> =>
      (await page.locator(selector).first().innerText()).replaceAll('\u00a0', ' ').replaceAll(/\s+/g, ' ');
    const violations = async (): Promise<string[]> => {
      await page.evaluate(axe);
      const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        'axe.run(document)',
      );
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
    };
    const vi = (percent: number | null): string => (percent ?? 0).toFixed(2).replace('.', ',');
    const moved = (change: number, unit = ''): string =>
      change === 0
        ? 'không đổi'
        : `${change > 0 ? 'tăng' : 'giảm'} ${unit ? vi(Math.abs(change)) : Math.abs(change)}${unit}`;

    it('says the month in a sentence and in five numbers, each beside the month and the year before', async () => {
      await open(OCTOBER);
      const percent = percentOf(now.numerator, now.denominator);
      expect(await textOf('[data-sentence]')).toBe(
        `Tháng 10/2025: đã giải quyết ${now.resolved} hồ sơ, ${vi(percent)} % sớm và đúng hạn, ${now.late} hồ sơ trễ hạn, ${moved(now.late - before.late)} so với tháng 09/2025.`,
      );
      const light = (percent ?? 0) >= 98 ? 'Tốt' : (percent ?? 0) >= 95 ? 'Cần chú ý' : 'Chưa đạt';
      expect(await textOf('[data-kpi="rate-a"] .light')).toBe(light);
      expect(await page.locator('[data-kpi="rate-a"] .light svg').count()).toBe(1);
      expect(await textOf('[data-kpi="rate-a"]')).toContain('Chỉ tiêu: từ 98,00 %');
      expect(await textOf('.summary .fine')).toContain('từ 98 % là tốt; từ 95 % đến dưới 98 % cần chú ý');
      for (const [id, shown, change] of [
        ['received', now.received, (then: Counted) => now.received - then.received],
        ['resolved', now.resolved, (then: Counted) => now.resolved - then.resolved],
        ['late', now.late, (then: Counted) => now.late - then.late],
        ['open-overdue', now.openOverdue, (then: Counted) => now.openOverdue - then.openOverdue],
      ] as const) {
        expect([id, await textOf(`[data-figure="${id}"]`)]).toEqual([id, String(shown)]);
        expect([id, await textOf(`[data-kpi="${id}"] [data-change="previous"]`)]).toEqual([
          ...[id, expect.stringContaining(`${moved(change(before))} so với tháng 09/2025`)],
        ]);
        expect([id, await textOf(`[data-kpi="${id}"] [data-change="lastYear"]`)]).toEqual([
          ...[id, expect.stringContaining(`${moved(change(year))} so với tháng 10/2024`)],
        ]);
      }
      const points = Number(
        ((percent ?? 0) - (percentOf(before.numerator, before.denominator) ?? 0)).toFixed(2),
      );
      expect(await textOf('[data-kpi="rate-a"] [data-change="previous"]')).toContain(
        moved(points, ' điểm %'),
      );
    });

    it('ranks by the lower end, says who is not ranked and why, and leads on from a name', async () => {
      await open('tu=2025-10-01&den=2025-12-31&donvi=P');
      const lows = Object.entries(ROWS['recorded after, P']).map(([key, ids]) => {
        const { numerator, denominator } = count(
          all.filter(({ agency }) => ids.includes(agency)),
          ['2025-10-01', '2025-12-31'],
        );
        return { key, denominator, low: denominator < 30 ? null : interval(numerator, denominator)[0] };
      });
      const ranked = lows.filter(({ low }) => low !== null).sort((a, b) => (b.low ?? 0) - (a.low ?? 0));
      expect(ranked.length).toBeGreaterThan(1);
      const attributes = async (selector: string, name: string) =>
        Promise.all((await page.locator(selector).all()).map((one) => one.getAttribute(name)));
      expect(await attributes('.ranked [data-rank]', 'data-key')).toEqual(ranked.map(({ key }) => key));
      expect(await attributes('.ranked [data-rank]', 'data-rank')).toEqual(
        ranked.map((_, nth) => String(nth + 1)),
      );
      await page.locator('.ranking summary').click();
      for (const { key, denominator } of lows.filter(({ low }) => low === null)) {
        expect([key, await textOf(`.unranked [data-key="${key}"]`)]).toEqual([
          key,
          expect.stringContaining(denominator === 0 ? 'chưa giải quyết' : `chỉ ${denominator} hồ sơ`),
        ]);
      }
      await page.locator(`.ranked [data-key="P.new"] th a`).click();
      await page.locator('h1', { hasText: 'Xã mới' }).waitFor();
    });

    it('sets the formulas side by side, each with its n and source', async () => {
      await open(OCTOBER);
      await page.locator('summary', { hasText: 'Các cách tính tỷ lệ' }).click();
      expect(await page.locator('.formula-table tbody tr').count()).toBe(4);
      const n = `${now.numerator} / ${now.denominator} hồ sơ`;
      expect(await textOf('[data-figure="formula-a-n"]')).toBe(n);
      expect(await textOf('[data-figure="formula-opencps"]')).toBe(
        `${Math.floor((100 * now.numerator) / now.denominator)} %`,
      );
      expect(await textOf('[data-rate="c"]')).toContain('QĐ 766/QĐ-TTg');
    });

    it('notes the change of the organisation, and counts by the tree of now and back by keyboard', async () => {
      // July beside June: what is compared lies on both sides of the day.
      const july = OCTOBER.replaceAll('-10-', '-07-');
      await open(july);
      expect(await textOf('.organisation')).toContain('Từ ngày 01/07/2025 tổ chức thay đổi');
      expect(await textOf('.annotations')).toContain('01/07/2025');
      const link = page.locator('.organisation a');
      await link.focus();
      await page.keyboard.press('Enter');
      await page.locator('.organisation', { hasText: 'Số liệu đã quy về cây đơn vị hiện nay' }).waitFor();
      expect(page.url()).toContain('cay=hien-nay');
      await page.reload();
      await page.locator('.organisation', { hasText: 'hồ sơ không chia được' }).waitFor();
      const span = ['2025-07-01', '2025-07-31'] as const;
      const restated = count(
        all.filter(({ agency }) => ['P.new', 'P.old'].includes(agency)),
        span,
      );
      expect(await textOf('.breakdown [data-key="P.new"] [data-column="resolved"]')).toBe(
        String(restated.resolved),
      );
      expect(await textOf('[data-figure="resolved"]')).toBe(String(count(all, span).resolved));
      await page.locator('.organisation a').focus();
      await page.keyboard.press('Enter');
      await page.locator('.organisation a', { hasText: 'hiện nay' }).waitFor();
      expect(page.url()).not.toContain('cay=');
      // Far from the day there is nothing to note: neither the months compared nor the trend hold it.
      await open('tu=2025-03-01&den=2025-03-31&donvi=P');
      expect(await page.locator('.organisation, .annotations').count()).toBe(0);
    });

    it('marks rates of few dossiers, and says where there is nothing to compare with', async () => {
      await open('tu=2024-04-01&den=2024-04-10&donvi=P');
      expect(await textOf('[data-kpi="rate-a"]')).toContain('Dưới 30 hồ sơ: tỷ lệ chỉ để tham khảo');
      expect(await textOf('[data-kpi="late"]')).toContain('Từ 22/03/2024 đến 31/03/2024: chưa có số liệu');
      expect(await textOf('[data-sentence]')).toContain('chưa có số liệu để so sánh');
      expect(await textOf('.ranking')).toContain('Chưa có hai dòng từ 30 hồ sơ trở lên');
    });

    it('says it in English', async () => {
      await open(`${OCTOBER}&lang=en`);
      expect(await textOf('[data-sentence]')).toMatch(
        /^Month 10\/2025: \d+ dossiers resolved, \d\d\.\d\d % early or on time, \d+ late, .* against month 09\/2025\.$/,
      );
    });

    it.each([OCTOBER, `${OCTOBER.replaceAll('-10-', '-07-')}&cay=hien-nay`, `${OCTOBER}&lang=en`])(
      '%s has no accessibility violations, light, dark or printed, and fits 320 px',
      async (search) => {
        await open(search);
        for (const summary of await page.locator('main details > summary').all()) await summary.click();
        for (const [media, colorScheme] of [
          ['screen', 'light'],
          ['screen', 'dark'],
          ['print', 'dark'],
        ] as const) {
          await page.emulateMedia({ media, colorScheme });
          expect({ media, colorScheme, violations: await violations() }).toEqual({
            ...{ media, colorScheme, violations: [] },
          });
        }
        await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
        for (const width of [360, 320]) {
          await page.setViewportSize({ width, height: 740 });
          await open(search);
          for (const summary of await page.locator('main details > summary').all()) await summary.click();
          expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
        }
        await page.setViewportSize({ width: 1280, height: 900 });
      },
    );

    it('meets no error', () => expect(errors).toEqual([]));
  });
});
