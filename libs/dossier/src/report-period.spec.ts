import { describe, expect, it } from '@jest/globals';
import { formatDay } from './instant.js';
import { namedPeriod } from './report-period.js';

const shown = (name: string, bounds: 'calendar' | 'reporting') => {
  const period = namedPeriod(name, bounds);
  return period && [formatDay(period.from), formatDay(period.to)];
};

describe('a named period', () => {
  it.each([
    ['2018', '2018-01-01', '2018-12-31', '2017-12-15', '2018-12-14'],
    ['2018-H1', '2018-01-01', '2018-06-30', '2017-12-15', '2018-06-14'],
    ['2018-H2', '2018-07-01', '2018-12-31', '2018-06-15', '2018-12-14'],
    ['2018-9M', '2018-01-01', '2018-09-30', '2017-12-15', '2018-09-14'],
    ['2018-Q1', '2018-01-01', '2018-03-31', '2017-12-15', '2018-03-14'],
    ['2018-Q2', '2018-04-01', '2018-06-30', '2018-03-15', '2018-06-14'],
    ['2018-Q3', '2018-07-01', '2018-09-30', '2018-06-15', '2018-09-14'],
    ['2018-Q4', '2018-10-01', '2018-12-31', '2018-09-15', '2018-12-14'],
    ['2018-01', '2018-01-01', '2018-01-31', '2017-12-15', '2018-01-14'],
    ['2024-02', '2024-02-01', '2024-02-29', '2024-01-15', '2024-02-14'],
    ['2018-12', '2018-12-01', '2018-12-31', '2018-11-15', '2018-12-14'],
  ])('%s is %s to %s, for reports %s to %s', (name, from, to, reportFrom, reportTo) => {
    expect(shown(name, 'calendar')).toEqual([from, to]);
    expect(shown(name, 'reporting')).toEqual([reportFrom, reportTo]);
  });

  it.each([
    '',
    '18',
    '2018-',
    '2018-13',
    '2018-00',
    '2018-1',
    '2018-Q5',
    '2018-H3',
    '2018-q1',
    '1018',
    '2018-01-01',
  ])('%j is none', (name) => expect(shown(name, 'calendar')).toBeUndefined());

  it('ends where the next of its kind begins', () => {
    for (const bounds of ['calendar', 'reporting'] as const) {
      for (const names of [
        ['2018-Q1', '2018-Q2', '2018-Q3', '2018-Q4', '2019-Q1'],
        ['2018-H1', '2018-H2', '2019-H1'],
        ['2018-11', '2018-12', '2019-01', '2019-02', '2019-03'],
        ['2018', '2019'],
      ]) {
        names.slice(1).forEach((name, nth) => {
          expect(namedPeriod(name, bounds)?.from).toBe((namedPeriod(names[nth] ?? '', bounds)?.to ?? 0) + 1);
        });
      }
    }
  });
});
