import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { isRetryable } from '#libs/platform';
import { everythingIn, openTestDatabase, pollUntil, type TestDatabase } from '#libs/testing';
import { Gate, numbered } from './event-log.contract.js';
import type { DeliveredMessage, LogBatch, LogMessage } from './event-log.js';
import { claimOffset, moveOffset } from './offsets.js';
import { OutboxForwarder } from './outbox-forwarder.js';
import { dropRepeated, ORIGIN_HEADER } from './outbox-origin.js';
import { PostgresLog } from './postgres-log.js';

jest.setTimeout(60_000);

const PARTITIONS = 2;
const TARGET_PARTITIONS = 3;

let here: TestDatabase;
let there: TestDatabase;
let outbox: PostgresLog;
let target: TargetLog;
let topic: string;
let turn = 0;
let forwarders: OutboxForwarder[] = [];

/** The log in another database, under a name of its own; it can be made to fail at a chosen moment. */
class TargetLog extends PostgresLog {
  /** Runs before (`false`) and after (`true`) the messages are in the log. */
  hook: (appended: boolean, messages: readonly LogMessage[]) => Promise<void> = () => Promise.resolve();

  override placeOf(of: string) {
    return { topic: of, log: 'elsewhere' };
  }

  override async append(to: string, messages: readonly LogMessage[]): Promise<void> {
    await this.hook(false, messages);
    await super.append(to, messages);
    await this.hook(true, messages);
  }
}

beforeAll(async () => {
  [here, there] = await Promise.all([openTestDatabase(20), openTestDatabase(20)]);
  await here.database.query('create table effect (nth serial, topic text, partition int, value text)');
}, 60_000);
afterAll(() => Promise.all([here?.close(), there?.close()]), 60_000);

beforeEach(async () => {
  topic = `spec.outbox-${(turn += 1)}`;
  outbox = new PostgresLog(here.database, here.url);
  target = new TargetLog(there.database, there.url);
  await outbox.ensureTopics([{ name: topic, partitions: PARTITIONS }]);
  await target.ensureTopics([{ name: topic, partitions: TARGET_PARTITIONS }]);
});
afterEach(async () => {
  await Promise.all(forwarders.map((forwarder) => forwarder.stop()));
  forwarders = [];
  await Promise.all([outbox.close(), target.close()]);
});

const passing = () => Object.assign(new Error('the broker is gone'), { code: 'ECONNRESET' });

/** One more forwarder, as in a process of its own. */
async function start(faults: unknown[] = []): Promise<OutboxForwarder> {
  const forwarder = idle(faults);
  forwarders.push(forwarder);
  await forwarder.start([topic]);
  return forwarder;
}

const idle = (faults: unknown[] = []): OutboxForwarder =>
  new OutboxForwarder(here.database, new PostgresLog(here.database, here.url), target, {
    onForwarded: () => undefined,
    onProgress: () => undefined,
    onFatal: (_, error) => faults.push(error),
  });

/** Values for the keys in turn: what is appended in parts must be a multiple of `keys` long. */
const appended = (values: readonly string[], keys = 7): LogMessage[] =>
  values.map((value, nth) => ({ key: `key-${nth % keys}`, value, headers: { kept: 'yes' } }));

/** The batches of the outbox as a forwarder reads them. */
async function batchesOf(size: number): Promise<LogBatch[]> {
  const batches: LogBatch[] = [];
  const heads = await outbox.heads(topic);
  const reader = await outbox.subscribe({
    ...{ group: `spec-${(turn += 1)}`, topic, maxMessages: size },
    onBatch: (batch) => Promise.resolve(void batches.push(batch)),
    onFatal: (error) => {
      throw error;
    },
  });
  const wanted = heads.reduce((sum, head) => sum + head, 0);
  await pollUntil('the outbox to be read', 20_000, () =>
    Promise.resolve(batches.reduce((sum, { messages }) => sum + messages.length, 0) >= wanted),
  );
  await reader.stop();
  return batches;
}

const offsets = () =>
  here.database.query<{ next: number }[]>(
    `select next_offset::int as next from log.consumer_offset
      where consumer_group = 'forwarder' and topic = $1 order by partition`,
    [topic],
  );
