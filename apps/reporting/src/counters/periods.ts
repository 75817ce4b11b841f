import { civilDate, civilDay, DAY_MS, dayOf, type Instant, startOfDay } from '#libs/dossier';

/** What a counter row sums up: a day, a month, a year, or one instant inside a day. */
export type Unit = 'd' | 'm' | 'y' | 'i';

/** First instant of the month that an instant lies in (Asia/Ho_Chi_Minh). */
export function startOfMonth(instant: Instant): Instant {
  const day = dayOf(instant);
  return startOfDay(day - (civilDate(day).day - 1));
}

/** First instant of the next month. */
export const startOfNextMonth = (instant: Instant): Instant =>
  startOfMonth(startOfMonth(instant) + 31 * DAY_MS);

/** First instant of the year that an instant lies in. */
export const startOfYear = (instant: Instant): Instant =>
  startOfDay(civilDay(civilDate(dayOf(instant)).year, 1, 1));

const startOfNextYear = (instant: Instant): Instant => startOfYear(startOfYear(instant) + 366 * DAY_MS);

/** Rows of one unit over a half-open stretch, to be added or taken off. */
export interface Piece {
  unit: Unit;
  from: Instant;
  until: Instant;
  sign: 1 | -1;
}

/**
 * The fewest rows that make up a stretch of whole days: years, then months, then days; most of a month
 * is the month less the other days. `years`: whether there are rows of years.
 */
export function piecesOf(from: Instant, until: Instant, years: boolean): Piece[] {
  if (from >= until) return [];
  if (!years) return monthPieces(from, until);
  const firstYear = from === startOfYear(from) ? from : startOfNextYear(from);
  const lastYear = startOfYear(until);
  if (firstYear > lastYear) return monthPieces(from, until);
  return [
    ...monthPieces(from, firstYear),
    ...(firstYear < lastYear ? [{ unit: 'y', from: firstYear, until: lastYear, sign: 1 } as const] : []),
    ...monthPieces(lastYear, until),
  ];
}

function monthPieces(from: Instant, until: Instant): Piece[] {
  if (from >= until) return [];
  const firstMonth = from === startOfMonth(from) ? from : startOfNextMonth(from);
  const lastMonth = startOfMonth(until);
  if (firstMonth > lastMonth) return dayPieces(from, until);
  return [
    ...dayPieces(from, firstMonth),
    ...(firstMonth < lastMonth ? [{ unit: 'm', from: firstMonth, until: lastMonth, sign: 1 } as const] : []),
    ...dayPieces(lastMonth, until),
  ];
}

/** Days within one month. */
function dayPieces(from: Instant, until: Instant): Piece[] {
  if (from >= until) return [];
  const [monthStart, monthEnd] = [startOfMonth(from), startOfNextMonth(from)];
  if ((until - from) * 2 <= monthEnd - monthStart) return [{ unit: 'd', from, until, sign: 1 }];
  const pieces: Piece[] = [
    { unit: 'm', from: monthStart, until: monthEnd, sign: 1 },
    { unit: 'd', from: monthStart, until: from, sign: -1 },
    { unit: 'd', from: until, until: monthEnd, sign: -1 },
  ];
  return pieces.filter((piece) => piece.from < piece.until);
}
