import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StartError } from '#libs/platform';
import { openTestDatabase, pollUntil, type TestDatabase } from '#libs/testing';
import { numbered } from './event-log.contract.js';
import type { EventLog, LogBatch, Subscription } from './event-log.js';
import { leaveForItself, useAsOutbox, useItself } from './log-in-use.js';
import { LogLag } from './log-lag.js';
import { claimOffset, moveOffset } from './offsets.js';
import { OutboxForwarder } from './outbox-forwarder.js';
import { PostgresLog } from './postgres-log.js';

jest.setTimeout(60_000);

/** The other log: in another database, its offsets in this one under a name of its own. */
class OtherLog extends PostgresLog {
  override placeOf(topic: string) {
    return { topic, log: 'elsewhere' };
  }
}

let here: TestDatabase;
let there: TestDatabase;
let own: PostgresLog;
let other: OtherLog;
let topic: string;
let turn = 0;

beforeAll(async () => {
  [here, there] = await Promise.all([openTestDatabase(), openTestDatabase()]);
  await here.database.query('create table effect (topic text, value text)');
}, 60_000);
afterAll(() => Promise.all([here?.close(), there?.close()]), 60_000);
beforeEach(async () => {
  topic = `spec.in-use-${(turn += 1)}`;
  own = new PostgresLog(here.database, here.url);
  other = new OtherLog(there.database, there.url);
  for (const log of [own, other]) await log.ensureTopics([{ name: topic, partitions: 2 }]);
});
afterEach(() => Promise.all([own.close(), other.close()]));

/** A member of the group `reader` with its effect in this database. */
const read = (log: EventLog): Promise<Subscription> =>
  log.subscribe({
    ...{ group: 'reader', topic },
    onBatch: (batch: LogBatch) =>
      here.database.transaction(async (manager) => {
        const place = { ...batch, ...log.placeOf(topic) };
        const from = await claimOffset(manager, 'reader', place);
        if (from >= batch.nextOffset) return;
        for (const { offset, value } of batch.messages) {
          if (offset >= from) await manager.query('insert into effect values ($1, $2)', [topic, value]);
        }
        await moveOffset(manager, 'reader', place);
      }),
    onFatal: (error) => {
      throw error;
    },
  });
const values = async () => {
  const rows = await here.database.query<{ value: string }[]>(
    'select value from effect where topic = $1 order by value',
    [topic],
  );
  return rows.map(({ value }) => value);
};
const reached = (count: number) =>
  pollUntil(`${count} effects`, 20_000, async () => (await values()).length === count);
/** Reads until everything so far has its effect, then stops. */
async function readAll(log: EventLog, count: number): Promise<void> {
  const reader = await read(log);
  await reached(count);
  await reader.stop();
}
async function forwardAll(): Promise<void> {
  const forwarder = new OutboxForwarder(here.database, own, other, {
    onForwarded: () => undefined,
    onProgress: () => undefined,
    onFatal: (_, error) => {
      throw error;
    },
  });
  await forwarder.start([topic]);
  const lag = new LogLag(here.database, other, own);
  await pollUntil('the outbox to be empty', 20_000, async () =>
    (await lag.ofOutbox(here.database.manager, topic)).every((one) => one.lag === 0),
  );
  await forwarder.stop();
}
const refusal = (attempt: Promise<void>): Promise<unknown> => attempt.catch((error: unknown) => error);

