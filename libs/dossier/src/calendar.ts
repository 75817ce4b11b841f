import { DAY_MS, MAX_INSTANT, dayOf, parseDay, startOfDay } from './instant.js';
import type { CivilDay, Instant } from './instant.js';

/** A working calendar as it is exchanged: Monday to Friday are working days, changed by `days`. */
export interface CalendarDocument {
  /** Working sessions of every working day, local times `HH:MM`, sorted, not overlapping. */
  sessions: [string, string][];
  days: CalendarDay[];
}
export interface CalendarDay {
  on: string;
  kind: 'off' | 'work';
  reason: string;
  decision?: string;
}

/** What a civil day is under a calendar, and why. */
export interface DayInfo {
  working: boolean;
  kind: 'weekday' | 'weekend' | 'off' | 'work';
  reason?: string;
  decision?: string;
}

/**
 * Working time in Asia/Ho_Chi_Minh. Every answer costs a binary search in the calendar's exceptions,
 * however far apart the days are.
 */
export interface Calendar {
  readonly version: number;
  isWorkingDay(day: CivilDay): boolean;
  /** The n-th working day after `day`; n = 0: `day` itself, or the next working day if it is off. */
  addWorkingDays(day: CivilDay, n: number): CivilDay;
  /** The n-th working day before `day`; n = 0: `day`. */
  subtractWorkingDays(day: CivilDay, n: number): CivilDay;
  /** Working days in (after, until]; 0 if `until` is not later. */
  workingDaysBetween(after: CivilDay, until: CivilDay): number;
  /** `day`, or the next working day if it is off (Civil Code 2015 Art. 148(5)). */
  rollForward(day: CivilDay): CivilDay;
  /** Milliseconds of working sessions in [from, until); 0 if `until` is not later. */
  sessionTimeBetween(from: Instant, until: Instant): number;
  /** The earliest instant, not before `from`, at which `ms` of session time have passed since `from`. */
  addSessionTime(from: Instant, ms: number): Instant;
  /** The earliest instant with no more than `ms` of session time left until `until`. */
  subtractSessionTime(until: Instant, ms: number): Instant;
  dayInfo(day: CivilDay): DayInfo;
}

/**
 * The calendars a dossier is computed under. One whose limit is ours goes by `pinned` throughout, so a
 * calendar edit moves it; any other goes by the version recorded with each fact, so an edit never does.
 */
export interface Calendars {
  pinned: number;
  calendar(version: number): Calendar;
}

/** Weekdays (Mon–Fri) from Monday 1969-12-29 to `day`; falls below zero before. */
function weekdaysUpTo(day: CivilDay): number {
  const days = day + 4;
  const weeks = Math.floor(days / 7);
  return weeks * 5 + Math.min(days - weeks * 7, 5);
}
/** The day on which `weekdaysUpTo` reaches `count`. */
function weekdayNumber(count: number): CivilDay {
  const weeks = Math.floor((count - 1) / 5);
  return weeks * 7 + (count - 1 - weeks * 5) - 3;
}
const isWeekday = (day: CivilDay): boolean => (((day + 3) % 7) + 7) % 7 < 5;

function minutesOf(time: string): number {
  const match = /^(\d\d):(\d\d)$/.exec(time);
  if (!match) throw new RangeError(`not a time of day: ${time}`);
  return Number(match[1]) * 60 + Number(match[2]);
}

/**
 * Compiles a valid document.
 * @throws RangeError for a time or date that cannot be read; validation proper is the reader's task.
 */
