import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  accepted,
  chainAt,
  compareBytes,
  dayOf,
  EXAMPLE_WORLD,
  event,
  formatDay,
  formatInstant,
  parseDay,
  pollUntil,
  seededHistory,
  startOfDay,
  startStandalone,
  vn,
  type Chain,
  type CloudEventJson,
  type History,
  type ReportAnswer,
  type Standalone,
} from '#libs/testing';

/**
 * Ageing, durations and the lists behind every figure, against the timeliness report of the same instant or period:
 * over random lives of dossiers, and counted by hand.
 */

type Counted = Record<string, number>;
interface Ageing {
  open: number;
  inTime: Counted;
  overdue: Counted;
  paused: { total: number; pastDue: number; byReason: Counted; byLength: Counted };
  noDueDate: number;
}
interface AgeingAnswer {
  at: string;
  asOf: string;
  total: Ageing;
  rows: (Ageing & { key: string })[];
  byCause: { cause: string | null; count: number }[];
}
interface Durations {
  resolved: number;
  unmeasured: number;
  early: Counted;
  onTime: Counted;
  late: Counted;
  noDueDate: Counted;
  time: { ownHours: number; waitingHours: number };
  pauses: Record<string, { dossiers: number; count: number; hours: number }>;
  extensions: { dossiers: number; count: number };
}
interface Item {
  source: string;
  code: string;
  overdueFrom: string | null;
  acceptedAt: string | null;
  happenedAt?: string;
  then?: { overdueFrom: string | null; pausedSince: string | null };
}
interface ListAnswer {
  items: Item[];
  next: string | null;
  count?: number;
}
type Query = Record<string, string | undefined>;

let running: Standalone;
let chain: Chain;

beforeAll(async () => {
  running = await startStandalone();
  chain = chainAt(running.url);
}, 90_000);
afterAll(() => running?.stop(), 30_000);

async function get<T>(path: string, query: Query = {}): Promise<T> {
  const set = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const response = await fetch(`${running.url}/v1/${path}?${new URLSearchParams(set).toString()}`);
  const body = await response.text();
  if (response.status !== 200)
    throw new Error(`${path} ${JSON.stringify(query)}: ${response.status} ${body}`);
  return JSON.parse(body) as T;
}

