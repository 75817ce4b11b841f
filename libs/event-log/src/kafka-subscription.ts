import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { DataSource } from 'typeorm';
import { backoffMs, isRetryable, type Logger, pause, shareNext } from '#libs/platform';
import { ConsumerLoop, type Delivery, type Fetched } from './consumer-loop.js';
import type { LogBatch, Subscription, SubscriptionSpec } from './event-log.js';
import { KafkaFault } from './kafka-client.js';
import { fromKafka } from './kafka-message.js';
import { claimOffset, moveOffset, offsetTopic } from './offsets.js';

/** A killed member's partitions are shared out anew after this; no broker allows less by default. */
const SESSION_MS = 6_000;
const HEARTBEAT_MS = 1_000;
/** A member that is busy for longer when partitions are shared out is left behind, and joins later. */
const REBALANCE_MS = 10_000;
/** How long an empty fetch waits at the broker; a stop waits for it. */
const FETCH_WAIT_MS = 500;
/**
 * A fetch is decoded whole, and unpacked it may be ten times as large or more; a batch of messages beyond
 * the bounds comes all the same, alone.
 */
const MAX_BYTES_OF_PARTITION = 262_144;
const MAX_BYTES_OF_FETCH = 2 * 1_048_576;
const SIDE_BY_SIDE = 4;
const LOOK_OVER_MS = 2_000;
const LEAVES_WITHIN_MS = 7_000;
/** In a row without progress; with the pauses in between about two minutes. */
const MOST_RESTARTS = 20;

/** What the log knows of the topic. */
interface TopicSide {
  place: Pick<LogBatch, 'topic' | 'log'>;
  ranges(): Promise<{ first: number; next: number }[]>;
  partitionOf(key: Uint8Array): number;
}

/** One member of a group: kafkajs fetches and shares out, `ConsumerLoop` decides what becomes of it. */
export class KafkaSubscription implements Subscription {
  private readonly stopping = new AbortController();
  private readonly loop: ConsumerLoop;
  private readonly offsets: () => Promise<Map<number, number>>;
  private consumer: Consumer | undefined;
  private failures = 0;
  private supervision: Promise<void> = Promise.resolve();

  constructor(
    private readonly kafka: Kafka,
    private readonly database: DataSource,
    private readonly spec: SubscriptionSpec,
    private readonly logger: Logger,
    private readonly side: TopicSide,
  ) {
    const ranges = shareNext(() => side.ranges());
    this.offsets = shareNext(() => this.storedOffsets());
    this.loop = new ConsumerLoop(
      side.place,
      { ...spec, onProgress: () => this.progress() },
      {
        stored: async (partition) => (await this.offsets()).get(partition) ?? this.neverSeen(partition),
        range: async (partition) => (await ranges())[partition] ?? this.neverSeen(partition),
        skip: (batch) => this.skip(batch),
        seek: (partition, offset) => this.seek(partition, offset),
        favour: (partition) => this.favour(partition),
        commit: (partition, nextOffset) => this.commit(partition, nextOffset),
        pause: (ms) => pause(ms, this.stopping.signal),
      },
    );
  }

  start(): void {
    this.supervision = this.supervise();
  }

  assigned(): number[] {
    return this.loop.assigned();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.supervision;
  }

