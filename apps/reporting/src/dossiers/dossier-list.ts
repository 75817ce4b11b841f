import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import {
  dayOf,
  type DossierState,
  type DossierView,
  dossierView,
  figureIn,
  formatInstant,
  type Instant,
  type ReportRow,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { Causes } from './causes.js';
import { type DossierFilter, FILTER_PARAMETERS, readDossierFilter } from './dossier-filter.js';
import { KnownThen } from './known-then.js';
import { FLOW_FIGURES, STOCK_FIGURE } from './listed-figures.js';
import { QueryReader, type RawQuery, type ReportQuery } from '../reports/report-query.js';
import { TimelinessReports } from '../reports/timeliness-report.js';

/** A dossier as the outside sees it. */
export interface DossierJson extends DossierView {
  source: string;
  code: string;
  domain: string | null;
}

export interface DossierItem extends DossierJson {
  /** Of a flow: when it happened. */
  happenedAt?: string;
  /** With `figures`: the group of figures of a report's line that counts it here. */
  countedAs?: string;
  /** Of a stock: the deadline then in force, and since when it was paused then. */
  then?: { overdueFrom: string | null; pausedSince: string | null };
}

export interface DossierPage {
  items: DossierItem[];
  next: string | null;
  /** How many there are in all; with `count=true`. */
  count?: number;
}

export const SORTS = ['due', '-due', 'time', '-time', 'code', '-code'] as const;
export type Sort = (typeof SORTS)[number];

/** Place behind which a page begins; of a flow also which of the dossier's, which may have several. */
interface Cursor {
  key: Instant | null;
  source: string;
  code: string;
  nth: number;
}

export interface DossierRow {
  source: string;
  code: string;
  doc: string;
}

interface ListRow extends DossierRow {
  sort_key: Date | null;
  happened_at: Date | null;
  nth: string;
  counted_as: string | null;
  stood_overdue_from: Date | null;
  stood_paused_since: Date | null;
}

/** A list that can be read: `known` stands first in every query. */
interface ReadableList extends DossierFilter {
  known: string;
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

/** The same with why and when it stands in this list. */
function showItem(row: ListRow, { figures, stock, asOf }: DossierFilter, catalogue: Catalogue): DossierItem {
  const countedAs = row.counted_as ?? '';
  return {
    ...showDossier(row, catalogue, asOf),
    ...(row.happened_at && { happenedAt: formatInstant(row.happened_at.getTime()) }),
    ...(figures && { countedAs }),
    ...((stock ?? STOOD.includes(countedAs)) && {
      then: { overdueFrom: text(row.stood_overdue_from), pausedSince: text(row.stood_paused_since) },
    }),
  };
}

/** Everything that matches, as it stood when it was asked for. */
export interface WholeList {
  /** Instant of knowledge. */
  asOf: Instant;
  count: number;
  /** What its items have beside the dossier. */
  tells: Record<'happenedAt' | 'countedAs' | 'then', boolean>;
  batches: AsyncGenerator<DossierItem[], undefined>;
  /** To be called whether it was read to the end or not: until then a connection is taken. */
  close: () => Promise<void>;
}

const BATCH = 500;

/** What is counted for what it was at an instant. */
const STOOD = ['carriedOver', 'open'];

@Injectable()
export class DossierList {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(KnownThen) private readonly known: KnownThen,
    @Inject(Causes) private readonly causes: Causes,
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
  ) {}

  /**
   * A page of the list behind a figure. Without `sort` ordered by (overdueFrom, source, code), no overdueFrom last;
   * a descending order is the exact reverse.
   */
  async page(raw: RawQuery, catalogue: Catalogue, now: Instant): Promise<DossierPage> {
    const reader = new QueryReader(raw, [...FILTER_PARAMETERS, 'sort', 'count', 'cursor', 'limit']);
    const { filter, sort } = this.readQuestion(reader, catalogue, now);
    const counted = reader.oneOf('count', ['true', 'false']) === 'true';
    const limit = readLimit(reader);
    const cursor = readCursor(reader, filter);
    reader.done();

    const reported = hasReport(filter);
    const figure = reported && (counted || isWalk(filter, sort)) ? this.figure(filter, catalogue) : undefined;
    const gathered = isWalk(filter, sort) && ((await figure) ?? Infinity) <= GATHERED_AT_MOST;
    const [[rows, countedRows], reportedCount] = await Promise.all([
      this.reading(filter, catalogue, async (manager, list) => {
        const read = await rowsOf(manager, list, { sort, cursor, limit: limit + 1, gathered });
        return [read, counted && !reported ? await countOf(manager, list) : undefined] as const;
      }),
      figure,
    ]);
    const count = counted ? (reportedCount ?? countedRows) : undefined;
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      items: shown.map((row) => showItem(row, filter, catalogue)),
      next: rows.length > limit && last ? writeCursor(last, filter) : null,
      ...(count !== undefined && { count }),
    };
  }

  /**
   * The whole list without pages, through the same filters and in the same order. All of it is of one snapshot, so no
   * dossier is missed or comes twice while others move; a cursor of the database hands it out, so memory stays flat.
   */
  async whole(raw: RawQuery, catalogue: Catalogue, now: Instant): Promise<WholeList> {
    const reader = new QueryReader(raw, [...FILTER_PARAMETERS, 'sort']);
    const { filter, sort } = this.readQuestion(reader, catalogue, now);
    reader.done();
    const { asOf } = filter;
    const runner = this.database.createQueryRunner();
    try {
      await runner.startTransaction('REPEATABLE READ');
      const list = await this.readable(runner.manager, filter, catalogue);
      const { parts, parameters, known } = list;
      const count = await countOf(runner.manager, list);
      const all = parts.map((part) => `(${part})`).join(' union all ');
      await runner.query(
        `declare whole_list no scroll cursor for
           ${known} select * from (${all}) p order by ${orderOf(sort, filter).order}`,
        parameters,
      );
      return {
        ...{ asOf, count },
        tells: {
          happenedAt: recurs(filter),
          countedAs: filter.figures !== undefined,
          then: (filter.stock ?? filter.figures) !== undefined,
        },
        batches: batchesOf(runner, (rows) => rows.map((row) => showItem(row, filter, catalogue))),
        close: () => leave(runner),
      };
    } catch (error) {
      await leave(runner);
      throw error;
    }
  }

  private readQuestion(
    reader: QueryReader,
    catalogue: Catalogue,
    now: Instant,
  ): { filter: DossierFilter; sort: Sort } {
    const codes = this.causes.list.causes.map(({ code }) => code);
    const filter = readDossierFilter(reader, catalogue, codes, now);
    return { filter, sort: reader.oneOf('sort', SORTS) ?? 'due' };
  }

  /** From the counters, which costs the same however many there are. */
  private async figure(
    filter: DossierFilter & { report: ReportQuery },
    catalogue: Catalogue,
  ): Promise<number> {
    const { total, rows } = await this.reports.make(filter.report, catalogue);
    const { rows: wanted } = filter;
    if (!wanted) return figureOf(total, filter);
    return rows.reduce((sum, row) => sum + (wanted.has(row.key) ? figureOf(row, filter) : 0), 0);
  }

  private reading<Read>(
    filter: DossierFilter,
    catalogue: Catalogue,
    read: (manager: EntityManager, list: ReadableList) => Promise<Read>,
  ): Promise<Read> {
    return this.known.inOneSnapshot(filter.historical, async (manager) =>
      read(manager, await this.readable(manager, filter, catalogue)),
    );
  }

  private async readable(
    manager: EntityManager,
    filter: DossierFilter,
    catalogue: Catalogue,
  ): Promise<ReadableList> {
    if (!filter.historical) return { ...filter, known: '' };
    const parameters = [...filter.parameters];
    const bind = (value: unknown) => `$${parameters.push(value)}`;
    return { ...filter, parameters, known: await this.known.at(filter.asOf, catalogue, bind, manager) };
  }

  async find(source: string, code: string): Promise<DossierRow | undefined> {
    const rows = await this.database.query<DossierRow[]>(
      'select source, code, doc from reporting.dossier where source = $1 and code = $2',
      [source, code],
    );
    return rows[0];
  }
}

