import { backoffMs, isRetryable } from '#libs/platform';
import type { DeliveredMessage, LogBatch, SubscriptionSpec } from './event-log.js';

/** A message as it was fetched; turned into text only when its turn comes, for a fetch can be large. */
export interface FetchedMessage {
  readonly offset: number;
  readonly bytes: number;
  read(): DeliveredMessage;
}

/**
 * What a fetch brought of one partition: every message from `fetchedFrom` up to `nextOffset`. Offsets in
 * between that no message has (the cluster's own records) hold nothing.
 */
export interface Fetched {
  readonly partition: number;
  readonly fetchedFrom: number;
  readonly nextOffset: number;
  readonly messages: readonly FetchedMessage[];
}

/** The client's side of a fetch in hand. */
export interface Delivery {
  /** Tells the group that this member lives. @throws when the partitions are being shared out anew */
  heartbeat(): Promise<void>;
  isRunning(): boolean;
  /** Whether the client has been sent to another offset meanwhile. */
  isStale(): boolean;
  /** What the client will fetch next, of this partition. */
  resolve(nextOffset: number): void;
}

/** What the loop needs of the world. */
export interface LoopPorts {
  /** The group's offset of a partition, as the database has it. */
  stored(partition: number): Promise<number>;
  /** What the cluster still has and will have next. */
  range(partition: number): Promise<{ first: number; next: number }>;
  /** Moves the group's offset over offsets that hold nothing. */
  skip(batch: LogBatch): Promise<void>;
  /** Makes the client fetch from there. */
  seek(partition: number, offset: number): void;
  /** Makes the client fetch this partition alone for a while, or all again. */
  favour(partition?: number): void;
  /** Tells the cluster how far the group is, for those who watch its lag; must not throw. */
  commit(partition: number, nextOffset: number): Promise<void>;
  pause(ms: number): Promise<void>;
}

/** Messages are missing between what the group has applied and what the cluster still has. */
export class OffsetLost extends Error {}

const MAX_MESSAGES = 1_500;
const MAX_BYTES = 8_000_000;
/** The group hears of a member at least this often, while it waits for a fault to pass. */
const BEAT_MS = 500;
/** Other partitions of the same fetch wait as long; then the messages are fetched again. */
const PATIENCE_MS = 5_000;

/** A partition while this member holds it; another holding of it is another object. */
interface Held {
  /** Where the group stands. Unknown at first, and after every fault until the database has been asked. */
  position?: number;
  finding?: Promise<number>;
  inHand: boolean;
  /** The position at which messages were seen waiting. */
  waitingAt?: number;
  /** The position for which it was favoured; once for each. */
  favouredAt?: number;
  failures: number;
  /** Nothing was heard of it since it was last said that all is well. */
  unheard: boolean;
  /** One thing at a time. */
  turn: Promise<void>;
}

/** Nothing in hand and no fault waited for. */
const isIdle = ({ inHand, failures, position }: Held) => !inHand && failures === 0 && position !== undefined;

/**
 * The consumer loop over any client that fetches and shares out partitions. The position is the database's:
 * what was fetched from elsewhere is dropped and fetched anew, what lies below is dropped, and a batch is
 * handed on only as the direct continuation of what the group has applied.
 */
export class ConsumerLoop {
  private held = new Map<number, Held>();
  private favoured: number | undefined;

  constructor(
    private readonly place: Pick<LogBatch, 'topic' | 'log'>,
    private readonly spec: Omit<SubscriptionSpec, 'topic'>,
    private readonly ports: LoopPorts,
  ) {}

  assigned(): number[] {
    return [...this.held.keys()].sort((a, b) => a - b);
  }

  /** An empty fetch is then a sign of life. */
  isWell(): boolean {
    return [...this.held.values()].every(isIdle);
  }

  /**
   * These partitions are held from now on, and no other. The client begins wherever it thinks; it is sent to
   * where the database says, also where no message comes that would show the difference.
   */
  async assign(partitions: readonly number[]): Promise<void> {
    this.favourNone();
    this.held = new Map(
      partitions.map((partition) => [
        partition,
        { inHand: false, failures: 0, unheard: false, turn: Promise.resolve() } satisfies Held,
      ]),
    );
    await Promise.all([...this.held].map(([partition, held]) => this.takeUp(partition, held)));
  }

  /** Lets go of everything; resolves when what was in hand is applied or rolled back. */
  async release(): Promise<void> {
    const turns = [...this.held.values()].map(({ turn }) => turn);
    this.held = new Map();
    await Promise.allSettled(turns);
  }

  /** Applies what was fetched, slice by slice, and returns when it is done with it. */
  async handle(fetched: Fetched, delivery: Delivery): Promise<void> {
    const held = this.held.get(fetched.partition);
    if (!held) return;
    if (this.favoured === fetched.partition) this.favourNone();
    const turn = held.turn.then(async () => {
      held.inHand = true;
      try {
        await this.work(fetched, delivery, held);
      } finally {
        held.inHand = false;
      }
    });
    held.turn = turn.catch(() => undefined);
    await turn;
  }

  /**
   * Compares idle partitions with the database and the cluster. A database that lost its last moments wants
   * them again, and retention may have overtaken the group; without a message nobody else would notice.
   *
   * And a batch too large for its share of a fetch comes only if its partition is the first that has any; one
   * behind busy partitions could wait for good. Seen waiting twice, it is fetched alone.
   */
  async lookOver(): Promise<void> {
    // Favoured in vain: what waits cannot be read yet, such as a transaction that is still open.
    this.favourNone();
    await Promise.all(
      [...this.held].map(async ([partition, held]) => {
        const position = held.position;
        if (position === undefined || held.inHand) return;
        const found = await this.find(partition).catch(() => undefined);
        // What was found out about a partition that has moved on meanwhile says nothing.
        if (!this.holds(partition, held) || held.inHand || held.position !== position) return;
        if (found?.stored !== position) {
          held.position = undefined;
          await this.takeUp(partition, held);
        } else if (found.next > position) this.seeWaiting(partition, held, position);
      }),
    );
  }

