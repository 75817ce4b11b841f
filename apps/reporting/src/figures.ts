import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Counts, dayOf, type Instant, MEASURES, startOfDay } from '#libs/dossier';
import { MEASURE_COLUMNS } from './counters.js';
import { PACKING_ORIGIN } from './ledger-entries.js';
import { type Piece, piecesOf, startOfYear } from './periods.js';

/** Which cells count; undefined: all. */
export interface CellFilter {
  agencies: readonly string[] | undefined;
  procedures: readonly string[] | undefined;
  channel: string | undefined;
}

export type CellColumn = 'agency' | 'procedure' | 'channel';

/** A stretch of time that is summed up apart, half open. */
export interface Stretch {
  name: string;
  from: Instant;
  until: Instant;
}

export interface Figure {
  /** Value of the grouping column; '' without one. */
  key: string;
  stretch: string;
  counts: Counts;
}

/** Before everything: the beginning of the first stretch of a running sum. */
export const BEGINNING: Instant = startOfYear(Date.UTC(1800, 0, 15));

/** Sums of the ledger by stretch of effective time, from the counters or from the ledger itself. */
@Injectable()
export class Figures {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /**
   * As known now, from rows of years, months and days; what lies inside the last day but after `cut` is
   * taken off again, to the millisecond.
   */
  async now(
    stretches: readonly Stretch[],
    filter: CellFilter,
    group: CellColumn | undefined,
    cut: Instant,
  ): Promise<Figure[]> {
    const rollUp = rollUpFor(filter, group);
    const pieces = stretches.flatMap((stretch) =>
      rowsOf(stretch, cut, rollUp.years).map((piece) => ({ ...piece, name: stretch.name })),
    );
    const where = [rollUp.where];
    const parameters: unknown[] = [
      pieces.map(({ name }) => name),
      pieces.map(({ unit }) => unit),
      pieces.map(({ from }) => from),
      pieces.map(({ until }) => until),
      pieces.map(({ sign }) => sign),
    ];
    const restrict = (column: CellColumn, values: readonly string[] | undefined) => {
      if (!values) return;
      parameters.push(values);
      where.push(`c.${column} = any($${parameters.length}::text[])`);
    };
    restrict('agency', filter.agencies);
    restrict('procedure', filter.procedures);
    restrict('channel', filter.channel === undefined ? undefined : [filter.channel]);
    const sums = MEASURE_COLUMNS.map((column) => `sum(p.sign * c.${column})::int as ${column}`).join(', ');
    const rows = await this.database.query<Record<string, string | number>[]>(
      `select p.name as stretch${group ? `, c.${group} as key` : ''}, ${sums}
         from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::int[]) as p(name, unit, low, high, sign)
         join reporting.counter c
           on c.unit = p.unit
          and c.starts_at >= timestamptz 'epoch' + p.low * interval '1 millisecond'
          and c.starts_at < timestamptz 'epoch' + p.high * interval '1 millisecond'
        where ${where.join(' and ')}
        group by p.name${group ? `, c.${group}` : ''}`,
      parameters,
    );
    return rows.map((row) => ({
      key: group ? String(row['key']) : '',
      stretch: String(row['stretch']),
      counts: MEASURE_COLUMNS.map((column) => Number(row[column])),
    }));
  }

  /** As known at `asOf`: straight from the ledger, whose rows say when they were recorded. */
  async asOf(
    stretches: readonly Stretch[],
    filter: CellFilter,
    group: CellColumn | undefined,
    asOf: Instant,
  ): Promise<Figure[]> {
    const rows = await this.database.query<
      { key: string; stretch: string; measure: number; count: number }[]
    >(
      `select ${group ? `l.${group}` : `''`} as key, p.name as stretch,
              ((e / 2) % 32)::int as measure, sum(case when e % 2 = 0 then 1 else -1 end)::int as count
         from reporting.ledger l
         cross join lateral unnest(l.entries) as e
         join unnest($1::text[], $2::bigint[], $3::bigint[]) as p(name, low, high)
           on e / 64 >= p.low - $8::bigint and e / 64 < p.high - $8::bigint
        where l.recorded_at <= timestamptz 'epoch' + $4::bigint * interval '1 millisecond'
          and ($5::text[] is null or l.agency = any($5)) and ($6::text[] is null or l.procedure = any($6))
          and ($7::text is null or l.channel = $7)
        group by 1, 2, 3`,
      [
        stretches.map(({ name }) => name),
        stretches.map(({ from }) => from),
        stretches.map(({ until }) => until),
        ...[asOf, filter.agencies ?? null, filter.procedures ?? null, filter.channel ?? null, PACKING_ORIGIN],
      ],
    );
    const figures = new Map<string, Figure>();
    for (const { key, stretch, measure, count } of rows) {
      const id = `${stretch}\u0000${key}`;
      let figure = figures.get(id);
      if (!figure) figures.set(id, (figure = { key, stretch, counts: zeroCounts() }));
      figure.counts[measure] = count;
    }
    return [...figures.values()];
  }
}

export const zeroCounts = (): Counts => new Array<number>(MEASURES.length).fill(0);

export function addCounts(sum: Counts, counts: Counts): void {
  for (let measure = 0; measure < counts.length; measure += 1)
    sum[measure] = (sum[measure] ?? 0) + (counts[measure] ?? 0);
}

/** Which kind of counter rows answers a question with the least reading, and whether it has years. */
function rollUpFor(filter: CellFilter, group: CellColumn | undefined): { where: string; years: boolean } {
  const byAgency = filter.agencies !== undefined || group === 'agency';
  const byProcedure = filter.procedures !== undefined || group === 'procedure';
  const byChannel = filter.channel !== undefined || group === 'channel';
  if (byAgency && (byProcedure || byChannel))
    return { where: `c.agency <> '' and c.procedure <> ''`, years: false };
  if (byAgency) return { where: `c.agency <> '' and c.procedure = '' and c.channel = ''`, years: true };
  if (byProcedure) return { where: `c.agency = '' and c.procedure <> ''`, years: true };
  return { where: `c.agency = '' and c.procedure = ''`, years: true };
}

/** The rows of a stretch: whole days, less what its last day holds behind the cut. */
function rowsOf({ from, until }: Stretch, cut: Instant, years: boolean): Piece[] {
  const dayEnd = startOfDay(dayOf(until - 1) + 1);
  const pieces = piecesOf(from, dayEnd, years);
  if (until - 1 === cut && cut < dayEnd - 1)
    pieces.push({ unit: 'i', from: cut + 1, until: dayEnd, sign: -1 });
  return pieces;
}
