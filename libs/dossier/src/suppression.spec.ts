import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CountNode, suppressSmallCounts } from './suppression.js';

const leaf = (...counts: number[]): CountNode => ({ counts, children: [] });
const over = (...children: CountNode[]): CountNode => ({
  counts: (children[0] as CountNode).counts.map((_, column) =>
    children.reduce((sum, child) => sum + (child.counts[column] as number), 0),
  ),
  children,
});
const below = (node: CountNode): CountNode[] => [node, ...node.children.flatMap(below)];

/** The first columns as they would be published, the sum first; '–': hidden. */
const shown = (root: CountNode): (number | '–')[] => {
  const hidden = suppressSmallCounts(root);
  return below(root).map((node) => (hidden.has(node) ? '–' : (node.counts[0] as number)));
};

describe('small counts', () => {
  it.each([
    ['0 is told', [0, 20, 20], [40, 0, 20, 20]],
    ['1 is not, and its neighbour covers it', [1, 20, 30], [51, '–', '–', 30]],
    ['nor is 4', [4, 20, 30], [54, '–', '–', 30]],
    ['5 is', [5, 20, 30], [55, 5, 20, 30]],
    ['the smallest of the others is taken', [2, 90, 9, 30], [131, '–', 90, '–', 30]],
    ['several cover each other', [3, 3, 30], [36, '–', '–', 30]],
    ['but not where their sum tells too much', [1, 1, 30], [32, '–', '–', '–']],
    ['with nothing beside it the sum goes', [3, 0, 0], ['–', '–', 0, 0]],
    ['one child is the sum again', [7], [7, 7]],
  ] as [string, number[], (number | '–')[]][])('%s', (_, counts, expected) => {
    expect(shown(over(...counts.map((count) => leaf(count))))).toEqual(expected);
  });

  it('are not told by the page below of what covers them above', () => {
    // 50 covers 3; were both of its parts told, so would be 50, and 53 − 50 with it.
    const covering = over(leaf(20), leaf(30));
    expect(shown(over(leaf(3), covering, leaf(400)))).toEqual([453, '–', '–', '–', 30, 400]);
  });

  it('hide their row in every column', () => {
    // Of 40 resolved two had no due date: 40 and 38 beside each other would tell.
    const few = leaf(40, 38, 2);
    const root = over(few, leaf(60, 60, 0), leaf(90, 50, 40));
    const hidden = suppressSmallCounts(root);
    expect(hidden.has(few)).toBe(true);
    expect(hidden.has(root)).toBe(false);
    expect(hidden.size).toBe(3);
  });

  it('keep what is known of them elsewhere in mind', () => {
    // Of eight late ones at most five can be those of an agency that resolved five.
    const late = { ...leaf(3), atMost: 1_000 };
    const neighbour = { ...leaf(5), atMost: 5 };
    expect([...suppressSmallCounts(over(late, neighbour)).values()]).toEqual([
      [{ least: 3, most: 7 }],
      [{ least: 1, most: 5 }],
    ]);
  });

  it('take others along that are hidden anyway', () => {
    const root = over({ ...leaf(7), hidden: true }, leaf(20), { ...leaf(0), hidden: true });
    expect(shown(root)).toEqual([27, '–', '–', 0]);
  });

  it('say of the covering ones what everybody can find out', () => {
    const root = over(leaf(3), leaf(20), leaf(400));
    const ranges = [...suppressSmallCounts(root).values()];
    expect(ranges).toEqual([[{ least: 1, most: 22 }], [{ least: 1, most: 22 }]]);
  });
});

const count = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 9 }));
const group = fc.array(count, { minLength: 1, maxLength: 3 });
const tree = fc
  .array(group, { minLength: 1, maxLength: 3 })
  .map((groups) => over(...groups.map((counts) => over(...counts.map((one) => leaf(one))))));

/** Every way to fill in the leaves that fits what is published, none with a sum above `most`; found by trying. */
function* fillings(
  root: CountNode,
  hidden: ReadonlySet<CountNode>,
  most: number,
): Generator<Map<CountNode, number>> {
  const leaves = below(root).filter(({ children }) => children.length === 0);
  const values = new Map<CountNode, number>();
  const sum = (node: CountNode): number =>
    node.children.length === 0
      ? (values.get(node) as number)
      : node.children.reduce((total, child) => total + sum(child), 0);
  function* fill(index: number, left: number): Generator<Map<CountNode, number>> {
    const next = leaves[index];
    if (next) {
      const [published] = hidden.has(next) ? [] : next.counts;
      for (let value = published ?? 1; value <= Math.min(published ?? left, left); value += 1) {
        values.set(next, value);
        yield* fill(index + 1, left - value);
      }
      return;
    }
    const nodes = below(root).map((node) => [node, sum(node)] as const);
    if (nodes.every(([node, value]) => (hidden.has(node) ? value > 0 : value === node.counts[0])))
      yield new Map(nodes);
  }
  yield* fill(0, most);
}

