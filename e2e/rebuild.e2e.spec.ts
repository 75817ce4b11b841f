import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { TIMELINESS_TOPIC } from '#libs/contracts';
import { PostgresLog } from '#libs/event-log';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#libs/platform';
import { connect } from '#libs/store';
import {
  type CalendarDay,
  chainAt,
  type CloudEventJson,
  DAY_MS,
  dayOf,
  formatDay,
  fullType,
  seededDelivery,
  seededHistory,
  type ShortType,
  type Standalone,
  startStandalone,
} from '#libs/testing';
import { countAll, rebuildProcessing, rebuildReporting } from '../apps/standalone/src/rebuild.js';

/**
 * What is derived, dropped and made again from the stored events once the log has forgotten them: every row
 * must come back as it was, the instants of recording included.
 */
const SEEDS = (process.env.REBUILD_SEEDS ?? '11,12,13').split(',').map(Number);

const DERIVED = {
  reporting: ['reporting.dossier', 'reporting.ledger', 'reporting.counter'],
  processing: ['processing.dossier', 'processing.timer'],
};

type Rows = Record<string, unknown[]>;

interface Told {
  kind: string;
  source: string;
  code: string;
}

jest.setTimeout(120_000);

describe('a rebuild from the stored events', () => {
  let dataDir: string;
  let standalone: Standalone | undefined;
  let server: EmbeddedPostgres | undefined;
  let database: DataSource | undefined;
  let figures: unknown[];
  let liveEvents: number;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'dunghan-rebuild-'));
    standalone = await startStandalone({ env: { DUNGHAN_DATA_DIR: dataDir, ANNOUNCE_SETTLE_SECONDS: '0' } });
    await live(standalone.url);
    figures = await askFor(standalone.url);
    await standalone.stop();
    standalone = undefined;
    server = await startEmbeddedPostgres(dataDir);
    database = await connect(server.url, 6);
    // What the stop left put by would be counted at the next start.
    await database.transaction(countAll);
    liveEvents = await countLiveEvents();
  }, 180_000);
  afterAll(async () => {
    await standalone?.stop();
    if (database?.isInitialized) await database.destroy();
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  /** Histories out of order and amended, calendars and limits edited in between, announcements and their withdrawal. */
  async function live(url: string): Promise<void> {
    const chain = chainAt(url);
    const today = dayOf(Date.now());
    for (const [nth, seed] of SEEDS.entries()) {
      const digits = String(seed).padStart(6, '0');
      const now = Date.now() - 1_000;
      const { catalogue, events } = seededHistory(seed, { name: `R${seed}`, digits, dossiers: 80, now });
      await chain.putAgencies(catalogue.agencies);
      await chain.putProcedures(catalogue.procedures);
      const delivery = seededDelivery(seed, events, { batch: 60 });
      const half = Math.ceil(delivery.length / 2);
      await postAll(url, delivery.slice(0, half));
      await chain.caughtUp();
      // Open deadlines move; closed dossiers keep the calendar they closed under.
      const { sessions } = await chain.calendar();
      const days = [2, 3, 9, 16, -4, -11].map((ahead): CalendarDay => {
        const day = today + ahead + nth;
        const weekday = new Date(day * DAY_MS).getUTCDay();
        const kind = weekday === 0 || weekday === 6 ? 'work' : 'off';
        return { on: formatDay(day), kind, reason: 'thử nghiệm' };
      });
      await chain.putCalendar({ sessions, days });
      await chain.putProcedures(
        catalogue.procedures.map((procedure) => ({
          ...procedure,
          limits: [{ statutory: { amount: 3 + nth, unit: 'working-days' as const } }],
        })),
      );
      await postAll(url, delivery.slice(half));
      await chain.caughtUp();
    }
    await openFarAhead(url, 15);
    await undoAnAnnouncement(url);
    await chain.caughtUp();
  }

  /** How many of the histories' deadlines are still to come depends on the day; these always are, two timers each. */
  async function openFarAhead(url: string, count: number): Promise<void> {
    const seed = String(SEEDS[0]);
    const data = {
      ...{
        receivingAgency: `R${seed}.1`,
        channel: 'online' as const,
        procedure: `1.${seed.padStart(6, '0')}`,
      },
      dueAt: `${formatDay(dayOf(Date.now()) + 60)}T17:00:00+07:00`,
    };
    await chainAt(url).post(
      Array.from({ length: count }, (_, nth) => ({
        ...{ specversion: '1.0', source: 'urn:spec', id: `ahead ${nth}`, subject: `ahead-${nth}` },
        ...{ type: fullType('accepted'), time: `${formatDay(dayOf(Date.now()) - 3)}T08:00:00+07:00`, data },
      })),
    );
  }

  /** A deadline announced as missed, and a late resolution that tells otherwise. */
  async function undoAnAnnouncement(url: string): Promise<void> {
    const seed = String(SEEDS[0]);
    const event = (type: ShortType, time: string, data?: CloudEventJson['data']): CloudEventJson => ({
      ...{ specversion: '1.0', source: 'urn:spec', id: type, subject: 'undone', type: fullType(type) },
      time: `${time}+07:00`,
      ...(data && { data }),
    });
    const agency = { receivingAgency: `R${seed}.1`, channel: 'counter' as const };
    const procedure = `1.${seed.padStart(6, '0')}`;
    const data = { ...agency, procedure, dueAt: '2026-03-10T17:00:00+07:00' };
    await chainAt(url).post([event('accepted', '2026-03-02T08:00:00', data)]);
    await told(url, 'overdue', 'undone');
    await chainAt(url).post([event('resolved', '2026-03-10T16:00:00')]);
    await told(url, 'overdue-withdrawn', 'undone');
  }

  /** Waits until the live stream has told of something. */
  async function told(url: string, kind: string, code: string): Promise<void> {
    const leaving = new AbortController();
    const response = await fetch(`${url}/v1/stream`, {
      headers: { 'last-event-id': '0' },
      signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(30_000)]),
    });
    const wanted = new RegExp(`^event: ${kind}\\ndata: .*"code":"${code}"`, 'm');
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (wanted.test(text)) break;
    }
    leaving.abort();
  }

  async function postAll(url: string, batches: readonly (readonly CloudEventJson[])[]): Promise<void> {
    for (const batch of batches) await chainAt(url).post(batch);
  }

  const countLiveEvents = async (): Promise<number> => {
    const rows = await database?.query<{ count: string }[]>('select count(*) from reporting.live_event');
    return Number(rows?.[0]?.count);
  };
  const contents = async (tables: readonly string[]): Promise<Rows> => {
    const rows: Rows = {};
    for (const table of tables) {
      const found = (await database?.query<{ row: Record<string, unknown> }[]>(
        `select to_jsonb(t) as row from ${table} t order by t::text`,
      )) as { row: Record<string, unknown> }[];
      // Documents are compared by what they say.
      rows[table] = found
        .map(({ row }) => ({ ...row, ...parsed(row, 'doc'), ...parsed(row, 'record') }))
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    }
    return rows;
  };

  it('gives back every row of reporting and of processing after the log has been emptied', async () => {
    const before = await contents([...DERIVED.reporting, ...DERIVED.processing]);
    for (const [table, rows] of Object.entries(before))
      expect([table, rows.length > 20]).toEqual([table, true]);
    // There must be something to lose: late events, moves, announcements, withdrawals.
    const records = JSON.stringify(before['processing.dossier']);
    for (const trace of ['"moves":[[', '"announced":[[', 'overdue-withdrawn'])
      expect(records).toContain(trace);

    await database?.query('delete from log.batch');
    const events = await rebuildReporting(database as DataSource, true);
    expect(events).toBeGreaterThan(1_000);
    const afterReporting = await contents(DERIVED.reporting);
    for (const table of DERIVED.reporting) expectSame(table, before[table], afterReporting[table]);

    expect(await rebuildProcessing(database as DataSource, true)).toBe(events);
    const after = await contents([...DERIVED.reporting, ...DERIVED.processing]);
    for (const table of Object.keys(before)) expectSame(table, before[table], after[table]);
  }, 120_000);

  it('mends damaged rows, and changes nothing when it stops in the middle', async () => {
    const before = await contents([...DERIVED.reporting, ...DERIVED.processing]);
    await database?.query(`update reporting.counter set in_time = in_time + 5, overdue = 0`);
    await database?.query(`delete from reporting.ledger where entries[1] % 3 = 0`);
    await database?.query(
      `update reporting.dossier set state = 'resolved', open = false where code like '%1%'`,
    );
    await database?.query(
      `update processing.dossier
          set record = replace(record, '"overdueFrom":1', '"overdueFrom":2'), movable_under = 1
        where code like '%2%'`,
    );
    const damaged = await contents([...DERIVED.reporting, ...DERIVED.processing]);
    await database?.query(
      `alter table reporting.dossier add constraint stop check (code not like '%-40%') not valid`,
    );
    await expect(rebuildReporting(database as DataSource, true)).rejects.toThrow('stop');
    expect(await contents(Object.keys(damaged))).toEqual(damaged);
    await database?.query('alter table reporting.dossier drop constraint stop');

    await rebuildReporting(database as DataSource, true);
    await rebuildProcessing(database as DataSource, true);
    const after = await contents(Object.keys(before));
    for (const table of Object.keys(before)) expectSame(table, before[table], after[table]);
  }, 120_000);

  it('leaves to be read what still waits in the log', async () => {
    const log = new PostgresLog(database as DataSource, '');
    const said = { kind: 'overdue', source: 'urn:spec', code: 'waits', deadline: 0, announcedAt: 0 };
    await log.append(TIMELINESS_TOPIC, [{ key: 'urn:spec|waits', value: JSON.stringify(said) }]);
    const offsets = () =>
      database?.query<unknown[]>(
        `select topic, partition, next_offset from log.consumer_offset order by 1, 2`,
      );
    const before = await offsets();
    await rebuildReporting(database as DataSource, true);
    expect(await offsets()).toEqual(before);
    await database?.query('delete from log.batch');
    await rebuildReporting(database as DataSource, true);
    expect(await offsets()).not.toEqual(before);
  });

  it('leaves a system that goes on as before, without announcing anything anew', async () => {
    expect(await countLiveEvents()).toBe(liveEvents);
    // Not announced yet when the process stopped: the only ones that may still come.
    const timers = await database?.query<Told[]>('select kind, source, code from processing.timer');
    await database?.destroy();
    await server?.stop();
    standalone = await startStandalone({ env: { DUNGHAN_DATA_DIR: dataDir, ANNOUNCE_SETTLE_SECONDS: '0' } });
    const chain = chainAt(standalone.url);
    await chain.caughtUp();
    expect(await askFor(standalone.url)).toEqual(figures);

    // An event of a known dossier still finds its history.
    const [known] = await chain.list({ state: 'running' }, 500);
    if (!known) throw new Error('nothing is open');
    await chain.post([
      {
        specversion: '1.0',
        source: known.source,
        id: 'after the rebuild',
        type: 'vn.tthc.dossier.resolved.v1',
        subject: known.code,
        time: new Date(Date.now() - 1_000).toISOString(),
      },
    ]);
    await chain.caughtUp();
    expect(await chain.dossier(known.source, known.code)).toMatchObject({ state: 'resolved' });
    await standalone.stop();
    standalone = undefined;
    server = await startEmbeddedPostgres(dataDir);
    database = await connect(server.url, 6);
    const said = await database.query<Told[]>(
      `select kind, source, code from reporting.live_event order by id offset $1`,
      [liveEvents],
    );
    const nameOf = ({ kind, source, code }: Told) => JSON.stringify([kind, source, code]);
    const awaited = new Set(timers?.map(nameOf)).add(nameOf({ ...known, kind: 'resolved' }));
    expect(said.map(nameOf)).toContain(nameOf({ ...known, kind: 'resolved' }));
    expect(said.map(nameOf).filter((name) => !awaited.has(name))).toEqual([]);
    expect(new Set(said.map(nameOf)).size).toBe(said.length);
  }, 120_000);

  /** Figures as they are known now and as they were known before the last seed came. */
  async function askFor(url: string): Promise<unknown[]> {
    const chain = chainAt(url);
    const period = { from: '2018-01-01', to: formatDay(dayOf(Date.now()) - 1) };
    const asOf = (askedAt ??= Date.now());
    return [
      await chain.report({ ...period, by: 'agency', flat: true }, asOf),
      await chain.report({ ...period, by: 'month' }, asOf),
      await chain.report({ ...period, by: 'procedure' }, asOf - 2_000),
      (await chain.list({ timeliness: 'late' }, 500)).length,
    ];
  }
  let askedAt: number | undefined;
});

const keyOf = (row: object): string => JSON.stringify(row);

const parsed = (row: Record<string, unknown>, column: string): Record<string, unknown> =>
  typeof row[column] === 'string' ? { [column]: JSON.parse(row[column]) as unknown } : {};

/** Like `toEqual`, but showing only the rows that differ. */
function expectSame(table: string, before: unknown[] = [], after: unknown[] = []): void {
  const [had, has] = [
    new Set(before.map((row) => JSON.stringify(row))),
    new Set(after.map((row) => JSON.stringify(row))),
  ];
  const lost = [...had].filter((row) => !has.has(row)).slice(0, 3);
  const extra = [...has].filter((row) => !had.has(row)).slice(0, 3);
  expect({ table, lost, extra, rows: after.length }).toEqual({
    table,
    lost: [],
    extra: [],
    rows: before.length,
  });
}
