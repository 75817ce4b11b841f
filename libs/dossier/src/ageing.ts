import type { Calendar } from './calendar.js';
import { dayOf, startOfDay } from './instant.js';
import type { CivilDay, Instant } from './instant.js';

/**
 * Buckets by working days, each named by what it holds, the last open. A part of a day counts as none, so the
 * first bucket begins at 0: late since this morning, or on a day off.
 */
export const LATE_BUCKETS = ['1-3', '4-10', '11-30', 'over-30'] as const;
export type LateBucket = (typeof LATE_BUCKETS)[number];
/** Most working days of each bucket but the last. */
const LATE_UP_TO = [3, 10, 30] as const;

/** How long a running pause has lasted, in the buckets of the overdue ones. */
export const PAUSE_BUCKETS = LATE_BUCKETS;

/** When what is not overdue falls due; the four make up everything in time. */
export const DUE_BUCKETS = ['today', 'tomorrow', 'this-week', 'later'] as const;
export type DueBucket = (typeof DUE_BUCKETS)[number];

/** Working days early, most first: more than ten, 6–10, 3–5, up to two. */
export const EARLY_BUCKETS = ['over-10', '6-10', '3-5', '1-2'] as const;
export const EARLY_UP_TO = { '6-10': 10, '3-5': 5, '1-2': 2 } as const;

/** The earliest day of which no more than `days` working days have passed by `today`. */
export function firstDueDay(calendar: Calendar, today: CivilDay, days: number): CivilDay {
  let day = calendar.subtractWorkingDays(today, days + 1);
  while (calendar.workingDaysBetween(day, today) > days) day += 1;
  return day;
}

/**
 * Beginnings of days that part the buckets at an instant, so that a list of dossiers can be sorted into them by
 * comparing instants: `overdueFrom` > the first of `late` is up to 3 working days late, > the second up to 10,
 * > the third up to 30, else more; `overdueFrom` ≤ the first of `due` falls due today, ≤ the second by the next
 * working day, ≤ the third by Sunday. A pause that began at or after the n-th of `late` has lasted as many.
 */
export interface BucketBounds {
  late: [Instant, Instant, Instant];
  due: [Instant, Instant, Instant];
}

export function bucketBounds(calendar: Calendar, at: Instant): BucketBounds {
  const today = dayOf(at);
  const [three, ten, thirty] = LATE_UP_TO.map((days) => startOfDay(firstDueDay(calendar, today, days)));
  const tomorrow = startOfDay(calendar.addWorkingDays(today, 1) + 1);
  // Days are counted from a Thursday; a week ends with its Sunday.
  const monday = startOfDay(today - ((((today + 3) % 7) + 7) % 7) + 7);
  return {
    late: [three!, ten!, thirty!],
    due: [startOfDay(today + 1), tomorrow, Math.max(tomorrow, monday)],
  };
}