describe('the log in use', () => {
  it('is the database itself until another is chosen, which may be at the first start', async () => {
    await useItself(here.database, [topic]);
    await useAsOutbox(here.database, [topic]);
    await useAsOutbox(here.database, [topic]);
    await own.append(topic, numbered(4, 'forwarded'));
    await forwardAll();
    await readAll(other, 4);
    expect(await refusal(useItself(here.database, [topic]))).toBeInstanceOf(StartError);
  });

  it('does not change while something is unread, and loses and repeats nothing when it does', async () => {
    await own.append(topic, numbered(6, 'a'));
    expect(await refusal(useAsOutbox(here.database, [topic]))).toMatchObject({
      message: expect.stringContaining('still holds 6 messages'),
    });
    await readAll(own, 6);
    await own.append(topic, numbered(1, 'b'));
    expect(await refusal(useAsOutbox(here.database, [topic]))).toBeInstanceOf(StartError);
    await readAll(own, 7);

    await useAsOutbox(here.database, [topic]);
    await own.append(topic, numbered(3, 'c'));
    await other.append(topic, numbered(2, 'd'));
    // Nobody has read what waits in the outbox, nor what is in the other log.
    expect(await refusal(leaveForItself(here.database, other, [topic]))).toBeInstanceOf(StartError);
    await forwardAll();
    expect(await refusal(leaveForItself(here.database, other, [topic]))).toMatchObject({
      message: expect.stringContaining('5 messages'),
    });
    await readAll(other, 12);

    await leaveForItself(here.database, other, [topic]);
    await useItself(here.database, [topic]);
    await own.append(topic, numbered(2, 'e'));
    await readAll(own, 14);
    await useAsOutbox(here.database, [topic]);
    await own.append(topic, numbered(1, 'f'));
    await forwardAll();
    await readAll(other, 15);
    expect(await values()).toEqual([
      'a-0',
      'a-1',
      'a-2',
      'a-3',
      'a-4',
      'a-5',
      'b-0',
      'c-0',
      'c-1',
      'c-2',
      'd-0',
      'd-1',
      'e-0',
      'e-1',
      'f-0',
    ]);
  }, 120_000);

  it('lets batches go that only the readers before the change had not applied', async () => {
    await own.append(topic, numbered(4));
    await readAll(own, 4);
    await useAsOutbox(here.database, [topic]);
    await own.append(topic, numbered(4, 'more'));
    expect(await own.prune(0)).toBeGreaterThan(0);
    await forwardAll();
    expect(await own.prune(0)).toBeGreaterThan(0);
  });

  it('does not change while a process reads the old one', async () => {
    const reader = await read(own);
    await pollUntil('the member', 20_000, () => Promise.resolve(reader.assigned().length === 2));
    expect(await refusal(useAsOutbox(here.database, [topic]))).toMatchObject({
      message: expect.stringContaining('A process still runs'),
    });
    // One that is stopping meanwhile is waited for.
    const changed = useAsOutbox(here.database, [topic]);
    await reader.stop();
    await changed;
  });
});

describe('how far a group is', () => {
  it('is told of the outbox and of the other log, in the direction of the flow', async () => {
    await useAsOutbox(here.database, [topic]);
    const lag = new LogLag(here.database, other, own);
    expect(await lag.isDrained('reader', topic)).toBe(true);
    await own.append(topic, numbered(5));
    expect(await lag.isDrained('reader', topic)).toBe(false);
    const waiting = await lag.ofOutbox(here.database.manager, topic);
    expect(waiting.reduce((sum, one) => sum + one.lag, 0)).toBe(5);
    expect(Math.max(...waiting.map((one) => one.oldestAgeSeconds))).toBeGreaterThan(0);
    await forwardAll();
    expect(await lag.isDrained('reader', topic)).toBe(false);
    const behind = await lag.ofGroup('reader', topic);
    expect(behind.reduce((sum, one) => sum + one.lag, 0)).toBe(5);
    await pollUntil('its age to be seen', 10_000, async () =>
      (await lag.ofGroup('reader', topic)).some((one) => one.oldestAgeSeconds > 0.05),
    );
    await readAll(other, 5);
    expect(await lag.isDrained('reader', topic)).toBe(true);
    expect((await lag.ofGroup('reader', topic)).map((one) => one.oldestAgeSeconds)).toEqual([0, 0]);
  });
});
