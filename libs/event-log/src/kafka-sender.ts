import { CompressionTypes, type Kafka, type Message, type Producer } from 'kafkajs';
import { KafkaFault, Renewable } from './kafka-client.js';

/**
 * A batch that is sent is a batch that a reader must take whole; and whatever waits while one is under way
 * goes together in the next.
 */
const MOST_BYTES_AT_ONCE = 4_000_000;
const ACKS_ALL = -1;

interface Piece {
  topic: string;
  messages: Message[];
  bytes: number;
  done: () => void;
  failed: (fault: KafkaFault) => void;
}

/**
 * The idempotent producer, one request at a time. The client takes back its sequence numbers after a failed
 * request; a request beside it would then go out under numbers that the broker has seen, and be acknowledged
 * as a repetition without ever being written. For the same reason a producer that failed is given up.
 */
export class KafkaSender {
  private readonly waiting: Piece[] = [];
  private sending: Promise<void> | undefined;
  private readonly producer: Renewable<Producer>;

  constructor(kafka: Kafka, partition: (topic: string, key: string) => number) {
    this.producer = new Renewable(async () => {
      const producer = kafka.producer({
        idempotent: true,
        allowAutoTopicCreation: false,
        maxInFlightRequests: 1,
        createPartitioner:
          () =>
          ({ topic, message }) =>
            partition(topic, message.key as string),
      });
      await producer.connect();
      return producer;
    });
  }

  /** Resolves once all are acknowledged by all replicas in sync; in pieces, one after the other. */
  async send(topic: string, messages: readonly { message: Message; bytes: number }[]): Promise<void> {
    let from = 0;
    while (from < messages.length) {
      let [to, bytes] = [from, 0];
      while (to < messages.length && (to === from || bytes + messages[to]!.bytes <= MOST_BYTES_AT_ONCE)) {
        bytes += messages[to]!.bytes;
        to += 1;
      }
      await this.enqueue(
        topic,
        messages.slice(from, to).map(({ message }) => message),
        bytes,
      );
      from = to;
    }
  }

  async close(): Promise<void> {
    await this.sending;
    await this.producer.giveUp();
  }

  private enqueue(topic: string, messages: Message[], bytes: number): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ topic, messages, bytes, done, failed });
      this.sending ??= this.sendAll().finally(() => (this.sending = undefined));
    });
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const pieces = this.takeTogether();
      const topics = new Map<string, Message[]>();
      for (const { topic, messages } of pieces) {
        const together = topics.get(topic);
        if (together) together.push(...messages);
        else topics.set(topic, [...messages]);
      }
      try {
        const producer = await this.producer.get();
        await producer.sendBatch({
          acks: ACKS_ALL,
          compression: CompressionTypes.GZIP,
          topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })),
        });
        for (const { done } of pieces) done();
      } catch (error) {
        const fault = new KafkaFault(`Sending to ${[...topics.keys()].join(' and ')} failed`, error);
        await this.producer.giveUp();
        for (const { failed } of pieces) failed(fault);
      }
    }
  }

  private takeTogether(): Piece[] {
    let [count, bytes] = [0, 0];
    for (const piece of this.waiting) {
      if (count > 0 && bytes + piece.bytes > MOST_BYTES_AT_ONCE) break;
      bytes += piece.bytes;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }
}
