import { describe, expect, it } from '@jest/globals';
import { figureIn, LISTED_FIGURES, partsOfFigure } from './listed-figures.js';
import { MEASURES } from './ledger.js';
import { reportRow } from './rates.js';

/** A number for each part, such that no two sums of some are alike. */
const worth = (names: readonly string[]): number =>
  names.reduce((sum, name) => sum + 2 ** ['carriedOver', 'pausedInTime', ...MEASURES].indexOf(name), 0);

describe('figures whose dossiers are listed together', () => {
  // Each measure has another count before the period and within it.
  const before = MEASURES.map((_, nth) => (nth >= 12 ? 1_000 * (nth + 1) : 0));
  const within = MEASURES.map((_, nth) => 2 ** nth);
  const row = reportRow(
    before,
    within,
    before.map((count, nth) => count + (within[nth] as number)),
  );

  it('are all the counts of a line, and those paused in time', () => {
    expect(LISTED_FIGURES).toHaveLength(23);
    for (const name of LISTED_FIGURES)
      expect([name, figureIn(row, name)]).toEqual([name, expect.any(Number)]);
    expect(figureIn(row, 'open.pausedInTime') + figureIn(row, 'open.pausedPastDue')).toBe(row.open.paused);
    expect(figureIn(row, 'resolved.late')).toBe(64);
    expect(figureIn(row, 'carriedOver')).toBe(row.carriedOver);
  });

  it.each([
    ['carriedOver', ['carriedOver']],
    ['received.total', ['receivedCounter', 'receivedOnline', 'receivedPost']],
    ['received.online', ['receivedOnline']],
    ['closedOtherwise.total', ['closedRefused', 'closedWithdrawn', 'closedStopped']],
    ['open.total', ['inTime', 'overdue', 'pausedInTime', 'pausedPastDue', 'noDueDate']],
    ['open.paused', ['pausedInTime', 'pausedPastDue']],
    ['open.pausedInTime', ['pausedInTime']],
    ['refused', ['refused']],
    ['rates.a', []],
  ])('%s is made up of %j', (name, parts) => {
    expect(partsOfFigure(name)).toEqual(parts);
  });

  it('are the sums of their parts', () => {
    for (const total of ['received', 'resolved', 'closedOtherwise'])
      expect(worth(partsOfFigure(`${total}.total`))).toBe(
        worth(
          LISTED_FIGURES.filter((name) => name.startsWith(`${total}.`) && !name.endsWith('.total')).flatMap(
            partsOfFigure,
          ),
        ),
      );
  });
});
