import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AWAITED, type Awaited, ProblemError } from '#libs/contracts';
import {
  bucketBounds,
  dayOf,
  DUE_BUCKETS,
  type DueBucket,
  formatInstant,
  type Instant,
  LATE_BUCKETS,
  type LateBucket,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { Causes } from './causes.js';
import { readAt } from './dossier-filter.js';
import type { CellFilter } from '../reports/figures.js';
import { KnownThen } from './known-then.js';
import { QueryReader, type RawQuery, readReportQuery, type ReportQuery } from '../reports/report-query.js';
import { AWAITING_BITS, standingParts, stockSql } from './standing.js';
import { filterOf, keysOf, nameOf } from '../reports/timeliness-report.js';

const GROUPINGS = ['agency', 'procedure'] as const;

/** How old what is open is, in working days. */
export interface AgeingRow {
  open: number;
  inTime: { total: number } & Record<DueBucket, number>;
  overdue: { total: number } & Record<LateBucket, number>;
  paused: {
    total: number;
    pastDue: number;
    byReason: Record<Awaited, number>;
    byLength: Record<LateBucket, number>;
  };
  noDueDate: number;
}

export interface AgeingReport {
  /** When it stood so. */
  at: string;
  /** What was known then is counted. */
  asOf: string;
  by: (typeof GROUPINGS)[number] | null;
  calendarVersion: number;
  total: AgeingRow;
  rows: ({ key: string; name: string } & AgeingRow)[];
  /** The overdue ones by their cause, most first; null: none given. */
  byCause: { cause: string | null; vi: string | null; en: string | null; count: number }[];
}

export interface AgeingQuery {
  report: ReportQuery;
  at: Instant;
}

export function readAgeingQuery(raw: RawQuery, catalogue: Catalogue, now: Instant): AgeingQuery {
  const reader = new QueryReader(raw, [
    'agency',
    'procedure',
    'domain',
    'channel',
    'by',
    'tree',
    'asOf',
    'at',
  ]);
  const at = readAt(reader, now);
  // A stock has no beginning; agencies are where they were when it stood.
  const span = { from: 0, to: dayOf(at) };
  const report = readReportQuery(raw, catalogue, now, { reader, groupings: GROUPINGS, span });
  if (reader.text('at') === undefined) return { report, at: report.asOf };
  if (at > report.asOf) {
    const detail = 'Lies after asOf: nothing was known then of what stands later.';
    throw new ProblemError('bad-request', `at: ${detail}`, [
      { index: 0, pointer: '/at', code: 'out-of-range', detail },
    ]);
  }
  return { report, at };
}

/** SQL for membership of a cell filter, over `d`; `$n` follows the parameters given so far. */
export function cellSql(
  { agencies, procedures, channel }: CellFilter,
  bind: (value: unknown) => string,
): string {
  return [
    'true',
    ...(agencies ? [`d.agency = any(${bind(agencies)}::text[])`] : []),
    ...(procedures ? [`d.procedure = any(${bind(procedures)}::text[])`] : []),
    ...(channel ? [`d.channel = ${bind(channel)}`] : []),
  ].join(' and ');
}

@Injectable()
export class AgeingReports {
  constructor(
    @Inject(KnownThen) private readonly known: KnownThen,
    @Inject(Causes) private readonly causes: Causes,
  ) {}

  make(asked: AgeingQuery, catalogue: Catalogue): Promise<AgeingReport> {
    return this.known.inOneSnapshot(asked.report.historical, (manager) =>
      this.read(manager, asked, catalogue),
    );
  }

  private async read(
    manager: EntityManager,
    { report: query, at }: AgeingQuery,
    catalogue: Catalogue,
  ): Promise<AgeingReport> {
    const calendarVersion = query.historical
      ? catalogue.calendarVersionAt(query.asOf)
      : catalogue.newestCalendarVersion();
    const bounds = bucketBounds(catalogue.calendar(calendarVersion), at);
    const parameters: unknown[] = [];
    const bind = (value: unknown) => `$${parameters.push(value)}`;
    const sql = await this.known.at(query.historical ? query.asOf : undefined, catalogue, bind, manager);
    const instant = (value: Instant) => `${bind(new Date(value))}::timestamptz`;
    const T = instant(at);
    const [late, due] = [bounds.late.map(instant), bounds.due.map(instant)];
    const asOf = instant(query.asOf);
    const is = { inTime: stockSql('in-time', T), overdue: stockSql('overdue', T) };
    const paused = stockSql('paused', T);
    const counts: Record<string, string> = {
      open: 'true',
      inTime: is.inTime,
      ...prefixed('due', DUE_BUCKETS, parted('stood_overdue_from', is.inTime, due, '<=')),
      overdue: is.overdue,
      ...prefixed('late', LATE_BUCKETS, parted('stood_overdue_from', is.overdue, late, '>')),
      paused,
      pastDue: stockSql('past-due-while-paused', T),
      ...Object.fromEntries(
        AWAITED.map((one) => [`awaiting ${one}`, `${paused} and stood_awaiting = ${AWAITING_BITS[one]}`]),
      ),
      ...prefixed('length', LATE_BUCKETS, parted('stood_paused_since', paused, late, '>=')),
      noDueDate: stockSql('no-due-date', T),
    };
    const columns = Object.entries(counts).map(
      ([name, condition]) => `count(*) filter (where ${condition})::int as "${name}"`,
    );
    // Agencies are gathered into rows here, so the database groups by what it stores.
    const key = query.by === undefined ? `''` : query.by;
    const standing = standingParts('known', T, STANDING_COLUMNS)
      .map((part) => `(${part})`)
      .join(' union all ');
    const rows = await manager.query<({ key: string; cause: string | null } & Counted)[]>(
      // Causes are few: they are looked up once for all, not for each that is overdue.
      `${sql}, standing as (${standing}),
       cause as (select distinct on (source, code) source, code, cause from reporting.cause_entry
                  where recorded_at <= ${asOf} order by source, code, id desc)
       select ${key} as key, case when ${is.overdue} then c.cause end as cause,
              (${is.overdue})::boolean as is_overdue, ${columns.join(', ')}
         from standing d left join cause c using (source, code)
        where ${cellSql(filterOf(query, catalogue), bind)} group by 1, 2, 3`,
      parameters,
    );
    return {
      ...{ at: formatInstant(at), asOf: formatInstant(query.asOf) },
      ...{ by: (query.by as AgeingReport['by'] | undefined) ?? null, calendarVersion },
      total: rowOf(rows),
      rows: this.keyed(query, catalogue, rows),
      byCause: this.byCause(rows),
    };
  }

  private keyed(
    query: ReportQuery,
    catalogue: Catalogue,
    rows: readonly ({ key: string } & Counted)[],
  ): AgeingReport['rows'] {
    if (query.by === undefined) return [];
    const { rowKey, always } = keysOf(query, catalogue);
    const grouped = new Map<string, Counted[]>(always.map((key) => [key, []]));
    for (const row of rows) {
      const key = rowKey(row.key);
      const group = grouped.get(key);
      if (group) group.push(row);
      else grouped.set(key, [row]);
    }
    return [...grouped]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, group]) => ({ key, name: nameOf(query, catalogue, key), ...rowOf(group) }));
  }

  private byCause(rows: readonly ({ cause: string | null } & Counted)[]): AgeingReport['byCause'] {
    const counts = new Map<string | null, number>();
    for (const { cause, overdue = 0 } of rows) {
      if (overdue > 0) counts.set(cause, (counts.get(cause) ?? 0) + overdue);
    }
    return [...counts]
      .sort(([a, m], [b, n]) => n - m || ((a ?? '') < (b ?? '') ? -1 : 1))
      .map(([cause, count]) => {
        const words = this.causes.list.causes.find(({ code }) => code === cause);
        return { cause, vi: words?.vi ?? null, en: words?.en ?? null, count };
      });
  }
}