const forwarded = async () =>
  JSON.stringify((await offsets()).map(({ next }) => next)) === JSON.stringify(await outbox.heads(topic));
const drained = () => pollUntil('the outbox to be forwarded', 30_000, forwarded);

/** A consumer of the target, with its effect in this database. */
async function consume(batch: LogBatch): Promise<void> {
  await here.database.transaction(async (manager) => {
    const from = await claimOffset(manager, 'reader', batch);
    if (from >= batch.nextOffset) return;
    const fresh = await dropRepeated(
      manager,
      'reader',
      batch,
      batch.messages.filter(({ offset }) => offset >= from),
    );
    for (const { value } of fresh) {
      await manager.query('insert into effect (topic, partition, value) values ($1, $2, $3)', [
        ...[topic, batch.partition, value],
      ]);
    }
    await moveOffset(manager, 'reader', batch);
  });
}

/** Everything that reached the target, in batches of a few, each given to the consumer twice and again later. */
async function effects(size = 3): Promise<string[]> {
  const byPartition = new Map<number, DeliveredMessage[]>();
  const partitionOfBatch = new Map<DeliveredMessage, number>();
  const reader = await target.subscribe({
    ...{ group: `spec-${(turn += 1)}`, topic },
    onBatch: ({ partition, messages }) => {
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), ...messages]);
      for (const message of messages) partitionOfBatch.set(message, partition);
      return Promise.resolve();
    },
    onFatal: (error) => {
      throw error;
    },
  });
  const wanted = (await target.heads(topic)).reduce((sum, head) => sum + head, 0);
  await pollUntil('the target to be read', 20_000, () => Promise.resolve(partitionOfBatch.size >= wanted));
  await reader.stop();
  for (const [partition, messages] of byPartition) {
    const batches: LogBatch[] = [];
    for (let at = 0; at < messages.length; at += size) {
      const part = messages.slice(at, at + size);
      batches.push({
        ...target.placeOf(topic),
        ...{ partition, firstOffset: at, nextOffset: at + part.length, messages: part },
      });
    }
    for (const [nth, batch] of batches.entries()) {
      await consume(batch);
      await consume(batch);
      // A zombie that took an older batch applies it only now.
      await consume(batches[Math.max(0, nth - 2)] as LogBatch);
    }
  }
  const rows = await here.database.query<{ value: string }[]>(
    'select value from effect where topic = $1 order by nth',
    [topic],
  );
  return rows.map(({ value }) => value);
}

/** Each key's values in the order in which they were appended, none missing, none twice. */
async function expectExactly(values: readonly string[], keys = 7): Promise<void> {
  const seen = await effects();
  expect([...seen].sort()).toEqual([...values].sort());
  for (let key = 0; key < keys; key += 1) {
    const own = values.filter((_, nth) => nth % keys === key);
    expect(seen.filter((value) => own.includes(value))).toEqual(own);
  }
}

const named = (name: string, count: number) => Array.from({ length: count }, (_, nth) => `${name}-${nth}`);

