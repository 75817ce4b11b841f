import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openTestDatabase, pollUntil, type TestDatabase } from '#libs/testing';
import { describeEventLog, Gate, numbered } from './event-log.contract.js';
import type { LogBatch, LogMessage, SubscriptionSpec } from './event-log.js';
import { frame, unframe } from './framing.js';
import { claimOffset, moveOffset } from './offsets.js';
import { partitionOf } from './partition.js';
import { PostgresLog } from './postgres-log.js';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase(30);
}, 60_000);
afterAll(() => test?.close(), 60_000);

describeEventLog('PostgresLog', () =>
  Promise.resolve({
    database: test.database,
    open: () => new PostgresLog(test.database, test.url),
    close: () => Promise.resolve(),
  }),
);

describe('the framing of messages', () => {
  // Any UTF-16 at all: the frame must not depend on what is well formed.
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('0', '7', ' ', '\n', '{', '}', '"', '\ud800', '\udc00', '\0', 'ồ') }),
  );
  const message = fc.record(
    { key: text, value: text, headers: fc.dictionary(text, text, { noNullPrototype: true }) },
    { requiredKeys: ['key', 'value'] },
  );

  it('gives back whatever was put in', () => {
    fc.assert(
      fc.property(fc.array(message), fc.nat(), (messages, firstOffset) => {
        expect(unframe(frame(messages), firstOffset)).toEqual(
          messages.map(({ key, value, headers = {} }, nth) => ({
            key,
            value,
            headers,
            offset: firstOffset + nth,
          })),
        );
      }),
    );
  });
});

