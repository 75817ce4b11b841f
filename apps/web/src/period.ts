/** A civil date in Asia/Ho_Chi_Minh, `YYYY-MM-DD`; compares as text. */
export type CivilDate = string;
export interface Period {
  from: CivilDate;
  to: CivilDate;
}

export const PRESETS = ['thang-nay', 'thang-truoc', 'quy-nay', 'nam-nay', 'nam-truoc', 'nam-2018'] as const;
export type Preset = (typeof PRESETS)[number];

const VIETNAM_OFFSET_MS = 7 * 3_600_000;

/** The civil day of an instant in Vietnam, whatever the browser's own zone. */
export const civilDateOf = (instant: number): CivilDate =>
  new Date(instant + VIETNAM_OFFSET_MS).toISOString().slice(0, 10);

export function isCivilDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const isoDay = (year: number, month: number, day: number): CivilDate =>
  new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);

/** Months count from 0 and may run over either end of the year. */
const months = (year: number, first: number, count: number): Period => ({
  from: isoDay(year, first, 1),
  to: isoDay(year, first + count, 0),
});

export function periodOf(preset: Preset, now: number): Period {
  const today = civilDateOf(now);
  const year = Number(today.slice(0, 4));
  const month = Number(today.slice(5, 7)) - 1;
  switch (preset) {
    case 'thang-nay':
      return months(year, month, 1);
    case 'thang-truoc':
      return months(year, month - 1, 1);
    case 'quy-nay':
      return months(year, Math.floor(month / 3) * 3, 3);
    case 'nam-nay':
      return months(year, 0, 12);
    case 'nam-truoc':
      return months(year - 1, 0, 12);
    case 'nam-2018':
      return months(2018, 0, 12);
  }
}

const TREND_MONTHS = 13;

/**
 * What the monthly chart covers: the period itself if it is a trend already (three months or more),
 * else the thirteen months that end with it, so that a single month is never a single bar.
 */
export function trendOf(period: Period): Period {
  const first = monthNumber(period.from);
  const last = monthNumber(period.to);
  if (last - first + 1 >= 3) return period;
  const start = last - TREND_MONTHS + 1;
  return { from: isoDay(Math.floor(start / 12), start % 12, 1), to: period.to };
}

/** The days of a month, `YYYY-MM`, that lie within a period. */
export function monthWithin({ from, to }: Period, month: string): Period {
  const whole = months(Number(month.slice(0, 4)), Number(month.slice(5, 7)) - 1, 1);
  return { from: whole.from < from ? from : whole.from, to: whole.to > to ? to : whole.to };
}

const monthNumber = (date: CivilDate): number => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;

export const contains = (period: Period, date: CivilDate): boolean =>
  period.from <= date && date <= period.to;
