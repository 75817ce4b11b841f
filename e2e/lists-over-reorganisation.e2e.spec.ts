import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { figureIn, LISTED_FIGURES, type ReportRow } from '#libs/dossier';
import {
  type Agency,
  chainAt,
  type CloudEventJson,
  fullType,
  pollUntil,
  seededRandom,
  type ShortType,
  type Standalone,
  startStandalone,
  vn,
} from '#libs/testing';
import { parseAddress } from '../apps/web/src/address.js';
import { listQuery } from '../apps/web/src/list-address.js';
import { civilDateOf, periodOf } from '../apps/web/src/period.js';
import { type Browser, openChromium } from './chromium.js';
import { chromiumForPages } from './page-world.js';

/**
 * Lists and the figures they stand behind, where the organisation changes within what is counted: 01/07/2025, when
 * districts ended. A figure of one month among several is counted by the tree of them all.
 */

jest.setTimeout(120_000);

const chromium = chromiumForPages();
const [LAST, FIRST] = ['2025-06-30', '2025-07-01'];
const AGENCIES: (Agency & Record<string, unknown>)[] = [
  { id: 'P', name: 'Thành phố', kind: 'province' },
  { id: 'Q', name: 'Tỉnh bên', kind: 'province', validTo: LAST, successors: ['P'] },
  { id: 'P.S', name: 'Sở', kind: 'department', parent: 'P' },
  { id: 'P.T', name: 'Sở thứ hai', kind: 'department', parent: 'P' },
  { id: 'P.S.C', name: 'Chi cục', kind: 'office', parent: 'P.S' },
  {
    ...{ id: 'P.D', name: 'Huyện', kind: 'district', parent: 'P', validTo: LAST },
    successors: ['P.stays', 'P.new'],
  },
  {
    ...{ id: 'P.stays', name: 'Xã giữ nguyên', kind: 'commune', parent: 'P' },
    parents: [{ parent: 'P.D', validTo: LAST }],
  },
  { id: 'P.old', name: 'Xã cũ', kind: 'commune', parent: 'P.D', validTo: LAST, successors: ['P.new'] },
  { id: 'R', name: 'Tỉnh còn huyện', kind: 'province' },
  { id: 'R.S', name: 'Sở của tỉnh', kind: 'department', parent: 'R' },
  { id: 'R.D', name: 'Huyện còn lại', kind: 'district', parent: 'R' },
  { id: 'R.D.1', name: 'Xã một', kind: 'commune', parent: 'R.D' },
  { id: 'R.D.1.C', name: 'Trung tâm của xã', kind: 'centre', parent: 'R.D.1' },
  { id: 'R.D.2', name: 'Xã hai', kind: 'commune', parent: 'R.D' },
  { id: 'P.new', name: 'Xã mới', kind: 'commune', parent: 'P', validFrom: FIRST },
];
const SPAN = { from: '2024-12-01', to: '2025-12-31' };
const SOURCE = 'urn:one-stop';

const DAY = 86_400_000;
const dayText = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
const dayNumber = (text: string): number => Date.parse(`${text}T00:00:00Z`) / DAY;

type Step = [type: ShortType, daysAfter: number, data?: object];
const DUE_IN = 10;
/** Whatever can become of a dossier that is due ten days after its acceptance. */
const FATES: Step[][] = [
  [
    ['accepted', 0],
    ['resolved', 3],
  ],
  [
    ['accepted', 0],
    ['resolved', DUE_IN],
  ],
  [
    ['accepted', 0],
    ['resolved', DUE_IN + 8],
  ],
  [
    ['accepted', 0, { procedure: 'không hạn', dueAt: undefined }],
    ['resolved', 5],
  ],
  [
    ['accepted', 0],
    ['withdrawn', 4],
  ],
  [
    ['accepted', 0],
    ['stopped', 6],
  ],
  [
    ['accepted', 0],
    ['refused', 2],
  ],
  [
    ['submitted', 0],
    ['refused', 1],
  ],
  [
    ['accepted', 0],
    ['resolved', 2],
    ['reopened', 20],
    ['resolved', 40],
  ],
  [['accepted', 0]],
  [
    ['accepted', 0],
    ['supplement-requested', 3],
  ],
].map((steps) => steps as Step[]);