describe('the log on PostgreSQL tables', () => {
  let log: PostgresLog;
  let turn = 0;

  beforeAll(async () => {
    log = new PostgresLog(test.database, test.url);
    await test.database.query('create table applied (topic text, position bigint, value text)');
  });
  afterAll(() => log?.close());

  const newTopic = async (partitions: number): Promise<string> => {
    const topic = `spec.postgres-${(turn += 1)}`;
    await log.ensureTopics([{ name: topic, partitions }]);
    return topic;
  };
  const rowsOf = (topic: string) =>
    test.database.query<{ partition: number; base: number; next: number; payload: string }[]>(
      `select partition, base_offset::int as base, next_offset::int as next, payload
         from log.batch where topic = $1 order by partition, base_offset`,
      [topic],
    );
  const apply = (group: string) => (batch: LogBatch) =>
    test.database.transaction(async (manager) => {
      const from = await claimOffset(manager, group, batch);
      if (from >= batch.nextOffset) return;
      const fresh = batch.messages.filter(({ offset }) => offset >= from);
      await manager.query(
        'insert into applied select $1, position, value from unnest($2::bigint[], $3::text[]) as t(position, value)',
        [batch.topic, fresh.map(({ offset }) => offset), fresh.map(({ value }) => value)],
      );
      await moveOffset(manager, group, batch);
    });
  const applied = (topic: string) =>
    test.database.query<{ position: string; value: string }[]>(
      'select position, value from applied where topic = $1 order by position',
      [topic],
    );
  const spec = (topic: string, group: string, rest: Partial<SubscriptionSpec> = {}): SubscriptionSpec => ({
    topic,
    group,
    onBatch: apply(group),
    onFatal: (error) => {
      throw error;
    },
    ...rest,
  });

  it('numbers without a gap, in the order of commits, while thirty append at once', async () => {
    const topic = await newTopic(4);
    await Promise.all(
      Array.from({ length: 30 }, async (_, appender) => {
        for (let nth = 0; nth < 10; nth += 1) {
          // Keys of all partitions in another order each time: appenders that locked in the order of
          // their messages would wait for each other in a circle.
          const messages = numbered(8, `a${appender}-${nth}`);
          await log.append(topic, appender % 2 === 0 ? messages : messages.toReversed());
        }
      }),
    );
    const rows = await rowsOf(topic);
    const heads = await log.heads(topic);
    for (const [partition, head] of heads.entries()) {
      let expected = 0;
      for (const { base, next, payload } of rows.filter((row) => row.partition === partition)) {
        expect(base).toBe(expected);
        expect(unframe(payload, base)).toHaveLength(next - base);
        expected = next;
      }
      expect(head).toBe(expected);
    }
    expect(heads.reduce((a, b) => a + b)).toBe(30 * 10 * 8);
  }, 60_000);

  it('never shows a later offset before an earlier one', async () => {
    const topic = await newTopic(1);
    const holds = new Gate();
    const appended = new Gate();
    const first = test.database.transaction(async (manager) => {
      await log.appendIn(manager, topic, numbered(2, 'slow'));
      appended.open();
      await holds.passed;
    });
    await appended.passed;
    let overtook = false;
    const second = log.append(topic, numbered(2, 'quick')).then(() => (overtook = true));
    // The second waits on the first's lock; once it is seen waiting, nothing can have been read.
    await pollUntil('the second append to wait', 10_000, async () => {
      const [row] = await test.database.query<{ waiting: number }[]>(
        `select count(*)::int as waiting from pg_locks where not granted`,
      );
      return (row?.waiting ?? 0) > 0;
    });
    expect(overtook).toBe(false);
    expect(await rowsOf(topic)).toEqual([]);
    holds.open();
    await Promise.all([first, second]);
    const values = (await rowsOf(topic))
      .flatMap(({ payload }) => unframe(payload, 0))
      .map(({ value }) => value);
    expect(values).toEqual(['slow-0', 'slow-1', 'quick-0', 'quick-1']);
  });

  it('leaves no gap when a transaction that appended is rolled back', async () => {
    const topic = await newTopic(2);
    await log.append(topic, numbered(10, 'kept'));
    const before = await log.heads(topic);
    const undone = test.database.transaction(async (manager) => {
      await log.appendIn(manager, topic, numbered(10, 'undone'));
      throw new Error('the effect failed');
    });
    await expect(undone).rejects.toThrow('the effect failed');
    expect(await log.heads(topic)).toEqual(before);
    await log.append(topic, numbered(10, 'next'));
    const rows = await rowsOf(topic);
    for (const { partition, base, next } of rows.filter((row) => row.base > 0)) {
      expect([base, next]).toEqual([before[partition], (before[partition] ?? 0) * 2]);
    }
    expect(JSON.stringify(rows)).not.toContain('undone');
  });

  it('refuses a partition that the topic does not have, by name', async () => {
    await expect(log.append('spec.nowhere', numbered(1))).rejects.toThrow('spec.nowhere');
  });

  it('reads a backlog of 200,000 messages in bounded batches', async () => {
    const topic = await newTopic(2);
    const total = 200_000;
    const value = JSON.stringify({ text: 'ồ'.repeat(80) });
    for (let sent = 0; sent < total; sent += 400) {
      const messages = Array.from({ length: 400 }, (_, nth): LogMessage => ({
        key: `k${sent + nth}`,
        value,
      }));
      await log.append(topic, messages);
    }
    let [read, most, batches] = [0, 0, 0];
    const places = [0, 0];
    const member = await log.subscribe(
      spec(topic, 'backlog', {
        onBatch: (batch) => {
          expect(batch.firstOffset).toBe(places[batch.partition]);
          places[batch.partition] = batch.nextOffset;
          read += batch.messages.length;
          most = Math.max(most, batch.messages.length);
          batches += 1;
          return Promise.resolve();
        },
      }),
    );
    await pollUntil('the backlog to be read', 60_000, () => Promise.resolve(read >= total));
    await member.stop();
    expect(read).toBe(total);
    expect(most).toBeLessThanOrEqual(5_000);
    expect(batches).toBeLessThan(250);
  }, 90_000);

  it('takes its partitions up again when its session is lost, without applying anything twice', async () => {
    const topic = await newTopic(2);
    const member = await log.subscribe(spec(topic, 'cut-off'));
    await log.append(topic, numbered(6, 'before'));
    await pollUntil('the first messages', 20_000, async () => (await applied(topic)).length === 6);
    await test.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dunghan-cut-off'`,
    );
    await log.append(topic, numbered(6, 'after'));
    await pollUntil('the last messages', 20_000, async () => (await applied(topic)).length === 12);
    await pollUntil('its partitions', 20_000, () => Promise.resolve(member.assigned().length === 2));
    expect(await applied(topic)).toHaveLength(12);
    await member.stop();
  }, 60_000);

  it('has one effect although a cut off member goes on with the batch in its hand', async () => {
    const topic = await newTopic(1);
    const [holds, inHand] = [new Gate(), new Gate()];
    let late = false;
    const zombie = await log.subscribe(
      spec(topic, 'zombie', {
        onBatch: async (batch) => {
          if (!late) {
            late = true;
            inHand.open();
            await holds.passed;
          }
          await apply('zombie')(batch);
        },
      }),
    );
    await log.append(topic, numbered(6));
    await inHand.passed;
    // The server takes the zombie for dead; it knows nothing of it while it is busy.
    await test.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dunghan-zombie'`,
    );
    const heir = new PostgresLog(test.database, test.url);
    await heir.subscribe(spec(topic, 'zombie'));
    await pollUntil('the heir to apply it', 20_000, async () => (await applied(topic)).length === 6);
    holds.open();
    await log.append(topic, numbered(6, 'next'));
    await pollUntil('what comes next', 20_000, async () => (await applied(topic)).length >= 12);
    await Promise.all([zombie.stop(), heir.close()]);
    const rows = await applied(topic);
    expect(rows.map(({ position }) => Number(position))).toEqual(Array.from({ length: 12 }, (_, at) => at));
  }, 60_000);

  it('does not say that a member is well while one of its partitions hangs and the others go on', async () => {
    const topic = await newTopic(2);
    const [holds, hangs] = [new Gate(), new Gate()];
    let [applied, well] = [0, 0];
    const subscription = await log.subscribe({
      ...{ group: 'hanging', topic },
      onBatch: async (batch) => {
        if (batch.messages.some(({ value }) => value === 'hang')) {
          hangs.open();
          await holds.passed;
        }
        await apply('hanging')(batch);
        applied += batch.messages.length;
      },
      onProgress: () => (well += 1),
      onFatal: (error) => {
        throw error;
      },
    });
    const keys = Array.from({ length: 20 }, (_, nth) => `key ${nth}`);
    const [one, other] = [0, 1].map((nth) => keys.find((key) => partitionOf(key, 2) === nth) ?? '');
    await log.append(topic, [{ key: one ?? '', value: 'hang' }]);
    await hangs.passed;
    const more = async () => {
      const before = applied;
      await log.append(topic, [{ key: other ?? '', value: 'goes on' }]);
      await pollUntil('it to be applied', 10_000, () => Promise.resolve(applied > before), 5);
    };
    // The first may close a round in which both had been heard of.
    await more();
    await more();
    const before = well;
    for (let nth = 0; nth < 5; nth += 1) await more();
    expect(well).toBe(before);
    holds.open();
    await pollUntil('it to be well', 10_000, () => Promise.resolve(well > before), 5);
    await subscription.stop();
  });
});
