import type { DataSource, EntityManager } from 'typeorm';
import type { LogMessage, Subscription, SubscriptionSpec, TopicSpec } from './event-log.js';
import { EventLog } from './event-log.js';
import { frame } from './framing.js';
import { partitionOf } from './partition.js';
import { PostgresSubscription } from './postgres-subscription.js';

/** A row is read whole, so it must not outgrow what a reader wants in hand at once. */
const MOST_IN_A_ROW = 1_500;

/** Messages by partition, ready to be written. */
export interface FramedMessages {
  topic: string;
  rows: { partition: number; count: number; payload: string }[];
}

/** The event log on PostgreSQL tables: the embedded default, and a transactional outbox. */
export class PostgresLog extends EventLog {
  readonly system = 'postgresql';
  private readonly partitionCounts = new Map<string, number>();
  private readonly subscriptions = new Set<PostgresSubscription>();

  constructor(
    private readonly database: DataSource,
    private readonly url: string,
  ) {
    super();
  }

  async ensureTopics(topics: TopicSpec[]): Promise<void> {
    for (const { name, partitions } of topics) {
      await this.database.transaction(async (manager) => {
        await manager.query('select pg_advisory_xact_lock(hashtext($1))', [`dunghan topic ${name}`]);
        const existing = await manager.query<{ count: number }[]>(
          'select count(*)::int as count from log.head where topic = $1',
          [name],
        );
        const count = existing[0]?.count ?? 0;
        if (count === 0) {
          await manager.query(
            `insert into log.head (topic, partition, next_offset) select $1, p, 0 from generate_series(0, $2 - 1) p`,
            [name, partitions],
          );
        }
        // The count of the first start stands: another one would break the order within a key.
        this.partitionCounts.set(name, count === 0 ? partitions : count);
      });
    }
  }

  async partitionCount(topic: string): Promise<number> {
    const known = this.partitionCounts.get(topic);
    if (known !== undefined) return known;
    const count = (await this.heads(topic)).length;
    if (count === 0) throw new Error(`The event log has no topic ${topic}; call ensureTopics first.`);
    this.partitionCounts.set(topic, count);
    return count;
  }

  async append(topic: string, messages: readonly LogMessage[]): Promise<void> {
    await this.appendIn(this.database.manager, topic, messages);
  }

  /** The same as part of the caller's transaction: what makes this log an outbox. */
  async appendIn(manager: EntityManager, topic: string, messages: readonly LogMessage[]): Promise<void> {
    await this.appendFramed(manager, await this.framed(topic, messages));
  }

  /** Messages made ready to be appended; for those who know beforehand what they will have to say. */
  async framed(topic: string, messages: readonly LogMessage[]): Promise<FramedMessages> {
    const partitions = await this.partitionCount(topic);
    const byPartition = new Map<number, LogMessage[]>();
    for (const message of messages) {
      const partition = partitionOf(message.key, partitions);
      const list = byPartition.get(partition);
      if (list) list.push(message);
      else byPartition.set(partition, [message]);
    }
    const rows = [...byPartition]
      .sort(([a], [b]) => a - b)
      .flatMap(([partition, list]) =>
        Array.from({ length: Math.ceil(list.length / MOST_IN_A_ROW) }, (_, nth) => {
          const part = list.slice(nth * MOST_IN_A_ROW, (nth + 1) * MOST_IN_A_ROW);
          return { partition, count: part.length, payload: frame(part) };
        }),
      );
    return { topic, rows };
  }

  async appendFramed(manager: EntityManager, { topic, rows }: FramedMessages): Promise<void> {
    if (rows.length === 0) return;
    // Payloads as parameters of their own: inside an array parameter each would be escaped.
    const payloads = rows.map((_, index) => `$${index + 4}::text`).join(', ');
    await manager.query(`select log.append($1, $2, $3, array[${payloads}])`, [
      topic,
      rows.map(({ partition }) => partition),
      rows.map(({ count }) => count),
      ...rows.map(({ payload }) => payload),
    ]);
  }

  async subscribe(spec: SubscriptionSpec): Promise<Subscription> {
    const subscription = new PostgresSubscription(
      this.database,
      this.url,
      spec,
      await this.partitionCount(spec.topic),
    );
    this.subscriptions.add(subscription);
    await subscription.start();
    return subscription;
  }

  async heads(topic: string): Promise<number[]> {
    const rows = await this.database.query<{ next_offset: string }[]>(
      'select next_offset from log.head where topic = $1 order by partition',
      [topic],
    );
    return rows.map((row) => Number(row.next_offset));
  }

  async prune(olderThanMs: number): Promise<number> {
    const [, count] = await this.database.query<[unknown, number]>(
      `delete from log.batch b
        where b.appended_at < now() - $1 * interval '1 millisecond'
          and b.next_offset <= (
            select min(o.next_offset) from log.consumer_offset o
             where o.topic = b.topic and o.partition = b.partition)`,
      [olderThanMs],
    );
    return count;
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.stop()));
    this.subscriptions.clear();
  }
}
