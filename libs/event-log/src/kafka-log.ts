import type { Admin, Kafka } from 'kafkajs';
import type { DataSource } from 'typeorm';
import { isRetryable, type Logger } from '#libs/platform';
import { EventLog, type LogBatch, type LogMessage, type Subscription } from './event-log.js';
import type { SubscriptionSpec, TopicSpec } from './event-log.js';
import { createKafka, KafkaFault, type KafkaSettings, Renewable } from './kafka-client.js';
import { toKafka } from './kafka-message.js';
import { kafkaPartitionOf } from './kafka-partition.js';
import { KafkaSender } from './kafka-sender.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { checkTopic, makeTopics, partitionsOf, TopicMismatch } from './kafka-topics.js';
import { offsetTopic } from './offsets.js';

/** First message still there and next offset of a partition. */
export interface OffsetRange {
  first: number;
  next: number;
}

/**
 * The event log on Apache Kafka. Kafka carries the messages and shares out the partitions; how far a group
 * has come stands in PostgreSQL, with the effect.
 */
export class KafkaLog extends EventLog {
  readonly system = 'kafka';
  private readonly kafka: Kafka;
  private readonly admin: Renewable<Admin>;
  private readonly sender: KafkaSender;
  private readonly subscriptions = new Set<KafkaSubscription>();
  private readonly partitionCounts = new Map<string, number>();
  private cluster: string | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly settings: KafkaSettings,
    private readonly logger: Logger,
  ) {
    super();
    this.kafka = createKafka(settings, logger);
    this.admin = new Renewable(async () => {
      const admin = this.kafka.admin();
      await admin.connect();
      return admin;
    });
    this.sender = new KafkaSender(this.kafka, (topic, key) => {
      const count = this.partitionCounts.get(topic);
      if (count === undefined) throw new Error(`The partitions of ${topic} are not known.`);
      return kafkaPartitionOf(key, count);
    });
  }

  /** Known once the cluster has been asked, which `ensureTopics`, `heads` and `subscribe` do. */
  override placeOf(topic: string): Pick<LogBatch, 'topic' | 'log'> {
    if (this.cluster === undefined) throw new Error('The cluster has not been asked for its id yet.');
    return { topic, log: `kafka ${this.cluster}` };
  }

  /**
   * Makes missing topics and checks all. The partition count of the first start is remembered beside the
   * groups' offsets, a row per partition.
   *
   * @throws TopicMismatch if a topic's settings or its partition count do not fit
   */
  async ensureTopics(topics: TopicSpec[]): Promise<void> {
    await this.ask('Making the topics', (admin) => makeTopics(admin, topics, this.settings));
    for (const topic of topics) {
      await this.ask(`Looking at topic ${topic.name}`, (admin) =>
        checkTopic(admin, topic.name, this.settings),
      );
      await this.settleCount(topic);
    }
  }

  private async settleCount({ name, partitions }: TopicSpec): Promise<void> {
    const found = await this.ask(`Looking at topic ${name}`, (admin) => partitionsOf(admin, name));
    const remembered = await this.rememberedCount(name);
    if (remembered > 0 && remembered !== found) {
      throw new TopicMismatch(
        `Topic ${name} had ${remembered} partitions when it was first used and has ${found} now. Keys would change ` +
          'their partition and the events of a dossier their order, so nothing was started. To use another count, ' +
          'let all consumers catch up, make a new topic and have it replayed; a count cannot be lowered again.',
      );
    }
    if (remembered === 0 && found !== partitions) {
      throw new TopicMismatch(
        `Topic ${name} has ${found} partitions, wanted ${partitions}. Set LOG_PARTITIONS=${found}, or delete the ` +
          'topic while it is empty and let it be made anew.',
      );
    }
    await this.database.query(
      `insert into log.head (topic, partition, next_offset) select $1, p, 0 from generate_series(0, $2 - 1) p
        on conflict do nothing`,
      [offsetTopic(this.placeOf(name)), found],
    );
    this.partitionCounts.set(name, found);
  }

  private async rememberedCount(topic: string): Promise<number> {
    await this.knowCluster();
    const [row] = await this.database.query<{ count: number }[]>(
      'select count(*)::int as count from log.head where topic = $1',
      [offsetTopic(this.placeOf(topic))],
    );
    return row?.count ?? 0;
  }

  private async partitionCount(topic: string): Promise<number> {
    const known = this.partitionCounts.get(topic);
    if (known !== undefined) return known;
    const count = await this.rememberedCount(topic);
    if (count === 0) throw new Error(`The event log has no topic ${topic}; call ensureTopics first.`);
    this.partitionCounts.set(topic, count);
    return count;
  }

  /**
   * Resolves once all in-sync replicas have every message. All are checked before the first is sent; but
   * Kafka takes partition by partition, so an append that fails half-way may have left messages there. The
   * sender repeats it, and readers know a repetition by its id.
   */
  async append(topic: string, messages: readonly LogMessage[]): Promise<void> {
    const ready = toKafka(messages);
    await this.partitionCount(topic);
    await this.sender.send(topic, ready);
  }

  async subscribe(spec: SubscriptionSpec): Promise<Subscription> {
    const partitions = await this.partitionCount(spec.topic);
    await this.knowCluster();
    const subscription = new KafkaSubscription(this.kafka, this.database, spec, this.logger, {
      place: this.placeOf(spec.topic),
      ranges: () => this.ranges(spec.topic),
      partitionOf: (key) => kafkaPartitionOf(key, partitions),
    });
    this.subscriptions.add(subscription);
    subscription.start();
    return subscription;
  }

  async heads(topic: string): Promise<number[]> {
    return (await this.ranges(topic)).map(({ next }) => next);
  }

  /** Of each partition, in order. */
  async ranges(topic: string): Promise<OffsetRange[]> {
    await this.knowCluster();
    const offsets = await this.ask(`Asking for the offsets of ${topic}`, (admin) =>
      admin.fetchTopicOffsets(topic),
    );
    return offsets
      .toSorted((a, b) => a.partition - b.partition)
      .map(({ low, high }) => ({ first: Number(low), next: Number(high) }));
  }

  /** The cluster drops messages by their age (`retention.ms`); there is nothing to do here. */
  prune(): Promise<number> {
    return Promise.resolve(0);
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    this.subscriptions.clear();
    await this.sender.close();
    await this.admin.giveUp();
  }

  private async knowCluster(): Promise<void> {
    this.cluster ??= (await this.ask('Asking for the cluster', (admin) => admin.describeCluster())).clusterId;
  }

  private async ask<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      return await question(await this.admin.get());
    } catch (error) {
      if (error instanceof TopicMismatch || isRetryable(error)) throw error;
      await this.admin.giveUp();
      throw new KafkaFault(`${doing} failed`, error);
    }
  }
}