/** The same for rows of three columns, the first the sum of the others, under one sum. */
function* fillingsOfColumns(
  root: CountNode,
  hidden: ReadonlyMap<CountNode, unknown>,
): Generator<Map<CountNode, readonly number[]>> {
  const [, dueAtMost = 0, othersAtMost = 0] = root.counts.map((count) => count + (hidden.has(root) ? 4 : 0));
  function* fill(
    rows: number[][],
    due: number,
    others: number,
  ): Generator<Map<CountNode, readonly number[]>> {
    const next = root.children[rows.length];
    if (next) {
      const [, ownDue, ownOthers] = hidden.has(next) ? [] : next.counts;
      for (let a = ownDue ?? 0; a <= Math.min(ownDue ?? due, due); a += 1) {
        for (let b = ownOthers ?? 0; b <= Math.min(ownOthers ?? others, others); b += 1) {
          // That something is hidden tells that there is something.
          if (a + b > 0 || !hidden.has(next)) yield* fill([...rows, [a + b, a, b]], due - a, others - b);
        }
      }
      return;
    }
    if (!hidden.has(root) && due + others > 0) return;
    const sums = root.counts.map((_, column) => rows.reduce((sum, row) => sum + (row[column] as number), 0));
    yield new Map([
      [root, sums],
      ...root.children.map((child, nth) => [child, rows[nth] as number[]] as const),
    ]);
  }
  yield* fill([], dueAtMost, othersAtMost);
}

describe('for whoever adds and subtracts everything that is published', () => {
  // Of nine leaves there are too many fillings to try them all.
  const few = tree.filter(
    (root) => below(root).filter(({ children, counts }) => children.length === 0 && counts[0]).length <= 4,
  );

  it('at least four values of every hidden count are possible', () => {
    fc.assert(
      fc.property(few, (root) => {
        const hidden = suppressSmallCounts(root);
        const possible = new Map([...hidden.keys()].map((node) => [node, new Set<number>()]));
        for (const filling of fillings(root, new Set(hidden.keys()), (root.counts[0] as number) + 4)) {
          for (const [node, values] of possible) values.add(filling.get(node) as number);
        }
        for (const { size } of possible.values()) expect(size).toBeGreaterThanOrEqual(4);
      }),
      { numRuns: 100 },
    );
  });

  it('that holds for each of several columns that add up in every row', () => {
    const row = fc
      .record({ due: fc.integer({ min: 0, max: 6 }), noDueDate: fc.integer({ min: 0, max: 2 }) })
      .map(({ due, noDueDate }) => leaf(due + noDueDate, due, noDueDate));
    const rows = fc.array(row, { minLength: 2, maxLength: 3 }).map((leaves) => over(...leaves));
    fc.assert(
      fc.property(rows, (root) => {
        const hidden = suppressSmallCounts(root);
        const possible = [...hidden.keys()].flatMap((node) =>
          node.counts.flatMap((count, column) =>
            count > 0 ? [{ node, column, values: new Set<number>() }] : [],
          ),
        );
        for (const filling of fillingsOfColumns(root, hidden)) {
          for (const { node, column, values } of possible) values.add(filling.get(node)?.[column] as number);
          if (possible.every(({ values }) => values.size >= 4)) return;
        }
        expect(possible.filter(({ values }) => values.size < 4)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('the range given is what is possible, no less and no more', () => {
    fc.assert(
      fc.property(few, (root) => {
        const hidden = suppressSmallCounts(root);
        // With the sum of all published no part is larger; otherwise anything is possible.
        if (hidden.size === 0 || hidden.has(root)) return;
        const seen = new Map([...hidden.keys()].map((node) => [node, { least: Infinity, most: 0 }]));
        for (const filling of fillings(root, new Set(hidden.keys()), root.counts[0] as number)) {
          for (const [node, range] of seen) {
            range.least = Math.min(range.least, filling.get(node) as number);
            range.most = Math.max(range.most, filling.get(node) as number);
          }
        }
        for (const [node, [range]] of hidden) expect(seen.get(node)).toEqual(range);
      }),
      { numRuns: 40 },
    );
  });

  it('nothing small and nothing without need is published', () => {
    fc.assert(
      fc.property(tree, (root) => {
        const hidden = suppressSmallCounts(root);
        for (const node of below(root)) {
          const [whole = 0] = node.counts;
          if (whole === 0) expect(hidden.has(node)).toBe(false);
          else if (whole <= 4) expect(hidden.has(node)).toBe(true);
        }
        if (!below(root).some(({ counts: [whole = 0] }) => whole >= 1 && whole <= 4))
          expect(hidden.size).toBe(0);
      }),
    );
  });
});
