import type { DataSource, EntityManager } from 'typeorm';
import { pause, StartError } from '#libs/platform';
import type { EventLog } from './event-log.js';
import { offsetTopic } from './offsets.js';
import { FORWARDER_GROUP } from './outbox-forwarder.js';

/**
 * A database's events are in one log: its own tables, or another log that its own is the outbox of. Offsets of
 * the group `forwarder` say which. Changing over loses nothing and tells nothing twice only when everything has
 * been applied from the old log and nobody reads it any more; otherwise the start is refused.
 */
const LOCK = `select pg_advisory_xact_lock(hashtext('dunghan log in use'))`;
/** Members of a killed process count until they have been silent for this long. */
const MEMBER_GONE_SECONDS = 6;

interface OutboxPartition {
  topic: string;
  partition: number;
  head: number;
  /** The forwarder's offset: there is one where this database's log is an outbox. */
  forwarded: number | null;
  /** The offset of the slowest group that reads this log itself. */
  applied: number | null;
}

async function partitionsOf(manager: EntityManager, topics: readonly string[]): Promise<OutboxPartition[]> {
  const rows = await manager.query<
    { topic: string; partition: number; head: string; forwarded: string | null; applied: string | null }[]
  >(
    `select h.topic, h.partition, h.next_offset as head,
            (select o.next_offset from log.consumer_offset o
              where o.topic = h.topic and o.partition = h.partition and o.consumer_group = $2) as forwarded,
            (select min(o.next_offset) from log.consumer_offset o
              where o.topic = h.topic and o.partition = h.partition and o.consumer_group <> $2) as applied
       from log.head h where h.topic = any($1) order by h.topic, h.partition`,
    [topics, FORWARDER_GROUP],
  );
  const number = (text: string | null) => (text === null ? null : Number(text));
  return rows.map(({ head, forwarded, applied, ...place }) => ({
    ...place,
    head: Number(head),
    forwarded: number(forwarded),
    applied: number(applied),
  }));
}

/**
 * The database's own log becomes the outbox of another, if it is not yet. From then on nobody but the forwarder
 * reads it, so the offsets of those who did are dropped: they would hold its batches for good.
 *
 * @throws StartError while something is unread in it, or is still being read by a process
 */
export async function useAsOutbox(database: DataSource, topics: readonly string[]): Promise<void> {
  await untilLeft(database, topics, `consumer_group <> '${FORWARDER_GROUP}'`, async (manager, readers) => {
    const partitions = (await partitionsOf(manager, topics)).filter(({ forwarded }) => forwarded === null);
    if (partitions.length === 0) return true;
    if (readers > 0) return false;
    const unread = partitions.reduce((sum, { head, applied }) => sum + head - (applied ?? 0), 0);
    if (unread > 0) {
      throw new StartError(
        `The event log in this database still holds ${unread} messages that have not been applied. ` +
          'Start without KAFKA_BROKERS, wait until /v1/progress says caughtUp, stop every process, then start with Kafka.',
      );
    }
    for (const { topic, partition, head } of partitions) {
      await manager.query(`delete from log.consumer_offset where topic = $1 and partition = $2`, [
        topic,
        partition,
      ]);
      await manager.query(
        `insert into log.consumer_offset (consumer_group, topic, partition, next_offset) values ($1, $2, $3, $4)`,
        [FORWARDER_GROUP, topic, partition, head],
      );
    }
    return true;
  });
}

/**
 * The database's own log is the one in use.
 *
 * @throws StartError if it is the outbox of another: what is left there cannot be seen from here
 */
export async function useItself(database: DataSource, topics: readonly string[]): Promise<void> {
  const partitions = await partitionsOf(database.manager, topics);
  if (partitions.every(({ forwarded }) => forwarded === null)) return;
  throw new StartError(
    'The events of this database are in Kafka. Start with KAFKA_BROKERS; or, to go back to the log in the ' +
      'database: wait until /v1/progress says caughtUp, stop every process, then run `npm run leave-kafka` with KAFKA_BROKERS.',
  );
}

/**
 * The other way round: from `log` back to the database's own, once everything in `log` has been applied and
 * everything in the outbox forwarded. Groups go on here behind what they have applied there.
 *
 * @throws StartError while something is left, or a process still runs
 */
export async function leaveForItself(
  database: DataSource,
  log: EventLog,
  topics: readonly string[],
): Promise<void> {
  await untilLeft(database, topics, `consumer_group = '${FORWARDER_GROUP}'`, async (manager, forwarders) => {
    if (forwarders > 0) return false;
    // Rows are locked first: from here on nobody can move them, so heads looked at later cannot be passed.
    const places = new Map(topics.map((topic) => [topic, offsetTopic(log.placeOf(topic))]));
    const offsets = await manager.query<
      { consumer_group: string; topic: string; partition: number; next_offset: string }[]
    >(
      `select consumer_group, topic, partition, next_offset from log.consumer_offset
        where topic = any($1) order by consumer_group, topic, partition for update`,
      [[...places.values()]],
    );
    let left = (await partitionsOf(manager, topics)).reduce(
      (sum, { head, forwarded }) => sum + head - (forwarded ?? head),
      0,
    );
    for (const [topic, place] of places) {
      const own = offsets.filter((row) => row.topic === place);
      for (const [partition, head] of (await log.heads(topic)).entries()) {
        const applied = own
          .filter((row) => row.partition === partition)
          .map((row) => Number(row.next_offset));
        left += head - (applied.length > 0 ? Math.min(...applied) : 0);
      }
    }
    if (left > 0) {
      throw new StartError(
        `${left} messages have not been applied yet. Start with KAFKA_BROKERS, wait until /v1/progress says caughtUp, stop every process, then try again.`,
      );
    }
    await manager.query('delete from log.consumer_offset where consumer_group = $1 and topic = any($2)', [
      FORWARDER_GROUP,
      topics,
    ]);
    for (const [topic, place] of places) {
      const groups = new Set(offsets.filter((row) => row.topic === place).map((row) => row.consumer_group));
      await manager.query(
        `insert into log.consumer_offset (consumer_group, topic, partition, next_offset)
         select consumer_group, h.topic, h.partition, h.next_offset
           from log.head h cross join unnest($2::text[]) as g(consumer_group) where h.topic = $1`,
        [topic, [...groups]],
      );
    }
    return true;
  });
}

/** Tries until members that read the topics are gone; a killed one counts for a few seconds more. */
async function untilLeft(
  database: DataSource,
  topics: readonly string[],
  whoseMembers: string,
  attempt: (manager: EntityManager, members: number) => Promise<boolean>,
): Promise<void> {
  const giveUpAt = Date.now() + (MEMBER_GONE_SECONDS + 2) * 1_000;
  for (;;) {
    const done = await database.transaction(async (manager) => {
      await manager.query(LOCK);
      const [row] = await manager.query<{ count: number }[]>(
        `select count(*)::int as count from log.consumer_member
          where topic = any($1) and ${whoseMembers} and seen_at > now() - $2 * interval '1 second'`,
        [topics, MEMBER_GONE_SECONDS],
      );
      return attempt(manager, row?.count ?? 0);
    });
    if (done) return;
    if (Date.now() > giveUpAt) {
      throw new StartError(
        'A process still runs on the other event log. Stop every process of this database first.',
      );
    }
    await pause(500);
  }
}
