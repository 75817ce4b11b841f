import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  EVENTS_TOPIC,
  isId,
  LARGEST_BODY_BYTES,
  memberOf,
  ProblemError,
  readMessage,
  type ReplayAll,
} from '#libs/contracts';
import { formatInstant, type Instant } from '#libs/dossier';
import { type LogMessage, ORIGIN_HEADER, PostgresLog } from '#libs/event-log';
import {
  conditionsOf,
  idOf,
  QUARANTINED_COLUMNS,
  type QuarantinedRow,
  type QuarantineItem,
  showQuarantined,
  textOf,
  unknownItem,
} from './quarantine.js';

/** What one request of a replay of many has done. */
export interface ReplayProgress {
  replayed: number;
  /** Left where they are: no text, nothing at all, or too large; no mending can make them events. */
  unfit: number;
  /** Match the filter and are still to be looked at. */
  remaining: number;
  /** As `cursor` of the next request; null: done. */
  next: string | null;
}

/** A transaction takes at most so many events, and so many bytes beyond the first. */
const MOST_IN_A_TRANSACTION = 500;
const LARGEST_TRANSACTION_BYTES = 8_000_000;
/** An HTTP client waits half a minute at least; what is left is for the next request. */
const LONGEST_REQUEST_MS = 10_000;

/** Sends quarantined messages through the log again, once their cause is mended. */
@Injectable()
export class ReplayQuarantined {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(PostgresLog) private readonly log: PostgresLog,
  ) {}

  /** One message, marked in the same transaction; a second time is refused. */
  async one(id: string, reason: string | undefined): Promise<QuarantineItem> {
    return this.database.transaction(async (manager) => {
      const rows = await manager.query<QuarantinedRow[]>(
        `select ${QUARANTINED_COLUMNS} from processing.quarantine where id = $1 for update`,
        [idOf(id)],
      );
      const row = rows[0];
      if (!row) throw unknownItem();
      if (row.replayed_at !== null) {
        throw new ProblemError(
          'bad-request',
          `Replayed already, at ${formatInstant(row.replayed_at.getTime())}.`,
        );
      }
      const now = Date.now();
      const message = messageOf(row, now);
      if (!message) {
        throw new ProblemError(
          'bad-request',
          'This can never be an event (no value, no text, or too large): its sender has to send it anew.',
        );
      }
      await this.send(manager, [message], [row], reason ?? null, now);
      return showQuarantined({ ...row, replayed_at: new Date(now), replay_reason: reason ?? null });
    });
  }

  /**
   * The oldest first, so that a dossier's order is kept; a transaction for some hundreds. What fails again
   * comes into the quarantine anew, behind the last id of the first request, and is not taken up once more.
   */
  async all({ filter, reason, cursor }: ReplayAll): Promise<ReplayProgress> {
    const started = performance.now();
    const [from, last] = (cursor?.split('.') ?? ['0', await this.newest()]) as [string, string];
    let after = from;
    const progress: ReplayProgress = { replayed: 0, unfit: 0, remaining: 0, next: null };
    for (;;) {
      const step = await this.some(filter, reason, after, last);
      progress.replayed += step.replayed;
      progress.unfit += step.unfit;
      after = step.last ?? after;
      // Nothing found, unless another replay took it all just now.
      if (step.last === undefined) break;
      if (performance.now() - started > LONGEST_REQUEST_MS) break;
    }
    progress.remaining = await this.remaining(filter, after, last);
    progress.next = progress.remaining > 0 ? `${after}.${last}` : null;
    return progress;
  }

  private async newest(): Promise<string> {
    const [row] = await this.database.query<{ id: string }[]>(
      'select coalesce(max(id), 0) as id from processing.quarantine',
    );
    return row?.id ?? '0';
  }

  private async some(filter: ReplayAll['filter'], reason: string, after: string, last: string) {
    return this.database.transaction(async (manager) => {
      const { where, parameters } = waiting(filter, after, last);
      const rows = await manager.query<QuarantinedRow[]>(
        `select ${QUARANTINED_COLUMNS} from processing.quarantine
          where replayed_at is null and id in (
            select id from (
              select id, row_number() over w as nth, sum(coalesce(octet_length(value), 0)) over w as bytes_so_far
                from (select id, value from processing.quarantine
                       where ${where} order by id limit ${MOST_IN_A_TRANSACTION}) q
              window w as (order by id)) c
             where nth = 1 or bytes_so_far <= ${LARGEST_TRANSACTION_BYTES})
          order by id for update`,
        parameters,
      );
      const now = Date.now();
      const fit = rows.flatMap((row) => {
        const message = messageOf(row, now);
        return message ? [{ row, message }] : [];
      });
      await this.send(
        manager,
        fit.map(({ message }) => message),
        fit.map(({ row }) => row),
        reason,
        now,
      );
      return { replayed: fit.length, unfit: rows.length - fit.length, last: rows.at(-1)?.id };
    });
  }

  private async remaining(filter: ReplayAll['filter'], after: string, last: string): Promise<number> {
    const { where, parameters } = waiting(filter, after, last);
    const [row] = await this.database.query<{ count: number }[]>(
      `select count(*)::int as count from processing.quarantine where ${where}`,
      parameters,
    );
    return row?.count ?? 0;
  }

  private async send(
    manager: EntityManager,
    messages: readonly LogMessage[],
    rows: readonly QuarantinedRow[],
    reason: string | null,
    now: Instant,
  ): Promise<void> {
    if (rows.length === 0) return;
    await this.log.appendIn(manager, EVENTS_TOPIC, messages);
    await manager.query(
      'update processing.quarantine set replayed_at = $2, replay_reason = $3 where id = any($1::bigint[])',
      [rows.map(({ id }) => id), new Date(now), reason],
    );
  }
}

function waiting(filter: ReplayAll['filter'], after: string, last: string) {
  const { where, parameters } = conditionsOf(filter);
  const bounds = `id > $${parameters.push(after)} and id <= $${parameters.push(last)}`;
  return { where: [...where, 'replayed_at is null', bounds].join(' and '), parameters };
}

/**
 * The message as it was, recorded now, under the key that its event calls for: a wrong key is mended by that.
 * undefined: it can never be an event, and the log, which keeps text, could not even hold it.
 */
function messageOf(row: QuarantinedRow, now: Instant): LogMessage | undefined {
  const value = row.value === null ? '' : textOf(row.value);
  if (value === undefined || value.includes('\0') || (row.value?.length ?? 0) > LARGEST_BODY_BYTES) {
    return undefined;
  }
  // What the log says about a message is said anew.
  const {
    recordedat: _at,
    [ORIGIN_HEADER]: _origin,
    ...headers
  } = JSON.parse(row.headers) as Record<string, string>;
  const read = readMessage({ value: row.value === null ? null : value, headers });
  if (!read.ok && 'reason' in read) return undefined;
  const raw = read.ok ? read.raw : undefined;
  const [source, subject] = [memberOf(raw, 'source'), memberOf(raw, 'subject')];
  const key = isIdText(source) && isIdText(subject) ? `${source}|${subject}` : (row.key ?? '');
  return { key, value, headers: { ...headers, recordedat: String(now) } };
}

const isIdText = (value: unknown): value is string => typeof value === 'string' && isId(value);
