import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Kafka, logLevel, type Message } from 'kafkajs';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createLogger, isRetryable } from '#libs/platform';
import { brokerForSpecs, openTestDatabase, pollUntil, type TestDatabase } from '#libs/testing';
import { OffsetLost } from './consumer-loop.js';
import { describeEventLog, Gate, numbered } from './event-log.contract.js';
import type { DeliveredMessage, LogBatch, SubscriptionSpec } from './event-log.js';
import type { KafkaSettings } from './kafka-client.js';
import { KafkaLog } from './kafka-log.js';
import type { MemberArguments, MemberReport } from './kafka-member.fixture.js';
import { TopicMismatch } from './kafka-topics.js';
import { claimOffset, moveOffset, offsetTopic } from './offsets.js';

jest.setTimeout(120_000);

const kafka = await brokerForSpecs();
const withKafka = kafka ? describe : describe.skip;
const brokers = kafka?.brokers.split(',') ?? [];
const withOurKafka = kafka?.secured ? describe : describe.skip;

const logger = createLogger('spec', { LOG_LEVEL: 'fatal', NODE_ENV: 'production' });
const settings: KafkaSettings = { brokers, replication: 1, retentionMs: 3_600_000 };
/** Somebody else’s programs at the same cluster. */
const outside = new Kafka({ brokers, clientId: 'outside', logLevel: logLevel.NOTHING });
const admin = outside.admin();

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase(30);
  if (kafka) await admin.connect();
}, 60_000);
afterAll(async () => {
  if (kafka) await admin.disconnect();
  await Promise.all([kafka?.stop(), test?.close()]);
}, 60_000);

