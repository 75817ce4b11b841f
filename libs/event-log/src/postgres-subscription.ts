import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { backoffMs, isRetryable, pause } from '#libs/platform';
import type { LogBatch, Subscription, SubscriptionSpec } from './event-log.js';
import { unframe } from './framing.js';

const CHANNEL = 'dunghan_log';
/** Without a wake-up a reader looks by itself this often; also the beat of membership. */
const TICK_MS = 2_000;
/** A member unseen for this long no longer counts when partitions are shared out. */
const MEMBER_GONE_SECONDS = 6;
const MAX_MESSAGES = 1_500;
const MAX_BYTES = 8_000_000;
/**
 * After a batch that had all there was, a partition rests as long as it took, at most so long: what trickles in
 * meanwhile comes as one batch instead of many, which costs whoever shares the processor most of a busy day's work.
 */
const MOST_REST_MS = 50;
/** Rows of the log looked at for one batch. */
const MAX_ROWS = 1_000;

/** What a look at a partition brought. */
interface Fetched {
  batch: LogBatch | undefined;
  /** Whether there was more than that. */
  more: boolean;
}

interface LogRow {
  nth: number;
  base_offset: string;
  next_offset: string;
  appended_at: string;
  payload: string;
  more: boolean;
}

/**
 * One member of a group. Partitions are held through session locks on a connection of its own, which
 * vanish with the process, so a killed member's partitions are free at once. They only save double
 * work: what keeps effects exact is the offset row.
 */
