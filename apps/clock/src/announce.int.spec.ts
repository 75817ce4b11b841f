import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type AnnouncementMessage, EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { LogLag, PostgresLog } from '#libs/event-log';
import { createLogger, Liveness, readConfig } from '#libs/platform';
import { everythingIn, openTestDatabase, pollUntil, type TestDatabase } from '#libs/testing';
import { Announce } from './announce.js';

jest.setTimeout(60_000);

const config = readConfig(0, { LOG_LEVEL: 'silent' });
const logger = createLogger('spec', config);

let test: TestDatabase;
let log: PostgresLog;
let copies: Announce[] = [];

beforeAll(async () => {
  test = await openTestDatabase(20);
  log = new PostgresLog(test.database, test.url);
  await log.ensureTopics([EVENTS_TOPIC, TIMELINESS_TOPIC].map((name) => ({ name, partitions: 2 })));
});
afterEach(async () => {
  await Promise.all(copies.map((copy) => copy.onModuleDestroy()));
  copies = [];
});
afterAll(async () => {
  await log?.close();
  await test?.close();
});

/** One more copy of the clock. */
function start(): void {
  const copy = new Announce(
    test.database,
    log,
    new LogLag(test.database, log, log),
    test.url,
    new Liveness(),
    logger,
    config,
  );
  copies.push(copy);
  copy.onApplicationBootstrap();
}

/** What processing does when it learns of deadlines. */
async function schedule(name: string, instants: readonly number[], settling = false): Promise<void> {
  await test.database.transaction(async (manager) => {
    await manager.query(
      `insert into processing.timer (settling, at, source, code, kind, deadline)
       select $1, to_timestamp(at / 1000.0), 'urn:spec', $2 || '-' || nth, 'overdue', to_timestamp(at / 1000.0)
         from unnest($3::float8[]) with ordinality as t(at, nth)`,
      [settling, name, instants],
    );
    await manager.query(`select pg_notify('dunghan_timer', $1::text)`, [String(Math.min(...instants))]);
  });
}

const waiting = async (name: string): Promise<number> => {
  const rows = await test.database.query<{ count: number }[]>(
    'select count(*)::int as count from processing.timer where code like $1',
    [`${name}-%`],
  );
  return rows[0]?.count ?? 0;
};
const announced = (name: string, withinMs = 30_000) =>
  pollUntil(`${name} to be announced`, withinMs, async () => (await waiting(name)) === 0, 10);
async function said(name: string): Promise<AnnouncementMessage[]> {
  const messages = await everythingIn(log, TIMELINESS_TOPIC);
  return messages
    .map(({ value }) => JSON.parse(value) as AnnouncementMessage)
    .filter(({ code }) => code.startsWith(`${name}-`));
}
/** The instants at which a clock that has been left in peace looks next lie behind the returned promise. */
const twoLooks = async (): Promise<void> => {
  const since = Date.now();
  await pollUntil('two looks', 10_000, () => Promise.resolve(Date.now() - since > 2_200));
};

describe('the clock', () => {
  it('announces each of 2,000 deadlines once, none before its instant, though two copies run', async () => {
    start();
    start();
    const first = Date.now() + 500;
    const instants = Array.from({ length: 2_000 }, (_, nth) => first + (nth % 4) * 250);
    await schedule('many', instants);
    await announced('many');
    const messages = await said('many');
    expect(messages).toHaveLength(2_000);
    expect(new Set(messages.map(({ code }) => code)).size).toBe(2_000);
    for (const { announcedAt, deadline } of messages) expect(announcedAt).toBeGreaterThanOrEqual(deadline);
  });

  it('hears of a deadline nearer than the one it sleeps for', async () => {
    start();
    await schedule('far', [Date.now() + 3_600_000]);
    const delays: number[] = [];
    for (let nth = 0; nth < 5; nth += 1) {
      await schedule(`near${nth}`, [Date.now() + 100]);
      await announced(`near${nth}`);
      const [message] = await said(`near${nth}`);
      delays.push((message?.announcedAt ?? Infinity) - (message?.deadline ?? 0));
    }
    // Well below the interval at which it looks by itself; the median, for the machine may be busy.
    expect(delays.sort((a, b) => a - b)[2]).toBeLessThan(500);
    expect(await waiting('far')).toBe(1);
  });

  it('announces what came due while nobody was there', async () => {
    await schedule('missed', [Date.now() - 86_400_000, Date.now() - 5]);
    start();
    await announced('missed');
    expect(await said('missed')).toHaveLength(2);
  });

  it('neither loses nor repeats an announcement when its transaction fails', async () => {
    await test.database.query(
      `alter table log.batch add constraint made_to_fail check (payload not like '%fails-1%') not valid`,
    );
    start();
    await schedule('fails', [Date.now() - 10, Date.now() - 5]);
    await twoLooks();
    expect(await waiting('fails')).toBe(2);
    expect(await said('fails')).toEqual([]);
    await test.database.query('alter table log.batch drop constraint made_to_fail');
    await announced('fails');
    expect(await said('fails')).toHaveLength(2);
  });

  it('announces a deadline known too late only when the log is drained and it has been quiet', async () => {
    await log.append(EVENTS_TOPIC, [{ key: 'k', value: '{}' }]);
    start();
    start();
    await schedule('settling', [Date.now() - 1_000], true);
    const quietAt = Date.now() + 2_000;
    await schedule('noisy', [quietAt], true);
    await twoLooks();
    expect(await waiting('settling')).toBe(1);

    await test.database.query(
      `insert into log.consumer_offset (consumer_group, topic, partition, next_offset)
       select 'processing', topic, partition, next_offset from log.head where topic = $1`,
      [EVENTS_TOPIC],
    );
    await announced('settling');
    await announced('noisy');
    const [message] = await said('noisy');
    expect(message?.announcedAt).toBeGreaterThanOrEqual(quietAt);
    expect(await said('settling')).toHaveLength(1);
  });
});