describe('the forwarder', () => {
  it('moves everything on in the order of each key, and says of each message where it stood', async () => {
    await start();
    const values = named('v', 70);
    for (let at = 0; at < 70; at += 14) await outbox.append(topic, appended(values.slice(at, at + 14)));
    await drained();
    const messages = await everythingIn(target, topic);
    expect(messages).toHaveLength(70);
    const origins = new Set(messages.map(({ headers }) => headers[ORIGIN_HEADER]));
    const heads = await outbox.heads(topic);
    expect(origins).toEqual(
      new Set(
        heads.flatMap((head, partition) => Array.from({ length: head }, (_, at) => `${partition}/${at}`)),
      ),
    );
    for (const { headers } of messages) expect(headers['kept']).toBe('yes');
    await expectExactly(values);
  });

  it('moves on only what has been committed', async () => {
    await start();
    await here.database
      .transaction(async (manager) => {
        await outbox.appendIn(manager, topic, appended(['never']));
        throw new Error('the effect failed');
      })
      .catch(() => undefined);
    await outbox.append(topic, appended(['said']));
    await drained();
    await expectExactly(['said'], 1);
  });

  it('keeps its offset until the target has everything', async () => {
    const [reached, gate] = [new Gate(), new Gate()];
    target.hook = async (done) => {
      if (!done) return;
      reached.open();
      await gate.passed;
    };
    await outbox.append(topic, [{ key: 'one', value: 'v' }]);
    await start();
    await reached.passed;
    expect((await offsets()).map(({ next }) => next)).toEqual([0, 0]);
    gate.open();
    await drained();
  });

  it.each([
    ['before the target has it', false],
    ['after the target has it, before the offset is moved', true],
  ])('sends again what failed %s; nothing is lost and nothing told twice', async (_, when) => {
    let failures = 0;
    target.hook = (done) => {
      if (done !== when || failures >= 3) return Promise.resolve();
      failures += 1;
      return Promise.reject(passing());
    };
    const values = named('again', 40);
    await outbox.append(topic, appended(values));
    const faults: unknown[] = [];
    await start(faults);
    await drained();
    expect(failures).toBe(3);
    expect(faults).toEqual([]);
    const arrived = await everythingIn(target, topic);
    if (when) expect(arrived.length).toBeGreaterThan(40);
    await expectExactly(values);
  });

  it('leaves a fault that does not pass to whoever runs it, and loses nothing by it', async () => {
    const bug = new Error('a bug');
    target.hook = () => Promise.reject(bug);
    const values = named('bug', 10);
    await outbox.append(topic, appended(values));
    const faults: unknown[] = [];
    const broken = await start(faults);
    await pollUntil('the report', 20_000, () => Promise.resolve(faults.length > 0));
    expect(faults[0]).toBe(bug);
    await broken.stop();
    target.hook = () => Promise.resolve();
    await start();
    await drained();
    await expectExactly(values);
  });

  it('is exact with two of them while messages keep coming and one is stopped', async () => {
    const first = await start();
    await start();
    const values = named('two', 210);
    for (let at = 0; at < 210; at += 7) {
      await outbox.append(topic, appended(values.slice(at, at + 7)));
      if (at === 105) await first.stop();
    }
    await drained();
    await expectExactly(values);
  });

  it('is exact although two send the same batches side by side', async () => {
    const values = named('side', 140);
    for (let at = 0; at < 140; at += 14) await outbox.append(topic, appended(values.slice(at, at + 14)));
    const batches = await batchesOf(14);
    await start();
    // What a member does that has lost its partition without knowing.
    const zombie = idle();
    for (const batch of batches) {
      await zombie.forward(batch).catch((error: unknown) => {
        if (!isRetryable(error)) throw error;
      });
    }
    await drained();
    await expectExactly(values);
  });

  it('is exact although a zombie’s old batch arrives behind newer ones', async () => {
    const values = named('old', 42);
    await outbox.append(topic, appended(values.slice(0, 14)));
    const [reached, gate] = [new Gate(), new Gate()];
    target.hook = async (done, messages) => {
      // The zombie hangs while its messages are on their way.
      if (done || messages.length === 0 || !zombieSends) return;
      zombieSends = false;
      reached.open();
      await gate.passed;
    };
    let zombieSends = true;
    const [old] = await batchesOf(100);
    const hanging = idle().forward(old as LogBatch);
    await reached.passed;
    await start();
    await outbox.append(topic, appended(values.slice(14)));
    await drained();
    gate.open();
    await hanging;
    expect((await everythingIn(target, topic)).length).toBeGreaterThan(42);
    await expectExactly(values);
  });

  it('does not send a batch that comes before its turn', async () => {
    await outbox.append(topic, [{ key: 'one', value: 'first' }]);
    await outbox.append(topic, [{ key: 'one', value: 'second' }]);
    const [first, second] = (await batchesOf(1)) as [LogBatch, LogBatch];
    const refused = await idle()
      .forward(second)
      .catch((error: unknown) => error);
    expect(isRetryable(refused)).toBe(true);
    expect(await everythingIn(target, topic)).toEqual([]);
    await idle().forward(first);
    await idle().forward(second);
    await expectExactly(['first', 'second'], 1);
  });

  it('sends only what the database will not lose', async () => {
    await here.database.query(`alter system set wal_writer_delay = '10s'`);
    await here.database.query('select pg_reload_conf()');
    let durable: boolean | undefined;
    let committedAt = '';
    target.hook = async (done) => {
      if (done) return;
      const [row] = await here.database.query<{ durable: boolean }[]>(
        'select pg_current_wal_flush_lsn() >= $1::pg_lsn as durable',
        [committedAt],
      );
      durable = row?.durable;
    };
    const read = new Gate();
    let batch: LogBatch | undefined;
    const reader = await outbox.subscribe({
      ...{ group: 'spec-durable', topic },
      onBatch: (found) => {
        batch = found;
        read.open();
        return Promise.resolve();
      },
      onFatal: (error) => {
        throw error;
      },
    });
    await pollUntil('the reader', 20_000, () => Promise.resolve(reader.assigned().length === PARTITIONS));
    // As processing commits: visible at once, on the disk some time later.
    await here.database.transaction(async (manager) => {
      await manager.query(`select set_config('synchronous_commit', 'off', true)`);
      await outbox.appendIn(manager, topic, [{ key: 'one', value: 'v' }]);
    });
    const [row] = await here.database.query<{ at: string }[]>('select pg_current_wal_insert_lsn() as at');
    committedAt = row?.at ?? '';
    await read.passed;
    await idle().forward(batch as LogBatch);
    await reader.stop();
    expect(durable).toBe(true);
    await here.database.query('alter system reset wal_writer_delay');
    await here.database.query('select pg_reload_conf()');
  });

  it('does not send what the database has lost and given another’s place', async () => {
    await outbox.append(topic, [{ key: 'one', value: 'lost' }]);
    const [lost] = (await batchesOf(1)) as [LogBatch];
    // As after a crash: the same offset, another message.
    await here.database.query(
      `update log.batch set appended_at = appended_at + interval '2 s' where topic = $1`,
      [topic],
    );
    const refused = await idle()
      .forward(lost)
      .catch((error: unknown) => error);
    expect(isRetryable(refused)).toBe(true);
    await here.database.query('delete from log.batch where topic = $1', [topic]);
    expect(
      isRetryable(
        await idle()
          .forward(lost)
          .catch((error: unknown) => error),
      ),
    ).toBe(true);
    expect(await everythingIn(target, topic)).toEqual([]);
  });
});

