import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { type CalendarDoc, parseEvent, type SnapshotMessage, TIMELINESS_TOPIC } from '#libs/contracts';
import { dayOf, type DossierState, type Fact, fold, type ReportRow } from '#libs/dossier';
import { type LogBatch, ORIGIN_HEADER } from '#libs/event-log';
import { createLogger, readConfig } from '#libs/platform';
import { type Catalogue, CatalogueStore, DEFAULT_CALENDAR, factOf } from '#libs/store';
import {
  type CalendarDocument,
  type CloudEventJson,
  openTestDatabase,
  recordsAsOf,
  seededHistory,
  type TestDatabase,
  type World,
} from '#libs/testing';
import { ApplyTimeliness } from './apply-timeliness.js';
import { CounterMemory } from '../counters/counter-memory.js';
import { Counting } from '../counters/counting.js';
import { Figures } from '../reports/figures.js';
import { PastFigures } from '../past/past-figures.js';
import { IdentityCheck } from '../counters/identity-check.js';
import { GROUPINGS, type ReportQuery } from '../reports/report-query.js';
import { TimelinessReports } from '../reports/timeliness-report.js';

jest.setTimeout(60_000);

const SEED = 77;
const START = Date.now() - 3_600_000;
const config = readConfig(0, { LOG_LEVEL: 'silent' });

let test: TestDatabase;
let catalogues: CatalogueStore;
let catalogue: Catalogue;
let apply: ApplyTimeliness;
let counting: Counting;
let memory: CounterMemory;
let reports: TimelinessReports;
let identities: IdentityCheck;
let world: World;
let nextOffset = 0;

beforeAll(async () => {
  test = await openTestDatabase();
  catalogues = new CatalogueStore(test.database);
  const shipped = JSON.parse(await readFile('data/calendars/default.json', 'utf8')) as CalendarDoc;
  await catalogues.seedCalendar({ sessions: shipped.sessions, days: shipped.days });
  counting = new Counting(test.database, createLogger('spec', config));
  apply = new ApplyTimeliness(test.database, counting);
  memory = new CounterMemory(test.database, counting);
  reports = new TimelinessReports(
    new Figures(test.database, memory, new PastFigures(test.database, counting)),
  );
  identities = new IdentityCheck(test.database, createLogger('spec', config), config);

  const { catalogue: codes, events } = seededHistory(SEED, {
    ...{ name: 'RP', digits: '000077', dossiers: 120, now: START },
  });
  await catalogues.putAgencies([...codes.agencies, { id: 'HOURS', name: 'Giờ', kind: 'office' }]);
  await catalogues.putProcedures(codes.procedures as never);
  catalogue = await catalogues.current();
  const calendar = catalogue.calendars.get(DEFAULT_CALENDAR) as CalendarDocument;
  const arrivals = events.map((event, nth) => ({ event, recordedAt: START + nth * 10 }));
  const told: World = { ...codes, calendars: [{ recordedAt: 0, document: calendar }], arrivals };
  const silent = new Set(
    recordsAsOf(told, Infinity)
      .dossiers.filter((dossier) => dossier.silent.length > 0)
      .map(({ source, code }) => `${source} ${code}`),
  );
  world = {
    ...told,
    arrivals: arrivals.filter(({ event: { source, subject } }) => !silent.has(`${source} ${subject}`)),
  };
});
afterAll(() => test?.close());

/** What processing would send: a snapshot per arrival, each dossier folded whole. */
function snapshots(): SnapshotMessage[] {
  const histories = new Map<string, Fact[]>();
  return world.arrivals.map(({ event, recordedAt }) => {
    const key = `${event.source} ${event.subject}`;
    const facts = [...(histories.get(key) ?? []), factAt(event, recordedAt)];
    histories.set(key, facts);
    return snapshotOf(event, recordedAt, fold(facts, { pinned: 1, calendar: catalogue.calendar }));
  });
}
function factAt(event: CloudEventJson, recordedAt: number): Fact {
  const read = parseEvent(event, 0);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const { content, time } = read.event;
  const [accepted, at] =
    content.type === 'corrected' ? [content.data.content, content.data.time] : [content, time];
  const rule =
    accepted.type === 'accepted'
      ? catalogue.ruleFor(accepted.data.procedure, accepted.data.channel, at, Date.now())
      : undefined;
  return factOf(read.event, recordedAt, 1, rule);
}
const snapshotOf = (
  { source, subject: code }: Pick<CloudEventJson, 'source' | 'subject'>,
  recordedAt: number,
  { fold: _private, ...state }: DossierState,
): SnapshotMessage => ({ kind: 'snapshot', source, code, recordedAt, state });