/** From August 2024 on, so that something is carried over; every agency has every fate before the change and after. */
function events(): CloudEventJson[] {
  const below = seededRandom(20_250_701);
  const always = ['P', 'P.S', 'P.S.C', 'P.T', 'P.stays', 'R', 'R.S', 'R.D', 'R.D.1', 'R.D.1.C', 'R.D.2'];
  const before = [...always, 'P.D', 'P.old', 'Q'];
  const after = [...always, 'P.new'];
  const made: CloudEventJson[] = [];
  let nth = 0;
  for (let day = dayNumber('2024-08-01'); day <= dayNumber('2025-12-20'); day += 1) {
    const agencies = day < dayNumber(FIRST) ? before : after;
    for (let times = 0; times < 3; times += 1) {
      const agency = agencies[below(agencies.length)] as string;
      const code = `C${(nth += 1)}`;
      const fate = FATES[below(FATES.length)] as Step[];
      fate.forEach(([type, later, data], step) =>
        made.push({
          ...{
            specversion: '1.0',
            source: SOURCE,
            id: `${code}-${step}`,
            type: fullType(type),
            subject: code,
          },
          time: vn(`${dayText(day + later)} 1${step}:00`),
          data:
            step > 0
              ? {}
              : {
                  ...{ procedure: 'khai sinh', receivingAgency: agency },
                  channel: (['counter', 'online', 'post'] as const)[below(3)],
                  ...(type === 'accepted' && { dueAt: vn(`${dayText(day + DUE_IN)} 17:00`) }),
                  ...data,
                },
        }),
      );
    }
  }
  return made;
}

type Query = Record<string, string>;
interface Item {
  code: string;
  happenedAt?: string;
  countedAs?: string;
  then?: { overdueFrom: string | null; pausedSince: string | null };
}

/** The figures of a row behind which there is a list, and the question for it. */
function listsOf(row: ReportRow, { from, to }: { from: string; to: string }): [Query, number][] {
  const { received, resolved, closedOtherwise, open } = row;
  const flows: Record<string, number> = {
    ...{ received: received.total, reopened: row.reopened, resolved: resolved.total, refused: row.refused },
    ...{ 'resolved-early': resolved.early, 'resolved-on-time': resolved.onTime },
    ...{ 'resolved-late': resolved.late, 'resolved-no-due-date': resolved.noDueDate },
    'resolved-by-due-date': resolved.early + resolved.onTime,
    'resolved-with-due-date': resolved.total - resolved.noDueDate,
    'resolved-not-late': resolved.total - resolved.late,
    ...{ 'closed-otherwise': closedOtherwise.total, 'closed-refused': closedOtherwise.refused },
    ...{ 'closed-withdrawn': closedOtherwise.withdrawn, 'closed-stopped': closedOtherwise.stopped },
  };
  const stocks: Record<string, number> = {
    ...{ open: open.total, 'in-time': open.inTime, overdue: open.overdue, paused: open.paused },
    ...{ 'past-due-while-paused': open.pausedPastDue, 'no-due-date': open.noDueDate },
    'paused-in-time': open.paused - open.pausedPastDue,
  };
  const endOf = (day: string) => `${day}T23:59:59.999+07:00`;
  return [
    ...Object.entries(flows).map(([flow, n]): [Query, number] => [{ flow, from, to }, n]),
    ...Object.entries(stocks).map(([stock, n]): [Query, number] => [{ stock, at: endOf(to) }, n]),
    [{ stock: 'open', at: endOf(dayText(dayNumber(from) - 1)) }, row.carriedOver],
    [{ flow: 'received', from, to, channel: 'online' }, received.online],
  ];
}

/** Figures that are added up, as the columns of form II.06a are: what happened together with what stood. */
const SUMS = [
  'carriedOver,received.total,reopened',
  'received.counter,received.post,reopened',
  'resolved.total,closedOtherwise.total',
  'resolved.onTime,resolved.noDueDate,closedOtherwise.refused,closedOtherwise.withdrawn',
  'open.inTime,open.pausedInTime,open.noDueDate',
  'open.overdue,open.pausedPastDue',
  'resolved.early,resolved.onTime,open.inTime,open.pausedInTime',
  'carriedOver,received.online,resolved.late,closedOtherwise.stopped,open.total,refused',
];

