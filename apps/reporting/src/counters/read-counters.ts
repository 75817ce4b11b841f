import type { DataSource } from 'typeorm';
import { MEASURES } from '#libs/dossier';
import { millisSql } from '#libs/store';
import type { CounterLevel } from './counter-level.js';
import { type CounterKind, MEASURE_COLUMNS } from './counters.js';
import type { Piece } from './periods.js';
import { addTo, emptyOf, type PieceSums } from './piece-sums.js';

/** Sums of pieces, in order, and the generation they are of. */
export interface CountersRead {
  generation: number;
  pieces: PieceSums[];
}

/** Reads the counters' rows of a level over pieces of time, in one statement: it sees one state of them. */
export async function readCounters(
  database: DataSource,
  { columns, kind, filter }: CounterLevel,
  pieces: readonly Piece[],
): Promise<CountersRead> {
  const sums = MEASURE_COLUMNS.map((column) => `sum(c.${column})::int as ${column}`).join(', ');
  const keys = columns.map((column) => `, c.${column}`).join('');
  const rows = await database.query<Record<string, string | number | null>[]>(
    `select p.nth::int as nth, case when p.unit = 'i' then ${millisSql('c.starts_at')} end as instant${keys}, ${sums},
            (select generation from reporting.counting where id = 1) as generation
       from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as p(unit, low, high, nth)
       join reporting.counter c
         on c.unit = p.unit
        and c.starts_at >= timestamptz 'epoch' + p.low * interval '1 millisecond'
        and c.starts_at < timestamptz 'epoch' + p.high * interval '1 millisecond'
      where ${CONDITIONS[kind]}
        and ($5::text[] is null or c.agency = any($5)) and ($6::text[] is null or c.procedure = any($6))
        and ($7::text is null or c.channel = $7)
      group by p.nth, 2${keys}
      union all
     select 0, null${columns.map(() => `, ''`).join('')}${MEASURE_COLUMNS.map(() => ', 0').join('')}, generation
       from reporting.counting where id = $4`,
    [
      pieces.map(({ unit }) => unit),
      pieces.map(({ from }) => from),
      pieces.map(({ until }) => until),
      1,
      ...[filter?.agencies ?? null, filter?.procedures ?? null, filter?.channel ?? null],
    ],
  );
  const found = pieces.map(emptyOf);
  let generation = -1;
  for (const row of rows) {
    generation = Number(row['generation']);
    const piece = found[Number(row['nth']) - 1];
    if (!piece) continue;
    const cell = {
      agency: String(row['agency'] ?? ''),
      procedure: String(row['procedure'] ?? ''),
      channel: String(row['channel'] ?? ''),
    };
    const counts = MEASURES.map((_, measure) => Number(row[MEASURE_COLUMNS[measure] as string]));
    addTo(piece, columns, cell, Number(row['instant']), counts);
  }
  return { generation, pieces: found };
}

const CONDITIONS: Record<CounterKind, string> = {
  agencies: `c.agency <> '' and c.procedure = '' and c.channel = ''`,
  procedures: `c.agency = '' and c.procedure <> ''`,
  channels: `c.agency = '' and c.procedure = ''`,
  cells: `c.agency <> '' and c.procedure <> ''`,
};