withKafka('a real broker', () => {
  describeEventLog(
    'KafkaLog',
    () =>
      Promise.resolve({
        database: test.database,
        open: () => new KafkaLog(test.database, settings, logger),
        close: () => Promise.resolve(),
      }),
    { prunes: false },
  );

  describe('the log on Kafka', () => {
    const run = Date.now().toString(36);
    let turn = 0;
    let opened: KafkaLog[] = [];
    let fatal: unknown[] = [];
    let seen: DeliveredMessage[] = [];
    const children = new Set<() => void>();

    afterEach(async () => {
      for (const kill of children) kill();
      children.clear();
      await Promise.all(opened.map((log) => log.close()));
      [opened, fatal, seen] = [[], [], []];
    }, 30_000);

    const open = (with_: Partial<KafkaSettings> = {}): KafkaLog => {
      const log = new KafkaLog(test.database, { ...settings, ...with_ }, logger);
      opened.push(log);
      return log;
    };
    const newTopic = (): string => `spec.kafka-${run}-${(turn += 1)}`;
    const openWith = async (partitions: number): Promise<[KafkaLog, string]> => {
      const [log, topic] = [open(), newTopic()];
      await log.ensureTopics([{ name: topic, partitions }]);
      return [log, topic];
    };

    /** Keeps what is delivered; stores the offset as apps do. */
    const apply = (group: string) => (batch: LogBatch) =>
      test.database.transaction(async (manager) => {
        const from = await claimOffset(manager, group, batch);
        if (from >= batch.nextOffset) return;
        await moveOffset(manager, group, batch);
        seen.push(...batch.messages.filter(({ offset }) => offset >= from));
      });
    const spec = (topic: string, group: string, rest: Partial<SubscriptionSpec> = {}): SubscriptionSpec => ({
      topic,
      group,
      onBatch: apply(group),
      onFatal: (error) => fatal.push(error),
      ...rest,
    });
    const arrived = (count: number, withinMs = 30_000) =>
      pollUntil(`${count} messages`, withinMs, () => Promise.resolve(seen.length >= count));
    const setStored = (log: KafkaLog, topic: string, group: string, offset: number) =>
      test.database.query(
        'update log.consumer_offset set next_offset = $3 where consumer_group = $1 and topic = $2',
        [group, offsetTopic(log.placeOf(topic)), offset],
      );

    async function sendFromOutside(topic: string, ...messages: Message[]): Promise<void> {
      const producer = outside.producer({ allowAutoTopicCreation: false });
      await producer.connect();
      for (const message of messages) await producer.send({ topic, messages: [message] });
      await producer.disconnect();
    }

    const member = (rest: Omit<MemberArguments, 'settings' | 'database'>, ...flags: string[]) => {
      const loader = ['--conditions=source', '--import', '@swc-node/register/esm-register'];
      const given: MemberArguments = { settings, database: test.url, ...rest };
      const child = spawn(
        process.execPath,
        [...flags, ...loader, 'libs/event-log/src/kafka-member.fixture.ts', JSON.stringify(given)],
        { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] },
      );
      children.add(() => child.kill('SIGKILL'));
      let last: MemberReport = { assigned: [], read: 0, largest: 0, rssMegabytes: 0 };
      let most = 0;
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const lines = (text + chunk.toString()).split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) {
          last = JSON.parse(line) as MemberReport;
          most = Math.max(most, last.rssMegabytes);
        }
      });
      let ended: number | null | undefined;
      child.once('exit', (code) => (ended = code));
      return { child, report: () => ({ ...last, rssMegabytes: most }), ended: () => ended };
    };

    describe('messages of writers that are not ours', () => {
      it('arrive as what they are, and hold nothing up', async () => {
        const [log, topic] = await openWith(1);
        const large = Buffer.alloc(10_000_000, 'x');
        const latin = Buffer.from([0x7b, 0xe9, 0x7d]);
        await sendFromOutside(
          topic,
          { value: 'no key' },
          { key: 'k', value: null },
          { key: 'k', value: latin },
          { key: 'k', value: 'a\0b' },
          {
            key: Buffer.from([0xff, 0]),
            value: '',
            headers: { ce_id: '1', many: ['a', 'b'], 'n\0l': 'x\0' },
          },
          { key: 'k', value: large },
          { key: 'k', value: 'behind' },
        );
        await log.subscribe(spec(topic, 'strangers'));
        await arrived(7);
        const [noKey, tombstone, bytes, nul, odd, big, behind] = seen as [
          DeliveredMessage,
          ...DeliveredMessage[],
        ];
        expect(noKey).toMatchObject({ key: '', value: 'no key', headers: {} });
        expect(noKey.bytes).toBeUndefined();
        expect(tombstone).toMatchObject({ value: '', bytes: null });
        expect(bytes?.value).toBe('{\ufffd}');
        expect([...(bytes?.bytes ?? [])]).toEqual([...latin]);
        expect(nul?.value).toBe('a\ufffdb');
        expect(Buffer.from(nul?.bytes ?? []).toString()).toBe('a\0b');
        expect(odd).toMatchObject({
          key: '\ufffd\ufffd',
          value: '',
          headers: { ce_id: '1', many: 'b', 'n\ufffdl': 'x\ufffd' },
        });
        expect(big?.value).toHaveLength(10_000_000);
        expect(big?.bytes).toBeUndefined();
        expect(behind?.value).toBe('behind');
        expect(Math.abs((behind?.appendedAt ?? 0) - Date.now())).toBeLessThan(120_000);
        expect(fatal).toEqual([]);
      });

      it('of 10 MB get through while the partitions before theirs are busy', async () => {
        const [log, topic] = await openWith(4);
        await log.subscribe(spec(topic, 'large'));
        const producer = outside.producer({ allowAutoTopicCreation: false });
        await producer.connect();
        let busy = true;
        const writing = (async () => {
          while (busy) {
            await producer.send({
              topic,
              messages: [0, 1, 2].map((partition) => ({ partition, value: 'small' })),
            });
          }
        })();
        await arrived(30);
        await producer.send({ topic, messages: [{ partition: 3, value: randomBytes(10_000_000) }] });
        const sentAt = performance.now();
        await pollUntil('the large one', 20_000, () =>
          Promise.resolve(seen.some(({ bytes }) => bytes?.length === 10_000_000)),
        );
        process.stderr.write(
          `10 MB behind busy partitions after ${(performance.now() - sentAt).toFixed(0)} ms\n`,
        );
        busy = false;
        await writing;
        await producer.disconnect();
        expect(fatal).toEqual([]);
      });

      it('in transactions leave offsets without a message, over which the group moves', async () => {
        const [log, topic] = await openWith(1);
        const producer = outside.producer({
          transactionalId: `spec-${run}`,
          idempotent: true,
          maxInFlightRequests: 1,
        });
        await producer.connect();
        const write = async (value: string, end: 'commit' | 'abort') => {
          const transaction = await producer.transaction();
          await transaction.send({ topic, messages: [{ key: 'k', value }] });
          await transaction[end]();
        };
        await write('one', 'commit');
        await log.subscribe(spec(topic, 'transactions'));
        await arrived(1);
        await write('undone', 'abort');
        await write('two', 'commit');
        await arrived(2);
        await write('undone too', 'abort');
        await producer.disconnect();
        await log.append(topic, numbered(1, 'ours'));
        await arrived(3);
        expect(seen.map(({ value }) => value)).toEqual(['one', 'two', 'ours-0']);
        const [head] = await log.heads(topic);
        await pollUntil('the group at the head', 20_000, async () => {
          const [row] = await test.database.query<{ next_offset: string }[]>(
            `select next_offset from log.consumer_offset where consumer_group = 'transactions' and topic = $1`,
            [offsetTopic(log.placeOf(topic))],
          );
          return Number(row?.next_offset) === head;
        });
        expect(fatal).toEqual([]);
      });
    });

    describe('the stored offset', () => {
      it('counts, though the cluster’s own is ahead or behind', async () => {
        const [log, topic] = await openWith(1);
        await log.append(topic, numbered(10));
        const first = await log.subscribe(spec(topic, 'stored'));
        await arrived(10);
        await pollUntil('the offset for lag tools', 20_000, async () => {
          const [offsets] = await admin.fetchOffsets({ groupId: 'stored', topics: [topic] });
          return offsets?.partitions[0]?.offset === '10';
        });
        await first.stop();

        // The database has lost its last moments; the cluster has not, and there is no new message.
        await setStored(log, topic, 'stored', 4);
        const second = await log.subscribe(spec(topic, 'stored'));
        await arrived(16);
        expect(seen.slice(10).map(({ offset }) => offset)).toEqual([4, 5, 6, 7, 8, 9]);
        await second.stop();

        await admin.setOffsets({ groupId: 'stored', topic, partitions: [{ partition: 0, offset: '0' }] });
        await log.append(topic, numbered(1, 'next'));
        await log.subscribe(spec(topic, 'stored'));
        await arrived(17);
        expect(seen.slice(16).map(({ value }) => value)).toEqual(['next-0']);
        expect(fatal).toEqual([]);
      });

      it('moved back under a running member: it reads again, though no message comes', async () => {
        const [log, topic] = await openWith(1);
        await log.append(topic, numbered(10));
        await log.subscribe(spec(topic, 'moved'));
        await arrived(10);
        await setStored(log, topic, 'moved', 7);
        await arrived(13);
        expect(seen.slice(10).map(({ offset }) => offset)).toEqual([7, 8, 9]);
      });

      it('overtaken by retention is fatal: nothing is passed over in silence', async () => {
        const [log, topic] = await openWith(1);
        await log.append(topic, numbered(10));
        const first = await log.subscribe(spec(topic, 'overtaken'));
        await arrived(10);
        await first.stop();
        await setStored(log, topic, 'overtaken', 4);
        // It must know the topic to delete in it.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] });
        await log.subscribe(spec(topic, 'overtaken'));
        await pollUntil('the fault', 20_000, () => Promise.resolve(fatal.length > 0));
        expect(fatal[0]).toBeInstanceOf(OffsetLost);
        expect(String(fatal[0])).toMatch(/overtaken.*up to 4.*still there is 6/);
        expect(seen).toHaveLength(10);
      });

      it('beyond the end is fatal: the topic was made anew', async () => {
        const [log, topic] = await openWith(1);
        await log.append(topic, numbered(10));
        const first = await log.subscribe(spec(topic, 'anew'));
        await arrived(10);
        await first.stop();
        await setStored(log, topic, 'anew', 11);
        await log.subscribe(spec(topic, 'anew'));
        await pollUntil('the fault', 20_000, () => Promise.resolve(fatal.length > 0));
        expect(fatal[0]).toBeInstanceOf(OffsetLost);
        expect(String(fatal[0])).toMatch(/up to 11, but it ends at 10/);
      });
    });

    describe('topics', () => {
      it('with other settings are named, setting by setting', async () => {
        const topic = newTopic();
        await admin.createTopics({
          topics: [
            {
              topic,
              numPartitions: 1,
              replicationFactor: 1,
              configEntries: [
                { name: 'cleanup.policy', value: 'compact' },
                { name: 'retention.ms', value: '1000' },
              ],
            },
          ],
        });
        const fault = await open()
          .ensureTopics([{ name: topic, partitions: 1 }])
          .catch((error: unknown) => error);
        expect(fault).toBeInstanceOf(TopicMismatch);
        for (const part of [
          topic,
          'cleanup.policy is compact, wanted delete',
          'retention.ms is 1000, wanted 3600000',
          'max.message.bytes is 1048588, wanted 11534336',
          'message.timestamp.type is CreateTime, wanted LogAppendTime',
          'kafka-configs.sh',
        ]) {
          expect(String(fault)).toContain(part);
        }
        expect(isRetryable(fault)).toBe(false);
      });

      it('that keep messages longer than asked for are welcome', async () => {
        const topic = newTopic();
        await open({ retentionMs: 7_200_000 }).ensureTopics([{ name: topic, partitions: 2 }]);
        const log = open({ retentionMs: 3_600_000 });
        await log.ensureTopics([{ name: topic, partitions: 2 }]);
        expect(await log.heads(topic)).toEqual([0, 0]);
      });

      it('whose partitions were made more are refused, and it is said why', async () => {
        const [, topic] = await openWith(2);
        await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
        await expect(open().ensureTopics([{ name: topic, partitions: 3 }])).rejects.toThrow(
          /had 2 partitions when it was first used and has 3 now.*order/,
        );
      });

      it('that were there before us with another count are refused, with what to set', async () => {
        const topic = newTopic();
        await open().ensureTopics([{ name: topic, partitions: 3 }]);
        await test.database.query('delete from log.head where topic like $1', [`%${topic}`]);
        await expect(open().ensureTopics([{ name: topic, partitions: 4 }])).rejects.toThrow(
          'LOG_PARTITIONS=3',
        );
      });

      it('are made by several processes at once', async () => {
        const topic = newTopic();
        const logs = [open(), open(), open()];
        await Promise.all(logs.map((log) => log.ensureTopics([{ name: topic, partitions: 4 }])));
        for (const log of logs) expect(await log.heads(topic)).toHaveLength(4);
      });
    });

    describe('a member', () => {
      it('that is killed loses its partitions to another in under 10 s, and nothing is applied twice', async () => {
        const [log, topic] = await openWith(2);
        const first = member({ group: 'killed', topic });
        await pollUntil('the first to hold all', 60_000, () =>
          Promise.resolve(first.report().assigned.length === 2),
        );
        const second = await log.subscribe(spec(topic, 'killed'));
        await pollUntil('both to hold one', 60_000, () =>
          Promise.resolve(first.report().assigned.length === 1 && second.assigned().length === 1),
        );
        await log.append(topic, numbered(40, 'before'));
        await pollUntil('all to be applied', 30_000, () =>
          Promise.resolve(first.report().read + seen.length === 40),
        );
        const before = seen.length;
        first.child.kill('SIGKILL');
        const killedAt = performance.now();
        await log.append(topic, numbered(40, 'after'));
        await arrived(before + 40, 15_000);
        const seconds = (performance.now() - killedAt) / 1_000;
        process.stderr.write(`taken over ${seconds.toFixed(1)} s after kill -9\n`);
        expect(seconds).toBeLessThan(10);
        expect(
          seen
            .slice(before)
            .map(({ value }) => value)
            .sort(),
        ).toEqual(
          numbered(40, 'after')
            .map(({ value }) => value)
            .sort(),
        );
      });

      it('that is frozen for longer than its session is replaced, comes back, and nothing is applied twice', async () => {
        const [log, topic] = await openWith(2);
        const frozen = member({ group: 'frozen', topic });
        const other = await log.subscribe(spec(topic, 'frozen'));
        const sharedOut = () =>
          pollUntil('each to hold one', 60_000, () =>
            Promise.resolve(frozen.report().assigned.length === 1 && other.assigned().length === 1),
          );
        await sharedOut();
        frozen.child.kill('SIGSTOP');
        await log.append(topic, numbered(40, 'meanwhile'));
        await arrived(40);
        expect(new Set(seen.map(({ value }) => value)).size).toBe(40);
        frozen.child.kill('SIGCONT');
        await sharedOut();
        await log.append(topic, numbered(40, 'later'));
        await pollUntil('all to be applied', 30_000, () =>
          Promise.resolve(frozen.report().read + seen.length >= 80),
        );
        expect(frozen.report().read + seen.length).toBe(80);
        const [row] = await test.database.query<{ applied: number }[]>(
          `select sum(next_offset)::int as applied from log.consumer_offset where consumer_group = 'frozen' and topic = $1`,
          [offsetTopic(log.placeOf(topic))],
        );
        expect(row?.applied).toBe(80);
      });

      it('that leaves in good order costs the others one sharing out, and every message is applied once', async () => {
        const [sender, topic] = await openWith(6);
        const shares: (readonly number[])[][] = [[], [], []];
        const members = await Promise.all(
          shares.map((told) =>
            open().subscribe(
              spec(topic, 'leaving', { onAssigned: (partitions) => void told.push(partitions) }),
            ),
          ),
        );
        const isShared = (left: readonly number[], each: number) => () =>
          Promise.resolve(left.every((nth) => members[nth]?.assigned().length === each));
        await pollUntil('three to hold two each', 60_000, isShared([0, 1, 2], 2));
        let [sent, loading] = [0, true];
        const load = (async () => {
          while (loading) {
            await sender.append(topic, numbered(20, `under load ${sent}`));
            sent += 20;
          }
        })();
        await arrived(200);
        const before = shares.map((told) => told.length);
        await members[2]?.stop();
        await pollUntil('two to hold three each', 30_000, isShared([0, 1], 3));
        const whenShared = seen.length;
        await arrived(whenShared + 500);
        loading = false;
        await load;
        await arrived(sent);
        expect(shares.map((told, nth) => told.length - (before[nth] ?? 0))).toEqual([1, 1, 0]);
        expect(seen.length).toBe(sent);
        expect(new Set(seen.map(({ value }) => value)).size).toBe(sent);
      });

      it('that stands still with a batch in hand comes back as a zombie, and has no effect', async () => {
        const [log, topic] = await openWith(1);
        const [inHand, holds] = [new Gate(), new Gate()];
        let late: Promise<void> | undefined;
        await log.subscribe(
          spec(topic, 'zombie', {
            onBatch: (batch) => {
              inHand.open();
              return (late ??= holds.passed.then(() => apply('zombie')(batch)));
            },
          }),
        );
        await log.append(topic, numbered(6));
        await inHand.passed;
        const heir = open();
        await heir.subscribe(spec(topic, 'zombie'));
        await arrived(6);
        holds.open();
        await late;
        await log.append(topic, numbered(1, 'next'));
        await arrived(7);
        expect(seen.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6]);
        expect(fatal).toEqual([]);
      });

      it('reads a backlog of 200,000 messages in a heap of 128 MB, and ends cleanly', async () => {
        const [log, topic] = await openWith(2);
        const total = 200_000;
        /** As an event packs: half of it is the same in all. */
        const value = () =>
          JSON.stringify({
            id: randomBytes(40).toString('hex'),
            text: 'ồ'.repeat(40),
            more: 'x'.repeat(300),
          });
        for (let sent = 0; sent < total; sent += 5_000) {
          await log.append(
            topic,
            Array.from({ length: 5_000 }, (_, nth) => ({ key: `k${sent + nth}`, value: value() })),
          );
        }
        const reader = member({ group: 'backlog', topic }, '--max-old-space-size=128');
        await pollUntil('the backlog', 100_000, () => {
          if (reader.ended() !== undefined) throw new Error('the reader has died');
          return Promise.resolve(reader.report().read >= total);
        });
        const { largest, rssMegabytes } = reader.report();
        expect(largest).toBeLessThanOrEqual(8_000_000);
        process.stderr.write(`backlog read with ${rssMegabytes} MB resident\n`);
        expect(rssMegabytes).toBeLessThan(600);
        reader.child.kill('SIGTERM');
        await pollUntil('its end', 10_000, () => Promise.resolve(reader.ended() !== undefined));
        expect(reader.ended()).toBe(0);
        expect(reader.report().read).toBe(total);
      });
    });

    withOurKafka('a broker that is killed', () => {
      it('is waited for; what was acknowledged is there, and nobody calls it fatal', async () => {
        const [log, topic] = await openWith(2);
        await log.subscribe(spec(topic, 'outage'));
        await log.append(topic, numbered(10, 'before'));
        await arrived(10);
        await kafka?.kill();
        const refused = await log.append(topic, numbered(1, 'during')).catch((error: unknown) => error);
        expect(isRetryable(refused)).toBe(true);
        await kafka?.restart();
        await pollUntil('an append to be taken', 60_000, () =>
          log.append(topic, numbered(10, 'after')).then(
            () => true,
            () => false,
          ),
        );
        const after = () =>
          new Set(seen.map(({ value }) => value).filter((value) => value.startsWith('after')));
        await pollUntil('what came after', 60_000, () => Promise.resolve(after().size === 10));
        expect(seen.filter(({ value }) => value.startsWith('before'))).toHaveLength(10);
        expect(fatal).toEqual([]);
      });
    });

    withOurKafka('a login', () => {
      const secured = kafka?.secured;
      const login = (
        mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512',
        password = secured?.password ?? '',
      ) => ({
        brokers: [secured?.brokers ?? ''],
        ssl: { ca: readFileSync(secured?.authority ?? '', 'utf8') },
        sasl: { mechanism, username: secured?.username ?? '', password } as KafkaSettings['sasl'],
      });

      it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
        'by %s over TLS writes and reads',
        async (by) => {
          const [log, topic] = [open(login(by)), newTopic()];
          await log.ensureTopics([{ name: topic, partitions: 1 }]);
          await log.append(topic, numbered(3));
          await log.subscribe(spec(topic, `login-${by}`));
          await arrived(3);
        },
      );

      it('with a wrong password is refused at once, clearly, and without the password', async () => {
        const fault = await open(login('scram-sha-512', 'wrong-word'))
          .ensureTopics([{ name: newTopic(), partitions: 1 }])
          .catch((error: unknown) => error);
        expect(isRetryable(fault)).toBe(false);
        expect(String(fault)).toMatch(/authentication/i);
        expect(String(fault)).not.toContain('wrong-word');
      });

      it('without trust in the certificate is no login', async () => {
        const fault = await open({ ...login('plain'), ssl: true })
          .ensureTopics([{ name: newTopic(), partitions: 1 }])
          .catch((error: unknown) => error);
        expect(String(fault)).toMatch(/certificate/i);
      });
    });
  });
});
