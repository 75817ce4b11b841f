/** The row of figures as the API gives it (GET /v1/reports/timeliness). */
export interface Rate {
  percent: number | null;
  numerator: number;
  denominator: number;
}
export interface Row {
  carriedOver: number;
  received: { total: number; counter: number; online: number; post: number };
  reopened: number;
  resolved: { total: number; early: number; onTime: number; late: number; noDueDate: number };
  closedOtherwise: { total: number; refused: number; withdrawn: number; stopped: number };
  open: {
    total: number;
    inTime: number;
    overdue: number;
    paused: number;
    pausedPastDue: number;
    noDueDate: number;
  };
  refused: number;
  rates: { a: Rate; b: Rate; c: Rate };
}
export type KeyedRow = Row & { key: string; name?: string | null };

/** Percent with two decimals, half up, from whole numbers; below 100 % never shown as 100. */
export function rateOf(numerator: number, denominator: number): Rate {
  if (denominator === 0) return { percent: null, numerator, denominator };
  // BigInt: numerator × 20,000 may pass 2^53 long before the counts themselves do.
  const hundredths = Number((BigInt(numerator) * 20_000n + BigInt(denominator)) / (2n * BigInt(denominator)));
  const shown = numerator < denominator ? Math.min(hundredths, 9_999) : hundredths;
  return { percent: shown / 100, numerator, denominator };
}

/** Sum of disjoint rows, rates computed anew from the summed whole numbers. */
export function sumRows(rows: readonly Row[]): Row {
  const sum = (pick: (row: Row) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  const resolved = {
    total: sum((r) => r.resolved.total),
    early: sum((r) => r.resolved.early),
    onTime: sum((r) => r.resolved.onTime),
    late: sum((r) => r.resolved.late),
    noDueDate: sum((r) => r.resolved.noDueDate),
  };
  const open = {
    total: sum((r) => r.open.total),
    inTime: sum((r) => r.open.inTime),
    overdue: sum((r) => r.open.overdue),
    paused: sum((r) => r.open.paused),
    pausedPastDue: sum((r) => r.open.pausedPastDue),
    noDueDate: sum((r) => r.open.noDueDate),
  };
  const carriedOver = sum((r) => r.carriedOver);
  const received = {
    total: sum((r) => r.received.total),
    counter: sum((r) => r.received.counter),
    online: sum((r) => r.received.online),
    post: sum((r) => r.received.post),
  };
  const reopened = sum((r) => r.reopened);
  const good = resolved.early + resolved.onTime;
  return {
    carriedOver,
    received,
    reopened,
    resolved,
    closedOtherwise: {
      total: sum((r) => r.closedOtherwise.total),
      refused: sum((r) => r.closedOtherwise.refused),
      withdrawn: sum((r) => r.closedOtherwise.withdrawn),
      stopped: sum((r) => r.closedOtherwise.stopped),
    },
    open,
    refused: sum((r) => r.refused),
    rates: {
      a: rateOf(good, good + resolved.late),
      b: rateOf(good, carriedOver + received.total + reopened),
      c: rateOf(
        good + open.inTime + open.paused - open.pausedPastDue,
        resolved.total - resolved.noDueDate + open.total - open.noDueDate,
      ),
    },
  };
}

/** Nothing happened and nothing stands: "no data yet", which is not the same as a zero. */
export const isEmpty = (row: Row): boolean =>
  row.carriedOver + row.received.total + row.reopened + row.refused + row.resolved.total + row.open.total ===
  0;

export type Light = 'good' | 'fair' | 'poor' | 'none';

export interface Thresholds {
  good: number;
  fair: number;
}
/** Before the server has told its target. */
export const USUAL_THRESHOLDS: Thresholds = { good: 98, fair: 95 };

export function lightOf(rate: Rate, { good, fair } = USUAL_THRESHOLDS): Light {
  if (rate.percent === null) return 'none';
  if (rate.percent >= good) return 'good';
  return rate.percent >= fair ? 'fair' : 'poor';
}
