import type { Calendar, CalendarDocument } from '../src/calendar.js';
import { dayOf, formatDay, startOfDay } from '../src/instant.js';
import type { CivilDay, Instant } from '../src/instant.js';

/**
 * An oracle for the compiled calendar: it walks from day to day and from minute to minute, slowly and
 * without a thought.
 */
export function walkingCalendar(version: number, document: CalendarDocument): Calendar {
  const entries = new Map(document.days.map((entry) => [entry.on, entry]));
  const known = new Map<CivilDay, boolean>();
  const isWorkingDay = (day: CivilDay): boolean => {
    let working = known.get(day);
    if (working === undefined) {
      const weekday = new Date(day * 86_400_000).getUTCDay();
      const entry = entries.get(formatDay(day));
      working = entry ? entry.kind === 'work' : weekday !== 0 && weekday !== 6;
      known.set(day, working);
    }
    return working;
  };
  const minute = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const sessions = document.sessions.map(([from, until]) => [minute(from), minute(until)] as const);
  const isInSession = (instant: Instant): boolean => {
    const day = dayOf(instant);
    const minuteOfDay = Math.floor((instant - startOfDay(day)) / 60_000);
    return isWorkingDay(day) && sessions.some(([from, until]) => from <= minuteOfDay && minuteOfDay < until);
  };
  /** Walks in steps that end on full minutes, until `done` says how much of the last step to take. */
  function walk(from: Instant, direction: 1 | -1, budget: number): Instant {
    let instant = from;
    let left = budget;
    while (left > 0) {
      const next =
        direction > 0 ? Math.floor(instant / 60_000 + 1) * 60_000 : Math.ceil(instant / 60_000 - 1) * 60_000;
      const step = Math.abs(next - instant);
      if (isInSession(direction > 0 ? instant : next)) {
        if (step >= left) return instant + direction * left;
        left -= step;
      }
      instant = next;
    }
    return instant;
  }
  function step(day: CivilDay, n: number, direction: 1 | -1): CivilDay {
    let current = day;
    for (let left = n; left > 0;) {
      current += direction;
      if (isWorkingDay(current)) left -= 1;
    }
    return current;
  }
  const rollForward = (day: CivilDay): CivilDay => (isWorkingDay(day) ? day : step(day, 1, 1));

  return {
    version,
    isWorkingDay,
    rollForward,
    addWorkingDays: (day, n) => (n === 0 ? rollForward(day) : step(day, n, 1)),
    subtractWorkingDays: (day, n) => step(day, n, -1),
    workingDaysBetween(after, until) {
      let count = 0;
      for (let day = after + 1; day <= until; day++) if (isWorkingDay(day)) count += 1;
      return count;
    },
    sessionTimeBetween(from, until) {
      let time = 0;
      for (let instant = from; instant < until;) {
        const next = Math.min(until, Math.floor(instant / 60_000 + 1) * 60_000);
        if (isInSession(instant)) time += next - instant;
        instant = next;
      }
      return time;
    },
    addSessionTime: (from, ms) => walk(from, 1, ms),
    subtractSessionTime(until, ms) {
      // One millisecond more is needed before it; the earliest instant is right after that.
      return walk(until, -1, ms + 1) + 1;
    },
    dayInfo: (day) => ({ working: isWorkingDay(day), kind: 'weekday' }),
  };
}
