import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PutBy } from '../counters/put-by.js';
import { DifferenceCursor, packDifferences } from './past-differences.js';

const NAMES = ['', 'A', 'B', 'P', 'online'];
const idOf = (name: string) => NAMES.indexOf(name) + 200;

const differences = fc
  .array(
    fc.tuple(
      fc.constantFrom(...NAMES),
      fc.constantFrom(...NAMES),
      fc.constantFrom(...NAMES),
      fc.oneof(fc.nat(300), fc.integer({ min: 1_500_000_000_000, max: 4_000_000_000_000 })),
      fc.array(
        fc.oneof(
          fc.nat(900),
          fc.maxSafeNat().map((each) => Math.floor(each / 16)),
        ),
      ),
    ),
  )
  .map((list): PutBy[] => list.sort((a, b) => a[3] - b[3]));

function read(packed: Buffer, entriesOf: (nth: number) => boolean): PutBy[] {
  const list: PutBy[] = [];
  for (const cursor = new DifferenceCursor(packed); cursor.next();) {
    const entries: number[] = [];
    if (entriesOf(list.length)) while (cursor.nextEntry()) entries.push(cursor.entry);
    const [agency, procedure, channel] = [cursor.agency, cursor.procedure, cursor.channel].map(
      (id) => NAMES[id - 200] as string,
    ) as [string, string, string];
    list.push([agency, procedure, channel, cursor.recordedAt, entries]);
  }
  return list;
}

describe('packed differences', () => {
  it('give back what was packed', () => {
    fc.assert(
      fc.property(differences, (list) => {
        expect(read(packDifferences(list, idOf), () => true)).toEqual(list);
      }),
    );
  });

  it('can be read without the entries of some', () => {
    fc.assert(
      fc.property(differences, (list) => {
        const odd = (nth: number) => nth % 2 === 1;
        const expected = list.map(([a, p, c, at, entries], nth) => [a, p, c, at, odd(nth) ? entries : []]);
        expect(read(packDifferences(list, idOf), odd)).toEqual(expected);
      }),
    );
  });

  it('are nothing where there are none, and small where there are some', () => {
    expect(packDifferences([], idOf)).toHaveLength(0);
    const at = 1_795_000_000_000;
    const entry = (at + 5_364_662_400_000) * 64;
    const list = Array.from({ length: 1_000 }, (_, nth): PutBy => [
      ...(['A', 'P', 'online'] as const),
      at + nth,
      [entry, entry + 600_000 * 64, entry + 86_400_000 * 64],
    ]);
    expect(packDifferences(list, idOf).length).toBeLessThan(30 * list.length);
  });
});
