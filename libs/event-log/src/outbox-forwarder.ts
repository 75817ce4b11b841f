import type { DataSource, EntityManager } from 'typeorm';
import type { DeliveredMessage, EventLog, LogBatch, Subscription } from './event-log.js';
import { claimOffset, moveOffset, notYetApplied } from './offsets.js';
import { withOrigin } from './outbox-origin.js';
import type { PostgresLog } from './postgres-log.js';

/** The group that reads the outbox. */
export const FORWARDER_GROUP = 'forwarder';
/** Larger than a consumer's: what is sent costs less than what is applied. */
const MAX_MESSAGES = 5_000;

export interface ForwarderWatch {
  onForwarded(topic: string, count: number): void;
  /** Whenever a batch of a topic was forwarded, or there was none. */
  onProgress(topic: string): void;
  onFatal(topic: string, error: unknown): void;
}

/**
 * Moves what was appended to the outbox, in the transactions of its causes, on to the log that is in use. One
 * member of the group is active per partition; a batch is sent in order, awaited, and only then is the group's
 * offset moved. A crash in between, or a member that does not know that another has taken over, sends again:
 * every message says where it stood in the outbox, and consumers drop what has come before (`dropRepeated`).
 */
export class OutboxForwarder {
  private subscriptions: Subscription[] = [];

  constructor(
    private readonly database: DataSource,
    private readonly outbox: PostgresLog,
    private readonly target: EventLog,
    private readonly watch: ForwarderWatch,
  ) {}

  async start(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      this.subscriptions.push(
        await this.outbox.subscribe({
          group: FORWARDER_GROUP,
          topic,
          maxMessages: MAX_MESSAGES,
          onBatch: (batch) => this.forward(batch),
          onProgress: () => this.watch.onProgress(topic),
          onFatal: (error) => this.watch.onFatal(topic, error),
        }),
      );
    }
  }

  /** Finishes the batch in hand; what is left waits for another member or the next start. */
  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
    this.subscriptions = [];
  }

  /** One batch of the outbox; also when it comes again, or too late. */
  async forward(batch: LogBatch): Promise<void> {
    const unsent = await this.durableAndUnsent(batch);
    if (unsent.length === 0) return;
    await this.target.append(
      batch.topic,
      unsent.map((message) => withOrigin(batch.partition, message)),
    );
    await this.database.transaction(async (manager) => {
      const from = await claimOffset(manager, FORWARDER_GROUP, batch);
      if (from >= batch.nextOffset) return;
      // If a crash loses this, the batch is sent again; that is harmless, so it need not wait for the disk.
      await manager.query(`select set_config('synchronous_commit', 'off', true)`);
      await moveOffset(manager, FORWARDER_GROUP, batch);
    });
    this.watch.onForwarded(batch.topic, unsent.length);
  }

  /**
   * What of a batch is still to be sent, once it is certain to last. Processing commits without waiting for the
   * disk, for it can do everything again; but not once the other log has it, and the offsets of lost messages
   * would then be given to others. This commit waits for the disk, and with it everything that was committed
   * before. The rows are looked at once more, because a crash may lie between reading them and this.
   */
  private durableAndUnsent(batch: LogBatch): Promise<DeliveredMessage[]> {
    return this.database.transaction(async (manager) => {
      // The row lock alone is written to the log of the database, so there is something to wait for.
      const from = await claimOffset(manager, FORWARDER_GROUP, batch);
      if (from >= batch.nextOffset) return [];
      if (from < batch.firstOffset || !(await isStillThere(manager, batch))) {
        throw notYetApplied(FORWARDER_GROUP, batch);
      }
      await manager.query(`select set_config('synchronous_commit', 'on', true)`);
      return batch.messages.filter(({ offset }) => offset >= from);
    });
  }
}

async function isStillThere(manager: EntityManager, batch: LogBatch): Promise<boolean> {
  const rows = await manager.query<{ nth: number; appended_at: string }[]>(
    `select (base_offset - $3)::int as nth, floor(extract(epoch from appended_at) * 1000)::bigint as appended_at
       from log.batch where topic = $1 and partition = $2 and base_offset >= $3 and base_offset < $4`,
    [batch.topic, batch.partition, batch.firstOffset, batch.nextOffset],
  );
  const starts = batch.messages.filter(
    ({ appendedAt }, nth) => appendedAt !== batch.messages[nth - 1]?.appendedAt,
  ).length;
  return (
    rows.length >= starts &&
    rows.every(({ nth, appended_at }) => batch.messages[nth]?.appendedAt === Number(appended_at))
  );
}