/** No more than is grouped by: documents are long. */
const STANDING_COLUMNS = 'd.source, d.code, d.agency, d.procedure, d.channel';

type Counted = Record<string, number>;

/** Conditions for the buckets that sorted bounds part a column into; the last takes what none of them holds. */
function parted(
  column: string,
  within: string,
  bounds: readonly string[],
  than: '<=' | '>' | '>=',
): string[] {
  return [...bounds, undefined].map((bound, i) =>
    [
      within,
      ...(bound === undefined ? [] : [`${column} ${than} ${bound}`]),
      ...(i === 0 ? [] : [`not (${column} ${than} ${bounds[i - 1]})`]),
    ].join(' and '),
  );
}

const prefixed = (
  prefix: string,
  names: readonly string[],
  values: readonly string[],
): Record<string, string> =>
  Object.fromEntries(names.map((name, i) => [`${prefix} ${name}`, values[i] as string]));

function rowOf(rows: readonly Counted[]): AgeingRow {
  const sum = (name: string) => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  const parts = <T extends string>(prefix: string, names: readonly T[]) =>
    Object.fromEntries(names.map((name) => [name, sum(`${prefix} ${name}`)])) as Record<T, number>;
  return {
    open: sum('open'),
    inTime: { total: sum('inTime'), ...parts('due', DUE_BUCKETS) },
    overdue: { total: sum('overdue'), ...parts('late', LATE_BUCKETS) },
    paused: {
      total: sum('paused'),
      pastDue: sum('pastDue'),
      byReason: parts('awaiting', AWAITED),
      byLength: parts('length', LATE_BUCKETS),
    },
    noDueDate: sum('noDueDate'),
  };
}
