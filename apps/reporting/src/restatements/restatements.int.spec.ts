import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { type CalendarDoc, parseEvent, type SnapshotMessage } from '#libs/contracts';
import { type DossierState, type Fact, fold, formatInstant, ROW_FIGURES } from '#libs/dossier';
import { createLogger, readConfig } from '#libs/platform';
import { type Catalogue, CatalogueStore, factOf } from '#libs/store';
import {
  accepted,
  type CloudEventJson,
  event,
  EXAMPLE_WORLD,
  openTestDatabase,
  seededHistory,
  type TestDatabase,
  vn,
} from '#libs/testing';
import { applyMessages } from '../consumer/apply-timeliness.js';
import { CounterMemory } from '../counters/counter-memory.js';
import { Counting } from '../counters/counting.js';
import { Figures } from '../reports/figures.js';
import { PastFigures } from '../past/past-figures.js';
import { readReportQuery } from '../reports/report-query.js';
import { type ChangedDossier } from './restatement-causes.js';
import { type RestatedCell, Restatements } from './restatements.js';
import { readCellsQuery, readDossiersQuery, RESTATEMENT_GROUPINGS } from './restatements-query.js';
import { TimelinessReports } from '../reports/timeliness-report.js';

jest.setTimeout(120_000);

const config = readConfig(0, { LOG_LEVEL: 'silent' });
const START = Date.now() - 3_600_000;
let test: TestDatabase;
let catalogues: CatalogueStore;
let catalogue: Catalogue;
let reports: TimelinessReports;
let restatements: Restatements;

interface Arrival {
  event: CloudEventJson;
  recordedAt: number;
}
let arrivals: Arrival[];

beforeAll(async () => {
  test = await openTestDatabase();
  catalogues = new CatalogueStore(test.database);
  const shipped = JSON.parse(await readFile('data/calendars/default.json', 'utf8')) as CalendarDoc;
  await catalogues.seedCalendar({ sessions: shipped.sessions, days: shipped.days });
  const counting = new Counting(test.database, createLogger('spec', config));
  reports = new TimelinessReports(
    new Figures(
      test.database,
      new CounterMemory(test.database, counting),
      new PastFigures(test.database, counting),
    ),
  );
  restatements = new Restatements(test.database);
  const { catalogue: codes, events } = seededHistory(4_711, {
    ...{ name: 'RS', digits: '000047', dossiers: 120, now: START },
  });
  await catalogues.putAgencies([...codes.agencies, ...EXAMPLE_WORLD.agencies]);
  await catalogues.putProcedures([...codes.procedures, ...EXAMPLE_WORLD.procedures] as never);
  catalogue = await catalogues.current();
  arrivals = events.map((one, nth) => ({ event: one, recordedAt: START + nth * 10 }));
  await arrive(arrivals);
});
afterAll(() => test?.close());

