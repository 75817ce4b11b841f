import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Counts, MEASURES } from '#libs/dossier';
import { MEASURE_COLUMNS } from './counters.js';
import { type Counted, Counting } from './counting.js';
import type { Piece } from './periods.js';

/** Which rows of the counters answer a question, and by which columns they are told apart. */
export interface CounterLevel {
  /** Two levels of one name give the same rows. */
  name: string;
  columns: readonly ('agency' | 'procedure' | 'channel')[];
  /** Condition on `c`, with parameters from $5 on. */
  where: string;
  parameters: readonly unknown[];
}

export interface CounterSum {
  agency: string;
  procedure: string;
  channel: string;
  counts: Counts;
}

/** Sums of pieces, in order, and the generation they are of. */
interface CountersRead {
  generation: number;
  sums: CounterSum[][];
}

/** Sums kept at most, of all pieces together: some 50 MB. */
const MOST_SUMS = 200_000;

/**
 * Sums of counters over pieces of time, remembered until something in them changes: readers ask the same
 * years and months again and again, while what happens touches today and the deadlines ahead.
 *
 * Sums that are used together come from one generation of the counters; otherwise a figure and its parts
 * could tell of different moments.
 */
@Injectable()
export class CounterMemory {
  private readonly remembered = new Map<string, { piece: Piece; sums: CounterSum[] }>();
  private readonly reading = new Map<string, Promise<CountersRead>>();
  private generation = -1;
  private size = 0;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Counting) private readonly counting: Counting,
  ) {
    counting.onCounted((counted) => this.forgetTouched(counted));
  }

  /** The sums of each piece, in order, of everything that was in the ledger when it was called. */
  async sums(level: CounterLevel, pieces: readonly Piece[]): Promise<CounterSum[][]> {
    this.moveOn(await this.counting.upToDate());
    const { generation } = this;
    const known = pieces.map((piece) => this.remembered.get(keyOf(level, piece))?.sums);
    const missing = pieces.filter((_, index) => !known[index]);
    if (missing.length === 0) return known as CounterSum[][];

    // Apart, because nobody else asks for the same instant.
    const parts = [
      missing.filter(({ unit }) => unit !== 'i'),
      missing.filter(({ unit }) => unit === 'i'),
    ].filter(({ length }) => length > 0);
    const reads = await Promise.all(parts.map((part) => this.readTogether(level, part)));
    if (reads.every((read) => read.generation === generation)) {
      const found = new Map<Piece, CounterSum[]>();
      parts.forEach((part, nth) => {
        const read = reads[nth] as CountersRead;
        this.remember(level, part, read);
        part.forEach((piece, index) => found.set(piece, read.sums[index] as CounterSum[]));
      });
      return pieces.map((piece, index) => known[index] ?? (found.get(piece) as CounterSum[]));
    }
    // Counted in between: what was remembered may not fit what was read. One statement sees one state.
    const anew = await this.read(level, pieces);
    this.moveOn(anew.generation);
    this.remember(level, pieces, anew);
    return anew.sums;
  }

  /** Whoever misses the same of the same generation meanwhile shares the answer: today is forgotten for all at once. */
  private readTogether(level: CounterLevel, pieces: readonly Piece[]): Promise<CountersRead> {
    const key = `${this.generation} ${pieces.map((piece) => keyOf(level, piece)).join()}`;
    let reading = this.reading.get(key);
    if (!reading) {
      reading = this.read(level, pieces).finally(() => this.reading.delete(key));
      this.reading.set(key, reading);
    }
    return reading;
  }

  private async read(
    { columns, where, parameters }: CounterLevel,
    pieces: readonly Piece[],
  ): Promise<CountersRead> {
    const sums = MEASURE_COLUMNS.map((column) => `sum(c.${column})::int as ${column}`).join(', ');
    const keys = columns.map((column) => `, c.${column}`).join('');
    const rows = await this.database.query<Record<string, string | number>[]>(
      `select p.nth::int as nth${keys}, ${sums}, (select generation from reporting.counting where id = 1) as generation
         from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as p(unit, low, high, nth)
         join reporting.counter c
           on c.unit = p.unit
          and c.starts_at >= timestamptz 'epoch' + p.low * interval '1 millisecond'
          and c.starts_at < timestamptz 'epoch' + p.high * interval '1 millisecond'
        where ${where}
        group by p.nth${keys}
        union all
       select 0${columns.map(() => `, ''`).join('')}${MEASURE_COLUMNS.map(() => ', 0').join('')}, generation
         from reporting.counting where id = $4`,
      [
        pieces.map(({ unit }) => unit),
        pieces.map(({ from }) => from),
        pieces.map(({ until }) => until),
        1,
        ...parameters,
      ],
    );
    const found = pieces.map((): CounterSum[] => []);
    let generation = -1;
    for (const row of rows) {
      generation = Number(row['generation']);
      found[Number(row['nth']) - 1]?.push({
        agency: String(row['agency'] ?? ''),
        procedure: String(row['procedure'] ?? ''),
        channel: String(row['channel'] ?? ''),
        counts: MEASURES.map((_, measure) => Number(row[MEASURE_COLUMNS[measure] as string])),
      });
    }
    return { generation, sums: found };
  }

  private remember(level: CounterLevel, pieces: readonly Piece[], { generation, sums }: CountersRead): void {
    pieces.forEach((piece, index) => {
      // Cut at the very millisecond, an instant's sum is never asked for again.
      if (piece.unit === 'i' || this.generation !== generation) return;
      const found = sums[index] as CounterSum[];
      this.forget(keyOf(level, piece));
      this.remembered.set(keyOf(level, piece), { piece, sums: found });
      this.size += 1 + found.length;
    });
    for (const oldest of this.remembered.keys()) {
      if (this.size <= MOST_SUMS) return;
      this.forget(oldest);
    }
  }

  private forget(key: string): void {
    const entry = this.remembered.get(key);
    if (!entry) return;
    this.size -= 1 + entry.sums.length;
    this.remembered.delete(key);
  }

  private forgetTouched({ generation, days }: Counted): void {
    // Somebody else has counted as well: no telling what.
    if (generation !== this.generation + 1) return this.moveOn(generation);
    this.generation = generation;
    for (const [key, { piece }] of this.remembered) {
      for (const day of days) {
        if (day < piece.from || day >= piece.until) continue;
        this.forget(key);
        break;
      }
    }
  }

  /** Nothing older than a generation is of use any more. */
  private moveOn(generation: number): void {
    if (generation <= this.generation) return;
    this.generation = generation;
    this.remembered.clear();
    this.size = 0;
  }
}

const keyOf = ({ name }: CounterLevel, { unit, from, until }: Piece): string =>
  `${unit} ${from} ${until} ${name}`;
