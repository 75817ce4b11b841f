import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AnnouncementMessage, TIMELINESS_TOPIC } from '#libs/contracts';
import { PostgresLog } from '#libs/event-log';
import { everythingIn, openTestDatabase, type TestDatabase } from '#libs/testing';
import { announceCrowd, type Crowd, prepareCrowd } from './crowd.js';

jest.setTimeout(60_000);

let test: TestDatabase;
let log: PostgresLog;
/** Each case has an instant of its own. */
let at = Date.UTC(2030, 0, 1);

beforeAll(async () => {
  test = await openTestDatabase();
  log = new PostgresLog(test.database, test.url);
  await log.ensureTopics([{ name: TIMELINESS_TOPIC, partitions: 3 }]);
});
beforeEach(() => {
  at += 60_000;
});
afterAll(async () => {
  await log?.close();
  await test?.close();
});

async function schedule(count: number, name = 'C'): Promise<void> {
  await test.database.query(
    `insert into processing.timer (settling, at, source, code, kind, deadline)
     select false, to_timestamp($1 / 1000.0), 'urn:spec', $2 || $1::text || '-' || n, 'overdue', to_timestamp($1 / 1000.0)
       from generate_series(1, $3::int) n`,
    [at, name, count],
  );
}
const waiting = async (): Promise<number> => {
  const [row] = await test.database.query<{ count: number }[]>(
    'select count(*)::int as count from processing.timer where at = to_timestamp($1 / 1000.0)',
    [at],
  );
  return row?.count ?? -1;
};
const said = async (): Promise<AnnouncementMessage[]> =>
  (await everythingIn(log, TIMELINESS_TOPIC))
    .map(({ value }) => JSON.parse(value) as AnnouncementMessage)
    .filter(({ deadline }) => deadline === at);
const prepare = async (): Promise<Crowd> => {
  const crowd = await prepareCrowd(test.database, log, at);
  if (!crowd) throw new Error('there is no crowd');
  return crowd;
};

describe('a crowd of deadlines at one instant', () => {
  it('is announced once each, in rows that a reader can hold', async () => {
    await schedule(3_500);
    expect(await announceCrowd(test.database, log, await prepare())).toBe(true);
    const messages = await said();
    expect(messages).toHaveLength(3_500);
    expect(new Set(messages.map(({ code }) => code)).size).toBe(3_500);
    expect(new Set(messages.map(({ kind, announcedAt }) => `${kind} ${announcedAt}`))).toEqual(
      new Set([`overdue ${at}`]),
    );
    expect(await waiting()).toBe(0);
    const [row] = await test.database.query<{ most: number }[]>(
      'select max(next_offset - base_offset)::int as most from log.batch',
    );
    expect(row?.most).toBeLessThanOrEqual(1_500);
  });

  it('is left alone when one was cancelled meanwhile', async () => {
    await schedule(2_000);
    const crowd = await prepare();
    await test.database.query(
      'delete from processing.timer where at = to_timestamp($1 / 1000.0) and code like $2',
      [at, '%-7'],
    );
    expect(await announceCrowd(test.database, log, crowd)).toBe(false);
    expect([await waiting(), (await said()).length]).toEqual([1_999, 0]);
  });

  it('is left alone when one was exchanged for another', async () => {
    await schedule(2_000);
    const crowd = await prepare();
    await test.database.query(
      'delete from processing.timer where at = to_timestamp($1 / 1000.0) and code like $2',
      [at, '%-7'],
    );
    await schedule(1, 'D');
    expect(await announceCrowd(test.database, log, crowd)).toBe(false);
    expect([await waiting(), (await said()).length]).toEqual([2_000, 0]);
  });

  it('does not wait for somebody who is cancelling one of them', async () => {
    await schedule(2_000);
    const crowd = await prepare();
    const other = test.database.createQueryRunner();
    await other.startTransaction();
    await other.query('delete from processing.timer where at = to_timestamp($1 / 1000.0) and code like $2', [
      at,
      '%-7',
    ]);
    expect(await announceCrowd(test.database, log, crowd)).toBe(false);
    await other.rollbackTransaction();
    await other.release();
    expect([await waiting(), (await said()).length]).toEqual([2_000, 0]);
  });

  it('is announced by one of two copies that both worded it', async () => {
    await schedule(2_000);
    const crowds = [await prepare(), await prepare()];
    const outcomes = await Promise.all(crowds.map((crowd) => announceCrowd(test.database, log, crowd)));
    expect(outcomes.sort()).toEqual([false, true]);
    expect((await said()).length).toBe(2_000);
  });

  it('is none when there are few', async () => {
    await schedule(1_999);
    expect(await prepareCrowd(test.database, log, at)).toBeUndefined();
  });
});