/** What processing does with events: each is stored, and a snapshot of its dossier goes to reporting. */
async function arrive(told: readonly Arrival[], calendarVersion = 1): Promise<void> {
  const histories = new Map<string, { facts: Fact[]; ids: string[]; event: CloudEventJson }>();
  const snapshots: SnapshotMessage[] = [];
  for (const { event: one, recordedAt } of told) {
    const read = parseEvent(one, 0);
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    const { content, time, canonical } = read.event;
    const inner = content.type === 'corrected' ? content.data.content : content;
    const at = content.type === 'corrected' ? content.data.time : time;
    const rule =
      inner.type === 'accepted'
        ? catalogue.ruleFor(inner.data.procedure, inner.data.channel, at, Date.now())
        : undefined;
    const key = `${one.source} ${one.subject}`;
    const history = histories.get(key) ?? { facts: [], ids: [], event: one };
    histories.set(key, history);
    if (history.ids.includes(one.id)) continue;
    history.facts.push(factOf(read.event, recordedAt, calendarVersion, rule));
    history.ids.push(one.id);
    await test.database.query(
      `insert into processing.dossier_event (source, id, code, recorded_at, calendar_version, rule, body)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
      [
        ...[one.source, one.id, one.subject, new Date(recordedAt), calendarVersion],
        ...[rule ? JSON.stringify(rule) : null, canonical],
      ],
    );
    snapshots.push(snapshotOf(one, recordedAt, stateOf(history.facts)));
  }
  for (const { event: one, ids } of histories.values()) {
    await test.database.query(
      `insert into processing.dossier (source, code, partition, record) values ($1, $2, 0, $3)
       on conflict (source, code) do update set record = excluded.record`,
      [one.source, one.subject, JSON.stringify({ ids, state: { calendarVersion } })],
    );
  }
  await send(snapshots);
}
const stateOf = (facts: readonly Fact[], pinned = 1): DossierState =>
  fold([...facts], { pinned, calendar: catalogue.calendar });
const snapshotOf = (
  { source, subject: code }: Pick<CloudEventJson, 'source' | 'subject'>,
  recordedAt: number,
  { fold: _private, ...state }: DossierState,
): SnapshotMessage => ({ kind: 'snapshot', source, code, recordedAt, state });
const send = (snapshots: readonly SnapshotMessage[]) =>
  test.database.transaction((manager) => applyMessages(manager, snapshots, Infinity));

const leaves = (value: object, path = ''): [string, number][] =>
  Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (typeof inner === 'number') return [[`${path}${name}`, inner] as [string, number]];
    return typeof inner === 'object' && inner !== null && name !== 'rates'
      ? leaves(inner, `${path}${name}.`)
      : [];
  });

/** Every figure that the two reports show differently, by row. */
async function byReports(question: Record<string, string>, a: number, b: number) {
  const [before, after] = await Promise.all(
    [a, b].map(async (asOf) => {
      const query = readReportQuery({ ...question, asOf: formatInstant(asOf) }, catalogue, Date.now());
      const { rows } = await reports.make(query, catalogue);
      return new Map(rows.flatMap((row) => leaves(row).map(([figure, n]) => [`${row.key} ${figure}`, n])));
    }),
  );
  return new Map(
    [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])]
      .map((cell): [string, [number, number]] => [cell, [before?.get(cell) ?? 0, after?.get(cell) ?? 0]])
      .filter(([, [left, right]]) => left !== right),
  );
}

async function allCells(question: Record<string, string>, limit = 40): Promise<RestatedCell[]> {
  const cells: RestatedCell[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const raw = { ...question, limit: String(limit), ...(cursor && { cursor }) };
    const page = await restatements.cells(readCellsQuery(raw, catalogue, Date.now()), catalogue);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    cells.push(...page.items);
    cursor = page.next;
  }
  return cells;
}

async function allDossiers(href: string, limit = 20): Promise<ChangedDossier[]> {
  const question = Object.fromEntries(new URLSearchParams(href.split('?')[1]));
  const dossiers: ChangedDossier[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const raw = { ...question, limit: String(limit), ...(cursor && { cursor }) };
    const page = await restatements.dossiers(readDossiersQuery(raw, catalogue, Date.now()), catalogue);
    dossiers.push(...page.items);
    cursor = page.next;
  }
  return dossiers;
}

const between = (a: number, b: number): string => `${formatInstant(a)},${formatInstant(b)}`;
const today = (): string => formatInstant(Date.now()).slice(0, 10);

describe('restatements of random histories', () => {
  /** Between two arrivals, between neighbours, and over everything up to now. */
  const SPANS = [
    [0.1, 0.9],
    [0.5, 0.502],
    [0.3, 2],
  ] as const;
  const PERIODS = [
    { from: '2018-01-01', to: '2018-12-31' },
    { from: '2018-03-01', to: 'today' },
    { from: 'today', to: 'today' },
  ] as const;
  const cases = SPANS.flatMap((span) => PERIODS.map((period) => ({ span, period })));

  it.each(cases)('are what two reports show differently: %j', async ({ span, period }) => {
    const [a, b] = span.map((share) =>
      share > 1 ? Date.now() : (arrivals[Math.floor(share * arrivals.length)]?.recordedAt ?? 0),
    ) as [number, number];
    const bounds = {
      from: period.from === 'today' ? today() : period.from,
      to: period.to === 'today' ? today() : period.to,
    };
    for (const by of RESTATEMENT_GROUPINGS) {
      const expected = await byReports({ ...bounds, by }, a, b);
      const cells = await allCells({ ...bounds, by, between: between(a, b) });
      expect(
        new Map(cells.map(({ key, figure, before, after }) => [`${key} ${figure}`, [before, after]])),
      ).toEqual(expected);
      for (const cell of cells.slice(0, 12)) {
        expect(cell.difference).toBe(cell.after - cell.before);
        const dossiers = await allDossiers(cell.dossiers.all);
        expect([cell.key, cell.figure, dossiers.length]).toEqual([
          ...[cell.key, cell.figure, cell.dossiers.count],
        ]);
        expect(dossiers.reduce((sum, { difference }) => sum + difference, 0)).toBe(cell.difference);
        expect(dossiers.slice(0, 5)).toEqual(cell.dossiers.items);
        for (const { cause, events } of dossiers) {
          expect(cause === 'time').toBe(events.length === 0);
          for (const { recordedAt } of events) {
            expect(Date.parse(recordedAt)).toBeGreaterThan(a);
            expect(Date.parse(recordedAt)).toBeLessThanOrEqual(b);
          }
        }
      }
    }
  });

  it('have a cell of agency, procedure and channel each, without a grouping, and add up to the rows', async () => {
    const [a, b] = [arrivals[20]?.recordedAt ?? 0, Date.now()];
    const bounds = { from: '2018-01-01', to: today(), between: between(a, b) };
    const cells = await allCells(bounds, 200);
    const byProcedure = await allCells({ ...bounds, by: 'procedure' }, 200);
    const sums = new Map<string, number>();
    for (const { procedure, figure, difference } of cells) {
      const key = `${procedure} ${figure}`;
      sums.set(key, (sums.get(key) ?? 0) + difference);
    }
    expect(new Map([...sums].filter(([, sum]) => sum !== 0))).toEqual(
      new Map(byProcedure.map(({ key, figure, difference }) => [`${key} ${figure}`, difference])),
    );
    const [cell] = cells;
    const dossiers = await allDossiers(cell?.dossiers.all ?? '');
    expect(dossiers.map(({ difference }) => difference).reduce((sum, one) => sum + one, 0)).toBe(
      cell?.difference,
    );
  });
});

describe('the cause', () => {
  const now = Date.now();
  const [a, between1, b] = [now - 60_000, now - 50_000, now - 40_000];
  const of = (subject: string, one: CloudEventJson): CloudEventJson => ({ ...one, source: 'urn:c', subject });
  const due = { dueAt: vn('2018-03-15 17:00') };
  const resolved = (subject: string, time: string) => of(subject, event('resolved', time));
  const question = {
    ...{ from: '2018-03-01', to: '2018-03-31', agency: 'T.H.X', by: 'agency', between: between(a, b) },
  };

  beforeAll(async () => {
    const late = [of('retracted', accepted('2018-03-01', due)), resolved('retracted', '2018-03-20')];
    const wrong = [of('corrected', accepted('2018-03-01', due)), resolved('corrected', '2018-03-21')];
    const told = [...late, ...wrong, of('came late', accepted('2018-03-01', due))];
    const amended = [
      of('retracted', event('retracted', '2018-03-22', { event: late[1]?.id ?? '' })),
      of(
        'corrected',
        event('corrected', '2018-03-22', {
          ...{ event: wrong[1]?.id ?? '', type: 'vn.tthc.dossier.resolved.v1' },
          ...{ time: vn('2018-03-15'), data: {} },
        }),
      ),
      resolved('came late', '2018-03-14'),
    ];
    await arrive([
      ...told.map((one, nth) => ({ event: one, recordedAt: a - 100 + nth })),
      ...amended.map((one, nth) => ({ event: one, recordedAt: between1 + nth })),
    ]);
  });

  it('is a retraction, a correction or a late arrival, with the event that did it', async () => {
    const cells = await allCells(question);
    const lateCell = cells.find(({ figure }) => figure === 'resolved.late');
    expect(lateCell).toMatchObject({ key: 'T.H.X', name: 'Xã', before: 2, after: 0, difference: -2 });
    expect(lateCell?.dossiers.items).toMatchObject([
      {
        ...{ code: 'corrected', difference: -1, cause: 'correction' },
        events: [{ type: 'vn.tthc.dossier.corrected.v1', recordedAt: formatInstant(between1 + 1) }],
      },
      { code: 'retracted', cause: 'retraction', events: [{ type: 'vn.tthc.dossier.retracted.v1' }] },
    ]);
    const earlyCell = cells.find(({ figure }) => figure === 'resolved.early');
    expect(earlyCell?.dossiers.items).toMatchObject([{ code: 'came late', cause: 'late-arrival' }]);
    // Two resolutions before and after, one overdue before and after: other dossiers, the same figures.
    expect(cells.map(({ figure }) => figure)).toEqual([
      ...['resolved.early', 'resolved.onTime', 'resolved.late'],
    ]);
  });

  it('is time where nothing new became known', async () => {
    // Due at the end of a day between the two instants: known before, true since.
    const dueOn = formatInstant(Date.now() - 86_400_000).slice(0, 10);
    const overdueFrom = Date.parse(`${dueOn}T00:00:00+07:00`) + 86_400_000;
    await arrive([
      {
        event: of('time', accepted('2018-03-01', { dueAt: `${dueOn}T17:00:00+07:00` })),
        recordedAt: a - 500_000_000,
      },
    ]);
    const cells = await allCells({
      ...{ from: '2018-03-01', to: today(), by: 'agency', agency: 'T.H.X' },
      between: between(overdueFrom - 1, overdueFrom),
    });
    expect(cells.map(({ figure, before, after }) => [figure, after - before])).toEqual([
      ['open.inTime', -1],
      ['open.overdue', 1],
    ]);
    expect(cells.flatMap(({ dossiers }) => dossiers.items)).toEqual(
      [-1, 1].map((difference) => ({
        ...{ source: 'urn:c', code: 'time', difference, cause: 'time', events: [], calendars: [] },
      })),
    );
  });

  it('is the calendar where the deadline moved without an event', async () => {
    const one = of('moved', accepted('2018-04-02', { limit: { amount: 5, unit: 'working-days' } }));
    await arrive([{ event: one, recordedAt: a - 50 }]);
    await catalogues.putCalendar('default', {
      days: [{ on: '2018-04-05', kind: 'off', reason: 'nghỉ bù' }],
    });
    catalogue = await catalogues.current();
    const read = parseEvent(one, 0);
    if (!read.ok) throw new Error('unreadable');
    const facts = [factOf(read.event, a - 50, 1, undefined)];
    const movedAt = catalogue.calendarRecordedAt(2);
    await send([snapshotOf(one, movedAt, stateOf(facts, 2))]);
    // Due on 9 April; now on the 10th, so on the 9th's last millisecond nothing differs, on the 10th's first it does.
    const cells = await allCells({
      ...{ from: '2018-04-01', to: '2018-04-10', by: 'agency', agency: 'T.H.X' },
      between: between(movedAt - 1, movedAt),
    });
    expect(cells.map(({ figure, difference }) => [figure, difference])).toEqual([
      ['open.inTime', 1],
      ['open.overdue', -1],
    ]);
    expect(cells[0]?.dossiers.items).toMatchObject([
      {
        ...{ code: 'moved', cause: 'calendar', events: [] },
        calendars: [{ version: 2, recordedAt: formatInstant(movedAt) }],
      },
    ]);
  });
});

describe('a question about restatements', () => {
  const refused = (raw: Record<string, string>, read = readCellsQuery) => {
    try {
      read(raw, catalogue, Date.now());
    } catch (error) {
      return (error as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer).sort();
    }
    return [];
  };
  const period = { from: '2018-01-01', to: '2018-12-31' };
  it.each([
    [{}, ['/between', '/from', '/to']],
    [{ ...period, between: 'x' }, ['/between']],
    [{ ...period, between: between(5, 4) }, ['/between']],
    [{ ...period, between: between(0, 1) }, ['/from']],
    [{ ...period, between: between(0, Date.now() + 60_000) }, ['/between']],
    [
      { ...period, between: between(0, 1), by: 'month', dossiers: '51', limit: '0', cursor: '?', asOf: '1' },
      ['/asOf', '/asOf', '/by', '/cursor', '/dossiers', '/limit'],
    ],
  ])('is refused with every fault named: %j', (raw, pointers) => {
    expect(refused(raw as Record<string, string>)).toEqual(pointers);
  });

  it('about dossiers names one figure', () => {
    const raw = { ...period, between: between(Date.now() - 10, Date.now() - 5) };
    expect(refused(raw, readDossiersQuery as never)).toEqual(['/figure']);
    expect(refused({ ...raw, figure: 'rates.a', flat: 'true' }, readDossiersQuery as never)).toEqual([
      '/figure',
      '/flat',
    ]);
    for (const { name } of ROW_FIGURES)
      expect(refused({ ...raw, figure: name }, readDossiersQuery as never)).toEqual([]);
  });
});
