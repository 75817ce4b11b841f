import type { EntityManager } from 'typeorm';
import type { Instant } from '#libs/dossier';
import { instantSql, millisSql } from './bulk.js';

/**
 * The instant up to which knowledge is closed, because a report was issued on it: a watermark that only rises. What is
 * recorded from then on, events and calendars, is recorded after it, whatever a clock says and however long a message
 * has been lying somewhere; so nothing can be slipped in under what was signed.
 *
 * To be asked in the transaction that records, and, where that reads messages, after they were read: whoever has
 * closed knowledge and waits until everything then in the log is applied has waited for those who did not see it yet.
 */
export async function closedUntil(manager: EntityManager): Promise<Instant> {
  const [row] = await manager.query<{ until: string }[]>(
    `select ${millisSql('closed_until')} as until from issued.knowledge where id = 1`,
  );
  return Number(row?.until ?? 0);
}

/** How far ahead of the database's clock knowledge may be closed: what comes is recorded later for as long. */
const MOST_AHEAD_MS = 60_000;

/**
 * Closes knowledge up to an instant. Edits of the calendar under way are waited for.
 *
 * @returns false, and nothing is closed, where the instant lies more than a minute ahead of the database's clock
 */
export async function closeKnowledge(manager: EntityManager, until: Instant): Promise<boolean> {
  await manager.query('select number from catalogue.revision where id = 1 for update');
  const [closed] = await manager.query<[unknown[], number]>(
    `update issued.knowledge set closed_until = greatest(closed_until, ${instantSql('$1::bigint')})
      where id = 1 and ${instantSql('$1::bigint')} <= clock_timestamp() + interval '${MOST_AHEAD_MS} milliseconds'
      returning id`,
    [until],
  );
  return closed.length > 0;
}
