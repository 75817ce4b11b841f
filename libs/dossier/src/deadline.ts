import type { Calendar } from './calendar.js';
import type { Limit } from './facts.js';
import { HOUR_MS, MAX_DAY, MAX_INSTANT, addMonths, dayOf, startOfDay } from './instant.js';
import type { CivilDay, Instant } from './instant.js';
import type { Clock, DossierState } from './state.js';

/**
 * How deadlines come about and move. The functions here change the dossier handed to them, which the
 * fold has made its own; whether an event may act at all is the fold's affair.
 */

/** Where a limit ends: a civil day, or an instant for working hours. */
export interface LimitEnd {
  day: CivilDay;
  /** For working hours only. */
  at: Instant | null;
  /** Calendar days and months: the day before rolling forward. */
  unrolled: CivilDay | null;
}

const capDay = (day: CivilDay): CivilDay => Math.min(day, MAX_DAY);
const capInstant = (instant: Instant): Instant => Math.min(instant, MAX_INSTANT - 1);

/**
 * Where a limit counted from `from` ends (Civil Code 2015 Art. 147: the first day is not counted,
 * hours run from the moment itself; Art. 148: terms end with their last day, on a day off with the
 * next working day).
 */
export function limitEnd(limit: Limit, from: Instant, calendar: Calendar): LimitEnd {
  const day = dayOf(from);
  switch (limit.unit) {
    case 'working-days':
      return { day: capDay(calendar.addWorkingDays(day, limit.amount)), at: null, unrolled: null };
    case 'calendar-days':
    case 'months': {
      const unrolled = limit.unit === 'months' ? addMonths(day, limit.amount) : day + limit.amount;
      return { day: capDay(calendar.rollForward(unrolled)), at: null, unrolled };
    }
    case 'working-hours': {
      const at = capInstant(calendar.addSessionTime(from, limit.amount * HOUR_MS));
      return { day: capDay(dayOf(at)), at, unrolled: null };
    }
  }
}

const inHours = (clock: Clock): boolean => clock.limit?.unit === 'working-hours';
/** w = max(1, ⌈0.2 × working days⌉), in whole numbers. */
const warningDays = (workingDays: number): number => Math.max(1, Math.ceil(workingDays / 5));

function putDay(state: DossierState, clock: Clock, day: CivilDay, calendar: Calendar): void {
  state.dueDay = capDay(day);
  state.dueAt = null;
  // The last day counts to its end, 24:00 (Civil Code 2015 Art. 148(6)).
  state.overdueFrom = startOfDay(state.dueDay + 1);
  state.dueSoonFrom = startOfDay(calendar.subtractWorkingDays(state.dueDay, clock.warning));
}

function putInstant(state: DossierState, clock: Clock, at: Instant, calendar: Calendar): void {
  state.dueAt = capInstant(at);
  state.dueDay = capDay(dayOf(state.dueAt));
  state.overdueFrom = state.dueAt + 1;
  state.dueSoonFrom = calendar.subtractSessionTime(state.dueAt, clock.warning);
}

/** Lets the limit decide, counted from the acceptance or, after a restart, from the resumption. */
export function putLimit(state: DossierState, clock: Clock, end: LimitEnd, calendar: Calendar): void {
  clock.given = null;
  clock.unrolled = end.unrolled;
  if (end.at === null) putDay(state, clock, end.day, calendar);
  else putInstant(state, clock, end.at, calendar);
}

/** How long before the end of its limit an accepted dossier becomes due soon. */
export function warningOfLimit(limit: Limit, acceptedAt: Instant, end: LimitEnd, calendar: Calendar): number {
  if (limit.unit === 'working-hours') return Math.floor((limit.amount * HOUR_MS) / 5);
  return warningDays(
    limit.unit === 'working-days' ? limit.amount : calendar.workingDaysBetween(dayOf(acceptedAt), end.day),
  );
}

/**
 * Puts a given date in place of whatever decided before: its civil day, not rolled, or the instant
 * itself where the limit is in working hours.
 */
export function putGiven(state: DossierState, clock: Clock, instant: Instant, calendar: Calendar): void {
  const acceptedAt = state.acceptedAt!;
  clock.unrolled = null;
  if (inHours(clock)) {
    clock.given = instant;
    clock.warning = Math.floor(calendar.sessionTimeBetween(acceptedAt, instant) / 5);
    putInstant(state, clock, instant, calendar);
  } else {
    clock.given = capDay(dayOf(instant));
    clock.warning = warningDays(calendar.workingDaysBetween(dayOf(acceptedAt), clock.given));
    putDay(state, clock, clock.given, calendar);
  }
}

/** From `at` on the deadline waits, unless it has passed already: then the pause moves nothing. */
export function beginPause(state: DossierState, clock: Clock, at: Instant): void {
  clock.pausedFrom = at;
  clock.moves = state.overdueFrom !== null && at < state.overdueFrom;
}

/** An extension; in a running pause it is as if the pause began then. */
export function extend(
  state: DossierState,
  clock: Clock,
  at: Instant,
  newDueAt: Instant,
  calendar: Calendar,
): void {
  putGiven(state, clock, newDueAt, calendar);
  if (clock.awaiting !== 0) beginPause(state, clock, at);
}

/** Ends the pause at `at` and moves the deadline as the policy says; `newDueAt` replaces all that. */
export function endPause(
  state: DossierState,
  clock: Clock,
  at: Instant,
  newDueAt: Instant | undefined,
  calendar: Calendar,
): void {
  const pausedFrom = clock.pausedFrom!;
  const moves = clock.moves && clock.policy !== 'none';
  clock.pausedFrom = null;
  clock.moves = false;
  if (newDueAt !== undefined) putGiven(state, clock, newDueAt, calendar);
  else if (moves && clock.policy === 'restart') restart(state, clock, at, calendar);
  else if (moves) shift(state, clock, pausedFrom, at, calendar);
}

/** The full limit again (Decree 61/2018 Art. 19(4)); of a given date, what lay between acceptance and it. */
function restart(state: DossierState, clock: Clock, at: Instant, calendar: Calendar): void {
  const acceptedAt = state.acceptedAt!;
  if (clock.given === null) {
    putLimit(state, clock, limitEnd(clock.limit!, at, calendar), calendar);
  } else if (inHours(clock)) {
    const time = calendar.sessionTimeBetween(acceptedAt, clock.given);
    putInstant(state, clock, calendar.addSessionTime(at, time), calendar);
  } else {
    const days = calendar.workingDaysBetween(dayOf(acceptedAt), clock.given);
    putDay(state, clock, calendar.addWorkingDays(dayOf(at), days), calendar);
  }
}

/** The deadline moves by the time the pause took, each limit in its own measure. */
function shift(state: DossierState, clock: Clock, from: Instant, at: Instant, calendar: Calendar): void {
  if (state.dueAt !== null) {
    const left = calendar.sessionTimeBetween(from, state.dueAt);
    putInstant(state, clock, calendar.addSessionTime(at, left), calendar);
  } else if (clock.unrolled !== null) {
    // Added before rolling, over all pauses, so that a roll is never counted as time gained.
    clock.unrolled += dayOf(at) - dayOf(from);
    putDay(state, clock, calendar.rollForward(clock.unrolled), calendar);
  } else {
    const days = calendar.workingDaysBetween(dayOf(from), dayOf(at));
    if (days > 0) putDay(state, clock, calendar.addWorkingDays(state.dueDay!, days), calendar);
  }
}
