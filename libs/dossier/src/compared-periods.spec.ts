import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparedPeriods } from './compared-periods.js';
import { formatDay, parseDay } from './instant.js';
import { namedPeriod } from './report-period.js';

const shown = (from: string, to: string) => {
  const { kind, previous, lastYear } = comparedPeriods({ from: parseDay(from)!, to: parseDay(to)! });
  return [kind, ...[previous, lastYear].map((span) => `${formatDay(span.from)}/${formatDay(span.to)}`)];
};

describe('a period is set against', () => {
  it.each([
    // By the calendar.
    ['2018-10-01', '2018-10-31', 'month', '2018-09-01/2018-09-30', '2017-10-01/2017-10-31'],
    ['2018-01-01', '2018-01-31', 'month', '2017-12-01/2017-12-31', '2017-01-01/2017-01-31'],
    ['2024-02-01', '2024-02-29', 'month', '2024-01-01/2024-01-31', '2023-02-01/2023-02-28'],
    ['2018-01-01', '2018-03-31', 'quarter', '2017-10-01/2017-12-31', '2017-01-01/2017-03-31'],
    ['2018-07-01', '2018-12-31', 'half-year', '2018-01-01/2018-06-30', '2017-07-01/2017-12-31'],
    ['2018-01-01', '2018-09-30', 'nine-months', '2017-01-01/2017-09-30', '2017-01-01/2017-09-30'],
    ['2018-01-01', '2018-12-31', 'year', '2017-01-01/2017-12-31', '2017-01-01/2017-12-31'],
    // As reports are closed.
    ['2017-12-15', '2018-01-14', 'month', '2017-11-15/2017-12-14', '2016-12-15/2017-01-14'],
    ['2017-12-15', '2018-03-14', 'quarter', '2017-09-15/2017-12-14', '2016-12-15/2017-03-14'],
    ['2017-12-15', '2018-12-14', 'year', '2016-12-15/2017-12-14', '2016-12-15/2017-12-14'],
    // Free: a month's beginning or end missed by a day, a quarter that is none, a span over a leap day.
    ['2018-10-02', '2018-10-31', 'days', '2018-09-02/2018-10-01', '2017-10-02/2017-10-31'],
    ['2018-10-01', '2018-10-30', 'days', '2018-09-01/2018-09-30', '2017-10-01/2017-10-30'],
    ['2018-10-01', '2018-11-01', 'days', '2018-08-30/2018-09-30', '2017-10-01/2017-11-01'],
    ['2018-02-01', '2018-04-30', 'days', '2017-11-04/2018-01-31', '2017-02-01/2017-04-30'],
    ['2024-02-29', '2024-02-29', 'days', '2024-02-28/2024-02-28', '2023-02-28/2023-02-28'],
  ])('%s to %s, %s: %s and %s', (from, to, ...expected) => expect(shown(from, to)).toEqual(expected));

  it('a free span of one, two or three days: the day it begins on is no longer in it', () =>
    expect(['2026-03-05', '2026-03-06', '2026-03-07'].map((to) => shown('2026-03-05', to)[1])).toEqual([
      ...['2026-03-04/2026-03-04', '2026-03-03/2026-03-04', '2026-03-02/2026-03-04'],
    ]));

  it('whatever has a name: the one of its kind that ends where it begins, but for nine months', () => {
    const parts = ['', '-H1', '-H2', '-9M', '-Q1', '-Q2', '-Q3', '-Q4', '-01', '-07', '-12'];
    fc.assert(
      fc.property(
        fc.integer({ min: 1902, max: 2199 }),
        fc.constantFrom(...parts),
        fc.constantFrom('calendar' as const, 'reporting' as const),
        (year, part, bounds) => {
          const span = namedPeriod(`${year}${part}`, bounds)!;
          const { previous, lastYear } = comparedPeriods(span);
          expect(lastYear).toEqual(namedPeriod(`${year - 1}${part}`, bounds));
          if (part === '-9M') expect(previous).toEqual(lastYear);
          else expect(previous.to).toBe(span.from - 1);
        },
      ),
    );
  });
});
