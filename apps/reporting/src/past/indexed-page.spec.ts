import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IndexedPage } from './indexed-page.js';
import { keyOf, MOST_NAMES } from './past-changes.js';
import { PageWriter } from './past-page.js';

type Count = [agency: number, procedure: number, channel: number, slot: number, count: number];

const id = fc.oneof(fc.nat(3), fc.nat(MOST_NAMES - 1));
const counts = fc
  .uniqueArray(fc.tuple(id, id, id, fc.nat(90_000_000_000), fc.integer({ min: 1, max: 2_147_483_647 })), {
    selector: ([a, p, c, slot]) => `${keyOf(a, p, c)} ${slot}`,
  })
  .map((list): Count[] =>
    list.sort((a, b) => keyOf(a[0], a[1], a[2]) - keyOf(b[0], b[1], b[2]) || a[3] - b[3]),
  );

describe('a page with an index', () => {
  it('has its keys taken apart, and the counts of each in whatever order they are asked for', () => {
    fc.assert(
      fc.property(counts, fc.infiniteStream(fc.nat()), (list, picks) => {
        const writer = new PageWriter();
        for (const [a, p, c, slot, count] of list) writer.add(keyOf(a, p, c), slot, count);
        const page = new IndexedPage(writer.finish());
        expect(page).toHaveLength(new Set(list.map(([a, p, c]) => keyOf(a, p, c))).size);
        const cursor = page.cursor();
        for (let asked = 0; asked < page.length; asked += 1) {
          const nth = (picks.next().value as number) % page.length;
          const [a, p, c] = [page.agencies[nth], page.procedures[nth], page.channels[nth]];
          const found: (readonly [number, number])[] = [];
          for (page.send(cursor, nth); cursor.nextSlot();) found.push([cursor.slot, cursor.count]);
          expect(found).toEqual(
            list
              .filter((each) => each[0] === a && each[1] === p && each[2] === c)
              .map(([, , , slot, count]) => [slot, count]),
          );
        }
      }),
    );
  });

  it('is the sum of several, count by count', () => {
    const write = (list: readonly Count[]) => {
      const writer = new PageWriter();
      for (const [a, p, c, slot, count] of list) writer.add(keyOf(a, p, c), slot, count);
      return writer.finish();
    };
    fc.assert(
      fc.property(fc.array(counts, { minLength: 1, maxLength: 4 }), (lists) => {
        const sums = new Map<string, number>();
        for (const [a, p, c, slot, count] of lists.flat())
          sums.set(`${a} ${p} ${c} ${slot}`, (sums.get(`${a} ${p} ${c} ${slot}`) ?? 0) + count);
        const page = IndexedPage.sum(lists.map((list) => new IndexedPage(write(list))));
        const found = new Map<string, number>();
        const cursor = page.cursor();
        for (let nth = 0; nth < page.length; nth += 1) {
          const key = [page.agencies[nth], page.procedures[nth], page.channels[nth]].join(' ');
          for (page.send(cursor, nth); cursor.nextSlot();) found.set(`${key} ${cursor.slot}`, cursor.count);
        }
        expect(found).toEqual(sums);
      }),
    );
  });
});
