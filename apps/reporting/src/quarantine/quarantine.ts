import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  type Fault,
  ProblemError,
  QUARANTINE_REASONS,
  type QuarantineFilter,
  type QuarantineReason,
} from '#libs/contracts';
import { formatInstant, parseDay, startOfDay } from '#libs/dossier';
import { QueryReader, type RawQuery } from '../reports/report-query.js';

export interface QuarantineItem {
  id: number;
  recordedAt: string;
  reason: QuarantineReason;
  errors: Fault[];
  origin: { topic: string; partition: number; offset: number };
  source: string | null;
  key: string | null;
  headers: Record<string, string>;
  /** The value whole: parsed where it is JSON, else `text`, else `base64`; all null where there was none. */
  event: unknown;
  text: string | null;
  base64: string | null;
  replayedAt: string | null;
  replayReason: string | null;
}

export interface QuarantinePage {
  items: QuarantineItem[];
  next: string | null;
  /** On the first page: how many match the filter, by reason. */
  counts?: Partial<Record<QuarantineReason, number>>;
}

export interface QuarantinedRow {
  id: string;
  recorded_at: Date;
  topic: string;
  partition: number;
  position: string;
  key: string | null;
  value: Buffer | null;
  headers: string;
  reason: QuarantineReason;
  errors: Fault[];
  source: string | null;
  replayed_at: Date | null;
  replay_reason: string | null;
}

export const QUARANTINED_COLUMNS = `id, recorded_at, topic, partition, position, key, value, headers, reason, errors,
  source, replayed_at, replay_reason`;

/** One message may be 10 MB and more: a page ends when it has this much, but never before its first item. */
const LARGEST_PAGE_BYTES = 8_000_000;

/** What could not be applied, listed whole. */
@Injectable()
export class Quarantine {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** Newest first. */
  async page(raw: RawQuery): Promise<QuarantinePage> {
    const reader = new QueryReader(raw, [
      ...['reason', 'source', 'topic', 'from', 'to', 'replayed', 'cursor', 'limit'],
    ]);
    const filter: QuarantineFilter = {
      reason: reader.oneOf('reason', QUARANTINE_REASONS),
      source: reader.text('source'),
      topic: reader.text('topic'),
      from: civilDay(reader, 'from'),
      to: civilDay(reader, 'to'),
    };
    const replayed = reader.oneOf('replayed', ['true', 'false']);
    const [limitText, cursor] = [reader.text('limit') ?? '50', reader.text('cursor')];
    const limit = /^\d{1,3}$/.test(limitText) ? Number(limitText) : 0;
    if (limit < 1 || limit > 500)
      reader.fault('limit', 'out-of-range', 'Must be a whole number from 1 to 500.');
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
      reader.fault('cursor', 'bad-value', 'Is not a cursor that this list gave.');
    }
    reader.done();

    const { where, parameters } = conditionsOf(filter);
    if (replayed) where.push(`replayed_at is ${replayed === 'true' ? 'not ' : ''}null`);
    const counts = cursor === undefined ? await this.counts(where, parameters) : undefined;
    if (cursor !== undefined) where.push(`id < $${parameters.push(cursor)}`);
    const rows = await this.database.query<(QuarantinedRow & { found: number })[]>(
      `select * from (
         select q.*, row_number() over w as nth, sum(coalesce(octet_length(value), 0)) over w as bytes_so_far,
                (count(*) over ())::int as found
           from (select ${QUARANTINED_COLUMNS} from processing.quarantine
                  where ${where.join(' and ')} order by id desc limit ${limit + 1}) q
         window w as (order by id desc)) c
       where nth = 1 or (nth <= ${limit} and bytes_so_far <= ${LARGEST_PAGE_BYTES})
       order by id desc`,
      parameters,
    );
    const more = (rows[0]?.found ?? 0) > rows.length;
    return {
      items: rows.map(showQuarantined),
      next: more ? String(rows.at(-1)?.id) : null,
      ...(counts && { counts }),
    };
  }

  async one(id: string): Promise<QuarantineItem> {
    const rows = await this.database.query<QuarantinedRow[]>(
      `select ${QUARANTINED_COLUMNS} from processing.quarantine where id = $1`,
      [idOf(id)],
    );
    if (!rows[0]) throw unknownItem();
    return showQuarantined(rows[0]);
  }

  private async counts(where: readonly string[], parameters: readonly unknown[]) {
    const rows = await this.database.query<{ reason: QuarantineReason; count: number }[]>(
      `select reason, count(*)::int as count from processing.quarantine
        where ${where.join(' and ')} group by reason order by count desc, reason`,
      [...parameters],
    );
    return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
  }
}

export const unknownItem = (): ProblemError =>
  new ProblemError('not-found', 'There is no such quarantined event.');

export function idOf(text: string): string {
  if (!/^\d{1,15}$/.test(text)) throw unknownItem();
  return text;
}

function civilDay(reader: QueryReader, name: 'from' | 'to'): string | undefined {
  const text = reader.text(name);
  if (text === undefined || parseDay(text) !== undefined) return text;
  reader.fault(name, 'bad-date', 'Must be a civil date YYYY-MM-DD.');
  return undefined;
}

/** The filter in SQL; true where it says nothing. */
export function conditionsOf(filter: QuarantineFilter): { where: string[]; parameters: unknown[] } {
  const where = ['true'];
  const parameters: unknown[] = [];
  const bind = (value: unknown) => `$${parameters.push(value)}`;
  for (const name of ['reason', 'source', 'topic'] as const) {
    const value = filter[name];
    // PostgreSQL knows no text with NUL in it, so nothing can match.
    if (value !== undefined) where.push(value.includes('\0') ? 'false' : `${name} = ${bind(value)}`);
  }
  const [from, to] = [filter.from, filter.to].map((text) =>
    text === undefined ? undefined : parseDay(text),
  );
  if (from !== undefined) where.push(`recorded_at >= ${bind(new Date(startOfDay(from)))}`);
  if (to !== undefined) where.push(`recorded_at < ${bind(new Date(startOfDay(to + 1)))}`);
  return { where, parameters };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value as text; undefined where it is none. */
export function textOf(value: Buffer): string | undefined {
  try {
    return strictUtf8.decode(value);
  } catch {
    return undefined;
  }
}

export function showQuarantined(row: QuarantinedRow): QuarantineItem {
  const text = row.value === null ? undefined : textOf(row.value);
  let event: unknown;
  try {
    event = text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    event = undefined;
  }
  return {
    id: Number(row.id),
    recordedAt: formatInstant(row.recorded_at.getTime()),
    reason: row.reason,
    errors: row.errors,
    origin: { topic: row.topic, partition: row.partition, offset: Number(row.position) },
    source: row.source,
    key: row.key,
    headers: JSON.parse(row.headers) as Record<string, string>,
    event: event ?? null,
    text: event === undefined ? (text ?? null) : null,
    base64: row.value !== null && text === undefined ? row.value.toString('base64') : null,
    replayedAt: row.replayed_at === null ? null : formatInstant(row.replayed_at.getTime()),
    replayReason: row.replay_reason,
  };
}
