import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparedChange, comparedFigures, ranksOf, unrankedBecause, wilsonInterval } from './comparison.js';
import { MEASURES } from './ledger.js';
import { rate, reportRow } from './rates.js';

/** Printed by R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3. */
describe('the Wilson interval', () => {
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %d of %d is %d to %d', (numerator, denominator, low, high) => {
    const interval = wilsonInterval(numerator, denominator)!;
    expect([interval.low.toFixed(4), interval.high.toFixed(4)]).toEqual([low.toFixed(4), high.toFixed(4)]);
  });

  it('of nothing is none', () => expect(wilsonInterval(0, 0)).toBeNull());

  it('lies within 0 and 1 around the share, touches an end only with none or all, and narrows with n', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 1e6 }), (a, b) => {
        const [numerator, denominator] = [Math.min(a, b), Math.max(a, b)];
        const { low, high } = wilsonInterval(numerator, denominator)!;
        const share = numerator / denominator;
        expect(low).toBeLessThanOrEqual(share);
        expect(high).toBeGreaterThanOrEqual(share);
        expect([low === 0, high === 1]).toEqual([numerator === 0, numerator === denominator]);
        const more = wilsonInterval(numerator * 2, denominator * 2)!;
        expect(more.high - more.low).toBeLessThan(high - low);
      }),
    );
  });
});

describe('ranks', () => {
  const ranks = (...counts: [numerator: number, denominator: number][]) =>
    ranksOf(counts.map(([numerator, denominator]) => rate(numerator, denominator)));

  it('go by the lower end: all of 30 stand behind 995 of 1,000', () =>
    expect(ranks([30, 30], [995, 1_000], [950, 1_000])).toEqual([3, 1, 2]));

  it.each([
    [29, [null, 1]],
    [30, [2, 1]],
    [31, [2, 1]],
  ])('leave out below thirty: %d', (n, expected) => expect(ranks([n, n], [1_000, 1_000])).toEqual(expected));

  it('are shared by equals, and the next one is left out', () =>
    expect(ranks([40, 50], [90, 100], [40, 50], [10, 100], [0, 40], [0, 400])).toEqual([2, 1, 2, 4, 5, 5]));

  it('say why there is none', () =>
    expect([rate(0, 0), rate(1, 29), rate(1, 30)].map(unrankedBecause)).toEqual(['none', 'small', null]));
});

describe('a change', () => {
  const figures = (early: number, late: number, formula: 'a' | 'opencps' = 'a') => {
    const counts = MEASURES.map((measure) =>
      measure === 'resolvedEarly' ? early : measure === 'resolvedLate' ? late : 0,
    );
    return comparedFigures(
      reportRow(
        MEASURES.map(() => 0),
        counts,
        MEASURES.map(() => 0),
      ),
      formula,
    );
  };

  it('is the difference of what is printed, to the hundredth', () => {
    expect(comparedChange(figures(9_993, 7), figures(999, 1)).points).toBe(0.03);
    expect(comparedChange(figures(999, 1), figures(9_993, 7))).toEqual({
      ...{ points: -0.03, received: 0, resolved: -9_000, late: -6, openOverdue: 0 },
    });
  });

  it.each(['a', 'opencps'] as const)('to nothing has no points, by formula %s', (formula) => {
    const [some, none] = [figures(1, 1, formula), figures(0, 0, formula)];
    expect(comparedChange(some, none)).toMatchObject({ points: null, resolved: 2, late: 1 });
    expect(comparedChange(none, some).points).toBeNull();
  });

  it('has an interval that is never printed as 100 below it', () => {
    expect(figures(1_000_000, 1).interval).toEqual({ low: 99.99, high: 99.99 });
    expect(figures(1_000, 0).interval).toEqual({ low: 99.62, high: 100 });
    expect(figures(0, 0).interval).toBeNull();
  });
});
