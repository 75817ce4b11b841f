import type { Calendar } from './calendar.js';
import { NOTHING, calendarDayLines, hourLines, limitLines, workingDayLines } from './explain-days.js';
import type { DayCount, LineBudget } from './explain-days.js';
import { decimalComma, dueText, hoursOf } from './explain-text.js';
import type { Text } from './explain-text.js';
import type { LimitUnit } from './facts.js';
import { dayOf } from './instant.js';
import type { Instant } from './instant.js';
import type { DossierState } from './state.js';

/** What an ended pause did to the deadline, in words, and the days that show it. */
export interface Movement extends Text {
  /** Null if it did not move, or ran again from the beginning. */
  movedBy: { amount: number; unit: LimitUnit } | null;
  /** The days of the pause, or those of what ran from its end. */
  days: DayCount;
  /** Where the pause was counted in working days: those from the old due day to the new one. */
  movedOver: DayCount;
}

/** @param at when the pause ended; `before` and `state` are the dossier right before and after */
export function movementOf(
  before: DossierState,
  state: DossierState,
  at: Instant,
  calendar: Calendar,
  budget: LineBudget,
): Movement {
  const clock = before.fold.clock!;
  const from = clock.pausedFrom!;
  if (before.dueDay === null || !clock.moves || clock.policy === 'none') {
    return {
      vi: 'hạn không dời',
      en: 'the deadline does not move',
      days: NOTHING,
      movedOver: NOTHING,
      movedBy: null,
    };
  }
  const due = dueText(state.dueDay!, state.dueAt);
  if (clock.policy === 'restart') {
    const vi = `tính lại toàn bộ thời hạn từ đó, đến ${due.vi}`;
    const en = `the full limit runs again from there, until ${due.en}`;
    if (clock.given === null && clock.limit)
      return {
        vi,
        en,
        days: limitLines(clock.limit, at, calendar, budget),
        movedOver: NOTHING,
        movedBy: null,
      };
    const days =
      state.dueAt === null
        ? workingDayLines(calendar, dayOf(at), state.dueDay!, budget)
        : hourLines(calendar, at, state.dueAt, budget);
    return { vi, en, days, movedOver: NOTHING, movedBy: null };
  }
  if (before.dueAt !== null) {
    const left = hoursOf(calendar.sessionTimeBetween(from, before.dueAt));
    const amount = hoursOf(calendar.sessionTimeBetween(before.dueAt, state.dueAt!));
    return {
      vi: `còn ${decimalComma(left)} giờ làm việc, tính tiếp đến ${due.vi}`,
      en: `${left} working hours were left and run on until ${due.en}`,
      days: hourLines(calendar, at, state.dueAt!, budget),
      movedOver: NOTHING,
      movedBy: { amount, unit: 'working-hours' },
    };
  }
  if (clock.unrolled !== null) {
    const amount = dayOf(at) - dayOf(from);
    return {
      vi: `dời ${amount} ngày, đến ${due.vi}`,
      en: `moved by ${amount} calendar days, to ${due.en}`,
      days: calendarDayLines(calendar, clock.unrolled, clock.unrolled + amount, state.dueDay!, budget),
      movedOver: NOTHING,
      movedBy: { amount, unit: 'calendar-days' },
    };
  }
  const amount = calendar.workingDaysBetween(dayOf(from), dayOf(at));
  return {
    vi: `dời ${amount} ngày làm việc, đến ${due.vi}`,
    en: `moved by ${amount} working days, to ${due.en}`,
    days: workingDayLines(calendar, dayOf(from), dayOf(at), budget),
    movedOver: workingDayLines(calendar, before.dueDay, state.dueDay!, budget),
    movedBy: { amount, unit: 'working-days' },
  };
}