  /** Consumes until told to stop; starts anew after a crash, and gives up loudly when that does not help. */
  private async supervise(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.consume();
      } catch (error) {
        this.failures += 1;
        const fault = isRetryable(error)
          ? error
          : new KafkaFault(`Consumer ${this.spec.group} failed`, error);
        if (!isRetryable(fault) || this.failures > MOST_RESTARTS) this.spec.onFatal(fault);
        // Once is what a cluster that has just started brings with it.
        this.logger[this.failures > 1 ? 'warn' : 'debug'](
          { err: fault },
          `consumer ${this.spec.group} starts again`,
        );
      }
      if (!this.stopping.signal.aborted) await pause(backoffMs(this.failures), this.stopping.signal);
    }
  }

  private async consume(): Promise<void> {
    await this.makeOffsets();
    const consumer = this.kafka.consumer({
      groupId: this.spec.group,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: MAX_BYTES_OF_PARTITION,
      maxBytes: MAX_BYTES_OF_FETCH,
      allowAutoTopicCreation: false,
      retry: {
        retries: 5,
        initialRetryTime: 100,
        maxRetryTime: 1_000,
        // It would start again by itself for some faults and not for others; here it is one way for all.
        restartOnFailure: () => Promise.resolve(false),
      },
    });
    this.consumer = consumer;
    const ended = this.endOf(consumer);
    let lookOver: NodeJS.Timeout | undefined;
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: this.spec.topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: SIDE_BY_SIDE,
        eachBatch: (payload) => this.loop.handle(this.fetchedOf(payload.batch), this.deliveryOf(payload)),
      });
      lookOver = setInterval(() => void this.loop.lookOver(), LOOK_OVER_MS);
      await ended;
    } finally {
      clearInterval(lookOver);
      const released = this.loop.release();
      // A broker that does not answer must not hold up the end of the process; the batch in hand may.
      const left = new AbortController();
      const leaving = consumer.disconnect().catch(() => undefined);
      await Promise.race([leaving, pause(LEAVES_WITHIN_MS, left.signal)]);
      left.abort();
      await released;
    }
  }

  /** Listens to the client; resolves when this member is to stop, rejects when the client has crashed. */
  private endOf(consumer: Consumer): Promise<void> {
    const { GROUP_JOIN, FETCH, END_BATCH_PROCESS, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => {
      if (this.stopping.signal.aborted) return;
      const partitions = payload.memberAssignment[this.spec.topic] ?? [];
      void this.loop.assign(partitions);
      this.spec.onAssigned?.(partitions);
    });
    consumer.on(FETCH, () => {
      if (this.loop.isWell()) this.progress();
    });
    // A fetch that held only the cluster's own records never reaches `eachBatch`.
    consumer.on(END_BATCH_PROCESS, ({ payload: { partition, batchSize, firstOffset, lastOffset } }) => {
      if (batchSize > 0 || firstOffset === null) return;
      const nothing = { fetchedFrom: Number(firstOffset), nextOffset: Number(lastOffset) + 1, messages: [] };
      void this.loop.handle({ partition, ...nothing }, this.atOnce);
    });
    const ended = new Promise<void>((resolve, reject) => {
      consumer.on(CRASH, ({ payload: { error } }) => reject(error));
      if (this.stopping.signal.aborted) resolve();
      this.stopping.signal.addEventListener('abort', () => resolve());
    });
    // It may crash before anybody waits for it.
    ended.catch(() => undefined);
    return ended;
  }

  private readonly atOnce: Delivery = {
    heartbeat: () => Promise.resolve(),
    isRunning: () => !this.stopping.signal.aborted,
    isStale: () => false,
    resolve: () => undefined,
  };

  private deliveryOf(payload: EachBatchPayload): Delivery {
    return {
      heartbeat: () => payload.heartbeat(),
      isRunning: () => payload.isRunning() && !this.stopping.signal.aborted,
      isStale: () => payload.isStale(),
      resolve: (nextOffset) => payload.resolveOffset(String(nextOffset - 1)),
    };
  }

  private progress(): void {
    this.failures = 0;
    this.spec.onProgress?.();
  }

  private seek(partition: number, offset: number): void {
    try {
      this.consumer?.seek({ topic: this.spec.topic, partition, offset: String(offset) });
    } catch (error) {
      // It is being stopped or has crashed; the next one begins with a seek of its own.
      this.logger.debug({ err: error }, `consumer ${this.spec.group} could not seek`);
    }
  }

  /** The client always asks for its partitions in the same order, but leaves out what is paused. */
  private favour(partition?: number): void {
    const { topic } = this.spec;
    const others = this.loop.assigned().filter((other) => other !== partition);
    if (partition === undefined) this.consumer?.resume([{ topic, partitions: others }]);
    else this.consumer?.pause([{ topic, partitions: others }]);
  }

  private async commit(partition: number, nextOffset: number): Promise<void> {
    try {
      await this.consumer?.commitOffsets([{ topic: this.spec.topic, partition, offset: String(nextOffset) }]);
    } catch (error) {
      this.logger.debug({ err: error }, `consumer ${this.spec.group} could not report its offset`);
    }
  }

  private async skip(batch: LogBatch): Promise<void> {
    await this.database.transaction(async (manager) => {
      const from = await claimOffset(manager, this.spec.group, batch);
      if (from < batch.nextOffset) await moveOffset(manager, this.spec.group, batch);
    });
  }

  /** A new group begins with the oldest message that is still there. */
  private async makeOffsets(): Promise<void> {
    const ranges = await this.side.ranges();
    await this.database.query(
      `insert into log.consumer_offset (consumer_group, topic, partition, next_offset)
       select $1, $2, partition - 1, first from unnest($3::bigint[]) with ordinality as t(first, partition)
       on conflict do nothing`,
      [this.spec.group, offsetTopic(this.side.place), ranges.map(({ first }) => first)],
    );
  }

  private async storedOffsets(): Promise<Map<number, number>> {
    const rows = await this.database.query<{ partition: number; next_offset: string }[]>(
      'select partition, next_offset from log.consumer_offset where consumer_group = $1 and topic = $2',
      [this.spec.group, offsetTopic(this.side.place)],
    );
    return new Map(rows.map(({ partition, next_offset }) => [partition, Number(next_offset)]));
  }

  private neverSeen(partition: number): never {
    throw new Error(
      `Partition ${partition} of ${this.spec.topic} was not there at the start: the topic has been given more ` +
        'partitions, which would break the order of keys.',
    );
  }

  private fetchedOf(batch: Batch): Fetched {
    // Where the client fetched from; it has it, its types do not.
    const { fetchedOffset } = batch as Batch & { fetchedOffset: string };
    return {
      partition: batch.partition,
      fetchedFrom: Number(fetchedOffset),
      nextOffset: Number(batch.lastOffset()) + 1,
      messages: batch.messages.map((message) => ({
        offset: Number(message.offset),
        bytes: (message.value?.length ?? 0) + (message.key?.length ?? 0),
        read: () => ({ ...fromKafka(message), ...this.placeIn(batch.partition, message.key) }),
      })),
    };
  }

  /** Whoever wrote it may have chosen a partition in another way than this log, and Kafka's clients, do. */
  private placeIn(partition: number, key: Uint8Array | null): { misplaced?: true } {
    return key && this.side.partitionOf(key) !== partition ? { misplaced: true } : {};
  }
}
