import type { AgencyKind, Breakdown, Tree } from './address.js';
import type { Rate, Thresholds } from './figures.js';

/** A period beside two others (GET /v1/reports/comparison). */
export interface Comparison {
  asOf: string;
  periodKind: PeriodKind;
  /** Percent on time that is owed. */
  target: number;
  periods: Record<'current' | 'previous' | 'lastYear', { from: string; to: string; complete: boolean }>;
  ranking: { smallBelow: number; ranked: number; unranked: number };
  notes: Note[];
  total: ComparedRow;
  rows: RankedRow[];
}
export type PeriodKind = 'month' | 'quarter' | 'half-year' | 'nine-months' | 'year' | 'days';
export interface Note {
  kind: string;
  on: string;
  vi: string;
  en: string;
}
export interface ComparedRow {
  current: ComparedFigures;
  previous: ComparedFigures;
  lastYear: ComparedFigures;
  change: { previous: Change; lastYear: Change };
}
export interface ComparedFigures {
  rate: Rate & { small: boolean };
  interval: { low: number; high: number } | null;
  received: number;
  resolved: number;
  late: number;
  openOverdue: number;
}
export interface Change {
  points: number | null;
  received: number;
  resolved: number;
  late: number;
  openOverdue: number;
}
export interface RankedRow extends ComparedRow {
  key: string;
  name: string;
  rank: number | null;
  movement: number | null;
  unranked: 'none' | 'small' | null;
}

/** A rate in words, with where it comes from (GET /v1/formulas). */
export interface Formula {
  id: string;
  version: number;
  /** Of its percent. */
  decimals: number;
  name: Words;
  numerator: Words;
  denominator: Words;
  source: Words;
  notes: Words;
}
interface Words {
  vi: string;
  en: string;
}
export interface FormulaRegistry {
  formulas: Formula[];
}
export const FORMULAS_PATH = '/v1/formulas';

export function comparisonPath(query: {
  from: string;
  to: string;
  by: Breakdown;
  agency: string | null;
  procedure: string | null;
  flat: boolean;
  /** Rank these among themselves. */
  kind: AgencyKind | null;
  tree: Tree;
}): string {
  const search = new URLSearchParams({ from: query.from, to: query.to, by: query.by });
  if (query.agency) search.set('agency', query.agency);
  if (query.procedure) search.set('procedure', query.procedure);
  if (query.flat) search.set('flat', 'true');
  if (query.kind) search.set('kind', query.kind);
  if (query.tree !== 'recorded') search.set('tree', query.tree);
  return `/v1/reports/comparison?${search.toString()}`;
}

/** Points below the target down to which a rate is not yet "below target". */
const FAIR_POINTS = 3;

export const thresholdsOf = (target: number): Thresholds => ({
  good: target,
  fair: Math.max(0, Math.round((target - FAIR_POINTS) * 100) / 100),
});

/** The first and the last of a long list; between them the number left out. Nobody looks at place 57. */
export function ends<T>(rows: readonly T[], atEachEnd: number): { first: T[]; between: number; last: T[] } {
  const between = rows.length - 2 * atEachEnd;
  // A line that says "two left out" takes as much room as the two.
  if (between <= 2) return { first: [...rows], between: 0, last: [] };
  return { first: rows.slice(0, atEachEnd), between, last: rows.slice(-atEachEnd) };
}

/** Where the axis of intervals begins: a multiple of five, or 99 to 100 would be all that one sees of it. */
export function axisStart(rows: readonly Pick<RankedRow, 'current'>[]): number {
  const lowest = Math.min(100, ...rows.map(({ current }) => current.interval?.low ?? 100));
  return Math.max(0, Math.floor((lowest - 0.01) / 5) * 5);
}
