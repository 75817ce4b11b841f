import type { Calendar } from './calendar.js';
import { dayOf } from './instant.js';
import type { Instant } from './instant.js';
import { FEE, SUPPLEMENT } from './state.js';
import type { DossierState, Spent } from './state.js';

/**
 * Where the time went, asked at the resolution: the stretches so far, the last of which ends now. Circular
 * 01/2018/TT-VPCP Art. 13 counts the limit only; what was waited for is the citizen's time.
 */
export function timeSpent(state: DossierState, resolvedAt: Instant, calendar: Calendar): Spent {
  const { segments, waits } = state;
  const during = (status: 'running' | 'paused'): number =>
    segments.reduce(
      (sum, segment, i) =>
        segment.status === status
          ? sum + calendar.sessionTimeBetween(segment.from, segments[i + 1]?.from ?? resolvedAt)
          : sum,
      0,
    );
  const waiting = (reason: number): { count: number; time: number } => {
    const those = waits.filter((wait) => wait.reason === reason);
    return {
      count: those.length,
      time: those.reduce(
        (sum, { from, until }) => sum + calendar.sessionTimeBetween(from, until ?? resolvedAt),
        0,
      ),
    };
  };
  const [supplement, fee] = [waiting(SUPPLEMENT), waiting(FEE)];
  return {
    days: state.dueDay === null ? null : workingDaysFrom(state.dueDay, dayOf(resolvedAt), calendar),
    own: during('running'),
    waiting: during('paused'),
    supplements: supplement.count,
    supplementTime: supplement.time,
    fees: fee.count,
    feeTime: fee.time,
    extensions: state.extensionCount,
  };
}

/** Signed; never −0, which JSON would turn into 0. */
const workingDaysFrom = (due: number, day: number, calendar: Calendar): number =>
  calendar.workingDaysBetween(due, day) - calendar.workingDaysBetween(day, due);