export class PostgresSubscription implements Subscription {
  private readonly stopping = new AbortController();
  private readonly member = randomUUID();
  private readonly held = new Map<number, { stop: AbortController; done: Promise<void> }>();
  /** Partitions of which nothing was heard since it was last said that all is well. */
  private readonly unheard = new Set<number>();
  private readonly sleepers = new Set<() => void>();
  /** Grows with every notification, so that one between a look and a sleep is not missed. */
  private wakeUps = 0;
  /** Partitions about to be read, by where; a notification wakes all of them at once. */
  private readonly wanted: {
    partition: number;
    position: number;
    give: (batch: Fetched) => void;
    fail: (error: unknown) => void;
  }[] = [];
  private membership: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: DataSource,
    private readonly url: string,
    private readonly spec: SubscriptionSpec,
    private readonly partitions: number,
  ) {}

  async start(): Promise<void> {
    await this.database.query(
      // A new group begins with the oldest message that is still there.
      `insert into log.consumer_offset (consumer_group, topic, partition, next_offset)
       select $1, h.topic, h.partition,
              coalesce((select min(b.base_offset) from log.batch b
                         where b.topic = h.topic and b.partition = h.partition), h.next_offset)
         from log.head h where h.topic = $2
       on conflict do nothing`,
      [this.spec.group, this.spec.topic],
    );
    this.membership = this.holdMembership();
  }

  assigned(): number[] {
    return [...this.held.keys()].sort((a, b) => a - b);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wakeAll();
    await this.membership;
  }

  /** Connects, shares out partitions every tick, reconnects when the session is lost. */
  private async holdMembership(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      let session: pg.Client | undefined;
      try {
        session = await this.openSession();
        failures = 0;
        while (!this.stopping.signal.aborted) {
          await this.shareOut(session);
          // One that holds nothing waits for its turn, and that is all it has to do.
          if (this.held.size === 0) this.spec.onProgress?.();
          await pause(TICK_MS, this.stopping.signal);
        }
      } catch (error) {
        failures += 1;
        if (!isRetryable(error)) this.spec.onFatal(error);
      }
      await Promise.all([...this.held.keys()].map((partition) => this.letGo(partition)));
      await session?.end().catch(() => undefined);
      if (!this.stopping.signal.aborted) await pause(backoffMs(failures), this.stopping.signal);
    }
    await this.database
      .query('delete from log.consumer_member where member = $1', [this.member])
      .catch(() => undefined);
  }

  private async openSession(): Promise<pg.Client> {
    const session = new pg.Client({
      connectionString: this.url,
      application_name: `dunghan-${this.spec.group}`,
      keepAlive: true,
    });
    // The loss shows at the next query of the membership loop.
    session.on('error', () => undefined);
    session.on('notification', ({ payload }) => {
      if (payload === this.spec.topic) this.wakeAll();
    });
    await session.connect();
    await session.query(`listen ${CHANNEL}`);
    this.wakeAll();
    return session;
  }

  /** Takes free partitions up to a fair share and gives surplus ones back. */
  private async shareOut(session: pg.Client): Promise<void> {
    const { group, topic } = this.spec;
    await session.query(
      `insert into log.consumer_member (consumer_group, topic, member, seen_at) values ($1, $2, $3, now())
       on conflict (consumer_group, topic, member) do update set seen_at = excluded.seen_at`,
      [group, topic, this.member],
    );
    const { rows } = await session.query<{ alive: number }>(
      `select count(*)::int as alive from log.consumer_member
        where consumer_group = $1 and topic = $2 and seen_at > now() - $3 * interval '1 second'`,
      [group, topic, MEMBER_GONE_SECONDS],
    );
    const share = Math.ceil(this.partitions / Math.max(1, rows[0]?.alive ?? 1));
    for (const partition of this.assigned().slice(share)) {
      await this.letGo(partition);
      await session.query('select pg_advisory_unlock(hashtext($1), $2)', [`${group} ${topic}`, partition]);
    }
    for (let partition = 0; partition < this.partitions && this.held.size < share; partition += 1) {
      if (this.held.has(partition)) continue;
      const lock = await session.query<{ taken: boolean }>(
        'select pg_try_advisory_lock(hashtext($1), $2) as taken',
        [`${group} ${topic}`, partition],
      );
      if (lock.rows[0]?.taken) this.take(partition);
    }
  }

  private take(partition: number): void {
    const stop = new AbortController();
    this.held.set(partition, { stop, done: this.readPartition(partition, stop.signal) });
  }

  private async letGo(partition: number): Promise<void> {
    const held = this.held.get(partition);
    if (!held) return;
    held.stop.abort();
    this.wakeAll();
    await held.done;
    this.held.delete(partition);
  }

  private async readPartition(partition: number, stop: AbortSignal): Promise<void> {
    let position: number | undefined;
    let ahead: Promise<Fetched> | undefined;
    let failures = 0;
    let restsUntil = 0;
    while (!stop.aborted) {
      try {
        const seen = this.wakeUps;
        position ??= await this.storedOffset(partition);
        const { batch, more } = await (ahead ?? this.fetch(partition, position));
        // What was read ahead may have been read before a notification that has come since.
        const whole = ahead === undefined && !more;
        ahead = undefined;
        if (batch) {
          // A big batch means a backlog: read the next one while this one is applied.
          if (batch.messages.length >= MAX_MESSAGES / 4) {
            ahead = this.fetch(partition, batch.nextOffset);
            // If applying fails, nobody awaits it; the next round reads again.
            ahead.catch(() => undefined);
          }
          const began = performance.now();
          await this.spec.onBatch(batch);
          position = batch.nextOffset;
          const ended = performance.now();
          restsUntil = ended + Math.min(ended - began, MOST_REST_MS);
        }
        failures = 0;
        this.heardOf(partition);
        if (!whole || ahead) continue;
        await this.sleep(seen, stop);
        const left = restsUntil - performance.now();
        if (left > 0) await pause(left, stop);
      } catch (error) {
        position = undefined;
        ahead = undefined;
        failures += 1;
        if (!isRetryable(error)) this.spec.onFatal(error);
        await pause(backoffMs(failures), stop);
      }
    }
  }

  /** One partition that goes on must not hide another that hangs. */
  private heardOf(partition: number): void {
    this.unheard.delete(partition);
    if ([...this.held.keys()].some((other) => this.unheard.has(other))) return;
    this.spec.onProgress?.();
    for (const other of this.held.keys()) this.unheard.add(other);
  }

  private async storedOffset(partition: number): Promise<number> {
    const rows = await this.database.query<{ next_offset: string }[]>(
      'select next_offset from log.consumer_offset where consumer_group = $1 and topic = $2 and partition = $3',
      [this.spec.group, this.spec.topic, partition],
    );
    return Number(rows[0]?.next_offset ?? 0);
  }

  /** The next rows of a partition, read together with those of others that are wanted in the same breath. */
  private fetch(partition: number, position: number): Promise<Fetched> {
    return new Promise((give, fail) => {
      this.wanted.push({ partition, position, give, fail });
      if (this.wanted.length === 1) setImmediate(() => void this.fetchWanted());
    });
  }

  private async fetchWanted(): Promise<void> {
    const wanted = this.wanted.splice(0);
    try {
      const fetched = await this.fetchAll(wanted);
      wanted.forEach(({ give }, nth) => give(fetched[nth] as Fetched));
    } catch (error) {
      for (const { fail } of wanted) fail(error);
    }
  }

  /** Of each partition the next rows of the log, bounded in count and bytes, merged into one batch. */
  private async fetchAll(wanted: readonly { partition: number; position: number }[]): Promise<Fetched[]> {
    const rows = await this.database.query<LogRow[]>(
      `select w.nth::int as nth, c.base_offset, c.next_offset, c.payload, c.more,
              floor(extract(epoch from c.appended_at) * 1000)::bigint as appended_at
         from unnest($2::int[], $3::bigint[]) with ordinality as w(partition, position, nth)
         cross join lateral (
           select b.*, row_number() over o as row, sum(bytes) over o as bytes_so_far,
                  next_offset - w.position as count_so_far, lead(true) over o is not null as more
             from (select * from log.batch where topic = $1 and partition = w.partition and base_offset >= w.position
                    order by base_offset limit ${MAX_ROWS}) b
           window o as (order by base_offset)) c
        where row = 1 or (bytes_so_far <= $4 and count_so_far <= $5)
        order by nth, c.base_offset`,
      [
        ...[
          this.spec.topic,
          wanted.map(({ partition }) => partition),
          wanted.map(({ position }) => position),
        ],
        ...[this.spec.maxBytes ?? MAX_BYTES, this.spec.maxMessages ?? MAX_MESSAGES],
      ],
    );
    return wanted.map(({ partition }, nth) => {
      const own = rows.filter((row) => row.nth === nth + 1);
      const [first, last] = [own[0], own.at(-1)];
      if (!first || !last) return { batch: undefined, more: false };
      return {
        batch: {
          topic: this.spec.topic,
          partition,
          firstOffset: Number(first.base_offset),
          nextOffset: Number(last.next_offset),
          messages: own.flatMap((row) =>
            unframe(row.payload, Number(row.base_offset), Number(row.appended_at)),
          ),
        },
        more: last.more || own.length === MAX_ROWS,
      };
    });
  }

  private sleep(seen: number, stop: AbortSignal): Promise<void> {
    if (this.wakeUps !== seen || stop.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, TICK_MS);
      this.sleepers.add(wake);
    });
  }

  private wakeAll(): void {
    this.wakeUps += 1;
    for (const wake of [...this.sleepers]) wake();
  }
}
