import { describe, expect, it } from '@jest/globals';
import { decision766, decision766Violations } from './decision-766.js';
import { MEASURES, type Measure } from './ledger.js';
import { reportRow } from './rates.js';

const counts = (of: Partial<Record<Measure, number>>): number[] =>
  MEASURES.map((measure) => of[measure] ?? 0);
const made = (flows: Partial<Record<Measure, number>>, open: Partial<Record<Measure, number>>) =>
  decision766(reportRow(counts({}), counts(flows), counts(open)));

describe('group 2.1 of QĐ 766', () => {
  const all = made(
    { resolvedEarly: 50, resolvedOnTime: 30, resolvedLate: 20, resolvedNoDueDate: 7, closedWithdrawn: 3 },
    { inTime: 60, overdue: 5, paused: 40, pausedPastDue: 10, noDueDate: 9 },
  );

  it('counts what is still in time beside what was resolved in time, and late and overdue below the line', () => {
    expect([all.ratio.numerator, all.ratio.denominator]).toEqual([50 + 30 + 60 + 30, 205]);
    expect(all.points).toBe(16.59);
    expect(all.rateA).toEqual({ percent: 80, numerator: 80, denominator: 100, small: false });
    // 82.93 % against 80.00 %.
    expect(all.difference).toBe(293);
  });

  it('names every dossier of the line once, each with what it counts for', () => {
    expect(all.inputs.map(({ name, count }) => [name, count])).toEqual([
      ...[
        ['resolvedEarly', 50],
        ['resolvedOnTime', 30],
        ['resolvedLate', 20],
        ['openInTime', 60],
      ],
      ...[
        ['pausedInTime', 30],
        ['openOverdue', 5],
        ['pausedPastDue', 10],
      ],
      ...[
        ['resolvedNoDueDate', 7],
        ['openNoDueDate', 9],
        ['closedOtherwise', 3],
      ],
    ]);
    expect(decision766Violations(all)).toEqual([]);
    const broken = { ...all, rateA: { ...all.rateA, denominator: 99 } };
    expect(decision766Violations(broken, 'k')).toEqual(['k: denominator of rate a = its inputs (99 ≠ 100)']);
  });

  it.each([
    ['nothing to divide by', made({}, {}), null, null],
    ['nothing resolved yet', made({}, { inTime: 4 }), 20, null],
    ['all in time', made({ resolvedEarly: 5 }, { inTime: 5 }), 20, 0],
    ['one of very many late', made({ resolvedEarly: 999_999, resolvedLate: 1 }, {}), 19.99, 0],
    ['all late', made({ resolvedLate: 3 }, {}), 0, 0],
  ])('with %s', (_, { points, difference }, expected, expectedDifference) => {
    expect([points, difference]).toEqual([expected, expectedDifference]);
  });
});
