import type { DataSource } from 'typeorm';
import { TIMELINESS_TOPIC } from '#libs/contracts';
import type { Instant } from '#libs/dossier';
import type { FramedMessages, PostgresLog } from '#libs/event-log';
import { isRetryable } from '#libs/platform';
import { instantSql, millisSql } from '#libs/store';
import { type ClaimedTimer, messageOf } from './wording.js';

/** Fewer are announced as quickly the ordinary way; more would not fit in memory comfortably. */
const LEAST = 2_000;
const MOST = 200_000;

/**
 * Timers that share one instant, worded before it comes: at midnight all deadlines of a day pass at
 * once. The fingerprint tells whether the timers that are deleted then are those that were worded.
 */
export interface Crowd {
  at: Instant;
  kinds: ClaimedTimer['kind'][];
  fingerprint: string;
  messages: FramedMessages;
}

const FINGERPRINT = `count(*) || ':' || coalesce(sum(hashtextextended(
  kind || ' ' || extract(epoch from deadline) || ' ' || source || ' ' || code, 0)::numeric), 0)`;

/** Words the timers of an instant, if they are a crowd. */
export async function prepareCrowd(
  database: DataSource,
  outbox: PostgresLog,
  at: Instant,
): Promise<Crowd | undefined> {
  const [size] = await database.query<{ count: number }[]>(
    `select count(*)::int as count from (
       select 1 from processing.timer where not settling and at = ${instantSql('$1::bigint')} limit ${MOST + 1}) t`,
    [at],
  );
  if (!size || size.count < LEAST || size.count > MOST) return undefined;
  return database.transaction('REPEATABLE READ', async (manager) => {
    const timers = await manager.query<ClaimedTimer[]>(
      `select ${millisSql('at')} as at, source, code, kind, ${millisSql('deadline')} as deadline
         from processing.timer where not settling and at = ${instantSql('$1::bigint')}`,
      [at],
    );
    const [row] = await manager.query<{ fingerprint: string }[]>(
      `select ${FINGERPRINT} as fingerprint
         from processing.timer where not settling and at = ${instantSql('$1::bigint')}`,
      [at],
    );
    return {
      at,
      kinds: timers.map(({ kind }) => kind),
      fingerprint: row?.fingerprint ?? '',
      messages: await outbox.framed(
        TIMELINESS_TOPIC,
        timers.map((timer) => messageOf(timer, at)),
      ),
    };
  });
}

class Changed extends Error {}

/**
 * Deletes the crowd's timers and appends what was worded for them, in one transaction; false if they
 * are no longer the same (something came or was cancelled meanwhile), and then nothing has happened.
 */
export async function announceCrowd(
  database: DataSource,
  outbox: PostgresLog,
  crowd: Crowd,
): Promise<boolean> {
  try {
    await database.transaction(async (manager) => {
      // Somebody cancelling one of them holds its lock: rather than wait, announce the ordinary way.
      await manager.query(`set local lock_timeout = '100ms'`);
      const [row] = await manager.query<{ fingerprint: string }[]>(
        `with gone as (
           delete from processing.timer where not settling and at = ${instantSql('$1::bigint')}
           returning kind, deadline, source, code)
         select ${FINGERPRINT} as fingerprint from gone`,
        [crowd.at],
      );
      if (row?.fingerprint !== crowd.fingerprint) throw new Changed();
      await outbox.appendFramed(manager, crowd.messages);
    });
    return true;
  } catch (error) {
    if (error instanceof Changed || isRetryable(error)) return false;
    throw error;
  }
}