function batchOf(messages: readonly object[]): LogBatch {
  const firstOffset = nextOffset;
  nextOffset += messages.length;
  return {
    ...{ topic: TIMELINESS_TOPIC, partition: 0, firstOffset, nextOffset },
    messages: messages.map((message, nth) => ({
      ...{ offset: firstOffset + nth, key: '', headers: {}, value: JSON.stringify(message) },
    })),
  };
}

const query = (asOf: number, rest: Partial<ReportQuery> = {}): ReportQuery => ({
  ...{ from: dayOf(Date.UTC(2018, 0, 1)), to: dayOf(asOf), by: undefined, flat: false, historical: false },
  ...{ agency: undefined, procedure: undefined, domain: undefined, channel: undefined, asOf },
  ...{ period: null, tree: 'recorded' },
  ...rest,
});
const rowsOf = (rows: readonly (ReportRow & { key: string; name: string })[]) =>
  rows
    .map(({ name: _name, ...row }) => row)
    .filter(
      ({ carriedOver, received, reopened, open, resolved, refused, closedOtherwise }) =>
        carriedOver +
          received.total +
          reopened +
          open.total +
          resolved.total +
          refused +
          closedOtherwise.total >
        0,
    );
const contents = async () => {
  const tables = ['dossier', 'ledger', 'counter', 'uncounted', 'live_event'].map(
    (name) => `reporting.${name}`,
  );
  return Promise.all(
    tables.map(async (table) => {
      const [row] = await test.database.query<{ rows: string }[]>(
        `select coalesce(string_agg(t::text, chr(10) order by t::text), '') as rows from ${table} t`,
      );
      return row?.rows;
    }),
  );
};

describe('snapshots', () => {
  it('have their effect once, although batches come twice and old snapshots again', async () => {
    const messages = snapshots();
    expect(messages.length).toBeGreaterThan(300);
    for (let from = 0; from < messages.length; from += 70) {
      const batch = batchOf(messages.slice(from, from + 70));
      await Promise.all([apply.apply(batch), apply.apply(batch)]);
      const before = await contents();
      await apply.apply(batch);
      // As from a forwarder that does not know what it has sent: old ones under new offsets, disordered.
      await apply.apply(batchOf(messages.slice(Math.max(0, from - 40), from + 70).toReversed()));
      const [dossiers, ledger, counters, uncounted] = await contents();
      expect([dossiers, ledger, counters, uncounted]).toEqual(before.slice(0, 4));
      // Now and then what was put by is counted in between.
      if (from % 140 === 0) await counting.upToDate();
    }
  });

  it('make counters, ledger, list and the reference model agree', async () => {
    expect(await identities.check()).toEqual([]);
    const now = Date.now();
    const records = recordsAsOf(world, now);
    for (const by of [undefined, ...GROUPINGS]) {
      const flat = by === 'agency';
      const expected = records.report({ from: '2018-01-01', to: today(now), by, flat });
      const counted = await reports.make(query(now, { by, flat }), catalogue);
      const added = await reports.make(query(now, { by, flat, historical: true }), catalogue);
      expect(counted.total).toEqual(expected.total);
      expect(rowsOf(counted.rows)).toEqual(rowsOf(expected.rows.map((row) => ({ ...row, name: '' }))));
      expect({ ...added, asOf: '' }).toEqual({ ...counted, asOf: '' });
    }
    const open = await test.database.query<{ count: number }[]>(
      'select count(*)::int as count from reporting.dossier where open',
    );
    const { total } = await reports.make(query(now), catalogue);
    expect(total.open.total).toBe(open[0]?.count);
  });

  it.each([0, 0.1, 0.35, 0.5, 0.99])(
    'tell as of an instant what was known then (%d of the way)',
    async (share) => {
      const nth = Math.floor(share * world.arrivals.length);
      const known = world.arrivals[nth]?.recordedAt ?? 0;
      // At the instant of a recording, and in the millisecond before it.
      for (const asOf of [known - 1, known]) {
        const { total, rows } = await reports.make(query(asOf, { by: 'month', historical: true }), catalogue);
        const expected = recordsAsOf(world, asOf).report({
          from: '2018-01-01',
          to: today(asOf),
          by: 'month',
        });
        expect(total).toEqual(expected.total);
        expect(rowsOf(rows)).toEqual(rowsOf(expected.rows.map((row) => ({ ...row, name: '' }))));
      }
    },
  );
});

