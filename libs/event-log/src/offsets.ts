import type { EntityManager } from 'typeorm';
import type { LogBatch } from './event-log.js';
import { metrics } from './metrics.js';

/** A partition of a topic, and the log in which it lies. */
export type LogPlace = Pick<LogBatch, 'topic' | 'partition' | 'log'>;

/** The name under which a group's offsets of a topic are stored. */
export const offsetTopic = ({ topic, log }: Pick<LogPlace, 'topic' | 'log'>): string =>
  log === undefined ? topic : `${log} ${topic}`;

/**
 * A partition's number in tables that keep it: those of another log are counted down from −1, so that after a
 * change of log one is never taken for the other. For good.
 */
export const storedPartition = ({ log, partition }: Pick<LogPlace, 'log' | 'partition'>): number =>
  log === undefined ? partition : -1 - partition;

/**
 * Locks the group's offset of a partition for the transaction and returns the first offset not yet
 * applied. Taken first in every batch: duplicates, zombies and rebalances find the lock or the moved
 * offset, and their messages below it are dropped.
 *
 * @param settings columns that put settings of the transaction in force on the way: one statement less a batch
 */
export async function claimOffset(
  manager: EntityManager,
  group: string,
  place: LogPlace,
  settings?: string,
): Promise<number> {
  const rows = await manager.query<{ next_offset: string }[]>(
    `select next_offset${settings === undefined ? '' : `, ${settings}`} from log.consumer_offset
      where consumer_group = $1 and topic = $2 and partition = $3 for update`,
    [group, offsetTopic(place), place.partition],
  );
  if (rows[0]) return Number(rows[0].next_offset);
  await manager.query(
    `insert into log.consumer_offset (consumer_group, topic, partition, next_offset) values ($1, $2, $3, 0)
      on conflict do nothing`,
    [group, offsetTopic(place), place.partition],
  );
  return claimOffset(manager, group, place, settings);
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
    [group, offsetTopic(batch), batch.partition, batch.firstOffset, batch.nextOffset],
  );
  if (moved > 0) return;
  metrics.fenced(group);
  throw notYetApplied(group, batch);
}

/** A batch came before its turn: it must be read again, so the fault is one that passes. */
export function notYetApplied(group: string, batch: LogBatch): Error {
  const place = `${batch.topic}/${batch.partition} at ${batch.firstOffset}`;
  return Object.assign(new Error(`group ${group} has not applied what comes before ${place}`), {
    code: '40001',
  });
}
