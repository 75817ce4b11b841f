import type { Calendar, DayInfo } from './calendar.js';
import { limitEnd } from './deadline.js';
import type { Limit } from './facts.js';
import { decimalComma, hoursOf } from './explain-text.js';
import { dayOf, formatDay, startOfDay } from './instant.js';
import type { CivilDay, Instant } from './instant.js';

/** One line of a count of days: a day, or a run of days skipped for the same reason. */
export interface DayLine {
  on: string;
  /** Last day of the run; the same as `on` for a single day. */
  until: string;
  counts: boolean;
  /** Which one it is of the days counted; null if it does not count. */
  number: number | null;
  /** Working hours counted on it, for limits in hours only. */
  hours: number | null;
  kind: DayInfo['kind'];
  reason: string | null;
  decision: string | null;
  vi: string;
  en: string;
}

/** How many lines an explanation may still take; shared by all its steps. */
export interface LineBudget {
  left: number;
}

export interface DayCount {
  lines: DayLine[];
  /** Days at the end that were left out for length. */
  omittedDays: number;
}

export const NOTHING: DayCount = { lines: [], omittedDays: 0 };

const KIND_TEXT: Record<DayInfo['kind'], { vi: string; en: string }> = {
  weekday: { vi: 'ngày làm việc', en: 'working day' },
  weekend: { vi: 'nghỉ cuối tuần', en: 'weekend' },
  off: { vi: 'ngày nghỉ', en: 'day off' },
  work: { vi: 'ngày làm bù', en: 'make-up working day' },
};

/** Why a working day may be in a count without counting. */
const IDLE_TEXT = {
  /** The end of a term put off from a day off. */
  putOff: { vi: 'hạn dời tới ngày này', en: 'put off to this day' },
  outsideHours: { vi: 'ngoài giờ làm việc', en: 'outside working hours' },
};

function lineOf(
  day: CivilDay,
  info: DayInfo,
  number: number | null,
  hours: number | null,
  idle: keyof typeof IDLE_TEXT,
): DayLine {
  const why = [info.reason, info.decision].filter((part) => part !== undefined).join(', ');
  const text = (language: 'vi' | 'en', counted: string, skipped: string): string => {
    const kind = KIND_TEXT[info.kind][language];
    const uncounted = info.working ? IDLE_TEXT[idle][language] : skipped;
    return `${kind}${why ? `: ${why}` : ''} (${number === null ? uncounted : counted})`;
  };
  return {
    on: formatDay(day),
    until: formatDay(day),
    counts: number !== null,
    number,
    hours,
    kind: info.kind,
    reason: info.reason ?? null,
    decision: info.decision ?? null,
    vi: text('vi', hours === null ? `ngày thứ ${number}` : `${decimalComma(hours)} giờ`, 'không tính'),
    en: text('en', hours === null ? `day ${number}` : `${hours} h`, 'not counted'),
  };
}

/** Days skipped one after another for the same reason share a line. */
const sameRun = (a: DayLine, b: DayLine): boolean =>
  !a.counts && !b.counts && a.kind === b.kind && a.reason === b.reason && a.decision === b.decision;

/**
 * The days in (after, until], each with whether it counts and why. `counts` says how a day is counted:
 * the hours counted on it, or true where hours do not matter; 0 or false for one that is not.
 */
function countDays(
  calendar: Calendar,
  after: CivilDay,
  until: CivilDay,
  budget: LineBudget,
  counts: (day: CivilDay, working: boolean) => number | boolean,
  idle: keyof typeof IDLE_TEXT = 'putOff',
): DayCount {
  const lines: DayLine[] = [];
  let number = 0;
  for (let day = after + 1; day <= until; day++) {
    const info = calendar.dayInfo(day);
    const counted = counts(day, info.working);
    const hours = typeof counted === 'number' ? counted : null;
    const line = lineOf(day, info, counted === false || counted === 0 ? null : ++number, hours || null, idle);
    const last = lines.at(-1);
    if (last && sameRun(last, line)) {
      last.until = line.on;
      continue;
    }
    if (budget.left <= 0) return { lines, omittedDays: until - day + 1 };
    budget.left -= 1;
    lines.push(line);
  }
  return { lines, omittedDays: 0 };
}

/** The working days in (after, until], days off between them named. */
export const workingDayLines = (
  calendar: Calendar,
  after: CivilDay,
  until: CivilDay,
  budget: LineBudget,
): DayCount => countDays(calendar, after, until, budget, (_, working) => working);

/** Every day in (after, unrolled], then those passed over until the next working day. */
export const calendarDayLines = (
  calendar: Calendar,
  after: CivilDay,
  unrolled: CivilDay,
  until: CivilDay,
  budget: LineBudget,
): DayCount => countDays(calendar, after, Math.max(unrolled, until), budget, (day) => day <= unrolled);

/** The working hours counted on each day from one instant to another. */
export function hourLines(calendar: Calendar, from: Instant, until: Instant, budget: LineBudget): DayCount {
  const hoursOn = (day: CivilDay): number =>
    hoursOf(
      calendar.sessionTimeBetween(Math.max(from, startOfDay(day)), Math.min(until, startOfDay(day + 1))),
    );
  return countDays(calendar, dayOf(from) - 1, dayOf(until), budget, hoursOn, 'outsideHours');
}

/** The days by which a limit counted from `from` comes to its end. */
export function limitLines(limit: Limit, from: Instant, calendar: Calendar, budget: LineBudget): DayCount {
  const end = limitEnd(limit, from, calendar);
  const first = dayOf(from);
  if (end.at !== null) return hourLines(calendar, from, end.at, budget);
  if (end.unrolled === null) {
    // A limit of no days ends on its first day, or on the working day it is put off to.
    return workingDayLines(calendar, limit.amount === 0 ? first - 1 : first, end.day, budget);
  }
  // Of a term in months only the corresponding day and what follows it matters.
  const after = limit.unit === 'months' ? end.unrolled - 1 : first;
  return calendarDayLines(calendar, after, end.unrolled, end.day, budget);
}
