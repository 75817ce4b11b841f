import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import {
  CHANNELS,
  type DossierState,
  type DossierView,
  dossierView,
  type Instant,
  STATES,
  TIMELINESS,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { QueryReader, type RawQuery } from './report-query.js';

/** A dossier as the outside sees it. */
export interface DossierJson extends DossierView {
  source: string;
  code: string;
  domain: string | null;
}

export interface DossierPage {
  items: DossierJson[];
  next: string | null;
}

/** Place behind which a page begins. */
interface Cursor {
  overdueFrom: Instant | null;
  source: string;
  code: string;
}

export interface DossierRow {
  source: string;
  code: string;
  doc: string;
}

/** A row of the list as it is shown at an instant. */
export function showDossier(
  { source, code, doc }: DossierRow,
  catalogue: Catalogue,
  now: Instant,
): DossierJson {
  const { procedure, ...view } = dossierView(JSON.parse(doc) as DossierState, now);
  const domain = procedure === null ? null : (catalogue.procedures.get(procedure)?.domain ?? null);
  return { source, code, procedure, domain, ...view };
}

/** SQL for a class at the instant $1; `open` keeps the small index of open dossiers usable. */
const CLASS_SQL: Record<(typeof TIMELINESS)[number], string> = {
  early: `outcome = 'early'`,
  'on-time': `outcome = 'on-time'`,
  late: `outcome = 'late'`,
  'no-due-date': `(outcome = 'no-due-date' or (open and state = 'running' and overdue_from is null))`,
  paused: `open and state = 'paused'`,
  overdue: `open and state = 'running' and overdue_from <= $1`,
  'due-soon': `open and state = 'running' and overdue_from > $1 and due_soon_from <= $1`,
  'in-time': `open and state = 'running' and overdue_from > $1 and (due_soon_from is null or due_soon_from > $1)`,
};

/** Filters of the list, and the order it stands in. */
const FILTERS = ['state', 'timeliness', 'agency', 'procedure', 'channel'] as const;
const ORDER = 'overdue_from, source, code';

/** What a filter comes to in SQL; $1 is the instant of the question. */
interface Conditions {
  where: string[];
  parameters: unknown[];
  bind: (value: unknown) => string;
}

function readFilters(reader: QueryReader, catalogue: Catalogue, now: Instant): Conditions {
  const state = reader.oneOf('state', STATES);
  const timeliness = reader.oneOf('timeliness', TIMELINESS);
  const agency = reader.known('agency', catalogue.hasAgency, 'unknown-agency');
  const procedure = reader.known('procedure', catalogue.hasProcedure, 'unknown-procedure');
  const channel = reader.oneOf('channel', CHANNELS);
  const parameters: unknown[] = [new Date(now)];
  const bind = (value: unknown) => `$${parameters.push(value)}`;
  // $1 has no type of its own unless a condition uses it.
  const where = ['$1::timestamptz is not null'];
  if (state)
    where.push(`state = ${bind(state)}`, ...(state === 'running' || state === 'paused' ? ['open'] : []));
  if (timeliness) where.push(CLASS_SQL[timeliness]);
  if (agency) where.push(`agency = any(${bind(catalogue.subtree(agency))}::text[])`);
  if (procedure) where.push(`procedure = ${bind(procedure)}`);
  if (channel) where.push(`channel = ${bind(channel)}`);
  return { where, parameters, bind };
}

/** Everything that matches, as it stood when it was asked for. */
export interface WholeList {
  count: number;
  batches: AsyncGenerator<DossierJson[], undefined>;
  /** To be called whether it was read to the end or not: until then a connection is taken. */
  close: () => Promise<void>;
}

const BATCH = 500;

@Injectable()
export class DossierList {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** A page of the list, ordered by (overdueFrom, source, code), no overdueFrom last. */
  async page(raw: RawQuery, catalogue: Catalogue, now: Instant): Promise<DossierPage> {
    const reader = new QueryReader(raw, [...FILTERS, 'cursor', 'limit']);
    const { where, parameters, bind } = readFilters(reader, catalogue, now);
    const limit = readLimit(reader);
    const cursor = readCursor(reader);
    reader.done();

    if (cursor?.overdueFrom === null) {
      where.push(`overdue_from is null and (source, code) > (${bind(cursor.source)}, ${bind(cursor.code)})`);
    } else if (cursor) {
      const at = bind(new Date(cursor.overdueFrom));
      where.push(
        `(overdue_from is null or (overdue_from >= ${at}
          and (overdue_from, source, code) > (${at}, ${bind(cursor.source)}, ${bind(cursor.code)})))`,
      );
    }
    const rows = await this.database.query<(DossierRow & { overdue_from: Date | null })[]>(
      `select source, code, doc, overdue_from from reporting.dossier
        where ${where.join(' and ')} order by ${ORDER} limit ${limit + 1}`,
      parameters,
    );
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      items: shown.map((row) => showDossier(row, catalogue, now)),
      next: rows.length > limit && last ? writeCursor(last) : null,
    };
  }

  /**
   * The whole list without pages, in the same order and through the same filters. All of it is of one snapshot, so no
   * dossier is missed or comes twice while others move; a cursor of the database hands it out, so memory stays flat.
   */
  async whole(raw: RawQuery, catalogue: Catalogue, now: Instant): Promise<WholeList> {
    const reader = new QueryReader(raw, FILTERS);
    const { where, parameters } = readFilters(reader, catalogue, now);
    reader.done();
    const from = `from reporting.dossier where ${where.join(' and ')}`;
    const runner = this.database.createQueryRunner();
    try {
      await runner.startTransaction('REPEATABLE READ');
      const [counted] = (await runner.query(`select count(*)::int as count ${from}`, parameters)) as {
        count: number;
      }[];
      await runner.query(
        `declare whole_list no scroll cursor for select source, code, doc ${from} order by ${ORDER}`,
        parameters,
      );
      return {
        count: counted?.count ?? 0,
        batches: batchesOf(runner, (rows) => rows.map((row) => showDossier(row, catalogue, now))),
        close: () => leave(runner),
      };
    } catch (error) {
      await leave(runner);
      throw error;
    }
  }

  async find(source: string, code: string): Promise<DossierRow | undefined> {
    const rows = await this.database.query<DossierRow[]>(
      'select source, code, doc from reporting.dossier where source = $1 and code = $2',
      [source, code],
    );
    return rows[0];
  }
}

