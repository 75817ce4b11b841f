import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { createDataSource } from '#libs/store';
import { freshDatabase, type FreshDatabase, pollUntil } from '#libs/testing';
import { isRetryable } from './retry.js';

jest.setTimeout(60_000);

describe('a fault', () => {
  let fresh: FreshDatabase;
  let database: DataSource;
  let outside: pg.Client;

  beforeAll(async () => {
    fresh = await freshDatabase();
    outside = new pg.Client({ connectionString: fresh.url });
    await outside.connect();
    database = createDataSource(fresh.url, 2);
    await database.initialize();
  });
  afterAll(async () => {
    await database?.destroy();
    await outside?.end();
    await fresh?.drop();
  });

  const faultOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'none',
      (error: unknown) => error,
    );
  async function sessionOf(manager: EntityManager): Promise<number> {
    const [row] = await manager.query<{ pid: number }[]>('select pg_backend_pid() as pid');
    return row?.pid ?? 0;
  }
  /** Ends a session and waits until its client has heard of it. */
  async function endSession(manager: EntityManager): Promise<void> {
    const session = await sessionOf(manager);
    await outside.query('select pg_terminate_backend($1)', [session]);
    await pollUntil('the loss to be noticed', 20_000, () =>
      Promise.resolve(manager.queryRunner?.isReleased === true),
    );
  }

  it.each<[string, (manager: EntityManager) => Promise<unknown>]>([
    [
      'between two queries of a transaction',
      async (manager) => {
        await endSession(manager);
        await manager.query('select 1');
      },
    ],
    ['before the commit of a transaction', endSession],
    [
      'in the middle of a query',
      async (manager) => {
        const session = await sessionOf(manager);
        const query = faultOf(manager.query('select pg_sleep(60)'));
        await outside.query('select pg_terminate_backend($1)', [session]);
        throw await query;
      },
    ],
  ])('passes when the connection is lost %s', async (_, work) => {
    const fault = await faultOf(database.transaction(work));
    expect([fault, isRetryable(fault)]).toEqual([expect.any(Error), true]);
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('passes when the connection is refused', async () => {
    const nobody = new URL(fresh.url);
    // Only root may listen there, and nobody has for decades.
    nobody.port = '1';
    const fault = await faultOf(new pg.Client({ connectionString: nobody.href }).connect());
    expect(fault).toMatchObject({ code: 'ECONNREFUSED' });
    expect(isRetryable(fault)).toBe(true);
    expect(isRetryable(await faultOf(createDataSource(nobody.href, 1).initialize()))).toBe(true);
  });

  it.each([['select nonsense'], ['select 1 / 0'], ["select 'x'::int"]])(
    'does not pass when it is in the query: %s',
    async (sql) => {
      const fault = await faultOf(database.query(sql));
      expect([fault, isRetryable(fault)]).toEqual([expect.any(Error), false]);
    },
  );

  it('does not pass when it is nothing that we know', () => {
    for (const fault of [new Error('?'), new TypeError('x is not a function'), 'words', null, undefined]) {
      expect(isRetryable(fault)).toBe(false);
    }
  });
});
