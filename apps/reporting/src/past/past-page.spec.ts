import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addPages, type Page, PageCursor, PageWriter } from './past-page.js';

type Count = [key: number, slot: number, count: number];

/** Every key and slot once, in order. */
const counts = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(fc.nat(300), fc.maxSafeNat()),
      fc.oneof(fc.nat(1_000), fc.nat(90_000_000_000)),
      fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
    ),
    { selector: ([key, slot]) => `${key} ${slot}` },
  )
  .map((list) => list.sort((a, b) => a[0] - b[0] || a[1] - b[1]));

function written(list: readonly Count[]): Page {
  const writer = new PageWriter();
  for (const [key, slot, count] of list) writer.add(key, slot, count);
  return writer.finish();
}

function read(page: Page): Count[] {
  const list: Count[] = [];
  for (const cursor = new PageCursor(page); cursor.next();)
    list.push([cursor.key, cursor.slot, cursor.count]);
  return list;
}

describe('a page', () => {
  it('gives back what was written, without what counts nothing', () => {
    fc.assert(
      fc.property(counts, (list) => {
        expect(read(written(list))).toEqual(list.filter(([, , count]) => count !== 0));
      }),
    );
  });

  it('is empty where nothing is counted', () => {
    expect(written([])).toHaveLength(0);
    expect(written([[7, 7, 0]])).toHaveLength(0);
    expect(read(Buffer.alloc(0))).toEqual([]);
  });

  it('takes few bytes for a count beside its neighbours', () => {
    const list = Array.from({ length: 1_000 }, (_, nth): Count => [1_000_000 + (nth >> 2), nth & 3, 5]);
    expect(written(list).length).toBeLessThan(3 * list.length);
  });
});

describe('the sum of two pages', () => {
  it('has every count of both, added where they meet', () => {
    const near = counts.map((list) => list.filter(([key, slot]) => key <= 300 && slot <= 1_000));
    fc.assert(
      fc.property(near, near, (left, right) => {
        const sums = new Map<string, number>();
        for (const [key, slot, count] of [...left, ...right])
          sums.set(`${key} ${slot}`, (sums.get(`${key} ${slot}`) ?? 0) + count);
        const sum = read(addPages(written(left), written(right)));
        expect(new Map(sum.map(([key, slot, count]) => [`${key} ${slot}`, count]))).toEqual(
          new Map([...sums].filter(([, count]) => count !== 0)),
        );
        expect(sum).toEqual([...sum].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
      }),
    );
  });

  it('is nothing where they cancel out', () => {
    expect(addPages(written([[1, 2, 3]]), written([[1, 2, -3]]))).toHaveLength(0);
  });
});
