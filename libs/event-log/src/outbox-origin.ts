import type { EntityManager } from 'typeorm';
import type { DeliveredMessage, LogBatch } from './event-log.js';
import { type LogPlace, offsetTopic } from './offsets.js';

/** Header that says where in the outbox a forwarded message stood: `<partition>/<offset>`. For good. */
export const ORIGIN_HEADER = 'outbox';

/** The same message as it goes out, marked with where it comes from. */
export const withOrigin = (partition: number, message: DeliveredMessage): DeliveredMessage => ({
  ...message,
  headers: { ...message.headers, [ORIGIN_HEADER]: `${partition}/${message.offset}` },
});

interface Origin {
  partition: number;
  offset: number;
}

function originOf({ headers }: DeliveredMessage): Origin | undefined {
  const [, partition, offset] = /^(\d{1,4})\/(\d{1,15})$/.exec(headers[ORIGIN_HEADER] ?? '') ?? [];
  return partition === undefined ? undefined : { partition: Number(partition), offset: Number(offset) };
}

/** The name under which the next offset expected of an outbox partition is stored. */
const expectedTopic = (place: LogPlace, outboxPartition: number): string =>
  `${offsetTopic(place)} from outbox ${outboxPartition}`;

/**
 * Leaves out what a forwarder has sent before, and remembers what has now come. Call it in the transaction of
 * the effect, behind `claimOffset`, whose lock keeps others of the group away from these rows.
 *
 * A forwarder sends a batch only once everything before it in its outbox partition has arrived, and each
 * partition of the target in order. So what arrives for the first time has an origin above all that has come
 * before, whoever sends what again and however late; and what has none below is a repetition.
 */
export async function dropRepeated(
  manager: EntityManager,
  group: string,
  batch: LogBatch,
  messages: readonly DeliveredMessage[],
): Promise<DeliveredMessage[]> {
  const origins = messages.map(originOf);
  const outboxPartitions = new Set(origins.flatMap((origin) => (origin ? [origin.partition] : [])));
  if (outboxPartitions.size === 0) return [...messages];

  const topics = new Map([...outboxPartitions].map((nth) => [nth, expectedTopic(batch, nth)]));
  const rows = await manager.query<{ topic: string; next_offset: string }[]>(
    `select topic, next_offset from log.consumer_offset
      where consumer_group = $1 and partition = $2 and topic = any($3)`,
    [group, batch.partition, [...topics.values()]],
  );
  const stored = new Map(rows.map(({ topic, next_offset }) => [topic, Number(next_offset)]));
  const expected = new Map([...topics].map(([nth, topic]) => [nth, stored.get(topic) ?? 0]));
  const fresh = messages.filter((_, index) => {
    const origin = origins[index];
    if (!origin) return true;
    if (origin.offset < (expected.get(origin.partition) ?? 0)) return false;
    expected.set(origin.partition, origin.offset + 1);
    return true;
  });
  await manager.query(
    `insert into log.consumer_offset (consumer_group, topic, partition, next_offset)
     select $1, topic, $2, next_offset from unnest($3::text[], $4::bigint[]) as t(topic, next_offset)
     on conflict (consumer_group, topic, partition) do update set next_offset = excluded.next_offset`,
    [group, batch.partition, [...topics.values()], [...topics.keys()].map((nth) => expected.get(nth))],
  );
  return fresh;
}