/** The list behind each figure by its name in the line, and behind sums of them. */
const namedLists = (row: ReportRow, span: Query): [Query, number][] =>
  [...LISTED_FIGURES, ...SUMS].map((figures) => [
    { figures, ...span },
    figures.split(',').reduce((sum, name) => sum + figureIn(row, name), 0),
  ]);

/** Of so many links one is opened. */
const OPENED_EVERY = 9;

/** What the page asks the API for at the address of a list. */
function questionOf(href: string): Query {
  const [path = '', search = ''] = href.split('?');
  const { view, agency, procedure, tree, period } = parseAddress(path, `?${search}`);
  if (view.kind !== 'list') throw new Error(`${href} is no list`);
  const now = Date.now();
  const days = typeof period === 'string' ? periodOf(period, now) : period;
  const scope = { agency, procedure, tree, period: days, today: civilDateOf(now) };
  return Object.fromEntries(listQuery(view.filter, scope));
}

const monthOf = (key: string): { from: string; to: string } => {
  const [year, month] = key.split('-').map(Number) as [number, number];
  return { from: `${key}-01`, to: new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10) };
};

describe('over a change of the organisation', () => {
  let running: Standalone;

  beforeAll(async () => {
    running = await startStandalone();
    const chain = chainAt(running.url);
    await chain.putAgencies(AGENCIES);
    await chain.putProcedures(
      ['khai sinh', 'không hạn'].map((code) => ({ code, name: code, domain: 'hộ tịch', limits: [] })),
    );
    const all = events();
    await chain.post(all.toReversed());
    await chain.post(all);
    await chain.caughtUp();
  }, 120_000);
  afterAll(() => running?.stop(), 30_000);

  const answer = (path: string, query: Query): Promise<Response> =>
    fetch(`${running.url}/v1/${path}?${new URLSearchParams(query).toString()}`);
  const get = async <T>(path: string, query: Query): Promise<T> => {
    const response = await answer(path, query);
    const body = await response.text();
    if (response.status !== 200) throw new Error(`${path} ${JSON.stringify(query)}: ${body}`);
    return JSON.parse(body) as T;
  };
  /** Counted from the report, and one by one. */
  const lengths = async (query: Query): Promise<[number, number]> => {
    let [length, count, cursor]: [number, number, string | null] = [0, 0, ''];
    while (cursor !== null) {
      const list: { items: unknown[]; next: string | null; count: number } = await get('dossiers', {
        ...{ ...query, limit: '500', count: 'true', cursor },
      });
      length += list.items.length;
      ({ count, next: cursor } = list);
    }
    return [count, length];
  };
  const report = (query: Query) =>
    get<{ total: ReportRow; rows: (ReportRow & { key: string })[]; notes: { kind: string; on: string }[] }>(
      'reports/timeliness',
      query,
    );

  describe.each([
    ['recorded', 'P.D'],
    ['recorded', 'P'],
    ['recorded', 'Q'],
    ['current', 'P'],
    ['current', 'P.new'],
    ['current', 'P.stays'],
  ] as const)('by the tree %s, agency %s', (tree, agency) => {
    const scope: Query = { tree, agency, ...(tree === 'recorded' && { treeOn: SPAN.to }) };

    it('has behind every figure of each of thirteen months a list of as many', async () => {
      const { rows } = await report({ ...SPAN, by: 'month', tree, agency });
      expect(rows).toHaveLength(13);
      let largest = 0;
      for (const row of rows) {
        for (const [query, figure] of listsOf(row, monthOf(row.key))) {
          largest = Math.max(largest, figure);
          expect([query, await lengths({ ...query, ...scope })]).toEqual([query, [figure, figure]]);
        }
      }
      expect(largest).toBeGreaterThan(2);
    });

    it('has one behind what the whole span carried over', async () => {
      const { total } = await report({ ...SPAN, tree, agency });
      for (const [query, figure] of [...listsOf(total, SPAN), ...namedLists(total, SPAN)])
        expect([query, await lengths({ ...query, ...scope })]).toEqual([query, [figure, figure]]);
    });
  });

  it('lists the dossiers behind a sum, once for each time that they count, in any order and page by page', async () => {
    const figures = SUMS[7] as string;
    const query = { figures, ...monthOf('2025-07'), agency: 'P' };
    const all = async (sort: string, limit: string): Promise<Item[]> => {
      const items: Item[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { items: Item[]; next: string | null } = await get('dossiers', {
          ...{ ...query, sort, limit, cursor },
        });
        items.push(...page.items);
        cursor = page.next;
      }
      return items;
    };
    const items = await all('due', '500');
    expect(new Set(items.map(({ countedAs }) => countedAs))).toEqual(
      new Set(['carriedOver', 'received', 'resolved', 'closedOtherwise', 'open', 'refused']),
    );
    for (const { countedAs, happenedAt, then } of items) {
      const stood = countedAs === 'carriedOver' || countedAs === 'open';
      expect([countedAs, happenedAt !== undefined, then !== undefined]).toEqual([countedAs, !stood, stood]);
      if (happenedAt !== undefined) expect(happenedAt.slice(0, 7)).toBe('2025-07');
    }
    const told = items.map(({ code, countedAs, happenedAt }) => [code, countedAs, happenedAt].join());
    expect(new Set(told).size).toBe(told.length);
    for (const sort of ['due', 'time', 'code']) {
      const once = (await all(sort, '500')).map((item) => JSON.stringify(item));
      expect([...once].sort()).toEqual(items.map((item) => JSON.stringify(item)).sort());
      expect((await all(sort, '7')).map((item) => JSON.stringify(item))).toEqual(once);
      expect((await all(`-${sort}`, '7')).map((item) => JSON.stringify(item))).toEqual(once.toReversed());
    }
    // The file says of each row why and when it stands there, as the list does.
    const file = await answer('dossiers/export', { ...query, format: 'csv', separator: 'semicolon' });
    const [header, ...rows] = (await file.text()).trimEnd().split('\r\n');
    expect(header).toMatch(/;Tính vào;Thời điểm;"?Quá hạn từ, khi đó"?;"?Tạm dừng từ, khi đó"?;Tính đến$/);
    const words: Record<string, string> = {
      ...{ carriedOver: 'Tồn kỳ trước', received: 'Tiếp nhận', resolved: 'Đã giải quyết' },
      ...{ closedOtherwise: 'Kết thúc khác', open: 'Đang giải quyết', refused: 'Từ chối tiếp nhận' },
    };
    expect(rows.map((row) => row.split(';').slice(-5, -1))).toEqual(
      items.map(({ countedAs = '', happenedAt, then }) => [
        ...[words[countedAs], happenedAt ?? '', then?.overdueFrom ?? '', then?.pausedSince ?? ''],
      ]),
    );
    // Of a period that has not begun there is nothing, whatever is open now.
    for (const sum of [figures, 'open.total', 'carriedOver'])
      expect(await lengths({ figures: sum, from: '2999-01-01', to: '2999-12-31' })).toEqual([0, 0]);
    // As the records stood after all of it, told dossier by dossier.
    const { asOf } = await get<{ asOf: string }>('reports/timeliness', SPAN);
    expect(await lengths({ ...query, asOf })).toEqual([items.length, items.length]);
  });

  it('counts by the tree of the list’s own end where no other day is named, which is another figure', async () => {
    const may = { flow: 'received', ...monthOf('2025-05'), agency: 'P.D' };
    const { rows } = await report({ ...SPAN, by: 'month', agency: 'P.D' });
    const figure = rows.find(({ key }) => key === '2025-05')?.received.total ?? 0;
    const own = (await report({ ...monthOf('2025-05'), agency: 'P.D' })).total.received.total;
    expect(own).toBeGreaterThan(figure);
    expect(await lengths(may)).toEqual([own, own]);
    expect(await lengths({ ...may, treeOn: LAST })).toEqual([own, own]);
    expect(await lengths({ ...may, treeOn: FIRST })).toEqual([figure, figure]);
    // A day that is still to come is that of now, as the end of a report is.
    expect(await lengths({ ...may, treeOn: '2999-12-31' })).toEqual([figure, figure]);
  });

  it('gives as many into the file, and as of an instant', async () => {
    const { total } = await report({ ...monthOf('2025-05'), agency: 'P.D' });
    const { rows } = await report({ ...SPAN, by: 'month', agency: 'P.D' });
    const figure = rows.find(({ key }) => key === '2025-05')?.resolved.total ?? 0;
    expect(figure).toBeLessThan(total.resolved.total);
    const may = { flow: 'resolved', ...monthOf('2025-05'), agency: 'P.D', treeOn: SPAN.to };
    const file = await answer('dossiers/export', { ...may, format: 'csv' });
    expect(file.status).toBe(200);
    const codes = (await file.text()).match(/^"?C\d+|[;,\t]"?C\d+"?[;,\t]/gm) ?? [];
    expect(codes).toHaveLength(figure);
    const { asOf } = await get<{ asOf: string }>('reports/timeliness', SPAN);
    expect(await lengths({ ...may, asOf })).toEqual([figure, figure]);
  });

  it('has behind an agency’s own row a list of as many, with those of whoever it succeeds', async () => {
    const { rows } = await report({ ...SPAN, by: 'agency', agency: 'P', tree: 'current' });
    const own = rows.find(({ key }) => key === 'P') as ReportRow;
    expect(own.received.total).toBeGreaterThan(0);
    for (const [query, figure] of [...listsOf(own, SPAN), ...namedLists(own, SPAN)]) {
      const asked = { ...query, agency: 'P', flat: 'true', tree: 'current' };
      expect([query, await lengths(asked)]).toEqual([query, [figure, figure]]);
    }
  });

  it.each([
    ['P', 'recorded', 'department'],
    ['P', 'recorded', 'commune'],
    ['P', 'recorded', 'district'],
    ['P', 'current', 'commune'],
    ['', 'recorded', 'province'],
    ['', 'current', 'province'],
  ])('has behind the rows of a kind together a list of as many: %j, %s, %s', async (agency, tree, kind) => {
    const { rows } = await report({ ...SPAN, by: 'agency', tree, agency });
    const kindOf = new Map(AGENCIES.map((one) => [one.id, one.kind]));
    const ofKind = rows.filter(({ key }) => key !== agency && kindOf.get(key) === kind);
    expect(ofKind.length).toBeGreaterThan(0);
    const lists = ofKind.map((row) => [...listsOf(row, SPAN), ...namedLists(row, SPAN)]);
    for (const [nth, [query]] of (lists[0] ?? []).entries()) {
      const sum = lists.reduce((total, list) => total + (list[nth]?.[1] ?? 0), 0);
      const asked = { ...query, agency, kind, tree, ...(tree === 'recorded' && { treeOn: SPAN.to }) };
      expect([asked, await lengths(asked)]).toEqual([asked, [sum, sum]]);
    }
  });

  it('has one behind those of a kind at any depth, with all that is below them', async () => {
    const { rows } = await report({ ...SPAN, by: 'agency', flat: 'true', agency: 'R' });
    const communes = rows.filter(({ key }) => key.startsWith('R.D.'));
    expect(communes).toHaveLength(3);
    const lists = communes.map((row) => listsOf(row, SPAN));
    for (const [nth, [query]] of (lists[0] ?? []).entries()) {
      const sum = lists.reduce((total, list) => total + (list[nth]?.[1] ?? 0), 0);
      const asked = { ...query, agency: 'R', kindBelow: 'commune' };
      expect([asked, await lengths(asked)]).toEqual([asked, [sum, sum]]);
    }
  });

  it.each([
    ['agency=P&stock=open&kind=village', ['/kind']],
    ['agency=P&stock=open&kindBelow=x&flat=true', ['/kindBelow']],
    ['agency=P&stock=open&kind=commune&kindBelow=commune&flat=true', ['/kindBelow', '/flat']],
    ['agency=P&stock=open&treeOn=01/07/2025', ['/treeOn']],
    ['agency=P&stock=open&treeOn=2025-06-31', ['/treeOn']],
    ['agency=P&stock=open&treeOn=2025-06-30&treeOn=2025-07-01', ['/treeOn']],
    ['stock=open&treeOn=2025-06-30', ['/treeOn']],
    ['agency=P&stock=open&treeOn=2025-06-30&tree=current', ['/treeOn']],
    ['agency=P.old&stock=open&tree=current', ['/agency']],
    ['figures=received.total', ['/from', '/to']],
    ['figures=received&from=2025-01-01&to=2025-01-31', ['/figures']],
    ['figures=received.total,&from=2025-01-01&to=2025-01-31', ['/figures']],
    ['figures=open.total,open.overdue&from=2025-01-01&to=2025-01-31', ['/figures']],
    ['figures=open.paused,open.pausedInTime&from=2025-01-01&to=2025-01-31', ['/figures']],
    ['figures=refused&figures=reopened', ['/figures']],
    ['figures=refused&flow=refused&from=2025-01-01&to=2025-01-31', ['/figures']],
    ['figures=refused&stock=open&from=2025-01-01&to=2025-01-31', ['/figures']],
    ['figures=open.total&late=1-3&from=2025-01-01&to=2025-01-31', ['/figures']],
    ['figures=open.total&took=fee&from=2025-01-01&to=2025-01-31', ['/took']],
    ['flow=refused&stock=open&from=2025-01-01&to=2025-01-31', ['/flow']],
    ['from=2025-01-01', ['/from']],
  ])('refuses %s and names what is wrong', async (query, pointers) => {
    for (const path of [`dossiers?${query}`, `dossiers/export?format=csv&${query}`]) {
      const response = await fetch(`${running.url}/v1/${path}`);
      const { errors } = (await response.json()) as { errors?: { pointer: string }[] };
      expect([response.status, [...new Set(errors?.map(({ pointer }) => pointer))]]).toEqual([400, pointers]);
    }
  });

  (chromium ? describe : describe.skip)('on the page', () => {
    const DECEMBER = 'tu=2025-12-01&den=2025-12-31';
    let browser: Browser;
    let page: Page;
    const failures: string[] = [];

    beforeAll(async () => {
      browser = await openChromium(chromium ?? '');
      page = await browser.context.newPage();
      await page.setViewportSize({ width: 1440, height: 900 });
      page.on('pageerror', (error) => failures.push(error.message));
    });
    afterAll(() => browser?.close());

    const open = async (path: string): Promise<void> => {
      await page.goto(`${running.url}${path}`);
      await page.locator('h1').waitFor();
      await pollUntil(
        'all that is shown',
        10_000,
        async () => (await page.locator('.loading').count()) === 0,
        20,
      );
    };
    const counted = async (): Promise<string | undefined> => {
      await page.locator('[data-figure="count"]', { hasText: /\d/ }).waitFor();
      return (await page.locator('[data-figure="count"]').innerText()).split(' ')[0];
    };
    interface Shown {
      href: string;
      text: string;
    }
    /** Every link asks for as many as its figure says; some of them are opened, to see that the list shows as many. */
    const expectAsMany = async (links: Iterable<readonly [href: string, text: string]>): Promise<void> => {
      let nth = 0;
      for (const [href, text] of links) {
        const { count } = await get<{ count: number }>('dossiers', {
          ...questionOf(href),
          limit: '1',
          count: 'true',
        });
        expect([href, count.toLocaleString('vi-VN')]).toEqual([href, text]);
        if (nth++ % OPENED_EVERY !== 0) continue;
        await open(href);
        expect([href, await counted()]).toEqual([href, text]);
      }
    };
    const linksOf = (selector: string): Promise<Shown[]> =>
      page.evaluate<Shown[]>(
        `[...document.querySelectorAll(${JSON.stringify(selector)})].map((link) => ({
           href: link.getAttribute('href'), text: link.textContent }))`,
      );

    it.each([
      ['donvi=P.D', true],
      ['donvi=P.new&cay=hien-nay', false],
    ])('has behind every number of a month a list of as many: %s', async (scope, told) => {
      await open(`/?${DECEMBER}&${scope}`);
      await page.locator('.trend summary').click();
      const links = await linksOf('.trend table a.figure-link');
      expect(links.length).toBeGreaterThan(12);
      let toldOnes = 0;
      for (const { href, text } of links) {
        await open(href);
        expect([href, await counted()]).toEqual([href, text]);
        const words = await page.locator('[data-tree-on]').allInnerTexts();
        // From July on the month's own tree is that of December.
        const before = told && href < '/danh-sach?tu=2025-07';
        expect([href, words]).toEqual([href, before ? ['Theo cây đơn vị ngày 31/12/2025'] : []]);
        toldOnes += words.length;
      }
      expect(toldOnes > 0).toBe(told);
    });

    it('follows a month from the table, and goes on by the same tree to other lists of it', async () => {
      const { rows } = await report({ ...SPAN, by: 'month', agency: 'P.D' });
      const may = rows.find(({ key }) => key === '2025-05') as ReportRow;
      await open(`/?${DECEMBER}&donvi=P.D`);
      await page.locator('.trend summary').click();
      const row = page.locator('.trend tbody tr', { hasText: '05/2025' });
      await row.locator('a').first().click();
      await page.locator('h1', { hasText: 'Tiếp nhận trong kỳ' }).waitFor();
      expect(await counted()).toBe(String(may.received.total));
      expect(await page.locator('table.dossiers tbody tr').count()).toBe(may.received.total);
      expect(await page.locator('.downloads a').first().getAttribute('href')).toContain('treeOn=2025-12-31');

      await page.locator('select').first().selectOption('ket-thuc-khac');
      await page.locator('h1', { hasText: 'Kết thúc khác' }).waitFor();
      await page.reload();
      expect(await counted()).toBe(String(may.closedOtherwise.total));
      await page.locator('a.language').click();
      await page.locator('[data-tree-on]', { hasText: 'By the tree of agencies of 31/12/2025' }).waitFor();

      expect(await page.locator('.back').getAttribute('href')).toBe(`/?${DECEMBER}&donvi=P.D&lang=en`);

      // Of another period the tree is its own.
      await page.locator('.period a[href*="ky=nam-2018"]').click();
      await page.locator('[data-tree-on]').waitFor({ state: 'detached' });
      expect(page.url()).not.toContain('caycuoi');
    });

    const OVER_YEAR = 'tu=2025-01-01&den=2025-12-31';
    it.each([
      [
        ...[`/?${OVER_YEAR}&donvi=P`, 60],
        '.kpis, .sentence, .trend figcaption, .ranking, .formulas, .funnel, .ageing > p, .group-row, tfoot, .rate-cell',
      ],
      [`/?${OVER_YEAR}&donvi=P&cay=hien-nay`, 30, '.group-row, .breakdown [data-key="P"]'],
      [`/?${OVER_YEAR}&donvi=P&cap=department`, 8, 'tfoot'],
      [`/?${OVER_YEAR}&donvi=R&cap=commune`, 26, 'tfoot, .ranking, .breakdown [data-key="R.D.1"]'],
      [`/?${OVER_YEAR}&donvi=P&theo=kenh`, 8, '.rate-cell, .ranking'],
      [`/?${OVER_YEAR}&donvi=P&theo=linh-vuc`, 2, '.rate-cell, .ranking'],
      ['/theo-doi?donvi=P', 1, '.tally'],
      [`/?${OVER_YEAR}&donvi=P.stays`, 1, '.live .tally'],
      [`/bieu-mau/06a?${OVER_YEAR}&donvi=P`, 20, 'main'],
      ['/bieu-mau/06a?kybc=2025&moc=15-14&donvi=P&theo=don-vi', 40, 'main'],
      ['/bieu-mau/06a?kybc=2025-Q3&donvi=P.D', 3, 'main'],
      [`/bao-cao?${OVER_YEAR}&donvi=P&loai=tien-do&cong-thuc=c`, 50, '.report-table'],
      [`/bao-cao?donvi=R&theo=kenh&loai=tien-do&ten=2025&cat=ngay-15&cong-thuc=b`, 50, '.report-table'],
      [`/bao-cao?${OVER_YEAR}&theo=thu-tuc&loai=tien-do`, 20, '.report-table'],
      [`/bao-cao?${OVER_YEAR}&donvi=P&theo=don-vi&loai=bieu-06a`, 40, '.report-table'],
    ] as [string, number, string][])(
      'has behind every figure of %s a list of as many',
      async (path, least, parts) => {
        await open(path);
        if (parts.includes('tally')) await page.locator('.tally', { hasText: /\d/ }).first().waitFor();
        for (const summary of await page.locator('main details > summary').all()) await summary.click();
        const inParts = parts.split(', ').map((part) => `${part} a.figure-link`);
        const shown = await linksOf(inParts.join(', '));
        const links = new Map(shown.map(({ href, text }) => [href, text]));
        expect(links.size).toBeGreaterThanOrEqual(least);
        for (const { href, text } of shown) expect([href, text]).toEqual([href, links.get(href)]);
        await expectAsMany(links);
      },
    );

    it('has behind every figure of an issued report a list of as many, as it was known then', async () => {
      for (const question of [
        { kind: 'form-06a', period: '2025', bounds: 'reporting', by: 'agency', agency: 'P' },
        { kind: 'timeliness', ...{ from: '2025-03-10', to: '2025-08-09' }, by: 'month', agency: 'P.D' },
        { kind: 'timeliness', period: '2025', by: 'agency', agency: 'R', flat: true, channel: 'online' },
        { kind: 'timeliness', period: '2025', by: 'agency', agency: 'P', tree: 'current', formula: 'c' },
      ]) {
        const issued = await fetch(`${running.url}/v1/reports/issued`, {
          ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
          body: JSON.stringify(question),
        });
        const { number, asOf } = (await issued.json()) as { number: string; asOf: string };
        await open(`/bao-cao/${number}`);
        const links = await linksOf('.issued-figures a.figure-link');
        expect([question, links.length >= 12]).toEqual([question, true]);
        for (const { href } of links) expect(new URLSearchParams(href.split('?')[1]).get('luc')).toBe(asOf);
        await expectAsMany(links.map(({ href, text }) => [href, text]));
        await open(links[0]?.href ?? '');
        expect(await page.locator('.back').innerText()).toBe(`‹ ${number}`);
      }
    });

    it('says what a sum is of, and why each dossier is in it', async () => {
      await open('/bieu-mau/06a?kybc=2025-07&donvi=P');
      await page.locator('tfoot [data-column="3"] a').click();
      await page.locator('h1', { hasText: 'Hồ sơ của nhiều mục gộp lại' }).waitFor();
      await page.locator('.parts', { hasText: 'Gồm: Tiếp nhận: Trực tuyến + ' }).waitFor();
      const columns = (await page.locator('table.dossiers thead').innerText()).split(/\s*\n\s*|\t/);
      expect(columns.join()).toContain('Tính vào');
      await page.locator('table.dossiers td', { hasText: 'Tồn kỳ trước' }).first().waitFor();
      await page.locator('.back', { hasText: 'Biểu' }).click();
      await page.locator('h1', { hasText: 'kết quả giải quyết' }).waitFor();
      expect(page.url()).toContain('kybc=2025-07');
    });

    it('names the agencies of a kind that a list holds, and takes that off', async () => {
      await open(`/?${OVER_YEAR}&donvi=P`);
      await page.locator('.group-row', { hasText: 'Sở, ban, ngành' }).locator('a.figure-link').nth(1).click();
      await page.locator('.parts', { hasText: 'Các đơn vị trực thuộc, loại: Sở, ban, ngành' }).waitFor();
      await page.locator('.parts a').click();
      await page.locator('.parts').waitFor({ state: 'detached' });
      const { total } = await report({ from: '2025-01-01', to: '2025-12-31', agency: 'P' });
      expect(await counted()).toBe(String(total.received.total));
      expect(await page.locator('.back').getAttribute('href')).toBe(`/?${OVER_YEAR}&donvi=P`);
    });

    it('met no error', () => expect(failures).toEqual([]));
  });
});
