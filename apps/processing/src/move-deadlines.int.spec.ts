import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { formatDay } from '#libs/dossier';
import { createLogger, Liveness } from '#libs/platform';
import { closeKnowledge } from '#libs/store';
import { pollUntil } from '#libs/testing';
import type { DossierRecord } from './dossier-record.js';
import { MoveDeadlines } from './move-deadlines.js';
import { ProcessingWorld } from './processing.fixture.js';

jest.setTimeout(60_000);

/** More than two chunks. */
const OPEN = 1_200;

interface Row {
  code: string;
  movable_under: number | null;
  record: DossierRecord;
}

describe('a calendar edit', () => {
  let world: ProcessingWorld;
  let mover: MoveDeadlines | undefined;

  beforeAll(async () => {
    world = await ProcessingWorld.open();
    await world.catalogues.putAgencies([{ id: 'A', name: 'A', kind: 'commune' }]);
    const statutory = { amount: 10, unit: 'working-days' as const };
    await world.catalogues.putProcedures([{ code: 'P', name: 'P', domain: 'd', limits: [{ statutory }] }]);
    const codes = Array.from({ length: OPEN }, (_, nth) => `M-${String(nth).padStart(4, '0')}`);
    await world.arrive(codes.map((code) => accepted(code)));
    await world.arrive(
      ['closed', 'reopened'].flatMap((code) => [accepted(code), event(code, 'resolved', '04')]),
    );
    await world.arrive([accepted('given', { dueAt: '2026-03-13T17:00:00+07:00' }), accepted('paused')]);
    await world.arrive([event('paused', 'supplement-requested', '05')]);
    await world.arrive([accepted('other partition')], { partition: 1 });
  });
  afterAll(async () => {
    await mover?.onModuleDestroy();
    await world?.close();
  });

  const start = () => {
    const logger = createLogger('spec', world.config);
    mover = new MoveDeadlines(
      world.database,
      world.catalogues,
      world.apply,
      world.log,
      new Liveness(),
      logger,
      world.config,
    );
    mover.onApplicationBootstrap();
  };
  const stop = async () => {
    await mover?.onModuleDestroy();
    mover = undefined;
  };
  const rows = async (): Promise<Map<string, Row>> => {
    const found = await world.database.query<(Omit<Row, 'record'> & { record: string })[]>(
      'select code, movable_under, record from processing.dossier',
    );
    return new Map(
      found.map((row) => [row.code, { ...row, record: JSON.parse(row.record) as DossierRecord }]),
    );
  };
  const moves = () =>
    world.database.query<{ partition: number; total: number; done: number; finished: boolean }[]>(
      'select partition, total, done, finished from processing.calendar_move where version = $1 order by partition',
      [2],
    );
  const dueOn = (row: Row | undefined): string | null =>
    row?.record.state.dueDay ? formatDay(row.record.state.dueDay) : null;

  it('moves open deadlines of our own, once each, though it is stopped in the middle', async () => {
    const before = await rows();
    expect(dueOn(before.get('M-0000'))).toBe('2026-03-16');
    start();
    await world.database.query(
      `alter table log.batch add constraint made_to_fail check (payload not like '%M-0700%') not valid`,
    );
    await world.catalogues.putCalendar('default', {
      days: [{ on: '2026-03-10', kind: 'off', reason: 'nghỉ' }],
    });
    await pollUntil('the first chunk', 20_000, async () => (await moves()).some(({ done }) => done > 0));
    await stop();
    expect(await moves()).toMatchObject([{ partition: 0, total: OPEN + 1, done: 500, finished: false }]);

    await world.database.query('alter table log.batch drop constraint made_to_fail');
    start();
    await pollUntil('all to be moved', 30_000, async () => {
      const progress = await moves();
      return progress.length === 2 && progress.every(({ finished }) => finished);
    });
    await stop();
    expect(await moves()).toEqual([
      { partition: 0, total: OPEN + 1, done: OPEN + 1, finished: true },
      { partition: 1, total: 1, done: 1, finished: true },
    ]);

    const after = await rows();
    for (const [code, row] of after) {
      if (!code.startsWith('M-') && code !== 'other partition') continue;
      expect([code, dueOn(row), row.record.moves.length, row.movable_under]).toEqual([
        code,
        '2026-03-17',
        1,
        2,
      ]);
    }
    const snapshots = (await world.said()).filter(
      ({ kind, code }) => kind === 'snapshot' && code === 'M-0700',
    );
    expect(snapshots).toHaveLength(2);
  });

  it('leaves closed dossiers and given dates where they are', async () => {
    const after = await rows();
    expect(dueOn(after.get('closed'))).toBe('2026-03-16');
    expect(after.get('closed')?.record.moves).toEqual([]);
    expect(dueOn(after.get('given'))).toBe('2026-03-13');
    expect(dueOn(after.get('paused'))).toBe('2026-03-17');
  });

  it('reaches a dossier that is reopened later, and what comes after counts under the new days', async () => {
    await world.arrive([event('reopened', 'reopened', '06')]);
    const row = (await rows()).get('reopened');
    expect(dueOn(row)).toBe('2026-03-17');
    await world.arrive([accepted('later')]);
    expect(dueOn((await rows()).get('later'))).toBe('2026-03-17');
  });

  it('does nothing when nothing is left to move', async () => {
    const said = (await world.said()).length;
    start();
    await world.catalogues.putCalendar('default', {
      days: [{ on: '2027-12-01', kind: 'off', reason: 'xa' }],
    });
    await pollUntil('the moves', 30_000, async () => {
      return (await world.count('processing.calendar_move', 'version = 3 and finished')) === 2;
    });
    await stop();
    const moved = (await world.said()).length - said;
    // Every open dossier now stands under the new version, but each says so once.
    expect(moved).toBe(OPEN + 4);
    start();
    await pollUntil('a look', 10_000, async () => (await world.said()).length === said + moved);
    await stop();
    expect((await world.said()).length).toBe(said + moved);
  });

  it('reaches dossiers whose events last came by another log, and no batch crosses it', async () => {
    const elsewhere = { ...world.batchOf([accepted('elsewhere')]), log: 'elsewhere' };
    await world.apply.apply({
      ...elsewhere,
      firstOffset: 0,
      nextOffset: 1,
      messages: elsewhere.messages.map((message) => ({ ...message, offset: 0 })),
    });
    expect(await world.count('processing.dossier', `code = 'elsewhere' and partition = -1`)).toBe(1);
    await world.catalogues.putCalendar('default', {
      days: [{ on: '2027-12-02', kind: 'off', reason: 'xa' }],
    });
    const holder = world.database.createQueryRunner();
    await holder.startTransaction();
    // As a batch of the second partition would hold it.
    await holder.query(
      `select 1 from log.consumer_offset where consumer_group = 'processing' and topic not like '% %' and partition = 1 for update`,
    );
    start();
    await pollUntil('the move to wait', 10_000, () =>
      world.count('pg_locks', 'not granted').then((waiting) => waiting > 0),
    );
    expect((await rows()).get('elsewhere')?.movable_under).toBeLessThan(4);
    await holder.commitTransaction();
    await holder.release();
    await pollUntil('the moves', 30_000, async () => {
      return (
        (await world.count('processing.calendar_move', 'version = 4 and partition >= 0 and finished')) === 2
      );
    });
    await stop();
    expect((await rows()).get('elsewhere')?.movable_under).toBe(4);
    // The next event says where it belongs now.
    await world.arrive([event('elsewhere', 'extended', '03', { newDueAt: '2026-03-20T17:00:00+07:00' })], {
      partition: 1,
    });
    expect(await world.count('processing.dossier', `code = 'elsewhere' and partition = 1`)).toBe(1);
  });

  it('moves nothing as if it had been known to a report issued before', async () => {
    await world.catalogues.putCalendar('default', {
      days: [{ on: '2027-12-03', kind: 'off', reason: 'xa' }],
    });
    const known = Date.now() + 2_000;
    await world.database.transaction((manager) => closeKnowledge(manager, known));
    start();
    await pollUntil('the moves', 30_000, async () => {
      const done = 'version = 5 and partition >= 0 and finished';
      return (await world.count('processing.calendar_move', done)) === 2;
    });
    await stop();
    const moved = [...(await rows()).values()].flatMap(({ record: { moves } }) =>
      moves.filter(([, version]) => version === 5).map(([recordedAt]) => recordedAt),
    );
    expect(moved.length).toBeGreaterThan(OPEN);
    expect(new Set(moved)).toEqual(new Set([known + 1]));
  });
});

let made = 0;
function event(code: string, type: string, day: string, data?: object): object {
  return {
    ...{ specversion: '1.0', source: 'urn:spec', id: `e${(made += 1)}`, subject: code },
    type: `vn.tthc.dossier.${type}.v1`,
    time: `2026-03-${day}T08:00:00+07:00`,
    ...(data && { data }),
  };
}
function accepted(code: string, data: object = {}): object {
  return event(code, 'accepted', '02', { procedure: 'P', receivingAgency: 'A', channel: 'counter', ...data });
}
