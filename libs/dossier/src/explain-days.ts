import type { Calendar, DayInfo } from './calendar.js';
import { HOUR_MS, dayOf, formatDay, startOfDay } from './instant.js';
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

const KIND_TEXT: Record<DayInfo['kind'], { vi: string; en: string }> = {
  weekday: { vi: 'ngày làm việc', en: 'working day' },
  weekend: { vi: 'nghỉ cuối tuần', en: 'weekend' },
  off: { vi: 'ngày nghỉ', en: 'day off' },
  work: { vi: 'ngày làm bù', en: 'make-up working day' },
};

function lineOf(day: CivilDay, info: DayInfo, number: number | null, hours: number | null): DayLine {
  const why = [info.reason, info.decision].filter((part) => part !== undefined).join(', ');
  const text = (kind: string, counted: string, skipped: string): string =>
    `${kind}${why ? `: ${why}` : ''} (${number === null ? skipped : counted})`;
  const inHours = hours === null ? '' : ` ${hours} h`;
  return {
    on: formatDay(day),
    until: formatDay(day),
    counts: number !== null,
    number,
    hours,
    kind: info.kind,
    reason: info.reason ?? null,
    decision: info.decision ?? null,
    vi: text(KIND_TEXT[info.kind].vi, `ngày thứ ${number}${inHours}`, 'không tính'),
    en: text(KIND_TEXT[info.kind].en, `day ${number}${inHours}`, 'not counted'),
  };
}

/** Days skipped one after another for the same reason share a line. */
const sameRun = (a: DayLine, b: DayLine): boolean =>
  !a.counts && !b.counts && a.kind === b.kind && a.reason === b.reason && a.decision === b.decision;

/**
 * The days in (after, until], each with whether it counts and why. `counts` says how a day is counted:
 * null for one that is skipped, else the hours counted on it, or true where hours do not matter.
 */
function countDays(
  calendar: Calendar,
  after: CivilDay,
  until: CivilDay,
  budget: LineBudget,
  counts: (day: CivilDay, working: boolean) => number | boolean,
): DayCount {
  const lines: DayLine[] = [];
  let number = 0;
  for (let day = after + 1; day <= until; day++) {
    const info = calendar.dayInfo(day);
    const counted = counts(day, info.working);
    const hours = typeof counted === 'number' ? counted : null;
    const line = lineOf(day, info, counted === false || counted === 0 ? null : ++number, hours || null);
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
export const hourLines = (calendar: Calendar, from: Instant, until: Instant, budget: LineBudget): DayCount =>
  countDays(calendar, dayOf(from) - 1, dayOf(until), budget, (day) => {
    const time = calendar.sessionTimeBetween(
      Math.max(from, startOfDay(day)),
      Math.min(until, startOfDay(day + 1)),
    );
    return Math.round((time / HOUR_MS) * 100) / 100;
  });