  private seeWaiting(partition: number, held: Held, position: number): void {
    const again = held.waitingAt === position;
    held.waitingAt = position;
    if (!again || held.favouredAt === position || this.favoured !== undefined || this.held.size < 2) return;
    held.favouredAt = position;
    this.favoured = partition;
    this.ports.favour(partition);
  }

  private favourNone(): void {
    if (this.favoured === undefined) return;
    this.favoured = undefined;
    this.ports.favour();
  }

  private holds(partition: number, held: Held): boolean {
    return this.held.get(partition) === held;
  }

  private async takeUp(partition: number, held: Held): Promise<void> {
    while (this.holds(partition, held)) {
      try {
        const position = await this.positionOf(partition, held);
        if (!this.holds(partition, held) || held.inHand) return;
        held.failures = 0;
        this.ports.seek(partition, position);
        return;
      } catch (error) {
        this.note(held, error);
        await this.ports.pause(backoffMs(held.failures));
      }
    }
  }

  /** Asks once for all who want to know. */
  private async positionOf(partition: number, held: Held): Promise<number> {
    if (held.position !== undefined) return held.position;
    held.finding ??= this.find(partition)
      .then(({ stored }) => (held.position ??= stored))
      .finally(() => (held.finding = undefined));
    return held.finding;
  }

  private async find(partition: number): Promise<{ stored: number; next: number }> {
    const stored = await this.ports.stored(partition);
    const { first, next } = await this.ports.range(partition);
    const where = `${this.place.topic}/${partition} of ${this.place.log ?? 'the log'}`;
    if (stored < first) {
      throw new OffsetLost(
        `Messages are lost: group ${this.spec.group} has applied ${where} up to ${stored}, and the oldest still there ` +
          `is ${first}. Restore them, or let the senders repeat them and set the group's offset to ${first} by hand.`,
      );
    }
    if (stored > next) {
      throw new OffsetLost(
        `Group ${this.spec.group} has applied ${where} up to ${stored}, but it ends at ${next}: the topic was made ` +
          'anew, or the cluster lost its end. Let the senders repeat, and delete the offset row of the old topic.',
      );
    }
    return { stored, next };
  }

  private async work(fetched: Fetched, delivery: Delivery, held: Held): Promise<void> {
    const { partition } = fetched;
    let waitedMs = 0;
    const goesOn = () => this.holds(partition, held) && delivery.isRunning() && !delivery.isStale();
    while (goesOn()) {
      let batch: LogBatch;
      try {
        const position = await this.positionOf(partition, held);
        if (!goesOn()) return;
        if (position < fetched.fetchedFrom || position >= fetched.nextOffset) {
          held.failures = 0;
          if (position === fetched.nextOffset) delivery.resolve(position);
          else this.ports.seek(partition, position);
          return;
        }
        batch = this.sliceOf(fetched, position);
        if (batch.messages.length > 0) await this.spec.onBatch(batch);
        else await this.ports.skip(batch);
      } catch (error) {
        // Whether the effect was stored before the fault, only the database knows.
        held.position = undefined;
        this.note(held, error);
        const pauseMs = backoffMs(held.failures);
        if (waitedMs > PATIENCE_MS || !(await this.wait(pauseMs, delivery, goesOn))) return;
        waitedMs += pauseMs;
        continue;
      }
      held.position = batch.nextOffset;
      held.failures = 0;
      delivery.resolve(batch.nextOffset);
      this.heardOf(held);
      if (this.holds(partition, held)) await this.ports.commit(partition, batch.nextOffset);
      await delivery.heartbeat();
    }
  }

  /** One partition that goes on must not hide another that hangs. */
  private heardOf(held: Held): void {
    held.unheard = false;
    const all = [...this.held.values()];
    if (all.some((other) => other.unheard && !isIdle(other))) return;
    this.spec.onProgress?.();
    for (const other of all) other.unheard = true;
  }

  private note(held: Held, error: unknown): void {
    held.failures += 1;
    if (!isRetryable(error)) this.spec.onFatal(error);
  }

  /** Waits without being taken for dead; false when there is nothing to go on with. */
  private async wait(ms: number, delivery: Delivery, goesOn: () => boolean): Promise<boolean> {
    for (let left = ms; left > 0 && goesOn(); left -= BEAT_MS) {
      await this.ports.pause(Math.min(left, BEAT_MS));
      await delivery.heartbeat();
    }
    return goesOn();
  }

  /** From the position on, what the bounds allow; one message at least. */
  private sliceOf({ partition, messages, nextOffset }: Fetched, position: number): LogBatch {
    const { maxMessages = MAX_MESSAGES, maxBytes = MAX_BYTES } = this.spec;
    const from = firstAtOrAbove(messages, position);
    let [to, bytes] = [from, 0];
    while (to < messages.length && to - from < maxMessages) {
      bytes += messages[to]!.bytes;
      if (to > from && bytes > maxBytes) break;
      to += 1;
    }
    return {
      ...this.place,
      partition,
      firstOffset: position,
      nextOffset: to < messages.length ? messages[to - 1]!.offset + 1 : nextOffset,
      messages: messages.slice(from, to).map((message) => message.read()),
    };
  }
}

function firstAtOrAbove(messages: readonly FetchedMessage[], offset: number): number {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (messages[middle]!.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
