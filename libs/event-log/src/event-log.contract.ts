import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { isRetryable } from '#libs/platform';
import { pollUntil } from '#libs/testing';
import type { EventLog, LogBatch, LogMessage, Subscription, SubscriptionSpec } from './event-log.js';
import { claimOffset, moveOffset } from './offsets.js';

/** What an adapter brings to be tested. */
export interface LogWorld {
  /** Where effects and the groups' offsets are stored. */
  readonly database: DataSource;
  /** The log as one more process would open it. */
  open(): EventLog;
  close(): Promise<void>;
}

const PARTITIONS = 3;
/** Partitions change hands within a few ticks or session timeouts of an adapter. */
const HANDOVER_MS = 30_000;
const DELIVERED_MS = 20_000;

jest.setTimeout(60_000);

/**
 * The suite that every adapter of the event log passes unchanged. One whose broker drops messages by itself
 * has nothing to prune.
 */
export function describeEventLog(
  name: string,
  makeWorld: () => Promise<LogWorld>,
  { prunes = true }: { prunes?: boolean } = {},
): void {
  describe(`${name} as an event log`, () => {
    let world: LogWorld;
    let opened: EventLog[] = [];
    // A broker may outlive the run, and its topics with it.
    const run = Date.now().toString(36);
    let turn = 0;
    let topic: string;

    beforeAll(async () => {
      world = await makeWorld();
      await world.database.query(
        'create table effect (nth serial, who text, topic text, partition int, position bigint, value text)',
      );
    }, 60_000);
    afterAll(() => world?.close(), 30_000);
    afterEach(async () => {
      await Promise.all(opened.map((log) => log.close()));
      opened = [];
    }, 30_000);

    /** A process's log, with a topic of this test's own. */
    async function openLog(partitions = PARTITIONS): Promise<EventLog> {
      if (opened.length === 0) topic = `spec.contract-${run}-${(turn += 1)}`;
      const log = world.open();
      opened.push(log);
      await log.ensureTopics([{ name: topic, partitions }]);
      return log;
    }

    /** The effect as apps have it: with the offset, in one transaction. `who` is the group. */
    async function apply(group: string, batch: LogBatch): Promise<void> {
      await world.database.transaction(async (manager) => {
        const from = await claimOffset(manager, group, batch);
        if (from >= batch.nextOffset) return;
        const fresh = batch.messages.filter(({ offset }) => offset >= from);
        await manager.query(
          `insert into effect (who, topic, partition, position, value)
           select $1, $2, $3, position, value from unnest($4::bigint[], $5::text[]) as t(position, value)`,
          [group, topic, batch.partition, fresh.map(({ offset }) => offset), fresh.map(({ value }) => value)],
        );
        await moveOffset(manager, group, batch);
      });
    }

    const subscribe = (
      log: EventLog,
      group: string,
      rest: Partial<SubscriptionSpec> = {},
    ): Promise<Subscription> =>
      log.subscribe({
        group,
        topic,
        onBatch: (batch) => apply(group, batch),
        onFatal: (error) => {
          throw error;
        },
        ...rest,
      });

    /** Effects of a group in the order of the log; doubles would show. */
    const effects = (group: string) =>
      world.database.query<{ partition: number; position: string; value: string }[]>(
        'select partition, position, value from effect where topic = $1 and who = $2 order by partition, position, nth',
        [topic, group],
      );
    const values = async (group: string) => (await effects(group)).map(({ value }) => value).sort();
    const reached = (group: string, count: number) =>
      pollUntil(
        `${count} effects of ${group}`,
        DELIVERED_MS,
        async () => (await effects(group)).length >= count,
      );
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

    it('keeps what it has acknowledged for a process that comes later', async () => {
      const writer = await openLog();
      const messages = numbered(20);
      await writer.append(topic, messages);
      await writer.close();

      const later = await openLog();
      expect(sum(await later.heads(topic))).toBe(20);
      await subscribe(later, 'late');
      await reached('late', 20);
      expect(await values('late')).toEqual(messages.map(({ value }) => value).sort());
    });

    it('gives back key, value and headers as they were', async () => {
      const log = await openLog();
      const messages: LogMessage[] = [
        { key: 'urn:x|Đ-1', value: '{"a":"\\u0000 5 3 2\\n"}', headers: { recordedat: '17', 'x-y': 'ồ\n' } },
        { key: '', value: '', headers: {} },
        { key: '1 2 3\n', value: '😀\r\n\t"\\' },
      ];
      await log.append(topic, messages);
      const seen: LogMessage[] = [];
      await subscribe(log, 'reader', {
        onBatch: async (batch) => {
          seen.push(...batch.messages);
          await apply('reader', batch);
        },
      });
      await reached('reader', 3);
      for (const { key, value, headers = {} } of messages) {
        expect(seen).toContainEqual(expect.objectContaining({ key, value, headers }));
      }
    });

    it('takes an append whole or not at all', async () => {
      const log = await openLog();
      const spoilt = numbered(30).map((message, at) => (at === 17 ? { ...message, value: 'a\0b' } : message));
      await expect(log.append(topic, spoilt)).rejects.toThrow();
      expect(sum(await log.heads(topic))).toBe(0);
      await log.append(topic, numbered(2, 'whole'));
      await subscribe(log, 'whole');
      await reached('whole', 2);
      expect(await values('whole')).toEqual(['whole-0', 'whole-1']);
    });

    it('keeps the order within a key while many append, and numbers each partition without a gap', async () => {
      const log = await openLog();
      const keys = 8;
      await Promise.all(
        Array.from({ length: keys }, async (_, key) => {
          for (let nth = 0; nth < 25; nth += 1) {
            await log.append(topic, [{ key: `key-${key}`, value: `${key} ${nth}` }]);
          }
        }),
      );
      const batches: LogBatch[] = [];
      await subscribe(log, 'order', {
        maxMessages: 7,
        onBatch: async (batch) => {
          batches.push(batch);
          await apply('order', batch);
        },
      });
      await reached('order', keys * 25);

      const seen = await effects('order');
      for (let key = 0; key < keys; key += 1) {
        const own = seen.filter(({ value }) => value.startsWith(`${key} `));
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
        expect(own.map(({ value }) => value)).toEqual(
          Array.from({ length: 25 }, (_, nth) => `${key} ${nth}`),
        );
      }
      const heads = await log.heads(topic);
      for (const [partition, head] of heads.entries()) {
        const positions = seen
          .filter((row) => row.partition === partition)
          .map(({ position }) => Number(position));
        expect(positions).toEqual(Array.from({ length: head }, (_, position) => position));
      }
      for (const { firstOffset, nextOffset, messages } of batches) {
        expect(messages.map(({ offset }) => offset)).toEqual(
          Array.from({ length: nextOffset - firstOffset }, (_, nth) => firstOffset + nth),
        );
      }
    });

    it.each([
      ['messages', { maxMessages: 10 }, (batch: LogBatch) => batch.messages.length, 10],
      ['bytes', { maxBytes: 10_000 }, (batch: LogBatch) => bytesOf(batch), 10_000],
    ])('bounds a batch in %s', async (_, bounds, sizeOf, most) => {
      const log = await openLog();
      for (let nth = 0; nth < 60; nth += 1) {
        await log.append(
          topic,
          numbered(3, `n${nth}`).map((message) => ({ ...message, value: message.value.padEnd(1_000, '.') })),
        );
      }
      const sizes: number[] = [];
      await subscribe(log, 'bounded', {
        ...bounds,
        onBatch: async (batch) => {
          sizes.push(sizeOf(batch));
          await apply('bounded', batch);
        },
      });
      await reached('bounded', 180);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
      // Not one append a batch either: a backlog goes in large steps.
      expect(sizes.length).toBeLessThan(90);
    });

    it('gives each group everything', async () => {
      const log = await openLog();
      await log.append(topic, numbered(10, 'before'));
      await subscribe(log, 'one');
      await subscribe(log, 'two');
      await log.append(topic, numbered(10, 'after'));
      await reached('one', 20);
      await reached('two', 20);
      expect(await values('one')).toEqual(await values('two'));
      expect(new Set(await values('one')).size).toBe(20);
    });

    it('shares a group’s partitions between its members, and gives them to the one that is left', async () => {
      const [first, second] = [await openLog(), await openLog()];
      const one = await subscribe(first, 'shared');
      await pollUntil('the only member to hold all', HANDOVER_MS, async () =>
        Promise.resolve(one.assigned().length === PARTITIONS),
      );
      const two = await subscribe(second, 'shared');
      let sent = 0;
      const send = async () => {
        await first.append(topic, numbered(6, `shared-${(sent += 6)}`));
      };
      // Messages keep coming while partitions change hands.
      await pollUntil('both members to hold some', HANDOVER_MS, async () => {
        await send();
        return one.assigned().length > 0 && two.assigned().length > 0;
      });
      await pollUntil('every partition to have one holder', HANDOVER_MS, () =>
        Promise.resolve(
          JSON.stringify([...one.assigned(), ...two.assigned()].sort()) ===
            JSON.stringify(Array.from({ length: PARTITIONS }, (_, partition) => partition)),
        ),
      );
      await send();
      await reached('shared', sent);

      await one.stop();
      expect(one.assigned()).toEqual([]);
      await send();
      await reached('shared', sent);
      expect(two.assigned()).toEqual(Array.from({ length: PARTITIONS }, (_, partition) => partition));
      const seen = await values('shared');
      expect(seen).toHaveLength(sent);
      expect(new Set(seen).size).toBe(sent);
    }, 90_000);

    it('hears from a member that gets no partition, too, that it is well', async () => {
      const [first, second] = [await openLog(1), await openLog(1)];
      const beats = [0, 0];
      const members = [
        await subscribe(first, 'waiting', { onProgress: () => (beats[0]! += 1) }),
        await subscribe(second, 'waiting', { onProgress: () => (beats[1]! += 1) }),
      ];
      // Which of them holds it is the log's affair.
      const idle = () => members.findIndex((member) => member.assigned().length === 0);
      const settled = () => members.flatMap((member) => member.assigned()).length === 1;
      await pollUntil('one holder', HANDOVER_MS, () =>
        Promise.resolve(settled() && beats.every((count) => count > 0)),
      );
      beats.fill(0);
      await pollUntil('beats of the other', HANDOVER_MS, () =>
        Promise.resolve(settled() && (beats[idle()] ?? 0) >= 2),
      );
    });

    it('stops only after the batch in hand, and leaves the rest for the next start', async () => {
      const log = await openLog(1);
      for (let nth = 0; nth < 3; nth += 1) await log.append(topic, numbered(4, `n${nth}`));
      const gate = new Gate();
      const started = new Gate();
      const member = await subscribe(log, 'stopped', {
        maxMessages: 4,
        onBatch: async (batch) => {
          started.open();
          await gate.passed;
          await apply('stopped', batch);
        },
      });
      await started.passed;
      let stopped = false;
      const stopping = member.stop().then(() => (stopped = true));
      await log.heads(topic);
      expect(stopped).toBe(false);
      gate.open();
      await stopping;
      expect(await values('stopped')).toEqual(numbered(4, 'n0').map(({ value }) => value));

      await subscribe(log, 'stopped');
      await reached('stopped', 12);
      expect(new Set(await values('stopped')).size).toBe(12);
    }, 60_000);

    it('delivers a batch again after a passing fault, without calling it fatal', async () => {
      const log = await openLog(1);
      await log.append(topic, numbered(5));
      const fatal: unknown[] = [];
      let failures = 0;
      await subscribe(log, 'retried', {
        onFatal: (error) => fatal.push(error),
        onBatch: async (batch) => {
          const fails = failures < 3;
          // The last time after the effect has been committed: it must not come about again.
          if (!fails || failures === 2) await apply('retried', batch);
          if (fails) {
            failures += 1;
            throw Object.assign(new Error('could not serialize access'), { code: '40001' });
          }
        },
      });
      await pollUntil('the faults to pass', DELIVERED_MS, () => Promise.resolve(failures === 3));
      await log.append(topic, numbered(5, 'more'));
      await reached('retried', 10);
      expect(new Set(await values('retried')).size).toBe(10);
      expect(fatal).toEqual([]);
    });

    it('reports a fault it does not know, and does not pass the batch over', async () => {
      const log = await openLog(1);
      await log.append(topic, numbered(5));
      const fatal: unknown[] = [];
      const fault = new Error('a bug');
      const member = await subscribe(log, 'crashed', {
        onFatal: (error) => fatal.push(error),
        onBatch: () => Promise.reject(fault),
      });
      await pollUntil('the report', DELIVERED_MS, () => Promise.resolve(fatal.length > 0));
      expect(fatal[0]).toBe(fault);
      await member.stop();
      await subscribe(log, 'crashed');
      await reached('crashed', 5);
    });

    it('has one effect although a batch comes twice, at once, or to a member that no longer holds it', async () => {
      const log = await openLog(1);
      const batches: LogBatch[] = [];
      await subscribe(log, 'twice', {
        maxMessages: 5,
        onBatch: async (batch) => {
          batches.push(batch);
          await Promise.all([apply('twice', batch), apply('twice', batch)]);
          await apply('twice', batch);
        },
      });
      for (let nth = 0; nth < 6; nth += 1) await log.append(topic, numbered(5, `n${nth}`));
      await reached('twice', 30);
      // A zombie: it took these batches long ago and only now gets to apply them, newest first.
      for (const batch of batches.toReversed()) await apply('twice', batch);
      const seen = await values('twice');
      expect(seen).toHaveLength(30);
      expect(new Set(seen).size).toBe(30);
      await log.append(topic, numbered(1, 'next'));
      await reached('twice', 31);
    });

    it('does not let a group move over messages it has not applied', async () => {
      const log = await openLog(1);
      const batches: LogBatch[] = [];
      const member = await subscribe(log, 'ahead', {
        maxMessages: 5,
        onBatch: async (batch) => {
          batches.push(batch);
          await apply('ahead', batch);
        },
      });
      await log.append(topic, numbered(5, 'first'));
      await reached('ahead', 5);
      await log.append(topic, numbered(5, 'second'));
      await reached('ahead', 10);
      await member.stop();
      // As after a crash of the database in which a group's last commits were lost.
      const [first, second] = batches as [LogBatch, LogBatch];
      const refused = await apply('lost', second).catch((error: unknown) => error);
      expect(isRetryable(refused)).toBe(true);
      expect(await values('lost')).toEqual([]);
      await apply('lost', first);
      await apply('lost', second);
      expect(await values('lost')).toEqual(await values('ahead'));
    });

    it('wakes an idle reader when something is appended', async () => {
      const log = await openLog();
      await subscribe(log, 'awake');
      await log.append(topic, numbered(3, 'first'));
      await reached('awake', 3);
      const latencies: number[] = [];
      for (let nth = 0; nth < 7; nth += 1) {
        const before = performance.now();
        await log.append(topic, [{ key: `k${nth}`, value: `v${nth}` }]);
        await pollUntil(
          'the wake-up',
          DELIVERED_MS,
          async () => (await effects('awake')).length === 4 + nth,
          2,
        );
        latencies.push(performance.now() - before);
      }
      // The median, because the machine may be busy with something else for a moment.
      expect(latencies.sort((a, b) => a - b)[3]).toBeLessThan(500);
    }, 60_000);

    it('keeps what a group has not applied, whatever is dropped', async () => {
      const log = await openLog(1);
      await log.append(topic, numbered(5, 'old'));
      const slow = await subscribe(log, 'slow', {
        onFatal: () => undefined,
        onBatch: () => Promise.reject(new Error('not yet')),
      });
      await slow.stop();
      await subscribe(log, 'quick');
      await reached('quick', 5);
      await log.prune(0);

      const again = await subscribe(log, 'slow');
      await reached('slow', 5);
      await again.stop();
      await log.append(topic, numbered(5, 'new'));
      await reached('quick', 10);
      expect(await log.prune(3_600_000)).toBe(0);
      await log.prune(0);

      // What is left, and only that, still reaches the group that lacks it.
      await subscribe(log, 'slow');
      await reached('slow', 10);
      expect(new Set(await values('slow')).size).toBe(10);
      expect(await log.heads(topic)).toEqual([10]);
    });

    it('begins a new group with the oldest message that is still there', async () => {
      const log = await openLog(1);
      await log.append(topic, numbered(5, 'old'));
      await subscribe(log, 'quick');
      await reached('quick', 5);
      if (prunes) {
        await pollUntil(
          'all to be dropped once all is applied',
          DELIVERED_MS,
          async () => (await log.prune(0)) > 0,
        );
      }
      await log.append(topic, numbered(3, 'last'));
      const there = [...(prunes ? [] : numbered(5, 'old')), ...numbered(3, 'last')];
      await subscribe(log, 'newcomer');
      await reached('newcomer', there.length);
      expect(await values('newcomer')).toEqual(there.map(({ value }) => value).sort());
    });

    it('keeps the partition count of the first start, whatever a later one asks for', async () => {
      const first = await openLog(3);
      await first.append(topic, numbered(30, 'first'));
      const second = await openLog(5);
      expect(await second.heads(topic)).toHaveLength(3);
      await second.append(topic, numbered(30, 'second'));
      await subscribe(second, 'counted');
      await reached('counted', 60);
      for (const row of await effects('counted')) expect(row.partition).toBeLessThan(3);
      // One key, one partition, whoever appended.
      const places = new Map<string, Set<number>>();
      for (const { value, partition } of await effects('counted')) {
        const key = value.replace(/^\w+-/, '');
        places.set(key, (places.get(key) ?? new Set()).add(partition));
      }
      for (const partitions of places.values()) expect(partitions.size).toBe(1);
    });
  });
}

/** Messages with values `name-0` …, each with a key of its own number. */
export const numbered = (count: number, name = 'n'): LogMessage[] =>
  Array.from({ length: count }, (_, nth) => ({ key: `key-${nth}`, value: `${name}-${nth}` }));

const bytesOf = (batch: LogBatch): number =>
  batch.messages.reduce((total, { value }) => total + Buffer.byteLength(value), 0);

/** A promise that is kept from outside. */
export class Gate {
  open!: () => void;
  readonly passed = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}
