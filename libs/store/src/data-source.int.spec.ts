import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isRetryable } from '#libs/platform';
import { openTestDatabase, pollUntil, type TestDatabase } from '#libs/testing';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
}, 60_000);
afterAll(() => test?.close(), 30_000);

const running = async (pid: number): Promise<boolean> => {
  const rows = await test.database.query<unknown[]>('select from pg_stat_activity where pid = $1', [pid]);
  return rows.length > 0;
};

describe('a transaction whose process stands still', () => {
  it('is given ten seconds', async () => {
    expect(await test.database.query('show idle_in_transaction_session_timeout')).toEqual([
      { idle_in_transaction_session_timeout: '10s' },
    ]);
  });

  it('is then rolled back by the server, its locks are free, and going on is a fault that passes', async () => {
    await test.database.query('create table held (nth int)');
    const fault = await test.database
      .transaction(async (manager) => {
        await manager.query("set local idle_in_transaction_session_timeout = '200ms'");
        await manager.query('insert into held values (1)');
        await manager.query('lock table held');
        const [row] = await manager.query<{ pid: number }[]>('select pg_backend_pid() as pid');
        await pollUntil('the server to end it', 10_000, async () => !(await running(row?.pid ?? 0)));
        await manager.query('insert into held values (2)');
      })
      .catch((error: unknown) => error);
    expect(isRetryable(fault)).toBe(true);
    expect(await test.database.query('select * from held')).toEqual([]);
  }, 30_000);
});
