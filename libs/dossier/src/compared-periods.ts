import { addMonths, civilDate, civilDay } from './instant.js';
import type { CivilDay } from './instant.js';
import { PERIOD_BOUNDS } from './report-period.js';
import type { PeriodBounds } from './report-period.js';

export interface Span {
  from: CivilDay;
  to: CivilDay;
}

export const PERIOD_KINDS = ['month', 'quarter', 'half-year', 'nine-months', 'year', 'days'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

const MONTHS: Record<Exclude<PeriodKind, 'days'>, number> = {
  month: 1,
  quarter: 3,
  'half-year': 6,
  'nine-months': 9,
  year: 12,
};

/**
 * What a period is set against: the one before it of its kind, and the same one a year before.
 *
 * Two days that bound a whole month, quarter, half-year, nine months or year, by the calendar or as reports are closed
 * (15th to 14th), are one of that kind, so that December stands beside November and not beside 31 other days. Nine
 * months are the first nine of a year; the nine before them of their kind are those of the year before. Any other span
 * is set against as many days just before it.
 */
export function comparedPeriods(span: Span): { kind: PeriodKind; previous: Span; lastYear: Span } {
  const whole = wholeMonths(span);
  if (!whole) {
    const days = span.to - span.from + 1;
    const previous = { from: span.from - days, to: span.from - 1 };
    return {
      kind: 'days',
      previous,
      lastYear: { from: addMonths(span.from, -12), to: addMonths(span.to, -12) },
    };
  }
  const { kind, bounds, first } = whole;
  const back = (months: number): Span => monthsFrom(first - months, MONTHS[kind], bounds);
  return { kind, previous: back(kind === 'nine-months' ? 12 : MONTHS[kind]), lastYear: back(12) };
}

/** Months from `first` on (year × 12 + month − 1), cut by the calendar or in the middle of the month. */
function monthsFrom(first: number, count: number, bounds: PeriodBounds): Span {
  const at = (month: number, day: number): CivilDay => {
    const year = Math.floor(month / 12);
    return civilDay(year, month - year * 12 + 1, day);
  };
  return bounds === 'calendar'
    ? { from: at(first, 1), to: at(first + count, 1) - 1 }
    : { from: at(first - 1, 15), to: at(first + count - 1, 14) };
}

function wholeMonths({
  from,
  to,
}: Span): { kind: Exclude<PeriodKind, 'days'>; bounds: PeriodBounds; first: number } | undefined {
  const begin = civilDate(from);
  for (const bounds of PERIOD_BOUNDS) {
    const first = begin.year * 12 + begin.month - (bounds === 'calendar' ? 1 : 0);
    for (const [kind, count] of Object.entries(MONTHS) as [Exclude<PeriodKind, 'days'>, number][]) {
      // Quarters, halves and years begin where theirs begin; nine months with the year.
      if (first % (kind === 'nine-months' ? 12 : count) !== 0) continue;
      const span = monthsFrom(first, count, bounds);
      if (span.from === from && span.to === to) return { kind, bounds, first };
    }
  }
  return undefined;
}
