import { MEASURES } from './ledger.js';
import type { Measure } from './ledger.js';

/** Figures by the index of `MEASURES`. */
export type Counts = number[];

/** Below so many in the denominator a rate says little: one dossier moves it by more than three points. */
export const SMALL_BELOW = 30;

export interface Rate {
  /** Two decimals; null for a zero denominator. */
  percent: number | null;
  numerator: number;
  denominator: number;
  /** The denominator is below `SMALL_BELOW`. */
  small: boolean;
}

/** The formulas side by side; an id is for good, another formula is another id (`data/formulas.json` words them). */
export const FORMULAS = ['a', 'b', 'c', 'opencps'] as const;
export type Formula = (typeof FORMULAS)[number];

/** One line of the timeliness report. */
export interface ReportRow {
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
  rates: Record<Formula, Rate>;
}

/** Hundredths of a percent from exact integers, half up. */
function hundredths(numerator: number, denominator: number): number {
  const doubled = numerator * 20_000 + denominator;
  return Number.isSafeInteger(doubled)
    ? Math.floor(doubled / (denominator * 2))
    : Number((BigInt(numerator) * 20_000n + BigInt(denominator)) / (BigInt(denominator) * 2n));
}

/** A share in percent, two decimals half up; what is below 100 % is never shown as 100. */
export function rate(numerator: number, denominator: number): Rate {
  const small = denominator < SMALL_BELOW;
  if (denominator === 0) return { percent: null, numerator, denominator, small };
  const exact = hundredths(numerator, denominator);
  const percent = (numerator < denominator ? Math.min(exact, 9_999) : exact) / 100;
  return { percent, numerator, denominator, small };
}

/** As OpenCPS prints it: the percent cut to a whole number, and 100 where nothing was resolved. */
function openCpsRate(numerator: number, denominator: number): Rate {
  const percent = denominator === 0 ? 100 : Number((BigInt(numerator) * 100n) / BigInt(denominator));
  return { percent, numerator, denominator, small: denominator < SMALL_BELOW };
}

const INDEX = Object.fromEntries(MEASURES.map((measure, i) => [measure, i])) as Record<Measure, number>;

/**
 * Puts a report line together.
 * @param carriedOver stocks at the beginning of the period
 * @param flows what happened in the period
 * @param open stocks at its last millisecond or now, whichever is earlier
 *
 * The rates: a, early or on time of those resolved; b, of those to be handled (Decree 61/2018
 * Art. 30(2)(c)); c, with what is open and not late on both sides (Decision 766/QĐ-TTg, 2.1); opencps, the rule
 * of that one-stop software, to set old reports beside: without a due date counts as on time.
 */
export function reportRow(carriedOver: Counts, flows: Counts, open: Counts): ReportRow {
  const of = (counts: Counts, measure: Measure): number => counts[INDEX[measure]] ?? 0;
  const counter = of(flows, 'receivedCounter');
  const online = of(flows, 'receivedOnline');
  const post = of(flows, 'receivedPost');
  const received = { total: counter + online + post, counter, online, post };
  const reopened = of(flows, 'reopened');
  const early = of(flows, 'resolvedEarly');
  const onTime = of(flows, 'resolvedOnTime');
  const late = of(flows, 'resolvedLate');
  const resolvedNoDueDate = of(flows, 'resolvedNoDueDate');
  const resolved = {
    total: early + onTime + late + resolvedNoDueDate,
    early,
    onTime,
    late,
    noDueDate: resolvedNoDueDate,
  };
  const refused = of(flows, 'closedRefused');
  const withdrawn = of(flows, 'closedWithdrawn');
  const stopped = of(flows, 'closedStopped');
  const stocks = (counts: Counts): ReportRow['open'] => {
    const inTime = of(counts, 'inTime');
    const overdue = of(counts, 'overdue');
    const paused = of(counts, 'paused');
    const noDueDate = of(counts, 'noDueDate');
    const pausedPastDue = of(counts, 'pausedPastDue');
    return {
      total: inTime + overdue + paused + noDueDate,
      inTime,
      overdue,
      paused,
      pausedPastDue,
      noDueDate,
    };
  };
  const atBeginning = stocks(carriedOver).total;
  const atEnd = stocks(open);
  const punctual = early + onTime;
  return {
    carriedOver: atBeginning,
    received,
    reopened,
    resolved,
    closedOtherwise: { total: refused + withdrawn + stopped, refused, withdrawn, stopped },
    open: atEnd,
    refused: of(flows, 'refused'),
    rates: {
      a: rate(punctual, punctual + late),
      b: rate(punctual, atBeginning + received.total + reopened),
      c: rate(
        punctual + atEnd.inTime + atEnd.paused - atEnd.pausedPastDue,
        punctual + late + atEnd.total - atEnd.noDueDate,
      ),
      opencps: openCpsRate(punctual + resolvedNoDueDate, resolved.total),
    },
  };
}

/** The identities a line must keep; each broken one in words, `key` in front. */
export function identityViolations(row: ReportRow, key?: string): string[] {
  const { received, resolved, closedOtherwise, open } = row;
  const claims: [name: string, left: number, right: number][] = [
    [
      'carriedOver + received + reopened = resolved + closedOtherwise + open',
      row.carriedOver + received.total + row.reopened,
      resolved.total + closedOtherwise.total + open.total,
    ],
    [
      'received = counter + online + post',
      received.total,
      received.counter + received.online + received.post,
    ],
    [
      'resolved = early + onTime + late + noDueDate',
      resolved.total,
      resolved.early + resolved.onTime + resolved.late + resolved.noDueDate,
    ],
    [
      'closedOtherwise = refused + withdrawn + stopped',
      closedOtherwise.total,
      closedOtherwise.refused + closedOtherwise.withdrawn + closedOtherwise.stopped,
    ],
    [
      'open = inTime + overdue + paused + noDueDate',
      open.total,
      open.inTime + open.overdue + open.paused + open.noDueDate,
    ],
  ];
  const prefix = key === undefined ? '' : `${key}: `;
  const violations = claims
    .filter(([, left, right]) => left !== right)
    .map(([name, left, right]) => `${prefix}${name} (${left} ≠ ${right})`);
  if (open.pausedPastDue > open.paused)
    violations.push(`${prefix}pausedPastDue ≤ paused (${open.pausedPastDue} > ${open.paused})`);
  return violations;
}
