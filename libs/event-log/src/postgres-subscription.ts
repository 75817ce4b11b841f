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
    let ahead: Promise<LogBatch | undefined> | undefined;
    let failures = 0;
    while (!stop.aborted) {
      try {
        const seen = this.wakeUps;
        position ??= await this.storedOffset(partition);
        const batch = await (ahead ?? this.fetch(partition, position));
        ahead = undefined;
        if (batch) {
          // A big batch means a backlog: read the next one while this one is applied.
          if (batch.messages.length >= MAX_MESSAGES / 4) {
            ahead = this.fetch(partition, batch.nextOffset);
            // If applying fails, nobody awaits it; the next round reads again.
            ahead.catch(() => undefined);
          }
          await this.spec.onBatch(batch);
          position = batch.nextOffset;
        }
        failures = 0;
        this.heardOf(partition);
        if (!batch) await this.sleep(seen, stop);
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

  /** The next rows of the log, bounded in count and bytes, merged into one batch. */
  private async fetch(partition: number, position: number): Promise<LogBatch | undefined> {
    const rows = await this.database.query<
      { base_offset: string; next_offset: string; appended_at: string; payload: string }[]
    >(
      `select base_offset, next_offset, payload,
              floor(extract(epoch from appended_at) * 1000)::bigint as appended_at from (
         select b.*, row_number() over w as nth, sum(bytes) over w as bytes_so_far,
                next_offset - $3 as count_so_far
           from (select * from log.batch where topic = $1 and partition = $2 and base_offset >= $3
                  order by base_offset limit 1000) b
         window w as (order by base_offset)) c
       where nth = 1 or (bytes_so_far <= $4 and count_so_far <= $5)
       order by base_offset`,
      [
        ...[this.spec.topic, partition, position],
        ...[this.spec.maxBytes ?? MAX_BYTES, this.spec.maxMessages ?? MAX_MESSAGES],
      ],
    );
    const first = rows[0];
    const last = rows.at(-1);
    if (!first || !last) return undefined;
    return {
      topic: this.spec.topic,
      partition,
      firstOffset: Number(first.base_offset),
      nextOffset: Number(last.next_offset),
      messages: rows.flatMap((row) => unframe(row.payload, Number(row.base_offset), Number(row.appended_at))),
    };
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
