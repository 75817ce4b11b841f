import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EVENTS_TOPIC, type Fault, ProblemError } from '#libs/contracts';
import { formatInstant } from '#libs/dossier';
import { PostgresLog } from '#libs/event-log';
import { QueryReader, type RawQuery } from './report-query.js';

export interface QuarantineItem {
  id: number;
  recordedAt: string;
  reason: string;
  errors: Fault[];
  origin: { topic: string; partition: number; offset: number };
  key: string;
  /** The message whole: parsed where it is JSON, else `text`. */
  event: unknown;
  text: string | null;
  replayedAt: string | null;
}

interface Row {
  id: string;
  recorded_at: Date;
  topic: string;
  partition: number;
  position: string;
  key: string;
  value: Buffer;
  reason: string;
  errors: Fault[];
  replayed_at: Date | null;
}

/** What could not be applied: listed whole, and sent through the log again once the cause is mended. */
@Injectable()
export class Quarantine {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(PostgresLog) private readonly log: PostgresLog,
  ) {}

  /** Newest first. */
  async page(raw: RawQuery): Promise<{ items: QuarantineItem[]; next: string | null }> {
    const reader = new QueryReader(raw, ['reason', 'replayed', 'cursor', 'limit']);
    const reason = reader.text('reason');
    const replayed = reader.oneOf('replayed', ['true', 'false']);
    const [limitText, cursor] = [reader.text('limit') ?? '50', reader.text('cursor')];
    const limit = /^\d{1,3}$/.test(limitText) ? Number(limitText) : 0;
    if (limit < 1 || limit > 500)
      reader.fault('limit', 'out-of-range', 'Must be a whole number from 1 to 500.');
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
      reader.fault('cursor', 'bad-value', 'Is not a cursor that this list gave.');
    }
    reader.done();
    const rows = await this.database.query<Row[]>(
      `select id, recorded_at, topic, partition, position, key, value, reason, errors, replayed_at
         from processing.quarantine
        where ($1::text is null or reason = $1) and ($2::text is null or (replayed_at is not null) = ($2 = 'true'))
          and ($3::bigint is null or id < $3)
        order by id desc limit $4`,
      [reason ?? null, replayed ?? null, cursor ?? null, limit + 1],
    );
    const shown = rows.slice(0, limit);
    return { items: shown.map(show), next: rows.length > limit ? String(shown.at(-1)?.id) : null };
  }

  /** Sends one message through the log again, marked in the same transaction; a second time is refused. */
  async replay(id: string): Promise<QuarantineItem> {
    if (!/^\d{1,15}$/.test(id)) throw new ProblemError('not-found', 'There is no such quarantined event.');
    return this.database.transaction(async (manager) => {
      const rows = await manager.query<Row[]>(
        `select id, recorded_at, topic, partition, position, key, value, reason, errors, replayed_at
           from processing.quarantine where id = $1 for update`,
        [id],
      );
      const row = rows[0];
      if (!row) throw new ProblemError('not-found', 'There is no such quarantined event.');
      if (row.replayed_at !== null) {
        throw new ProblemError(
          'bad-request',
          `Replayed already, at ${formatInstant(row.replayed_at.getTime())}.`,
        );
      }
      const now = Date.now();
      await this.log.appendIn(manager, EVENTS_TOPIC, [
        { key: row.key, value: row.value.toString('utf8'), headers: { recordedat: String(now) } },
      ]);
      const replayedAt = new Date(now);
      await manager.query('update processing.quarantine set replayed_at = $2 where id = $1', [
        id,
        replayedAt,
      ]);
      return show({ ...row, replayed_at: replayedAt });
    });
  }
}

function show(row: Row): QuarantineItem {
  const text = row.value.toString('utf8');
  let event: unknown;
  try {
    event = JSON.parse(text) as unknown;
  } catch {
    event = undefined;
  }
  return {
    id: Number(row.id),
    recordedAt: formatInstant(row.recorded_at.getTime()),
    reason: row.reason,
    errors: row.errors,
    origin: { topic: row.topic, partition: row.partition, offset: Number(row.position) },
    key: row.key,
    event: event ?? null,
    text: event === undefined ? text : null,
    replayedAt: row.replayed_at === null ? null : formatInstant(row.replayed_at.getTime()),
  };
}