/** Whether a report has the length of a list among its figures; a period that has not begun has none, and nothing in it. */
const hasReport = (filter: DossierFilter): filter is DossierFilter & { report: ReportQuery } =>
  filter.report !== undefined && filter.report.from <= dayOf(filter.asOf);

async function countOf(manager: EntityManager, { known, parts, parameters }: ReadableList): Promise<number> {
  const counts = parts.map((part) => `(select count(*) from (${part}) c)`);
  const [row] = await manager.query<{ count: number }[]>(
    `${known} select (${counts.join(' + ')})::int as count`,
    parameters,
  );
  return row?.count ?? 0;
}

/**
 * Whether the rows of a period are asked for in an order that no index of periods has. The database would go through
 * all dossiers in that order until it has met enough of the period: through most of them where that lies at the end.
 */
const isWalk = (filter: DossierFilter, sort: Sort): boolean => recurs(filter) && !sort.endsWith('time');

/** As many rows of a period are gathered first and sorted then. */
const GATHERED_AT_MOST = 250_000;

interface PageQuestion {
  sort: Sort;
  cursor: Cursor | undefined;
  limit: number;
  gathered: boolean;
}

/** Documents are long and fetched last, of the rows that are shown: what is passed over is told by indexes alone. */
function rowsOf(
  manager: EntityManager,
  list: ReadableList,
  { sort, cursor, limit, gathered }: PageQuestion,
): Promise<ListRow[]> {
  const parameters = [...list.parameters];
  const bind = (value: unknown) => `$${parameters.push(value)}`;
  const { key, place, descending, order } = orderOf(sort, list);
  const behind = cursor ? beginning(cursor, key, place, descending, bind) : 'true';
  // Each part in order and cut by itself, so that an index can serve it.
  const cut = list.parts.map(
    (part) => `(select ${PLACE}, ${key ?? 'null::timestamptz'} as sort_key
                  from (${part} ${gathered ? 'offset 0' : ''}) p
                 where ${behind} order by ${order} limit ${limit})`,
  );
  // Several are merged in the same order.
  return manager.query(
    `${list.known}
     select p.*, d.doc from (select * from (${cut.join(' union all ')}) c order by ${order} limit ${limit}) p
       join ${list.dossiers} d using (source, code)
      order by ${order}`,
    parameters,
  );
}