describe('what a forwarder sends', () => {
  const announcement = (nth: number) => ({
    ...{ kind: 'overdue', source: 'urn:spec', code: `said-${nth}`, deadline: START, announcedAt: START },
  });
  const forwarded = (partition: number, origins: readonly [number, number][]): LogBatch => {
    const firstOffset = ahead[partition] ?? 0;
    ahead[partition] = firstOffset + origins.length;
    return {
      ...{ topic: TIMELINESS_TOPIC, log: 'elsewhere', partition },
      ...{ firstOffset, nextOffset: firstOffset + origins.length },
      messages: origins.map(([outbox, offset], nth) => ({
        ...{ offset: firstOffset + nth, key: '', value: JSON.stringify(announcement(outbox * 100 + offset)) },
        headers: { [ORIGIN_HEADER]: `${outbox}/${offset}` },
      })),
    };
  };
  const ahead: Record<number, number> = {};
  const said = async () => {
    const rows = await test.database.query<{ code: string }[]>(
      `select code from reporting.live_event where code like 'said-%' order by id`,
    );
    return rows.map(({ code }) => Number(code.slice(5)));
  };

  it('is told once each, whatever is sent again, by whom, and how late', async () => {
    const first = forwarded(0, [
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    await Promise.all([apply.apply(first), apply.apply(first)]);
    expect(await said()).toEqual([0, 1, 100]);
    // After a crash between sending and marking: the same again, with what has come behind it.
    await apply.apply(
      forwarded(0, [
        [0, 0],
        [0, 1],
        [0, 2],
      ]),
    );
    // Two at once, and a zombie's oldest batch behind the newest.
    await apply.apply(
      forwarded(0, [
        [0, 3],
        [0, 2],
        [0, 3],
        [1, 0],
        [1, 4],
        [0, 0],
        [1, 4],
      ]),
    );
    await apply.apply(first);
    expect(await said()).toEqual([0, 1, 100, 2, 3, 104]);
  });

  it('keeps the partitions of the log apart: each has its own share of an outbox partition', async () => {
    await apply.apply(
      forwarded(1, [
        [0, 7],
        [0, 7],
      ]),
    );
    await apply.apply(
      forwarded(0, [
        [0, 5],
        [0, 7],
      ]),
    );
    expect((await said()).slice(6)).toEqual([7, 5, 7]);
  });

  it('is not remembered as told when telling it fails', async () => {
    const batch = forwarded(0, [[0, 9]]);
    await test.database.query(
      `alter table reporting.live_event add constraint made_to_fail check (code <> 'said-9') not valid`,
    );
    await expect(apply.apply(batch)).rejects.toThrow();
    await test.database.query('alter table reporting.live_event drop constraint made_to_fail');
    await apply.apply(batch);
    expect((await said()).at(-1)).toBe(9);
  });
});

describe('a deadline in working hours', () => {
  // Far enough ahead that it lies in the future of its recording, whatever the day.
  const deadline = Date.UTC(2031, 2, 4, 3, 30);
  it.each([
    ['the millisecond before its end', deadline, { inTime: 1, overdue: 0 }],
    ['a millisecond later', deadline + 1, { inTime: 0, overdue: 1 }],
    ['a millisecond after that', deadline + 2, { inTime: 0, overdue: 1 }],
    ['the day before', deadline - 86_400_000, { inTime: 1, overdue: 0 }],
    ['the day after', deadline + 86_400_000, { inTime: 0, overdue: 1 }],
  ])('is cut to the millisecond: %s', async (_, asOf, expected) => {
    const recordedAt = START + 1_000;
    const event: CloudEventJson = {
      ...{ specversion: '1.0', source: 'urn:spec', id: 'hours', subject: 'hours' },
      type: 'vn.tthc.dossier.accepted.v1',
      time: '2026-03-02T08:00:00+07:00',
      data: {
        ...{ procedure: world.procedures[0]?.code ?? '', receivingAgency: 'HOURS', channel: 'counter' },
        ...{ dueAt: '2031-03-04T10:30:00+07:00', limit: { amount: 4, unit: 'working-hours' } },
      },
    };
    const state = fold([factAt(event, recordedAt)], { pinned: 1, calendar: catalogue.calendar });
    expect(state.overdueFrom).toBe(deadline + 1);
    await apply.apply(batchOf([snapshotOf(event, recordedAt, state)]));
    for (const historical of [false, true]) {
      const asked = query(asOf, { historical, agency: 'HOURS', by: 'channel' });
      const { total, rows } = await reports.make(asked, catalogue);
      expect(total.open).toMatchObject({ total: 1, ...expected });
      expect(rows).toHaveLength(1);
      expect(rows[0]?.open).toEqual(total.open);
    }
  });
});

describe('the identity check', () => {
  const agencyRow = `unit = 'd' and agency <> '' and procedure = '' and starts_at <= now()`;
  it.each([
    [
      'a row that does not close',
      `update reporting.counter set received_online = received_online + 1
        where ctid = (select ctid from reporting.counter where ${agencyRow} limit 1)`,
      /carriedOver \+ received \+ reopened = /,
    ],
    [
      'a stock below zero',
      `update reporting.counter set paused = paused - 1000, in_time = in_time + 1000
        where ctid = (select ctid from reporting.counter where ${agencyRow} limit 1)`,
      /paused is below zero/,
    ],
    [
      'roll-ups that do not agree',
      `update reporting.counter set resolved_late = resolved_late + 1, resolved_early = resolved_early - 1
        where ctid = (select ctid from reporting.counter
                       where unit = 'd' and agency = '' and starts_at <= now() and procedure <> '' limit 1)`,
      /resolvedLate: sum of agencies \d+ ≠ sum of procedures \d+/,
    ],
    [
      'a list that says otherwise',
      `update reporting.dossier set state = 'resolved', open = false
        where ctid = (select ctid from reporting.dossier where open limit 1)`,
      /by counters \d+ ≠ by list \d+/,
    ],
  ])('finds %s', async (_, damage, expected) => {
    expect(await identities.check()).toEqual([]);
    const runner = test.database.createQueryRunner();
    const undo = await test.database.query<{ counter: string; dossier: string }[]>(
      `select json_agg(c)::text as counter, (select json_agg(d)::text from reporting.dossier d) as dossier
         from reporting.counter c`,
    );
    try {
      await runner.query(damage);
      const found = await identities.check();
      expect(found.join('\n')).toMatch(expected);
      expect(identities.violations()).toEqual(found);
    } finally {
      await runner.query('truncate reporting.counter, reporting.dossier');
      for (const table of ['counter', 'dossier'] as const) {
        await runner.query(
          `insert into reporting.${table} select * from json_populate_recordset(null::reporting.${table}, $1)`,
          [undo[0]?.[table]],
        );
      }
      await runner.release();
    }
    expect(await identities.check()).toEqual([]);
  });
});

const today = (now: number): string => new Date(now + 7 * 3_600_000).toISOString().slice(0, 10);
