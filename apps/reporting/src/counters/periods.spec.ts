import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY_MS, dayOf, startOfDay } from '#libs/dossier';
import { type Piece, piecesOf, startOfMonth, startOfNextMonth, startOfYear } from './periods.js';

/** How often each day is counted by the pieces, for days that are counted at all. */
function coverage(pieces: readonly Piece[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { from, until, sign } of pieces) {
    for (let day = dayOf(from); day < dayOf(until); day += 1) counts.set(day, (counts.get(day) ?? 0) + sign);
  }
  for (const [day, count] of counts) if (count === 0) counts.delete(day);
  return counts;
}

const day = (text: string): number => startOfDay(Date.parse(`${text}T00:00:00Z`) / DAY_MS);

describe('the pieces of a period', () => {
  it('count every day of any period once and no other day, with years and without', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -3_000, max: 30_000 }),
        fc.integer({ min: 1, max: 1_500 }),
        fc.boolean(),
        (start, length, years) => {
          const counts = coverage(piecesOf(startOfDay(start), startOfDay(start + length), years));
          expect(counts.size).toBe(length);
          for (let n = start; n < start + length; n += 1) expect(counts.get(n)).toBe(1);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('begin where rows of their unit begin and end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30_000 }),
        fc.integer({ min: 1, max: 3_000 }),
        (start, length) => {
          for (const { unit, from, until } of piecesOf(startOfDay(start), startOfDay(start + length), true)) {
            if (unit === 'y') expect([from, until]).toEqual([startOfYear(from), startOfYear(until)]);
            if (unit === 'm') expect([from, until]).toEqual([startOfMonth(from), startOfMonth(until)]);
          }
        },
      ),
    );
  });

  it.each([
    ['a whole year is one row', '2018-01-01', '2019-01-01', ['y+']],
    ['a whole month is one row', '2018-05-01', '2018-06-01', ['m+']],
    ['most of a month is the month less the rest', '2018-05-01', '2018-05-29', ['m+', 'd-']],
    ['a few days are days', '2018-05-03', '2018-05-10', ['d+']],
    ['a reporting year from the 15th to the 14th', '2017-12-15', '2018-12-15', ['m+', 'd-', 'm+', 'd+']],
  ])('%s', (_, from, until, expected) => {
    const pieces = piecesOf(day(from), day(until), true);
    expect(pieces.map(({ unit, sign }) => unit + (sign > 0 ? '+' : '-'))).toEqual(expected);
  });

  it('know the first instants of months and years in Vietnam', () => {
    const lastMillisecond = day('2018-12-31') + DAY_MS - 1;
    expect(startOfMonth(lastMillisecond)).toBe(day('2018-12-01'));
    expect(startOfNextMonth(lastMillisecond)).toBe(day('2019-01-01'));
    expect(startOfYear(lastMillisecond)).toBe(day('2018-01-01'));
    expect(startOfYear(lastMillisecond + 1)).toBe(day('2019-01-01'));
  });
});
