import { civilDate, civilDay, type CivilDay } from '#libs/dossier';
import { createWeightedDraw, type Random } from './prng.js';
import type { OfficeSecond, OfficeTime } from './office-time.js';

/** Monday first; people come at the beginning of the week. Saturday is a make-up day. */
const WEEKDAY_SHARE = [1.22, 1.08, 1, 0.97, 0.88, 0.5, 0.4] as const;
const MONTH_SHARE = [1.05, 0.9, 1.12, 1, 1.02, 1.06, 1.08, 1.12, 1, 1, 1.02, 0.98] as const;
/** Mùng 1 Tết Mậu Tuất. */
const TET = civilDay(2018, 2, 16);

/** How busy a working day is, relative to an ordinary one. */
export function busyness(day: CivilDay, number: number, lastNumber: number): number {
  const weekday = (((day + 3) % 7) + 7) % 7;
  const beforeTet = TET - day;
  const afterTet = day - TET;
  let share = WEEKDAY_SHARE[weekday]! * MONTH_SHARE[civilDate(day).month - 1]!;
  if (beforeTet > 0 && beforeTet <= 10) share *= 0.4 + 0.05 * beforeTet;
  if (afterTet >= 0 && afterTet <= 14) share *= 0.4 + 0.04 * afterTet;
  // What is accepted in the last days and takes time is still open at the end, hence planned apart.
  const daysLeft = lastNumber - number;
  if (daysLeft < 12) share *= 0.72 + 0.02 * daysLeft;
  return share;
}

/** Shares of the quarter-hours of a working day: a peak from 8 to 10 and one from 14 to 15. */
const QUARTER_SHARE = [
  2, 3, 4, 6, 9, 10, 10, 10, 10, 9, 9, 8, 7, 5, 3, 2, // 07:00 to 11:00
  2, 3, 4, 6, 8, 9, 9, 8, 6, 5, 5, 4, 3, 3, 2, 1, // 13:00 to 17:00
] as const; // prettier-ignore
const drawQuarter = createWeightedDraw(QUARTER_SHARE);

/** A moment of a working day at which the counter is likely to accept a dossier. */
export function acceptanceMoment(random: Random, time: OfficeTime, number: number): OfficeSecond {
  const quarter = time.daySeconds / QUARTER_SHARE.length;
  return number * time.daySeconds + Math.floor((drawQuarter(random) + random.next()) * quarter);
}

/**
 * Cuts a whole into parts by weights; the parts add up exactly. `phase` in (0, 1) shifts where the
 * remainders fall, so that several small wholes do not all land on the same days.
 */
export function apportion(whole: number, weights: readonly number[], phase: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let cumulative = 0;
  let before = Math.floor(phase);
  return weights.map((weight, index) => {
    cumulative += weight;
    // The last weight takes exactly what is left, whatever the rounding of the sums.
    const share = index === weights.length - 1 ? 1 : cumulative / total;
    const until = Math.min(whole, Math.floor(share * whole + phase));
    const part = until - before;
    before = until;
    return part;
  });
}