describe('dropping what was sent before', () => {
  const batchOf = (
    partition: number,
    firstOffset: number,
    origins: readonly (string | undefined)[],
  ): LogBatch => ({
    ...target.placeOf(topic),
    ...{ partition, firstOffset, nextOffset: firstOffset + origins.length },
    messages: origins.map((origin, nth) => ({
      ...{ offset: firstOffset + nth, key: 'k', value: `${partition} ${origin ?? 'none'}` },
      headers: Object.fromEntries(origin === undefined ? [] : [[ORIGIN_HEADER, origin]]),
    })),
  });
  const told = async () => {
    const rows = await here.database.query<{ value: string }[]>(
      'select value from effect where topic = $1 order by nth',
      [topic],
    );
    return rows.map(({ value }) => value);
  };

  it('keeps partitions of the outbox and of the target apart', async () => {
    await consume(batchOf(0, 0, ['0/4', '1/2', '0/6', '0/4', '1/3', '1/2']));
    await consume(batchOf(1, 0, ['0/5', '0/5', '1/0']));
    await consume(batchOf(0, 6, ['0/6', '0/9']));
    expect(await told()).toEqual(['0 0/4', '0 1/2', '0 0/6', '0 1/3', '1 0/5', '1 1/0', '0 0/9']);
  });

  it('lets pass what does not come from an outbox, or says so in words of its own', async () => {
    await consume(batchOf(0, 0, [undefined, undefined, 'somewhere', '1/x', '0/1', '0/1']));
    expect(await told()).toEqual(['0 none', '0 none', '0 somewhere', '0 1/x', '0 0/1']);
  });

  it('does not let its memory hold batches of the log back', async () => {
    await outbox.append(topic, numbered(4));
    await start();
    await drained();
    await effects();
    expect(await outbox.prune(0)).toBeGreaterThan(0);
  });
});
