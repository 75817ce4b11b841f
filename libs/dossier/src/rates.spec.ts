import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MEASURES } from './ledger.js';
import { identityViolations, rate, reportRow } from './rates.js';
import type { Counts } from './rates.js';

const counts = (values: Partial<Record<(typeof MEASURES)[number], number>>): Counts =>
  MEASURES.map((measure) => values[measure] ?? 0);

describe('a rate', () => {
  it.each([
    [673_576, 674_062, 99.93],
    [0, 0, null],
    [0, 5, 0],
    [5, 5, 100],
    [999_999, 1_000_000, 99.99],
    [99_995, 100_000, 99.99],
    [99_994, 100_000, 99.99],
    [99_985, 100_000, 99.99],
    [99_984, 100_000, 99.98],
    [1, 3, 33.33],
    [2, 3, 66.67],
    [1, 8, 12.5],
    [1, 20_000, 0.01],
    [1, 20_001, 0],
    [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, 99.99],
    [4_503_599_627_370_496, Number.MAX_SAFE_INTEGER, 50],
  ])('%d of %d is %p', (numerator, denominator, percent) =>
    expect(rate(numerator, denominator)).toMatchObject({ percent, numerator, denominator }),
  );

  it.each([
    [0, true],
    [29, true],
    [30, false],
    [31, false],
  ])('of %d is small: %p', (denominator, small) => expect(rate(0, denominator).small).toBe(small));

  it('has at most two decimals and is 100 only for all', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.integer({ min: 1, max: 1e9 }), (a, b) => {
        const [numerator, denominator] = [Math.min(a, b), Math.max(a, b)];
        const { percent } = rate(numerator, denominator);
        expect(String(percent)).toMatch(/^\d{1,3}(\.\d{1,2})?$/);
        expect(percent === 100).toBe(numerator === denominator);
        expect(Math.abs(percent! - (numerator / denominator) * 100)).toBeLessThan(0.0100001);
      }),
    );
  });
});

describe('a report line', () => {
  const carried = counts({ inTime: 3, overdue: 2, paused: 1, pausedPastDue: 1, noDueDate: 1 });
  const flows = counts({
    receivedCounter: 4,
    receivedOnline: 3,
    receivedPost: 2,
    reopened: 1,
    resolvedEarly: 2,
    resolvedOnTime: 3,
    resolvedLate: 1,
    resolvedNoDueDate: 1,
    closedRefused: 1,
    closedWithdrawn: 1,
    closedStopped: 1,
    refused: 9,
  });
  const open = counts({ inTime: 3, overdue: 1, paused: 2, pausedPastDue: 1, noDueDate: 1 });

  it('has every field of the contract, in its order', () => {
    const row = reportRow(carried, flows, open);
    expect(JSON.stringify(row)).toBe(
      JSON.stringify({
        carriedOver: 7,
        received: { total: 9, counter: 4, online: 3, post: 2 },
        reopened: 1,
        resolved: { total: 7, early: 2, onTime: 3, late: 1, noDueDate: 1 },
        closedOtherwise: { total: 3, refused: 1, withdrawn: 1, stopped: 1 },
        open: { total: 7, inTime: 3, overdue: 1, paused: 2, pausedPastDue: 1, noDueDate: 1 },
        refused: 9,
        rates: {
          a: { percent: 83.33, numerator: 5, denominator: 6, small: true },
          b: { percent: 29.41, numerator: 5, denominator: 17, small: true },
          c: { percent: 75, numerator: 9, denominator: 12, small: true },
          opencps: { percent: 85, numerator: 6, denominator: 7, small: true },
        },
      }),
    );
    expect(identityViolations(row)).toEqual([]);
  });

  it('of nothing has no rates', () => {
    const { rates } = reportRow(counts({}), counts({}), counts({}));
    expect([rates.a, rates.b, rates.c].map(({ percent }) => percent)).toEqual([null, null, null]);
    expect(rates.opencps.percent).toBe(100);
  });

  it.each([
    [673_576, 486, 99],
    [0, 1, 0],
    [99, 1, 99],
    [1, 0, 100],
  ])('%d early and %d late are %d %% as OpenCPS cuts it', (resolvedEarly, resolvedLate, percent) => {
    const { rates } = reportRow(counts({}), counts({ resolvedEarly, resolvedLate }), counts({}));
    expect(rates.opencps.percent).toBe(percent);
  });

  it('that does not close says where', () => {
    const row = reportRow(carried, flows, counts({ inTime: 1, pausedPastDue: 1 }));
    expect(identityViolations(row, 'H13.12')).toEqual([
      'H13.12: carriedOver + received + reopened = resolved + closedOtherwise + open (17 ≠ 11)',
      'H13.12: pausedPastDue ≤ paused (1 > 0)',
    ]);
    expect(identityViolations({ ...row, resolved: { ...row.resolved, early: 0 } })).toContain(
      'resolved = early + onTime + late + noDueDate (7 ≠ 5)',
    );
  });
});
