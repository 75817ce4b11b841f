import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import {
  EARLY_BUCKETS,
  formatDay,
  formatInstant,
  HOUR_MS,
  type Instant,
  LATE_BUCKETS,
  type LateBucket,
  startOfDay,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { cellSql } from './ageing.js';
import { KnownThen } from './known-then.js';
import { QueryReader, type RawQuery, readReportQuery, type ReportQuery } from '../reports/report-query.js';
import { DAYS_SQL, RESOLUTION, TOOK_SQL } from './resolution-sql.js';
import { filterOf } from '../reports/timeliness-report.js';

const PARAMETERS = ['from', 'to', 'agency', 'procedure', 'domain', 'channel', 'tree', 'asOf'] as const;

/** How long what was resolved in a period took; every resolution counts, also of a dossier resolved twice. */
export interface DurationsReport {
  from: string;
  to: string;
  asOf: string;
  resolved: number;
  /** Recorded before durations were kept; only classes are known (`npm run rebuild -- reporting`). */
  unmeasured: number;
  /** In working days between the day of resolution and the due day; `unmeasured` besides the buckets. */
  early: { total: number; unmeasured: number } & Record<(typeof EARLY_BUCKETS)[number], number>;
  onTime: { total: number };
  late: { total: number; unmeasured: number } & Record<LateBucket, number>;
  noDueDate: { total: number };
  /** Working hours, two decimals, of those measured: the clock ran, or waited for the citizen. */
  time: { ownHours: number; waitingHours: number };
  /** Dossiers with at least one, how many there were, working hours they lasted; a dossier may wait for both. */
  pauses: Record<'supplement' | 'fee', { dossiers: number; count: number; hours: number }>;
  extensions: { dossiers: number; count: number };
}

export function readDurationsQuery(raw: RawQuery, catalogue: Catalogue, now: Instant): ReportQuery {
  // There are no rows here: `by` is unknown, and nobody need be told twice.
  const known = 'by' in raw ? { ...raw, by: undefined } : raw;
  return readReportQuery(raw, catalogue, now, { reader: new QueryReader(known, PARAMETERS) });
}

const COUNTS: Record<string, string> = {
  resolved: 'true',
  unmeasured: TOOK_SQL.unmeasured,
  early: `outcome = 'early'`,
  onTime: `outcome = 'on-time'`,
  late: `outcome = 'late'`,
  noDueDate: `outcome = 'no-due-date'`,
  'early unmeasured': `outcome = 'early' and ${TOOK_SQL.unmeasured}`,
  'late unmeasured': `outcome = 'late' and ${TOOK_SQL.unmeasured}`,
  ...DAYS_SQL,
  'supplement dossiers': TOOK_SQL.supplement,
  'fee dossiers': TOOK_SQL.fee,
  'extension dossiers': TOOK_SQL.extension,
};
const SUMS: Record<string, string> = {
  own: 'own',
  waiting: 'waiting',
  'supplement count': 'supplements',
  'supplement time': 'supplement_time',
  'fee count': 'fees',
  'fee time': 'fee_time',
  'extension count': 'extensions',
};

/** Of a dossier resolved once its columns; of one reopened every resolution, from its document. */
const RESOLUTIONS = (from: string, until: string, cells: string): string => `
  select ${RESOLUTION.row}
    from known d
   where not d.recurring and d.outcome is not null and d.closed_at >= ${from} and d.closed_at < ${until} and ${cells}
  union all
  select ${RESOLUTION.flow}
    from known d cross join lateral json_array_elements(d.doc::json -> 'flows') f
   where d.recurring and f ->> 'kind' like 'resolved%' and ${cells}
     and to_timestamp((f ->> 'at')::bigint / 1000.0) >= ${from}
     and to_timestamp((f ->> 'at')::bigint / 1000.0) < ${until}`;

@Injectable()
export class DurationsReports {
  constructor(@Inject(KnownThen) private readonly known: KnownThen) {}

  make(query: ReportQuery, catalogue: Catalogue): Promise<DurationsReport> {
    return this.known.inOneSnapshot(query.historical, (manager) => this.read(manager, query, catalogue));
  }

  private async read(
    manager: EntityManager,
    query: ReportQuery,
    catalogue: Catalogue,
  ): Promise<DurationsReport> {
    const parameters: unknown[] = [];
    const bind = (value: unknown) => `$${parameters.push(value)}`;
    const sql = await this.known.at(query.historical ? query.asOf : undefined, catalogue, bind, manager);
    const instant = (value: Instant) => `${bind(new Date(value))}::timestamptz`;
    const from = instant(startOfDay(query.from));
    const until = instant(Math.min(startOfDay(query.to + 1), query.asOf + 1));
    const cells = cellSql(filterOf(query, catalogue), bind);
    const columns = [
      ...Object.entries(COUNTS).map(([name, is]) => `count(*) filter (where ${is})::int as "${name}"`),
      ...Object.entries(SUMS).map(([name, of]) => `coalesce(sum(${of}), 0)::float8 as "${name}"`),
    ];
    const [sums] = await manager.query<[Record<string, number>]>(
      `${sql}, resolution as (${RESOLUTIONS(from, until, cells)}) select ${columns.join(', ')} from resolution`,
      parameters,
    );
    const of = (name: string) => sums[name] ?? 0;
    const buckets = <T extends string>(prefix: string, names: readonly T[]) =>
      Object.fromEntries(names.map((name) => [name, of(`${prefix}-${name}`)])) as Record<T, number>;
    const pause = (reason: string) => ({
      dossiers: of(`${reason} dossiers`),
      count: of(`${reason} count`),
      hours: hours(of(`${reason} time`)),
    });
    return {
      ...{ from: formatDay(query.from), to: formatDay(query.to), asOf: formatInstant(query.asOf) },
      resolved: of('resolved'),
      unmeasured: of('unmeasured'),
      early: { total: of('early'), unmeasured: of('early unmeasured'), ...buckets('early', EARLY_BUCKETS) },
      onTime: { total: of('onTime') },
      late: { total: of('late'), unmeasured: of('late unmeasured'), ...buckets('late', LATE_BUCKETS) },
      noDueDate: { total: of('noDueDate') },
      time: { ownHours: hours(of('own')), waitingHours: hours(of('waiting')) },
      pauses: { supplement: pause('supplement'), fee: pause('fee') },
      extensions: { dossiers: of('extension dossiers'), count: of('extension count') },
    };
  }
}

/** Working hours with two decimals, half up, from whole milliseconds. */
const hours = (milliseconds: number): number => Math.floor((milliseconds * 100) / HOUR_MS + 0.5) / 100;