async function wholeList(query: Query, limit = 500): Promise<{ items: Item[]; count: number | undefined }> {
  const items: Item[] = [];
  let [cursor, count]: [string | undefined, number | undefined] = [undefined, undefined];
  do {
    const page: ListAnswer = await get('dossiers', { ...query, limit: String(limit), count: 'true', cursor });
    items.push(...page.items);
    count ??= page.count;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return { items, count };
}

/** Every figure of a timeliness report's line, and the list that stands behind it. */
function listsOf(
  row: ReportAnswer['total'],
  from: string,
  to: string,
  at: string,
  before: string,
): [Query, number][] {
  const flow = (name: string, n: number, more: Query = {}): [Query, number] => [
    { flow: name, from, to, ...more },
    n,
  ];
  const stock = (name: string, n: number): [Query, number] => [{ stock: name, at }, n];
  const { received, resolved, closedOtherwise, open } = row;
  return [
    [{ stock: 'open', at: before }, row.carriedOver],
    flow('received', received.total),
    flow('received', received.online, { channel: 'online' }),
    flow('reopened', row.reopened),
    flow('resolved', resolved.total),
    flow('resolved-early', resolved.early),
    flow('resolved-on-time', resolved.onTime),
    flow('resolved-late', resolved.late),
    flow('resolved-no-due-date', resolved.noDueDate),
    flow('closed-otherwise', closedOtherwise.total),
    flow('closed-refused', closedOtherwise.refused),
    flow('closed-withdrawn', closedOtherwise.withdrawn),
    flow('closed-stopped', closedOtherwise.stopped),
    flow('refused', row.refused),
    stock('open', open.total),
    stock('in-time', open.inTime),
    stock('overdue', open.overdue),
    stock('paused', open.paused),
    stock('past-due-while-paused', open.pausedPastDue),
    stock('no-due-date', open.noDueDate),
  ];
}

/** The lists of a plain state or class. */
const PLAIN: Query[] = [
  {},
  ...['incomplete', 'submitted', 'running', 'paused', 'resolved', 'refused', 'withdrawn', 'stopped'].map(
    (state) => ({ state }),
  ),
  ...['early', 'on-time', 'late', 'no-due-date', 'paused', 'overdue', 'due-soon', 'in-time'].map(
    (timeliness) => ({ timeliness }),
  ),
];

const sum = (counts: Counted, but: string[] = []): number =>
  Object.entries(counts)
    .filter(([name]) => name !== 'total' && !but.includes(name))
    .reduce((total, [, n]) => total + n, 0);

function expectSameStocks(row: Ageing, open: ReportAnswer['total']['open'], what: string): void {
  expect([what, row.open, row.inTime.total, row.overdue.total, row.paused.total, row.paused.pastDue]).toEqual(
    [...[what, open.total, open.inTime, open.overdue, open.paused, open.pausedPastDue]],
  );
  expect([what, row.noDueDate]).toEqual([what, open.noDueDate]);
  expect([sum(row.inTime), sum(row.overdue)]).toEqual([row.inTime.total, row.overdue.total]);
  expect([sum(row.paused.byReason), sum(row.paused.byLength), row.paused.byReason.unknown]).toEqual([
    ...[row.paused.total, row.paused.total, 0],
  ]);
}

describe('over random lives of dossiers', () => {
  interface Look {
    asOf: number;
    ageing: AgeingAnswer;
    byAgency: AgeingAnswer;
    durations: Durations;
    lists: { query: Query; figure: number | undefined; items: Item[]; count: number | undefined }[];
  }
  let history: History;
  /** Instants of knowledge, with what was answered then. */
  const looks: Look[] = [];
  const now = Date.now() - 1_000;
  const today = dayOf(now);
  const everything = { from: '2015-01-01', to: formatDay(today) };

  async function look(): Promise<void> {
    await chain.caughtUp();
    const asOf = Date.now();
    await pollUntil('the next millisecond', 1_000, () => Promise.resolve(Date.now() > asOf), 1);
    const at = formatInstant(asOf);
    looks.push({
      asOf,
      ageing: await get('reports/ageing', { at }),
      byAgency: await get('reports/ageing', { at, by: 'agency' }),
      durations: await get('reports/durations', everything),
      lists: await listsAsOf(at),
    });
  }

  /** Every list as of an instant, with its figure where a report has one. */
  async function listsAsOf(asOf: string): Promise<Look['lists']> {
    const { total } = await get<ReportAnswer>('reports/timeliness', { ...everything, asOf });
    // Nothing stood open before the first day.
    const before = formatInstant(startOfDay(parseDay(everything.from)) - 1);
    const queries = [
      ...listsOf(total, everything.from, everything.to, asOf, before),
      ...PLAIN.map((query): [Query, undefined] => [query, undefined]),
    ];
    const lists: Look['lists'] = [];
    for (const [query, figure] of queries)
      lists.push({ query, figure, ...(await wholeList({ ...query, asOf })) });
    return lists;
  }

  beforeAll(async () => {
    history = seededHistory(11, { name: 'gia', digits: '11', dossiers: 400, now });
    await chain.putAgencies(history.catalogue.agencies);
    await chain.putProcedures(history.catalogue.procedures);
    // Events of one dossier fall into different parts, so that what was known changes.
    for (let part = 0; part < 3; part += 1) {
      await chain.post(history.events.filter((_, index) => index % 3 === part));
      await look();
    }
  }, 120_000);

  const ends = [0, 1, 3, 8, 20, 45, 100, 200, 400].map((ago) => today - ago);

  it('has the stocks of the report at every instant, by agency and by procedure', async () => {
    let seen = 0;
    for (const day of ends.slice(1)) {
      const at = formatInstant(startOfDay(day + 1) - 1);
      for (const by of [undefined, 'agency', 'procedure']) {
        const [ageing, report] = await Promise.all([
          get<AgeingAnswer>('reports/ageing', { at, by }),
          get<ReportAnswer>('reports/timeliness', { from: formatDay(day), to: formatDay(day), by }),
        ]);
        expectSameStocks(ageing.total, report.total.open, at);
        seen += ageing.total.open;
        for (const row of report.rows) {
          const aged = ageing.rows.find(({ key }) => key === row.key);
          if (aged) expectSameStocks(aged, row.open, `${at} ${row.key}`);
          else expect([row.key, row.open.total]).toEqual([row.key, 0]);
        }
        expect(ageing.rows.reduce((n, row) => n + row.open, 0)).toBe(by ? ageing.total.open : 0);
      }
    }
    expect(seen).toBeGreaterThan(100);
  }, 60_000);

  it('has in each list as many as the figure says, whatever the filter', async () => {
    const agency = history.catalogue.agencies.find(({ parent }) => parent)?.id;
    const [procedure] = history.catalogue.procedures;
    const filters: Query[] = [
      {},
      { agency },
      { procedure: procedure?.code },
      { domain: procedure?.domain },
      { channel: 'post' },
    ];
    let seen = 0;
    for (const day of ends.slice(1, 7)) {
      const [from, to] = [formatDay(day - 60), formatDay(day)];
      const at = formatInstant(startOfDay(day + 1) - 1);
      const before = formatInstant(startOfDay(day - 60) - 1);
      for (const filter of day === ends[2] ? filters : [{}]) {
        const report = await get<ReportAnswer>('reports/timeliness', { from, to, ...filter });
        const lists = listsOf(report.total, from, to, at, before)
          // Two channels at once are no filter.
          .filter(([query]) => !(query.channel && 'channel' in filter));
        for (const [query, figure] of lists) {
          const { items, count } = await wholeList({ ...query, ...filter });
          expect([query, filter, items.length, count]).toEqual([query, filter, figure, figure]);
          seen += items.length;
        }
      }
    }
    expect(seen).toBeGreaterThan(500);
  }, 120_000);

  it('has in each list as many as the bucket of the report on ageing says', async () => {
    const at = formatInstant(startOfDay(today - 3) - 1);
    const { total } = await get<AgeingAnswer>('reports/ageing', { at });
    const parts: [string, Query, Counted][] = [
      ['late', { stock: 'overdue' }, total.overdue],
      ['due', { stock: 'in-time' }, total.inTime],
      ['awaiting', { stock: 'paused' }, total.paused.byReason],
      ['pausedFor', { stock: 'paused' }, total.paused.byLength],
    ];
    for (const [name, query, counts] of parts) {
      for (const [bucket, n] of Object.entries(counts)) {
        if (bucket === 'total') continue;
        const { items, count } = await wholeList({ ...query, at, [name]: bucket });
        expect([name, bucket, items.length, count]).toEqual([name, bucket, n, n]);
      }
    }
  }, 60_000);

  it.each(['due', '-due', 'time', '-time', 'code', '-code'])(
    'gives every entry once and in order over pages, sorted by %s',
    async (sort) => {
      for (const query of [{}, { flow: 'resolved', ...everything }, { stock: 'open' }] as Query[]) {
        const key = (item: Item) =>
          JSON.stringify([item.source, item.code, item.happenedAt ?? ''].concat(item.happenedAt ? [] : ['']));
        const whole = (await wholeList({ ...query, sort })).items;
        const paged = (await wholeList({ ...query, sort }, 17)).items;
        expect(paged.map(key)).toEqual(whole.map(key));
        // A dossier may have been resolved twice in one instant.
        if (!query.flow) expect(new Set(whole.map(key)).size).toBe(whole.length);
        expect(whole.length).toBeGreaterThan(17);
        const opposite = sort.startsWith('-') ? sort.slice(1) : `-${sort}`;
        const reversed = (await wholeList({ ...query, sort: opposite })).items;
        // Each place of a flow is its own, so one order is exactly the other read backwards.
        expect(reversed.map(key).reverse()).toEqual(whole.map(key));
        const sorted = sort.startsWith('-') ? [...whole].reverse() : whole;
        const instants = sorted.map((item) =>
          sort.endsWith('due')
            ? item.overdueFrom
            : sort.endsWith('time')
              ? (item.happenedAt ?? item.acceptedAt)
              : `${item.source}\u0000${item.code}`,
        );
        const known = instants.filter((instant) => instant !== null);
        expect(instants.slice(0, known.length)).toEqual(known);
        // Instants of one offset and width compare as text.
        expect([...known].sort(compareBytes)).toEqual(known);
      }
    },
    60_000,
  );

  it('has of durations as many as the report has resolutions, all measured', async () => {
    const agency = history.catalogue.agencies.find(({ parent }) => parent)?.id;
    for (const period of [everything, { from: formatDay(today - 90), to: formatDay(today - 30) }]) {
      for (const filter of [{}, { agency }, { channel: 'online' }] as Query[]) {
        const [durations, { total }] = await Promise.all([
          get<Durations>('reports/durations', { ...period, ...filter }),
          get<ReportAnswer>('reports/timeliness', { ...period, ...filter }),
        ]);
        const { resolved } = total;
        expect([durations.resolved, durations.early.total, durations.onTime.total]).toEqual([
          ...[resolved.total, resolved.early, resolved.onTime],
        ]);
        expect([durations.late.total, durations.noDueDate.total, durations.unmeasured]).toEqual([
          ...[resolved.late, resolved.noDueDate, 0],
        ]);
        expect([sum(durations.early), sum(durations.late)]).toEqual([resolved.early, resolved.late]);
      }
    }
  }, 60_000);

  it('has in each list as many as the bucket of the report on durations says', async () => {
    const agency = history.catalogue.agencies.find(({ parent }) => parent)?.id;
    const asOf = formatInstant(looks[1]?.asOf ?? 0);
    let seen = 0;
    for (const period of [everything, { from: formatDay(today - 90), to: formatDay(today - 30) }]) {
      for (const filter of [{}, { agency }, { channel: 'online' }, { asOf }] as Query[]) {
        const { early, late, pauses, extensions, unmeasured } = await get<Durations>('reports/durations', {
          ...{ ...period, ...filter },
        });
        const buckets = (kind: string, counts: Counted): [Query, number][] =>
          Object.entries(counts)
            .filter(([name]) => name !== 'total' && name !== 'unmeasured')
            .map(([name, n]) => [{ flow: `resolved-${kind}`, daysFromDue: `${kind}-${name}` }, n]);
        const lists: [Query, number][] = [
          ...buckets('early', early),
          ...buckets('late', late),
          [{ flow: 'resolved', daysFromDue: 'late-1-3' }, late['1-3'] ?? 0],
          [{ flow: 'resolved', took: 'supplement' }, pauses.supplement?.dossiers ?? 0],
          [{ flow: 'resolved', took: 'fee' }, pauses.fee?.dossiers ?? 0],
          [{ flow: 'resolved', took: 'extension' }, extensions.dossiers],
          [{ flow: 'resolved', took: 'unmeasured' }, unmeasured],
        ];
        for (const [query, n] of lists) {
          const { items, count } = await wholeList({ ...query, ...period, ...filter });
          expect([query, filter, items.length, count]).toEqual([query, filter, n, n]);
          seen += n;
        }
      }
    }
    expect(seen).toBeGreaterThan(100);
  }, 120_000);

  it('tells later what was known at each look, and the stocks that the report of that knowledge has', async () => {
    for (const { asOf, ageing, byAgency, durations } of looks) {
      const asked = formatInstant(asOf);
      const [again, againByAgency, tookThen, report] = await Promise.all([
        get<AgeingAnswer>('reports/ageing', { asOf: asked }),
        get<AgeingAnswer>('reports/ageing', { asOf: asked, by: 'agency' }),
        get<Durations>('reports/durations', { ...everything, asOf: asked }),
        get<ReportAnswer>('reports/timeliness', { ...everything, asOf: asked }),
      ]);
      expect(again).toEqual({ ...ageing, asOf: asked });
      expect(againByAgency).toEqual({ ...byAgency, asOf: asked });
      expect(tookThen).toEqual({ ...durations, asOf: asked });
      expectSameStocks(again.total, report.total.open, asked);
    }
    expect(new Set(looks.map(({ ageing }) => JSON.stringify(ageing.total))).size).toBe(3);
  }, 60_000);

  it('lists later what was known at each look, as many as the figures of that knowledge', async () => {
    for (const { asOf, lists } of looks) {
      // At the look nothing had changed since; now most have.
      expect(await listsAsOf(formatInstant(asOf))).toEqual(lists);
      for (const { query, figure, items, count } of lists)
        expect([query, count, figure ?? count]).toEqual([query, items.length, items.length]);
      const lengthOf = (asked: Query) =>
        lists.find(({ query }) => JSON.stringify(query) === JSON.stringify(asked))?.items.length ?? NaN;
      const states = lists.filter(({ query }) => query.state);
      expect(states.reduce((n, { items }) => n + items.length, 0)).toBe(lengthOf({}));
      const at = formatInstant(asOf);
      expect(lengthOf({ timeliness: 'overdue' })).toBe(lengthOf({ stock: 'overdue', at }));
      expect(lengthOf({ timeliness: 'in-time' }) + lengthOf({ timeliness: 'due-soon' })).toBe(
        lengthOf({ stock: 'in-time', at }),
      );
    }
    expect(new Set(looks.map(({ lists }) => JSON.stringify(lists))).size).toBe(3);
  }, 120_000);

  it('has in each list as of a look as many as the figure of a past period says, whatever the filter', async () => {
    const agency = history.catalogue.agencies.find(({ parent }) => parent)?.id;
    const asOf = formatInstant(looks[1]?.asOf ?? 0);
    const [from, to] = [formatDay(today - 400), formatDay(today - 1)];
    const [at, before] = [formatInstant(startOfDay(today) - 1), formatInstant(startOfDay(today - 400) - 1)];
    for (const filter of [{}, { agency, tree: 'current' }] as Query[]) {
      const { total } = await get<ReportAnswer>('reports/timeliness', { from, to, ...filter, asOf });
      for (const [query, figure] of listsOf(total, from, to, at, before)) {
        const { items, count } = await wholeList({ ...query, ...filter, asOf });
        expect([query, filter, items.length, count]).toEqual([query, filter, figure, figure]);
      }
    }
  }, 120_000);

  it('lists by pages what was known at a look, in order, each entry once', async () => {
    const asOf = formatInstant(looks[0]?.asOf ?? 0);
    for (const query of [{}, { flow: 'resolved', ...everything }, { stock: 'open' }] as Query[]) {
      for (const sort of ['due', '-time', 'code']) {
        const { items } = await wholeList({ ...query, sort, asOf });
        expect(items.length).toBeGreaterThan(17);
        expect((await wholeList({ ...query, sort, asOf }, 17)).items).toEqual(items);
      }
    }
  }, 60_000);

  it('lists the buckets of ageing by what was known at a look', async () => {
    const { ageing, asOf } = looks[0] as (typeof looks)[0];
    const { overdue, inTime, paused } = ageing.total;
    const parts: [string, Query, Counted][] = [
      ['late', { stock: 'overdue' }, overdue],
      ['due', { stock: 'in-time' }, inTime],
      ['awaiting', { stock: 'paused' }, paused.byReason],
      ['pausedFor', { stock: 'paused' }, paused.byLength],
    ];
    for (const [name, query, counts] of parts) {
      for (const [bucket, n] of Object.entries(counts)) {
        if (bucket === 'total') continue;
        const { items, count } = await wholeList({ ...query, asOf: formatInstant(asOf), [name]: bucket });
        expect([name, bucket, items.length, count]).toEqual([name, bucket, n, n]);
      }
    }
  }, 60_000);
});

/** Monday 5 March to Friday 16 March 2018; the week of the 12th is the one looked at. */
describe('counted by hand', () => {
  const SOURCE = 'urn:s';
  const DUE = { a: '2018-03-09', b: '2018-03-02', c: '2018-02-23', d: '2018-01-19' };
  const lives: Record<string, CloudEventJson[]> = {};
  const of = (code: string, ...events: CloudEventJson[]) => {
    lives[code] = events.map((one) => ({ ...one, subject: code }));
  };
  const accepted = (time: string, dueOn: string) =>
    event('accepted', time, {
      ...{ procedure: 'none', receivingAgency: 'T.H.X', channel: 'counter', dueAt: vn(`${dueOn} 17:00`) },
    });
  // Late at noon of Monday the 12th: 1, 6, 11 and, Tết left out, 32 working days.
  for (const [name, due] of Object.entries(DUE)) of(`late-${name}`, accepted('2018-01-08', due));
  of('today', accepted('2018-03-01', '2018-03-12'));
  of('tomorrow', accepted('2018-03-01', '2018-03-13'));
  of('this-week', accepted('2018-03-01', '2018-03-16'));
  of('later', accepted('2018-03-01', '2018-03-19'));
  of('waits', accepted('2018-03-01', '2018-03-08'), event('supplement-requested', '2018-03-07 09:00'));
  of('pays', accepted('2018-03-01', '2018-04-27'), event('fee-requested', '2018-03-12 09:00'));
  of(
    'both',
    accepted('2018-03-01', '2018-04-27'),
    event('fee-requested', '2018-03-05 09:00'),
    event('supplement-requested', '2018-03-06 09:00'),
  );
  // Taken up again on the 13th: at noon of the 12th it still waits for the fee.
  lives.pays?.push(event('fee-paid', '2018-03-13 09:00', {}, { subject: 'pays' }));
  // Resolved: 8 hours of work, a day of waiting from 08:00 to 08:00, once; extended once.
  of(
    'done',
    accepted('2018-03-14 08:00', '2018-03-21'),
    event('supplement-requested', '2018-03-15 08:00'),
    event('supplement-received', '2018-03-16 08:00'),
    event('extended', '2018-03-16 09:00', { newDueAt: vn('2018-03-23 17:00') }),
    event('resolved', '2018-03-16 10:00'),
  );
  of('done-late', accepted('2018-03-14 08:00', '2018-03-14'), event('resolved', '2018-03-20 08:00'));

  beforeAll(async () => {
    await chain.putAgencies(EXAMPLE_WORLD.agencies);
    await chain.putProcedures(EXAMPLE_WORLD.procedures);
    await chain.post(Object.values(lives).flat());
    await chain.post(Object.values(lives).flat().reverse());
    await chain.caughtUp();
  }, 60_000);

  const noon = { at: vn('2018-03-12 12:00'), agency: 'T' };

  it('sorts what is open into its buckets', async () => {
    const { total, byCause } = await get<AgeingAnswer>('reports/ageing', noon);
    expect(total.overdue).toEqual({ total: 4, '1-3': 1, '4-10': 1, '11-30': 1, 'over-30': 1 });
    expect(total.inTime).toEqual({ total: 4, today: 1, tomorrow: 1, 'this-week': 1, later: 1 });
    expect(total.paused).toEqual({
      ...{ total: 3, pastDue: 1 },
      byReason: { supplement: 1, fee: 1, both: 1, unknown: 0 },
      byLength: { '1-3': 2, '4-10': 1, '11-30': 0, 'over-30': 0 },
    });
    expect(byCause).toEqual([{ cause: null, vi: null, en: null, count: 4 }]);
  });

  it('shows of a stock the deadline and the pause that stood then', async () => {
    const { items } = await wholeList({ ...noon, stock: 'past-due-while-paused' });
    expect(items.map(({ code, then }) => [code, then])).toEqual([
      [
        'waits',
        { overdueFrom: '2018-03-09T00:00:00.000+07:00', pausedSince: '2018-03-07T09:00:00.000+07:00' },
      ],
    ]);
  });

  it('says where the time went', async () => {
    const durations = await get<Durations>('reports/durations', {
      ...{ from: '2018-03-16', to: '2018-03-31', agency: 'T' },
    });
    expect(durations).toMatchObject({
      resolved: 2,
      early: { total: 1, '3-5': 1 },
      late: { total: 1, '4-10': 1 },
      // done: the 14th from 08:00 (7 h) and 08:00 on the 15th (1 h), then 08:00–10:00 (2 h); done-late: 4 × 8 h.
      time: { ownHours: 42, waitingHours: 8 },
      pauses: {
        supplement: { dossiers: 1, count: 1, hours: 8 },
        fee: { dossiers: 0, count: 0, hours: 0 },
      },
      extensions: { dossiers: 1, count: 1 },
    });
    const codes = async (query: Query) =>
      (await wholeList({ from: '2018-03-16', to: '2018-03-31', agency: 'T', ...query })).items.map(
        ({ code }) => code,
      );
    expect(await codes({ flow: 'resolved-early', daysFromDue: 'early-3-5' })).toEqual(['done']);
    expect(await codes({ flow: 'resolved-early', daysFromDue: 'early-1-2' })).toEqual([]);
    expect(await codes({ flow: 'resolved', daysFromDue: 'late-4-10' })).toEqual(['done-late']);
    expect(await codes({ flow: 'resolved', took: 'supplement' })).toEqual(['done']);
    expect(await codes({ flow: 'resolved-late', took: 'extension' })).toEqual([]);
  });

  it('keeps who said why a dossier is late, and counts it', async () => {
    const path = `dossiers/${encodeURIComponent(SOURCE)}/late-a`;
    const put = async (body: unknown, code = 'late-a') => {
      const response = await fetch(`${running.url}/v1/dossiers/${encodeURIComponent(SOURCE)}/${code}/cause`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return {
        status: response.status,
        body: (await response.json()) as {
          cause: string | null;
          history: object[];
          errors?: { pointer: string }[];
        },
      };
    };
    const before = formatInstant(Date.now());
    const list = await get<{ causes: { code: string; vi: string; en: string }[] }>('overdue-causes');
    expect(list.causes.map(({ code }) => code)).toContain('other-agency');

    const first = await put({ cause: 'other-agency', by: 'motcua:cv-12' });
    expect(first).toMatchObject({ status: 200, body: { cause: 'other-agency' } });
    // Saying it again adds nothing; another word and taking it back do.
    await put({ cause: 'other-agency', by: 'motcua:cv-12' });
    await put({ cause: 'system', by: 'motcua:cv-13' });
    const counted = await get<AgeingAnswer>('reports/ageing', noon);
    expect(counted.byCause).toMatchObject([
      { cause: null, count: 3 },
      { cause: 'system', vi: 'Lỗi hệ thống, đường truyền', count: 1 },
    ]);
    expect(
      (await wholeList({ ...noon, stock: 'overdue', cause: 'system' })).items.map(({ code }) => code),
    ).toEqual(['late-a']);
    expect((await wholeList({ ...noon, stock: 'overdue', cause: 'none' })).items).toHaveLength(3);
    // As known before anybody had said anything.
    expect((await get<AgeingAnswer>('reports/ageing', { ...noon, asOf: before })).byCause).toMatchObject([
      { cause: null, count: 4 },
    ]);

    await put({ cause: null, by: 'motcua:cv-12' });
    const { overdueCause } = await get<{ overdueCause: { cause: string | null; history: object[] } }>(path);
    expect(overdueCause).toMatchObject({
      cause: null,
      history: [
        { before: 'system', cause: null, by: 'motcua:cv-12' },
        { before: 'other-agency', cause: 'system', by: 'motcua:cv-13' },
        { before: null, cause: 'other-agency', by: 'motcua:cv-12' },
      ],
    });

    const pointers = async (body: unknown) => (await put(body)).body.errors?.map(({ pointer }) => pointer);
    expect(await pointers({ cause: 'bad luck', by: 'x' })).toEqual(['/cause']);
    expect(await pointers({ cause: 'system', by: 'Nguyễn Văn A', note: 'x' })).toEqual(
      expect.arrayContaining(['/by', '/note']),
    );
    expect(await pointers({ by: 'a@b.vn' })).toEqual(expect.arrayContaining(['/by', '/cause']));
    expect((await put({ cause: 'system', by: 'x' }, 'done')).status).toBe(422);
    expect((await put({ cause: 'system', by: 'x' }, 'done-late')).status).toBe(200);
    expect((await put({ cause: null, by: 'x' }, 'done-late')).status).toBe(200);
    expect((await put({ cause: null, by: 'x' }, 'nobody')).status).toBe(404);
  });

  describe('as known before what was told late', () => {
    const day = '2019-03-04';
    const codeOf = (name: string) => `then-${name}`;
    const told = (name: string, ...args: Parameters<typeof event>) =>
      event(args[0], args[1], args[2], { subject: codeOf(name) });
    const opened = (name: string, dueOn = '2019-03-12') =>
      event(
        'accepted',
        day,
        { procedure: 'none', receivingAgency: 'T.S', channel: 'post', dueAt: vn(`${dueOn} 17:00`) },
        { subject: codeOf(name) },
      );
    const corrected = opened('corrected');
    const withdrawn = told('retracted', 'resolved', '2019-03-05');
    const first = [
      ...[opened('late-event'), corrected, opened('reopened'), opened('retracted'), withdrawn],
      told('reopened', 'resolved', '2019-03-18'),
      told('submitted', 'submitted', day, { procedure: 'none', receivingAgency: 'T.S', channel: 'post' }),
    ];
    const since = [
      told('late-event', 'resolved', '2019-03-06'),
      told('corrected', 'corrected', '2019-03-07', {
        ...{ event: corrected.id, type: corrected.type, time: corrected.time },
        data: {
          procedure: 'none',
          receivingAgency: 'T.S',
          channel: 'counter',
          dueAt: vn('2019-03-29 17:00'),
        },
      }),
      told('reopened', 'reopened', '2019-03-19'),
      told('retracted', 'retracted', '2019-03-06', { event: withdrawn.id }),
      opened('submitted'),
      opened('new'),
    ];
    const scope = { agency: 'T.S' };
    const [from, to] = ['2019-03-01', '2019-03-31'];
    const [at, before] = [vn('2019-03-31 23:59'), vn('2019-02-28 23:59')];
    let asOf: string;

    /** Which lists each dossier stands in, with the figure of the list. */
    async function seen(knowledge: Query): Promise<Record<string, string[]>> {
      const { total } = await get<ReportAnswer>('reports/timeliness', { from, to, ...scope, ...knowledge });
      const found: Record<string, string[]> = {};
      for (const [query, figure] of listsOf(total, from, to, at, before)) {
        const { items, count } = await wholeList({ ...query, ...scope, ...knowledge }, 2);
        expect([query, items.length, count]).toEqual([query, figure, figure]);
        for (const { code } of items) (found[code] ??= []).push(query.flow ?? query.stock ?? '');
      }
      for (const query of PLAIN.slice(1)) {
        const { items, count } = await wholeList({ ...query, ...knowledge });
        expect([query, count]).toEqual([query, items.length]);
        for (const { code } of items.filter(({ code }) => code.startsWith('then-')))
          (found[code] ??= []).push(query.state ?? query.timeliness ?? '');
      }
      return found;
    }

    beforeAll(async () => {
      // Each twice, the second time backwards, within what is known at one instant.
      for (const part of [first, since]) {
        await chain.post(part.toReversed());
        await chain.post(part);
        await chain.caughtUp();
        if (part === since) continue;
        const instant = Date.now();
        asOf = formatInstant(instant);
        await pollUntil('the next millisecond', 1_000, () => Promise.resolve(Date.now() > instant), 1);
      }
    }, 60_000);

    it('lists each dossier where it was, and now where it is', async () => {
      expect(await seen({ asOf })).toEqual({
        'then-late-event': ['received', 'open', 'overdue', 'running', 'overdue'],
        'then-corrected': ['received', 'open', 'overdue', 'running', 'overdue'],
        'then-reopened': ['received', 'resolved', 'resolved-late', 'resolved', 'late'],
        'then-retracted': ['received', 'resolved', 'resolved-early', 'resolved', 'early'],
        'then-submitted': ['submitted'],
      });
      expect(await seen({})).toEqual({
        'then-late-event': ['received', 'resolved', 'resolved-early', 'resolved', 'early'],
        'then-corrected': ['received', 'open', 'overdue', 'running', 'overdue'],
        'then-reopened': [
          'received',
          'reopened',
          'resolved',
          'resolved-late',
          'open',
          'overdue',
          'running',
          'overdue',
        ],
        'then-retracted': ['received', 'open', 'overdue', 'running', 'overdue'],
        'then-submitted': ['received', 'open', 'overdue', 'running', 'overdue'],
        'then-new': ['received', 'open', 'overdue', 'running', 'overdue'],
      });
    }, 60_000);

    it('tells what was known of a dossier, not what is', async () => {
      const due = async (knowledge: Query) => {
        const { items } = await wholeList({ ...scope, ...knowledge });
        return items.find(({ code }) => code === codeOf('corrected'));
      };
      expect(await due({ asOf })).toMatchObject({ channel: 'post', dueOn: '2019-03-12' });
      expect(await due({})).toMatchObject({ channel: 'counter', dueOn: '2019-03-29' });
      // Nobody had told anything yet.
      expect(await wholeList({ asOf: '2018-01-01T00:00:00Z' })).toEqual({ items: [], count: 0 });
    });
  });

  it.each([
    [
      'reports/ageing?by=month&at=x&asOf=y&agency=?&from=2018-01-01',
      ['/agency', '/asOf', '/at', '/by', '/from'],
    ],
    ['reports/ageing?at=2018-01-01T00:00:00Z&asOf=2017-01-01T00:00:00Z', ['/at']],
    ['reports/ageing?at=2999-01-01T00:00:00Z', ['/at']],
    ['reports/durations?to=2018-01-01&by=agency', ['/by', '/from']],
    [
      'dossiers?flow=lost&stock=lost&sort=lost&count=lost&cause=lost',
      ['/cause', '/count', '/flow', '/sort', '/stock'],
    ],
    ['dossiers?flow=resolved', ['/from', '/to']],
    ['dossiers?asOf=2999-01-01T00:00:00Z&state=lost', ['/asOf', '/state']],
    ['dossiers?asOf=yesterday', ['/asOf']],
    ['dossiers?asOf=2018-01-01T00:00:00Z&asOf=2018-01-02T00:00:00Z', ['/asOf']],
    ['dossiers?stock=open&at=2018-01-02T00:00:00Z&asOf=2018-01-01T00:00:00Z', ['/at']],
    ['dossiers/export?format=csv&asOf=2999-01-01T00:00:00Z', ['/asOf']],
    ['dossiers?flow=resolved&from=2018-02-01&to=2018-01-01&stock=open', ['/flow', '/to']],
    ['dossiers?from=2018-01-01&at=2018-01-01T00:00:00Z', ['/at', '/from']],
    ['dossiers?stock=paused&late=1-3&due=today', ['/due', '/late']],
    ['dossiers?daysFromDue=1-3&took=long', ['/daysFromDue', '/took']],
    ['dossiers?stock=open&daysFromDue=late-1-3&took=fee', ['/daysFromDue', '/took']],
    ['dossiers?flow=resolved-late&from=2018-01-01&to=2018-01-31&daysFromDue=early-1-2', ['/daysFromDue']],
  ])('refuses %s and names what is wrong', async (path, pointers) => {
    const response = await fetch(`${running.url}/v1/${path}`);
    const body = (await response.json()) as { errors?: { pointer: string }[] };
    expect(response.status).toBe(400);
    expect(body.errors?.map(({ pointer }) => pointer).sort()).toEqual(pointers);
  });
});

describe('a list as of an instant with more changed since than may be told', () => {
  let few: Standalone;
  beforeAll(async () => {
    few = await startStandalone({ env: { AS_OF_MOST_CHANGED: '2' } });
  }, 90_000);
  afterAll(() => few?.stop(), 30_000);

  it('is refused, as ageing, durations and files are, and answered for one less', async () => {
    const other = chainAt(few.url);
    await other.putAgencies(EXAMPLE_WORLD.agencies);
    await other.putProcedures(EXAMPLE_WORLD.procedures);
    const told = (codes: readonly string[], type: 'accepted' | 'withdrawn'): Promise<void> =>
      other.post(
        codes.map((subject) => ({
          ...(type === 'accepted' ? accepted('2019-03-01') : event(type, '2019-03-02')),
          ...{ id: `${subject}-${type}`, subject },
        })),
      );
    const now = () => formatInstant(Date.now());
    await told(['a', 'b', 'c'], 'accepted');
    await other.caughtUp();
    const before = now();
    await told(['a', 'b'], 'withdrawn');
    await told(['new-1', 'new-2'], 'accepted');
    await other.caughtUp();
    const period = 'from=2019-03-01&to=2019-03-31';
    const paths = [
      ...['dossiers?', 'dossiers?count=true&', 'dossiers/export?format=csv&', 'reports/ageing?'],
      `reports/durations?${period}&`,
    ];
    const ask = (path: string) => fetch(`${few.url}/v1/${path}asOf=${before}`);
    for (const path of paths) {
      const response = await ask(path);
      await response.body?.cancel();
      expect([path, response.status]).toEqual([path, 200]);
    }

    await told(['c'], 'withdrawn');
    await other.caughtUp();
    for (const path of paths) {
      const response = await ask(path);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        ...[path, 400, expect.stringContaining('application/problem+json')],
      ]);
      expect(await response.json()).toMatchObject({
        errors: [{ pointer: '/asOf', code: 'out-of-range', detail: expect.stringContaining('More than 2 ') }],
      });
    }
  }, 60_000);
});
