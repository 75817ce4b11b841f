import { SMALL_BELOW } from './rates.js';
import type { Formula, Rate, ReportRow } from './rates.js';

/** Where a rate may lie, in percent with two decimals. */
export interface Interval {
  low: number;
  high: number;
}

/** Figures of one period that are set against those of another. */
export interface ComparedFigures {
  rate: Rate;
  /** 95 % Wilson score interval of the rate; null for a zero denominator. */
  interval: Interval | null;
  received: number;
  resolved: number;
  /** Resolved late in the period. */
  late: number;
  /** Open and overdue at its end, or now, whichever is earlier. */
  openOverdue: number;
}

/** Now less before: `points` of a percent, as the printed percents differ; null where one of them is missing. */
export interface ComparedChange {
  points: number | null;
  received: number;
  resolved: number;
  late: number;
  openOverdue: number;
}

/** Quantile of the normal distribution for 95 % both ways. */
const Z = 1.959963984540054;

/**
 * Wilson score interval for `numerator` of `denominator` as shares of 1, unrounded (E. B. Wilson, Journal of the American
 * Statistical Association 22, 1927). Unlike the usual ± it stays within 0 and 1 and is of use where nearly all are on time
 * or where there are few. Null for a zero denominator.
 */
export function wilsonInterval(numerator: number, denominator: number): Interval | null {
  if (denominator === 0) return null;
  const share = numerator / denominator;
  const square = (Z * Z) / denominator;
  const centre = share + square / 2;
  const half = Z * Math.sqrt((share * (1 - share)) / denominator + square / (4 * denominator));
  return {
    // Exactly so, not but for the last bit: none of them is at least 0, all of them at most 1.
    low: numerator === 0 ? 0 : (centre - half) / (1 + square),
    high: numerator === denominator ? 1 : (centre + half) / (1 + square),
  };
}

/** Two decimals; what is below 100 % is not shown as 100, as with rates. */
const inPercent = (share: number): number =>
  (share < 1 ? Math.min(Math.round(share * 10_000), 9_999) : 10_000) / 100;

export function comparedFigures(row: ReportRow, formula: Formula): ComparedFigures {
  const rate = row.rates[formula];
  const interval = wilsonInterval(rate.numerator, rate.denominator);
  return {
    rate,
    interval: interval && { low: inPercent(interval.low), high: inPercent(interval.high) },
    received: row.received.total,
    resolved: row.resolved.total,
    late: row.resolved.late,
    openOverdue: row.open.overdue,
  };
}

export function comparedChange(now: ComparedFigures, before: ComparedFigures): ComparedChange {
  return {
    points: pointsBetween(now.rate, before.rate),
    received: now.received - before.received,
    resolved: now.resolved - before.resolved,
    late: now.late - before.late,
    openOverdue: now.openOverdue - before.openOverdue,
  };
}

/** From whole hundredths, or 99.93 − 99.9 would be 0.0300000000000011. */
function pointsBetween(now: Rate, before: Rate): number | null {
  if (now.percent === null || before.percent === null) return null;
  // OpenCPS has a percent of nothing; a difference to it would be one to nothing.
  if (now.denominator === 0 || before.denominator === 0) return null;
  return (Math.round(now.percent * 100) - Math.round(before.percent * 100)) / 100;
}

/** Why a row has no rank: nothing to take a rate of, or too little of it. */
export type Unranked = 'none' | 'small';

export const unrankedBecause = ({ denominator }: Rate): Unranked | null =>
  denominator === 0 ? 'none' : denominator < SMALL_BELOW ? 'small' : null;

/**
 * Place of each rate by the lower end of its Wilson interval, the highest first: of two that are equally good it is the one
 * with more to show for it. Equal ends share a place and the next one is left out (1, 2, 2, 4). Null: not ranked.
 */
export function ranksOf(rates: readonly Rate[]): (number | null)[] {
  const lows = rates.map((rate) =>
    unrankedBecause(rate) === null ? (wilsonInterval(rate.numerator, rate.denominator)?.low ?? null) : null,
  );
  const places = new Map<number, number>();
  lows
    .filter((low) => low !== null)
    .sort((a, b) => b - a)
    .forEach((low, index) => {
      if (!places.has(low)) places.set(low, index + 1);
    });
  return lows.map((low) => (low === null ? null : (places.get(low) ?? null)));
}
