import { readFileSync } from 'node:fs';
import { type Admin, type Consumer, Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import type { LocalKafka } from '#libs/platform';
import { pollUntil } from '#libs/testing';

/** A message as it lies in a topic. */
export interface TopicMessage<T> {
  readonly partition: number;
  readonly offset: number;
  readonly kept: T;
}

const READ_WITHIN_MS = 60_000;

/** A client that goes round the proxy: what it sees is what the broker has. */
export function clientOf({ secured }: LocalKafka): Kafka {
  if (!secured) throw new Error('Chaos needs a broker that it may kill: unset KAFKA_BROKERS.');
  const { brokers, authority, username, password } = secured;
  return new Kafka({
    clientId: 'chaos',
    brokers: [brokers],
    ssl: { ca: readFileSync(authority, 'utf8') },
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
    retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
}

/** Reads a whole topic while it grows, with nothing of ours in between, and keeps of every message what is asked. */
export class TopicReader<T> {
  private readonly read: Map<number, T>[] = [];

  private constructor(
    private readonly topic: string,
    private readonly consumer: Consumer,
    private readonly admin: Admin,
  ) {}

  static async open<T>(
    kafka: Kafka,
    topic: string,
    keep: (message: KafkaMessage) => T,
  ): Promise<TopicReader<T>> {
    const consumer = kafka.consumer({
      groupId: `chaos ${topic}`,
      // After a death of the broker it comes back as another member, and the old one has to be given up.
      sessionTimeout: 6_000,
      retry: { retries: 10, restartOnFailure: () => Promise.resolve(true) },
    });
    const admin = kafka.admin();
    await Promise.all([consumer.connect(), admin.connect()]);
    const reader = new TopicReader<T>(topic, consumer, admin);
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: ({ batch: { partition, messages } }) => {
        const there = (reader.read[partition] ??= new Map());
        // After a death of the broker some come again.
        for (const message of messages) there.set(Number(message.offset), keep(message));
        return Promise.resolve();
      },
    });
    return reader;
  }

  /** Everything up to now, partition by partition, each in its order. */
  async everything(): Promise<TopicMessage<T>[]> {
    const ends = await this.admin.fetchTopicOffsets(this.topic);
    await pollUntil(`the whole of ${this.topic}`, READ_WITHIN_MS, () =>
      Promise.resolve(ends.every(({ partition, high }) => (this.read[partition]?.size ?? 0) >= Number(high))),
    );
    return this.read.flatMap((there, partition) =>
      [...there]
        .map(([offset, kept]) => ({ partition, offset, kept }))
        .toSorted((left, right) => left.offset - right.offset),
    );
  }

  async close(): Promise<void> {
    await this.consumer.disconnect();
    await this.admin.disconnect();
  }
}