async function* batchesOf(
  runner: QueryRunner,
  show: (rows: DossierRow[]) => DossierJson[],
): AsyncGenerator<DossierJson[], undefined> {
  const fetch = () => runner.query(`fetch ${BATCH} from whole_list`) as Promise<DossierRow[]>;
  let coming = fetch();
  for (;;) {
    const rows = await coming;
    if (rows.length === 0) return undefined;
    // The next ones are on their way while these are written.
    coming = fetch();
    coming.catch(() => undefined);
    yield show(rows);
  }
}

/** Nothing was written, so there is nothing to keep. */
async function leave(runner: QueryRunner): Promise<void> {
  if (runner.isReleased) return;
  try {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
  } finally {
    await runner.release();
  }
}

function readLimit(reader: QueryReader): number {
  const text = reader.text('limit') ?? '50';
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 500)
    reader.fault('limit', 'out-of-range', 'Must be a whole number from 1 to 500.');
  return limit;
}

const writeCursor = (row: { overdue_from: Date | null; source: string; code: string }): string =>
  Buffer.from(JSON.stringify([row.overdue_from?.getTime() ?? null, row.source, row.code])).toString(
    'base64url',
  );

function readCursor(reader: QueryReader): Cursor | undefined {
  const text = reader.text('cursor');
  if (text === undefined) return undefined;
  try {
    if (!/^[A-Za-z0-9_-]+$/.test(text)) throw new Error('not base64url');
    const parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
    if (!Array.isArray(parsed) || parsed.length !== 3) throw new Error('not a cursor');
    const [overdueFrom, source, code] = parsed as unknown[];
    const validInstant =
      overdueFrom === null ||
      (Number.isSafeInteger(overdueFrom) && Math.abs(overdueFrom as number) < 8.64e15);
    if (
      !validInstant ||
      typeof source !== 'string' ||
      typeof code !== 'string' ||
      (source + code).includes('\u0000')
    ) {
      throw new Error('not a cursor');
    }
    return { overdueFrom: overdueFrom as Instant | null, source, code };
  } catch {
    reader.fault('cursor', 'bad-value', 'Is not a cursor that this list gave.');
    return undefined;
  }
}
