import { type DossierState, type Entry, type Instant, ledgerOf, MEASURES } from '#libs/dossier';
import { startOfMonth } from './periods.js';

/**
 * A ledger entry as one number: ((ms since 1800) × 32 + measure) × 2 + (1 if it takes one away).
 * Larger counts repeat. Sorted numbers are sorted entries, and a difference of ledgers is a
 * difference of lists.
 */
export type PackedEntry = number;

/** 1800-01-01T00:00:00Z; every accepted instant lies behind it, so packed entries are positive. */
export const PACKING_ORIGIN = -5_364_662_400_000;

/** Nobody will ask for a figure behind the year 3000, and numbers stay exact up to there. */
const HORIZON = Date.UTC(3000, 0, 1);

export function pack(entries: readonly Entry[]): PackedEntry[] {
  const packed: PackedEntry[] = [];
  for (const { at, measure, delta } of entries) {
    if (at >= HORIZON) continue;
    const entry = ((at - PACKING_ORIGIN) * 32 + measure) * 2 + (delta < 0 ? 1 : 0);
    for (let count = Math.abs(delta); count > 0; count -= 1) packed.push(entry);
  }
  return packed;
}

export const measureOf = (entry: PackedEntry): number => Math.floor(entry / 2) % 32;
export const instantOf = (entry: PackedEntry): number => Math.floor(entry / 64) + PACKING_ORIGIN;
export const signOf = (entry: PackedEntry): 1 | -1 => (entry % 2 === 0 ? 1 : -1);
/** The entry that takes this one back. */
export const inverse = (entry: PackedEntry): PackedEntry => (entry % 2 === 0 ? entry + 1 : entry - 1);

/** What has to be added to `before` to get `after`. */
export function difference(before: readonly PackedEntry[], after: readonly PackedEntry[]): PackedEntry[] {
  const counts = new Map<PackedEntry, number>();
  for (const entry of after) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  for (const entry of before) counts.set(entry, (counts.get(entry) ?? 0) - 1);
  const result: PackedEntry[] = [];
  for (const [entry, count] of counts) {
    for (let left = count; left > 0; left -= 1) result.push(entry);
    for (let left = count; left < 0; left += 1) result.push(inverse(entry));
  }
  return result.sort((a, b) => a - b);
}

/** Agency, procedure and channel that a figure belongs to. */
export interface LedgerCell {
  agency: string;
  procedure: string;
  channel: string;
}

/** A dossier's ledger, by the cell it counts in. */
export interface CellEntries {
  cell: LedgerCell;
  entries: PackedEntry[];
}

/** What a snapshot adds to the ledger of one cell. */
export interface LedgerChange extends CellEntries {
  source: string;
  code: string;
  recordedAt: Instant;
}

export function entriesByCell(state: DossierState | undefined): CellEntries[] {
  if (!state) return [];
  const all = ledgerOf(state);
  const resolving = all.filter(({ cell }) => cell === 'resolving');
  const submitted = all.filter(({ cell }) => cell === 'submitted');
  const result: CellEntries[] = [];
  if (state.cell && resolving.length > 0) result.push({ cell: state.cell, entries: pack(resolving) });
  if (state.submittedCell && submitted.length > 0)
    result.push({ cell: state.submittedCell, entries: pack(submitted) });
  return result;
}

const sameCell = (a: LedgerCell, b: LedgerCell): boolean =>
  a.agency === b.agency && a.procedure === b.procedure && a.channel === b.channel;

/** The difference between two states' ledgers, cell by cell; empty where nothing changed. */
export function ledgerDifference(before: DossierState | undefined, after: DossierState): CellEntries[] {
  const merged: { cell: LedgerCell; old: PackedEntry[]; new: PackedEntry[] }[] = [];
  const place = (cell: LedgerCell) => {
    let found = merged.find((other) => sameCell(other.cell, cell));
    if (!found) merged.push((found = { cell, old: [], new: [] }));
    return found;
  };
  for (const { cell, entries } of entriesByCell(before)) place(cell).old.push(...entries);
  for (const { cell, entries } of entriesByCell(after)) place(cell).new.push(...entries);
  return merged
    .map((part) => ({ cell: part.cell, entries: difference(part.old, part.new) }))
    .filter(({ entries }) => entries.length > 0);
}

/** Flows come first among the measures; what stands at an instant is no figure of a month. */
const FIRST_STOCK = MEASURES.indexOf('inTime');

/** How many changes are of a month that was over when they were recorded. */
export function restatedIn(changes: readonly LedgerChange[]): number {
  let restated = 0;
  for (const { recordedAt, entries } of changes) {
    const month = startOfMonth(recordedAt);
    for (const entry of entries) {
      if (measureOf(entry) < FIRST_STOCK && instantOf(entry) < month) restated += 1;
    }
  }
  return restated;
}
