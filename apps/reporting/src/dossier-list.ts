import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { FlowName, Stock } from '#libs/contracts';
import {
  dayOf,
  type DossierState,
  type DossierView,
  dossierView,
  formatInstant,
  type Instant,
  type ReportRow,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { Causes } from './causes.js';
import { type DossierFilter, FILTER_PARAMETERS, readDossierFilter } from './dossier-filter.js';
import { QueryReader, type RawQuery } from './report-query.js';
import { TimelinessReports } from './timeliness-report.js';

/** A dossier as the outside sees it. */
export interface DossierJson extends DossierView {
  source: string;
  code: string;
  domain: string | null;
}

export interface DossierItem extends DossierJson {
  /** Of a flow: when it happened. */
  happenedAt?: string;
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
  nth?: string | number;
  stood_overdue_from?: Date | null;
  stood_paused_since?: Date | null;
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

@Injectable()
export class DossierList {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Causes) private readonly causes: Causes,
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
  ) {}

  /**
   * A page of the list behind a figure. Without `sort` ordered by (overdueFrom, source, code), no overdueFrom last;
   * a descending order is the exact reverse.
   */
  async page(raw: RawQuery, catalogue: Catalogue, now: Instant): Promise<DossierPage> {
    const reader = new QueryReader(raw, [...FILTER_PARAMETERS, 'sort', 'count', 'cursor', 'limit']);
    const codes = this.causes.list.causes.map(({ code }) => code);
    const filter = readDossierFilter(reader, catalogue, codes, now);
    const sort = reader.oneOf('sort', SORTS) ?? 'due';
    const counted = reader.oneOf('count', ['true', 'false']) === 'true';
    const limit = readLimit(reader);
    const cursor = readCursor(reader, filter);
    reader.done();

    const [rows, count] = await Promise.all([
      this.rows(filter, sort, cursor, limit + 1),
      counted ? this.count(filter, catalogue, now) : undefined,
    ]);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      items: shown.map((row) => ({
        ...showDossier(row, catalogue, now),
        ...(row.happened_at && { happenedAt: formatInstant(row.happened_at.getTime()) }),
        ...(filter.stock && {
          then: { overdueFrom: text(row.stood_overdue_from), pausedSince: text(row.stood_paused_since) },
        }),
      })),
      next: rows.length > limit && last ? writeCursor(last, filter) : null,
      ...(count !== undefined && { count }),
    };
  }

  /** From the counters where a report has it among its figures, which costs the same however many there are. */
  private async count(filter: DossierFilter, catalogue: Catalogue, now: Instant): Promise<number> {
    const { parts, parameters, report } = filter;
    // A period that has not begun has no report, and nothing in it.
    if (report && report.from <= dayOf(now)) {
      return figureOf((await this.reports.make(report, catalogue)).total, filter);
    }
    const counts = parts.map((part) => `(select count(*) from (${part}) c)`);
    const [row] = await this.database.query<{ count: number }[]>(
      `select (${counts.join(' + ')})::int as count`,
      parameters,
    );
    return row?.count ?? 0;
  }

  private rows(
    { parts, parameters: bound, flow }: DossierFilter,
    sort: Sort,
    cursor: Cursor | undefined,
    limit: number,
  ): Promise<ListRow[]> {
    const parameters = [...bound];
    const bind = (value: unknown) => `$${parameters.push(value)}`;
    const descending = sort.startsWith('-');
    const key = sort.endsWith('code')
      ? undefined
      : sort.endsWith('due')
        ? 'overdue_from'
        : flow
          ? 'happened_at'
          : 'accepted_at';
    const place = ['source', 'code', ...(flow ? ['nth'] : [])];
    const order = [...(key ? [key] : []), ...place]
      .map((column) => (descending ? `${column} desc` : column))
      .join(', ');
    const behind = cursor ? beginning(cursor, key, place, descending, bind) : 'true';
    // Each part in order and cut by itself, so that an index can serve it.
    const cut = parts.map(
      (part) => `(select p.*, ${key ?? 'null::timestamptz'} as sort_key from (${part}) p
                   where ${behind} order by ${order} limit ${limit})`,
    );
    // Several are merged in the same order.
    const sql = cut.length === 1 ? cut[0] : `${cut.join(' union all ')} order by ${order} limit ${limit}`;
    return this.database.query(sql as string, parameters);
  }

  async find(source: string, code: string): Promise<DossierRow | undefined> {
    const rows = await this.database.query<DossierRow[]>(
      'select source, code, doc from reporting.dossier where source = $1 and code = $2',
      [source, code],
    );
    return rows[0];
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
function figureOf(row: ReportRow, { flow, stock }: DossierFilter): number {
  const { resolved, closedOtherwise, open } = row;
  const flows: Record<FlowName, number> = {
    received: row.received.total,
    reopened: row.reopened,
    resolved: resolved.total,
    'resolved-early': resolved.early,
    'resolved-on-time': resolved.onTime,
    'resolved-late': resolved.late,
    'resolved-no-due-date': resolved.noDueDate,
    'closed-otherwise': closedOtherwise.total,
    'closed-refused': closedOtherwise.refused,
    'closed-withdrawn': closedOtherwise.withdrawn,
    'closed-stopped': closedOtherwise.stopped,
    refused: row.refused,
  };
  const stocks: Record<Stock, number> = {
    open: open.total,
    'in-time': open.inTime,
    overdue: open.overdue,
    paused: open.paused,
    'past-due-while-paused': open.pausedPastDue,
    'no-due-date': open.noDueDate,
  };
  return flow ? flows[flow] : stock ? stocks[stock] : 0;
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

function writeCursor(row: ListRow, { flow }: DossierFilter): string {
  const place = [row.sort_key?.getTime() ?? null, row.source, row.code];
  return Buffer.from(JSON.stringify([...place, ...(flow ? [Number(row.nth)] : [])])).toString('base64url');
}

function readCursor(reader: QueryReader, { flow }: DossierFilter): Cursor | undefined {
  const text = reader.text('cursor');
  if (text === undefined) return undefined;
  const isInstant = (value: unknown): value is number =>
    Number.isSafeInteger(value) && Math.abs(value as number) < 8.64e15;
  try {
    if (!/^[A-Za-z0-9_-]+$/.test(text)) throw new Error('not base64url');
    const parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
    if (!Array.isArray(parsed) || parsed.length !== (flow ? 4 : 3)) throw new Error('not a cursor');
    const [key, source, code, nth] = parsed as unknown[];
    if (
      !(key === null || isInstant(key)) ||
      typeof source !== 'string' ||
      typeof code !== 'string' ||
      (source + code).includes('\u0000') ||
      (flow && !isInstant(nth))
    ) {
      throw new Error('not a cursor');
    }
    return { key, source, code, nth: flow ? (nth as number) : 0 };
  } catch {
    reader.fault('cursor', 'bad-value', 'Is not a cursor that this list gave.');
    return undefined;
  }
}