export function compileCalendar(version: number, document: CalendarDocument): Calendar {
  const info = new Map<CivilDay, CalendarDay>();
  for (const entry of document.days) {
    const day = parseDay(entry.on);
    if (day === undefined) throw new RangeError(`not a date: ${entry.on}`);
    info.set(day, entry);
  }
  // Only the exceptions that change something count: a weekday off, a weekend day worked.
  const changed = [...info]
    .filter(([day, entry]) => isWeekday(day) === (entry.kind === 'off'))
    .sort(([a], [b]) => a - b);
  const size = changed.length;
  const exceptionDays = new Float64Array(size);
  /** Net change of the number of working days up to and including the exception. */
  const shifts = new Int32Array(size);
  /** Working days up to and including the exception. */
  const reached = new Float64Array(size);
  let shift = 0;
  changed.forEach(([day, entry], i) => {
    shift += entry.kind === 'off' ? -1 : 1;
    exceptionDays[i] = day;
    shifts[i] = shift;
    reached[i] = weekdaysUpTo(day) + shift;
  });
  const toggled = new Set(changed.map(([day]) => day));

  const sessions = document.sessions.map(([from, until]) => ({
    from: minutesOf(from) * 60_000,
    until: minutesOf(until) * 60_000,
  }));
  const sessionTimePerDay = sessions.reduce((sum, s) => sum + s.until - s.from, 0);

  /** How many of the sorted numbers are below `bound`. */
  function countBelow(sorted: Float64Array, bound: number): number {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  /** Working days up to and including `day`, from the same zero as `weekdaysUpTo`. */
  function workingDaysUpTo(day: CivilDay): number {
    const before = countBelow(exceptionDays, day + 1);
    return weekdaysUpTo(day) + (before === 0 ? 0 : shifts[before - 1]!);
  }
  /** The working day on which `workingDaysUpTo` reaches `count`. */
  function workingDayNumber(count: number): CivilDay {
    const before = countBelow(reached, count);
    const day = weekdayNumber(count - (before === 0 ? 0 : shifts[before - 1]!));
    // A weekend day worked may come first.
    return before < size ? Math.min(day, exceptionDays[before]!) : day;
  }
  const isWorkingDay = (day: CivilDay): boolean => isWeekday(day) !== toggled.has(day);

  function addWorkingDays(day: CivilDay, n: number): CivilDay {
    if (n <= 0 && isWorkingDay(day)) return day;
    return workingDayNumber(workingDaysUpTo(day) + Math.max(n, 1));
  }

  /** Session time from the zero of `weekdaysUpTo` to `instant`. */
  function sessionTimeUpTo(instant: Instant): number {
    const day = dayOf(instant);
    let time = workingDaysUpTo(day - 1) * sessionTimePerDay;
    if (!isWorkingDay(day)) return time;
    const timeOfDay = instant - startOfDay(day);
    for (const session of sessions) {
      if (timeOfDay <= session.from) break;
      time += Math.min(timeOfDay, session.until) - session.from;
    }
    return time;
  }
  /** The earliest instant at which `sessionTimeUpTo` reaches `time`: an end of session, not the next beginning. */
  function instantReaching(time: number): Instant {
    if (sessionTimePerDay <= 0) return MAX_INSTANT; // no session ever
    const dayNumber = Math.ceil(time / sessionTimePerDay);
    let rest = time - (dayNumber - 1) * sessionTimePerDay;
    const start = startOfDay(workingDayNumber(dayNumber));
    for (const session of sessions) {
      const length = session.until - session.from;
      if (rest <= length) return start + session.from + rest;
      rest -= length;
    }
    return start + DAY_MS;
  }

  return {
    version,
    isWorkingDay,
    addWorkingDays,
    subtractWorkingDays: (day, n) => (n <= 0 ? day : workingDayNumber(workingDaysUpTo(day - 1) - n + 1)),
    workingDaysBetween: (after, until) =>
      until <= after ? 0 : workingDaysUpTo(until) - workingDaysUpTo(after),
    rollForward: (day) => addWorkingDays(day, 0),
    sessionTimeBetween: (from, until) => (until <= from ? 0 : sessionTimeUpTo(until) - sessionTimeUpTo(from)),
    addSessionTime: (from, ms) => (ms <= 0 ? from : instantReaching(sessionTimeUpTo(from) + ms)),
    subtractSessionTime: (until, ms) =>
      sessionTimePerDay <= 0 ? until : Math.min(until, instantReaching(sessionTimeUpTo(until) - ms)),
    dayInfo(day) {
      const entry = info.get(day);
      if (!entry) return { working: isWeekday(day), kind: isWeekday(day) ? 'weekday' : 'weekend' };
      const { kind, reason, decision } = entry;
      return { working: kind === 'work', kind, reason, ...(decision === undefined ? {} : { decision }) };
    },
  };
}
