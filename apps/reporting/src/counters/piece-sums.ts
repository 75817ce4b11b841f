import type { Counts, Instant } from '#libs/dossier';
import type { CounterLevel } from './counter-level.js';
import { addCounts, zeroCounts } from './counts.js';
import type { LedgerCell } from './ledger-entries.js';
import type { Piece } from './periods.js';

export interface CounterSum extends LedgerCell {
  counts: Counts;
}

/** Sums by the values of a level's columns. */
type Sums = Map<string, CounterSum>;

/** The sums of a piece of time, or, of the rest of a day, those of each instant in it. */
export interface PieceSums {
  piece: Piece;
  sums: Sums;
  instants: Map<Instant, Sums> | undefined;
  /** How many sums there are. */
  size: number;
}

export const emptyOf = (piece: Piece): PieceSums => ({
  ...{ piece, sums: new Map(), size: 1 },
  instants: piece.unit === 'i' ? new Map() : undefined,
});

/** Adds counts to those of a piece; returns how many sums it has more. */
export function addTo(
  one: PieceSums,
  columns: CounterLevel['columns'],
  cell: LedgerCell,
  at: Instant,
  counts: Counts,
): number {
  let { sums } = one;
  if (one.instants) {
    const ofInstant = one.instants.get(at);
    if (ofInstant) sums = ofInstant;
    else one.instants.set(at, (sums = new Map<string, CounterSum>()));
  }
  const key = columns.map((column) => cell[column]).join('\u0000');
  const sum = sums.get(key);
  if (sum) {
    addCounts(sum.counts, counts);
    return 0;
  }
  const named = { agency: '', procedure: '', channel: '', counts: zeroCounts() };
  for (const column of columns) named[column] = cell[column];
  addCounts(named.counts, counts);
  sums.set(key, named);
  one.size += 1;
  return 1;
}

/** Of a piece that reaches further back, only what lies in the one asked about. */
export function visitSums(
  { sums, instants }: PieceSums,
  piece: Piece,
  visit: (sum: CounterSum) => void,
): void {
  for (const sum of sums.values()) visit(sum);
  for (const [at, ofInstant] of instants ?? []) {
    if (at >= piece.from && at < piece.until) for (const sum of ofInstant.values()) visit(sum);
  }
}
