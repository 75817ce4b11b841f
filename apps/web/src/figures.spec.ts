import { describe, expect, it } from '@jest/globals';
import { lightOf, rateOf, sumRows, type Row } from './figures.js';

describe('a rate', () => {
  it.each([
    [673_576, 674_062, 99.93],
    [1, 3, 33.33],
    [2, 3, 66.67],
    [1, 8, 12.5],
    [5, 100_000, 0.01],
    [0, 5, 0],
    [5, 5, 100],
    // Rounded it would be 100.00; below 100 it never is.
    [999_999, 1_000_000, 99.99],
    [0, 0, null],
  ])('%d of %d is %s percent', (numerator, denominator, percent) => {
    expect(rateOf(numerator, denominator)).toEqual({ percent, numerator, denominator });
  });

  it.each([
    [null, 'none'],
    [94.99, 'poor'],
    [95, 'fair'],
    [97.99, 'fair'],
    [98, 'good'],
  ] as const)('%s percent is %s', (percent, light) => {
    expect(lightOf({ percent, numerator: 0, denominator: 0 })).toBe(light);
  });

  it.each([
    [92.49, 'poor'],
    [92.5, 'fair'],
    [95.49, 'fair'],
    [95.5, 'good'],
  ] as const)('%s percent is %s where 95.5 is owed', (percent, light) => {
    expect(lightOf({ percent, numerator: 0, denominator: 0 }, { good: 95.5, fair: 92.5 })).toBe(light);
  });
});

describe('a sum of rows', () => {
  const row = (n: number): Row => ({
    carriedOver: n,
    received: { total: 3 * n, counter: n, online: n, post: n },
    reopened: n,
    resolved: { total: 4 * n, early: n, onTime: n, late: n, noDueDate: n },
    closedOtherwise: { total: 0, refused: 0, withdrawn: 0, stopped: 0 },
    open: { total: n, inTime: 0, overdue: 0, paused: n, pausedPastDue: n, noDueDate: 0 },
    refused: n,
    rates: { a: rateOf(2 * n, 3 * n), b: rateOf(2 * n, 5 * n), c: rateOf(2 * n, 4 * n) },
  });

  it('adds every figure and computes the rates from the sums', () => {
    expect(sumRows([row(1), row(2)])).toEqual(row(3));
  });
  it('of no rows has no rates', () => {
    expect(sumRows([]).rates.a.percent).toBeNull();
  });
});
