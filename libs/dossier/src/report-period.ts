import { civilDay } from './instant.js';
import type { CivilDay } from './instant.js';

/** Where a named period is cut: with the calendar, or in the middle of the month, as reports are closed. */
export const PERIOD_BOUNDS = ['calendar', 'reporting'] as const;
export type PeriodBounds = (typeof PERIOD_BOUNDS)[number];

const NAME = /^((?:19|20|21)\d\d)(?:-(0[1-9]|1[0-2]|Q[1-4]|H[12]|9M))?$/;
const MONTHS: Record<string, [first: number, count: number]> = {
  ...{ Q1: [1, 3], Q2: [4, 3], Q3: [7, 3], Q4: [10, 3] },
  ...{ H1: [1, 6], H2: [7, 6], '9M': [1, 9] },
};

/**
 * First and last day of a named period: a year `2018`, its halves `2018-H1`, `2018-H2`, quarters `2018-Q1` …
 * `2018-Q4`, first nine months `2018-9M`, months `2018-01` … `2018-12`. Undefined for any other name.
 *
 * `reporting`: from the 15th of the month before to the 14th of the last month, so the year 2018 is 15/12/2017 to
 * 14/12/2018 (QĐ 01/2023/QĐ-UBND Khánh Hòa, after NĐ 09/2019/NĐ-CP).
 */
export function namedPeriod(
  name: string,
  bounds: PeriodBounds,
): { from: CivilDay; to: CivilDay } | undefined {
  const [, yearText, part] = NAME.exec(name) ?? [];
  if (yearText === undefined) return undefined;
  const [first, count] = part === undefined ? [1, 12] : (MONTHS[part] ?? [Number(part), 1]);
  const at = (month: number, day: number): CivilDay => {
    const beyond = Math.floor((month - 1) / 12);
    return civilDay(Number(yearText) + beyond, month - beyond * 12, day);
  };
  return bounds === 'calendar'
    ? { from: at(first, 1), to: at(first + count, 1) - 1 }
    : { from: at(first - 1, 15), to: at(first + count - 1, 14) };
}