/** Whether a dossier may stand in the list more than once. */
const recurs = ({ flow, figures }: DossierFilter): boolean => (flow ?? figures) !== undefined;

/** What is known of a row before its document. */
const PLACE = `source, code, overdue_from, accepted_at, happened_at, nth, counted_as, stood_overdue_from,
  stood_paused_since`;

/** What a list is ordered by: a key, if any, then the place of a row, which no other has. */
function orderOf(sort: Sort, filter: DossierFilter) {
  const flows = recurs(filter);
  const descending = sort.startsWith('-');
  const key = sort.endsWith('code')
    ? undefined
    : sort.endsWith('due')
      ? 'overdue_from'
      : flows
        ? 'happened_at'
        : 'accepted_at';
  const place = ['source', 'code', ...(flows ? ['nth'] : [])];
  const order = [...(key ? [key] : []), ...place]
    .map((column) => (descending ? `${column} desc` : column))
    .join(', ');
  return { key, place, descending, order };
}

async function* batchesOf(
  runner: QueryRunner,
  show: (rows: ListRow[]) => DossierItem[],
): AsyncGenerator<DossierItem[], undefined> {
  const fetch = () => runner.query(`fetch ${BATCH} from whole_list`) as Promise<ListRow[]>;
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

/** SQL for what lies behind a cursor, in words that an index on the order understands. */
function beginning(
  cursor: Cursor,
  key: string | undefined,
  place: readonly string[],
  descending: boolean,
  bind: (value: unknown) => string,
): string {
  const than = descending ? '<' : '>';
  const at = [
    bind(cursor.source),
    bind(cursor.code),
    ...(place.includes('nth') ? [`${bind(cursor.nth)}::bigint`] : []),
  ];
  const withinKey = `(${place.join(', ')}) ${than} (${at.join(', ')})`;
  if (key === undefined) return withinKey;
  if (cursor.key === null) {
    const sameKey = `${key} is null and ${withinKey}`;
    return descending ? `(${key} is not null or (${sameKey}))` : sameKey;
  }
  const k = `${bind(instantOf(cursor.key))}::timestamptz`;
  const inOrder = `${key} ${than}= ${k} and (${[key, ...place].join(', ')}) ${than} (${[k, ...at].join(', ')})`;
  return descending ? inOrder : `(${key} is null or (${inOrder}))`;
}

/** The figure of a report's line that a list stands behind. */
function figureOf(row: ReportRow, { flow, stock, figures }: DossierFilter): number {
  const names = figures ?? (flow ? FLOW_FIGURES[flow] : stock ? [STOCK_FIGURE[stock]] : []);
  return names.reduce((sum, name) => sum + figureIn(row, name), 0);
}

const instantOf = (millis: Instant | null): Date | null => (millis === null ? null : new Date(millis));
const text = (instant: Date | null | undefined): string | null =>
  instant ? formatInstant(instant.getTime()) : null;

function readLimit(reader: QueryReader): number {
  const text = reader.text('limit') ?? '50';
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 500)
    reader.fault('limit', 'out-of-range', 'Must be a whole number from 1 to 500.');
  return limit;
}

function writeCursor(row: ListRow, filter: DossierFilter): string {
  const place = [row.sort_key?.getTime() ?? null, row.source, row.code];
  return Buffer.from(JSON.stringify([...place, ...(recurs(filter) ? [Number(row.nth)] : [])])).toString(
    'base64url',
  );
}

function readCursor(reader: QueryReader, filter: DossierFilter): Cursor | undefined {
  const flows = recurs(filter);
  const text = reader.text('cursor');
  if (text === undefined) return undefined;
  const isInstant = (value: unknown): value is number =>
    Number.isSafeInteger(value) && Math.abs(value as number) < 8.64e15;
  try {
    if (!/^[A-Za-z0-9_-]+$/.test(text)) throw new Error('not base64url');
    const parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
    if (!Array.isArray(parsed) || parsed.length !== (flows ? 4 : 3)) throw new Error('not a cursor');
    const [key, source, code, nth] = parsed as unknown[];
    if (
      !(key === null || isInstant(key)) ||
      typeof source !== 'string' ||
      typeof code !== 'string' ||
      (source + code).includes('\u0000') ||
      (flows && !isInstant(nth))
    ) {
      throw new Error('not a cursor');
    }
    return { key, source, code, nth: flows ? (nth as number) : 0 };
  } catch {
    reader.fault('cursor', 'bad-value', 'Is not a cursor that this list gave.');
    return undefined;
  }
}
