import type { EntityManager } from 'typeorm';
import type { LogBatch } from './event-log.js';

/**
 * Locks the group's offset of a partition for the transaction and returns the first offset not yet
 * applied. Taken first in every batch: duplicates, zombies and rebalances find the lock or the moved
 * offset, and their messages below it are dropped.
 */
export async function claimOffset(
  manager: EntityManager,
  group: string,
  topic: string,
  partition: number,
): Promise<number> {
  const rows = await manager.query<{ next_offset: string }[]>(
    `select next_offset from log.consumer_offset
      where consumer_group = $1 and topic = $2 and partition = $3 for update`,
    [group, topic, partition],
  );
  if (rows[0]) return Number(rows[0].next_offset);
  await manager.query(
    `insert into log.consumer_offset (consumer_group, topic, partition, next_offset) values ($1, $2, $3, 0)
      on conflict do nothing`,
    [group, topic, partition],
  );
  return claimOffset(manager, group, topic, partition);
}

/**
 * Moves the claimed offset behind the batch; commits with its effect. It never moves over messages that the
 * batch does not hold: a reader may be ahead of the offset if the database lost its last moments in a crash,
 * and must then read again. That passes by itself, so it is retryable.
 */
export async function moveOffset(manager: EntityManager, group: string, batch: LogBatch): Promise<void> {
  const [, moved] = await manager.query<[unknown, number]>(
    `update log.consumer_offset set next_offset = $5
      where consumer_group = $1 and topic = $2 and partition = $3 and next_offset between $4 and $5`,
    [group, batch.topic, batch.partition, batch.firstOffset, batch.nextOffset],
  );
  if (moved === 0) {
    const place = `${batch.topic}/${batch.partition} at ${batch.firstOffset}`;
    throw Object.assign(new Error(`group ${group} has not applied what comes before ${place}`), {
      code: '40001',
    });
  }
}
