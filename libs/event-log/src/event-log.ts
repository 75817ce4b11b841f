/**
 * The event log: ordered, partitioned, keyed, with consumer groups. Two adapters may stand behind
 * it; `event-log.contract.ts` is the suite that both must pass unchanged.
 */
export interface LogMessage {
  /** Messages of one key stay in order on one partition. */
  key: string;
  /** Text without NUL. */
  value: string;
  headers?: Record<string, string>;
}

export interface DeliveredMessage extends LogMessage {
  offset: number;
  headers: Record<string, string>;
  /**
   * What was really there, where a text cannot say it: bytes that are not UTF-8 or hold NUL, or null for no
   * value at all. `value` is then the text as far as it can be read. Only writers that are not ours do this.
   */
  bytes?: Uint8Array | null;
  /** The same for the key: bytes that a text cannot say, or null for none; `key` is then as far as legible. */
  keyBytes?: Uint8Array | null;
  /** The key belongs to another partition: its writer did not choose as this log does. */
  misplaced?: boolean;
  /** When the log took it, in milliseconds since 1970, where the log knows. */
  appendedAt?: number;
}

/** Consecutive messages of one partition: offsets firstOffset … nextOffset − 1. */
export interface LogBatch {
  topic: string;
  /**
   * Names the log that the offsets count in, where it is not the one in this database. Offsets are stored
   * under it, so that those of another log, or of another cluster, are never taken for these.
   */
  log?: string;
  partition: number;
  firstOffset: number;
  nextOffset: number;
  messages: DeliveredMessage[];
}

export interface TopicSpec {
  name: string;
  partitions: number;
}

export interface SubscriptionSpec {
  group: string;
  topic: string;
  /**
   * Called with one batch of a partition at a time; different partitions may run side by side. It
   * must store the group's offset in the transaction of the effect (`claimOffset`, `moveOffset`),
   * for a batch can come again. A throw of a passing fault is retried with backoff; any other is
   * reported through `onFatal`.
   */
  onBatch(batch: LogBatch): Promise<void>;
  onFatal(error: unknown): void;
  /** Called whenever a batch was applied or there was nothing to do. */
  onProgress?(): void;
  /** Told what this member holds, each time a log that shares out all partitions at once has done so. */
  onAssigned?(partitions: readonly number[]): void;
  maxMessages?: number;
  maxBytes?: number;
}

export interface Subscription {
  /** Partitions this member holds now. */
  assigned(): number[];
  /** Stops polling, waits for the batch in hand, lets go of the partitions. */
  stop(): Promise<void>;
}

export abstract class EventLog {
  /** What carries it, as OpenTelemetry names it. */
  abstract readonly system: 'postgresql' | 'kafka';

  /** Where offsets of a topic are stored: see `LogBatch.log`. */
  placeOf(topic: string): Pick<LogBatch, 'topic' | 'log'> {
    return { topic };
  }

  /** Makes the topics. A topic keeps the partition count it was made with: another one would break order. */
  abstract ensureTopics(topics: TopicSpec[]): Promise<void>;
  /** Resolves once every message is durable; all of them or none. */
  abstract append(topic: string, messages: readonly LogMessage[]): Promise<void>;
  abstract subscribe(spec: SubscriptionSpec): Promise<Subscription>;
  /** Next offset of each partition, in order. */
  abstract heads(topic: string): Promise<number[]>;
  /** Drops batches that are older than the age and applied by every group; returns how many. */
  abstract prune(olderThanMs: number): Promise<number>;
  abstract close(): Promise<void>;
}
