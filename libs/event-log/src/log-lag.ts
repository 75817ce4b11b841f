import type { DataSource, EntityManager } from 'typeorm';
import type { EventLog } from './event-log.js';
import { offsetTopic } from './offsets.js';
import { FORWARDER_GROUP } from './outbox-forwarder.js';
import type { PostgresLog } from './postgres-log.js';

/** How far a group is behind on one partition. */
export interface PartitionLag {
  partition: number;
  head: number;
  applied: number;
  lag: number;
  /** How long the first message that is not applied has waited. */
  oldestAgeSeconds: number;
}

/**
 * How far groups are, whichever log is in use. Heads come from the log and offsets from this database, so they
 * are two looks: heads first, or a group could seem to have applied what came in between, and with it what
 * came before.
 */
export class LogLag {
  /** When heads of a log that does not tell the age of messages were first seen: `[head, at]`, ascending. */
  private readonly seen = new Map<string, [number, number][]>();

  constructor(
    private readonly database: DataSource,
    private readonly log: EventLog,
    private readonly outbox: PostgresLog,
  ) {}

  /** Whether messages of this database's log are forwarded to another. */
  get forwards(): boolean {
    return this.log !== this.outbox;
  }

  async heads(topic: string): Promise<number[]> {
    const heads = await this.log.heads(topic);
    for (const [partition, head] of heads.entries()) this.see(`${topic}/${partition}`, head);
    return heads;
  }

  /** A group's offset of every partition below `partitions`; 0 where it has none yet. */
  async applied(manager: EntityManager, group: string, topic: string, partitions: number): Promise<number[]> {
    const rows = await manager.query<{ partition: number; next_offset: string }[]>(
      `select partition, next_offset from log.consumer_offset where consumer_group = $1 and topic = $2`,
      [group, offsetTopic(this.log.placeOf(topic))],
    );
    const offsets = new Map(rows.map(({ partition, next_offset }) => [partition, Number(next_offset)]));
    return Array.from({ length: partitions }, (_, partition) => offsets.get(partition) ?? 0);
  }

  /** Sets heads, looked at first, against offsets. */
  async compare(
    topic: string,
    heads: readonly number[],
    applied: readonly number[],
  ): Promise<PartitionLag[]> {
    const lags = heads.map((head, partition) => {
      const offset = applied[partition] ?? 0;
      return { partition, head, applied: offset, lag: Math.max(0, head - offset), oldestAgeSeconds: 0 };
    });
    const behind = lags.filter(({ lag }) => lag > 0);
    if (behind.length === 0) return lags;
    const ages = this.forwards
      ? behind.map(({ partition, applied: offset }) => this.watchedAge(`${topic}/${partition}`, offset))
      : await this.storedAges(topic, behind);
    for (const [nth, one] of behind.entries()) one.oldestAgeSeconds = ages[nth] ?? 0;
    return lags;
  }

  async ofGroup(group: string, topic: string): Promise<PartitionLag[]> {
    const heads = await this.heads(topic);
    return this.compare(topic, heads, await this.applied(this.database.manager, group, topic, heads.length));
  }

  /** Every group that has an offset of the topic. */
  async ofTopic(topic: string): Promise<Map<string, PartitionLag[]>> {
    const heads = await this.heads(topic);
    const rows = await this.database.query<
      { consumer_group: string; partition: number; next_offset: string }[]
    >('select consumer_group, partition, next_offset from log.consumer_offset where topic = $1', [
      offsetTopic(this.log.placeOf(topic)),
    ]);
    const groups = new Map<string, number[]>();
    for (const { consumer_group: group, partition, next_offset } of rows) {
      const applied = groups.get(group) ?? heads.map(() => 0);
      applied[partition] = Number(next_offset);
      groups.set(group, applied);
    }
    const lags = new Map<string, PartitionLag[]>();
    for (const [group, applied] of groups) lags.set(group, await this.compare(topic, heads, applied));
    return lags;
  }

  /** What waits in the outbox to be forwarded; head and offset are of one instant. Empty where nothing is forwarded. */
  async ofOutbox(manager: EntityManager, topic: string): Promise<PartitionLag[]> {
    if (!this.forwards) return [];
    const rows = await manager.query<{ partition: number; head: string; applied: string; age: number }[]>(
      `select h.partition, h.next_offset as head, coalesce(o.next_offset, 0) as applied,
              coalesce(extract(epoch from clock_timestamp() - (
                select b.appended_at from log.batch b
                 where b.topic = h.topic and b.partition = h.partition
                   and b.base_offset >= coalesce(o.next_offset, 0)
                 order by b.base_offset limit 1)), 0)::float8 as age
         from log.head h
         left join log.consumer_offset o
           on o.consumer_group = $2 and o.topic = h.topic and o.partition = h.partition
        where h.topic = $1 order by h.partition`,
      [topic, FORWARDER_GROUP],
    );
    return rows.map(({ partition, head, applied, age }) => {
      const lag = Math.max(0, Number(head) - Number(applied));
      const oldestAgeSeconds = lag > 0 ? Math.max(0, age) : 0;
      return { partition, head: Number(head), applied: Number(applied), lag, oldestAgeSeconds };
    });
  }

  /** Every message that was acknowledged or put into the outbox before the call has been applied by the group. */
  async isDrained(group: string, topic: string): Promise<boolean> {
    // In the direction of the flow: what has left the outbox by now stands in the log by then.
    const waiting = await this.ofOutbox(this.database.manager, topic);
    if (waiting.some(({ lag }) => lag > 0)) return false;
    return (await this.ofGroup(group, topic)).every(({ lag }) => lag === 0);
  }

  private async storedAges(
    topic: string,
    behind: readonly { partition: number; applied: number }[],
  ): Promise<number[]> {
    const rows = await this.database.query<{ age: number }[]>(
      `select coalesce(extract(epoch from clock_timestamp() - (
                select b.appended_at from log.batch b
                 where b.topic = $1 and b.partition = k.partition and b.base_offset >= k.applied
                 order by b.base_offset limit 1)), 0)::float8 as age
         from unnest($2::int[], $3::bigint[]) with ordinality as k(partition, applied, nth) order by nth`,
      [topic, behind.map(({ partition }) => partition), behind.map(({ applied }) => applied)],
    );
    return rows.map(({ age }) => Math.max(0, age));
  }

  private see(place: string, head: number): void {
    const seen = this.seen.get(place) ?? [];
    if ((seen.at(-1)?.[0] ?? -1) < head) seen.push([head, Date.now()]);
    // Long behind, the newest sightings say nothing that the oldest do not; memory stays bounded.
    if (seen.length > MOST_SIGHTINGS) seen.splice(seen.length - 2, 1);
    this.seen.set(place, seen);
  }

  /** At least how long: since a head above the offset was first seen. */
  private watchedAge(place: string, applied: number): number {
    const seen = this.seen.get(place) ?? [];
    while (seen.length > 1 && (seen[0]?.[0] ?? 0) <= applied) seen.shift();
    const [first] = seen;
    return first && first[0] > applied ? Math.max(0, (Date.now() - first[1]) / 1_000) : 0;
  }
}

const MOST_SIGHTINGS = 1_000;
