import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Instant } from '#libs/dossier';
import { type CounterLevel, passing } from './counter-level.js';
import type { CounterChanges } from './counters.js';
import { type Counted, Counting } from './counting.js';
import type { LedgerCell } from './ledger-entries.js';
import type { Piece } from './periods.js';
import { addTo, type CounterSum, type PieceSums, visitSums } from './piece-sums.js';
import { type CountersRead, readCounters } from './read-counters.js';

interface RememberedLevel {
  level: CounterLevel;
  takes: (cell: LedgerCell) => boolean;
  pieces: Map<string, PieceSums>;
}

/** Sums kept at most, of all pieces together: some 50 MB. */
const MOST_SUMS = 200_000;
/** Somebody may count between two looks; not again and again. */
const TRIES = 3;

/**
 * Sums of counters over pieces of time. They are read once and kept up with what is counted later, so that what is
 * asked again and again is answered from here together with what is put by (`Counting.standing`).
 *
 * Sums that are used together tell of one state of the ledger; otherwise a figure and its parts could tell of
 * different moments.
 */
@Injectable()
export class CounterMemory {
  private readonly levels = new Map<string, RememberedLevel>();
  private readonly reading = new Map<string, Promise<CountersRead>>();
  private generation = -1;
  private size = 0;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Counting) private readonly counting: Counting,
  ) {
    counting.onCounted((counted) => this.follow(counted));
  }

  /**
   * Gives `visit` the sums of each piece, by its index, of everything that was in the ledger when it was called; one
   * after the other without a pause. They are not to be kept or changed.
   *
   * @returns until when a cut inside a day can move on without anything changing hands: the first instant behind it
   *   that counts at all
   */
  async visit(
    level: CounterLevel,
    pieces: readonly Piece[],
    visit: (index: number, sum: CounterSum) => void,
  ): Promise<Instant> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const standing = await this.counting.standing();
      if (!standing) break;
      const { generation } = standing;
      const waiting = standing.waiting.map(({ counts }) => counts);
      this.moveOn(generation);
      if (generation !== this.generation) continue;
      const known = this.levels.get(level.name);
      const missing = pieces.filter((piece) => !recall(known, piece));
      if (missing.length > 0) {
        const read = await this.readTogether(level, missing);
        if (read.generation !== this.generation) continue;
        this.remember(level, read.pieces);
        if (generation !== this.generation) continue;
      }
      const found = this.levels.get(level.name);
      const remembered = pieces.map((piece) => recall(found, piece));
      if (!found || !remembered.every((one) => one !== undefined)) break;
      // Whoever was asked for last is forgotten last.
      this.levels.delete(level.name);
      this.levels.set(level.name, found);
      remembered.forEach((one, index) => visitSums(one, pieces[index] as Piece, (sum) => visit(index, sum)));
      for (const changes of waiting) visitChanges(changes, found, pieces, visit);
      return firstInstant(remembered, waiting, found, pieces);
    }
    // Too much is waiting, or it changes too fast: one statement sees one state.
    await this.counting.upToDate();
    const read = await readCounters(this.database, level, pieces);
    read.pieces.forEach((one, index) => visitSums(one, one.piece, (sum) => visit(index, sum)));
    return -Infinity;
  }

  /** Whoever misses the same of the same generation meanwhile shares the answer. */
  private readTogether(level: CounterLevel, pieces: readonly Piece[]): Promise<CountersRead> {
    const key = `${this.generation} ${level.name} ${pieces.map(keyOf).join()}`;
    let reading = this.reading.get(key);
    if (!reading) {
      reading = readCounters(this.database, level, pieces).finally(() => this.reading.delete(key));
      this.reading.set(key, reading);
    }
    return reading;
  }

  private remember(level: CounterLevel, pieces: readonly PieceSums[]): void {
    let known = this.levels.get(level.name);
    if (!known)
      this.levels.set(level.name, (known = { level, takes: passing(level.filter), pieces: new Map() }));
    for (const one of pieces) {
      const key = keyOf(one.piece);
      this.size += one.size - (known.pieces.get(key)?.size ?? 0);
      known.pieces.delete(key);
      known.pieces.set(key, one);
    }
    for (const [name, { pieces: oldest }] of this.levels) {
      for (const [key, { size }] of oldest) {
        if (this.size <= MOST_SUMS) return;
        this.size -= size;
        oldest.delete(key);
      }
      this.levels.delete(name);
    }
  }

  /** What has been counted is counted here too. */
  private follow({ generation, changes }: Counted): void {
    // Somebody else has counted as well: no telling what.
    if (generation !== this.generation + 1) return this.moveOn(generation);
    this.generation = generation;
    for (const { level, takes, pieces } of this.levels.values()) {
      for (const counted of changes.of(level.kind)) {
        if (!takes(counted.cell)) continue;
        for (const one of pieces.values()) {
          const { unit, from, until } = one.piece;
          for (const [at, counts] of counted[unit]) {
            if (at < from || at >= until) continue;
            this.size += addTo(one, level.columns, counted.cell, at, counts);
          }
        }
      }
    }
  }

  /** Nothing older than a generation is of use any more. */
  private moveOn(generation: number): void {
    if (generation <= this.generation) return;
    this.generation = generation;
    this.levels.clear();
    this.size = 0;
  }
}

/** Cut at another millisecond each time, the rest of a day is remembered as a whole. */
const keyOf = ({ unit, from, until }: Piece): string =>
  unit === 'i' ? `i ${until}` : `${unit} ${from} ${until}`;

/** What is remembered of a piece, if it reaches as far back. */
function recall(level: RememberedLevel | undefined, piece: Piece): PieceSums | undefined {
  const found = level?.pieces.get(keyOf(piece));
  return found && found.piece.from <= piece.from ? found : undefined;
}

function visitChanges(
  changes: CounterChanges,
  { level, takes }: RememberedLevel,
  pieces: readonly Piece[],
  visit: (index: number, sum: CounterSum) => void,
): void {
  for (const waiting of changes.of(level.kind)) {
    if (!takes(waiting.cell)) continue;
    pieces.forEach(({ unit, from, until }, index) => {
      for (const [at, counts] of waiting[unit]) {
        if (at >= from && at < until) visit(index, { ...waiting.cell, counts });
      }
    });
  }
}

/** The first instant that is cut off, or the end of the day it would lie in; without a cut there is none. */
function firstInstant(
  remembered: readonly PieceSums[],
  waiting: readonly CounterChanges[],
  { level }: RememberedLevel,
  pieces: readonly Piece[],
): Instant {
  let first = Infinity;
  pieces.forEach(({ unit, from, until }, index) => {
    if (unit !== 'i') return;
    first = Math.min(first, until);
    const see = (at: Instant) => {
      if (at >= from && at < first) first = at;
    };
    for (const at of remembered[index]?.instants?.keys() ?? []) see(at);
    for (const changes of waiting)
      for (const { i } of changes.of(level.kind)) for (const at of i.keys()) see(at);
  });
  return first;
}
