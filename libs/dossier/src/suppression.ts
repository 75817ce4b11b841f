/** Counts from 1 to this many are not published: who knows the people of a commune would know whose they are. */
export const LARGEST_SMALL_COUNT = 4;

/**
 * Counts of an agency with every one below it, in the same columns for all. Of a node with children they are the
 * sums of its children's. The first column is the whole: where it is 0 the others are, too.
 */
export interface CountNode {
  counts: readonly number[];
  children: readonly CountNode[];
  /** Hidden for a reason outside these columns; of no effect where nothing was counted. */
  hidden?: boolean;
  /** No more than this is possible, as is told elsewhere. */
  atMost?: number;
}

/** Every whole number that a hidden count can be, for whoever sees all that is published. */
export interface Range {
  least: number;
  most: number;
}

/** More than anything counted; sums of a few thousand of them stay exact. */
const ANYTHING = 2 ** 40;

const isSmall = (count: number): boolean => count >= 1 && count <= LARGEST_SMALL_COUNT;

/**
 * Which nodes of a tree must not be published, so that no count from 1 to 4 is, nor can be got back from sums:
 * subtracting the published ones of a group from their sum, and that along the whole tree, for whoever reads one
 * page sees the others as well. For each, what can still be found out about its counts, by column.
 *
 * A node is hidden in all its columns or in none. What is nought is told. Beside the small ones as many others are
 * hidden, the smallest first, as it takes until of every hidden count at least four values are possible: no fewer
 * than "1 to 4" says by itself.
 */
export function suppressSmallCounts(root: CountNode): ReadonlyMap<CountNode, readonly Range[]> {
  const parents = parentsOf(root);
  const nodes = [...parents.keys()];
  const hidden = new Set(
    nodes.filter((node) => wholeOf(node) > 0 && (node.hidden === true || node.counts.some(isSmall))),
  );
  for (;;) {
    const ranges = root.counts.map((_, column) => rangesOf(nodes, parents, hidden, column));
    const isTold = (node: CountNode): boolean =>
      node.counts.some((count, column) => count > 0 && isNarrow(ranges[column]?.get(node)));
    const told = new Set(nodes.filter((node) => hidden.has(node) && isTold(node)));
    const groups = new Set<CountNode | undefined>();
    for (const node of told) {
      // What is above may tell it, and one more in a group may do for all of it.
      const group = parents.get(node);
      if (groups.has(group) || (group && told.has(group))) continue;
      groups.add(group);
      const cover = coverOf(node, parents, nodes, hidden);
      if (cover) hide(cover, hidden);
    }
    if (told.size === 0) {
      return new Map(
        [...hidden].map((node) => [node, ranges.map((column) => column.get(node) as Range)] as const),
      );
    }
  }
}

/** Hides a node, and of its children at least one: those that are all told tell their sum. */
function hide(node: CountNode, hidden: Set<CountNode>): void {
  hidden.add(node);
  if (node.children.some((child) => hidden.has(child))) return;
  const child = smallest(node.children, hidden);
  if (child) hide(child, hidden);
}

/** The smallest that is still published and not nought. */
const smallest = (from: readonly CountNode[], hidden: ReadonlySet<CountNode>): CountNode | undefined =>
  from.filter((node) => !hidden.has(node) && wholeOf(node) > 0).sort((a, b) => wholeOf(a) - wholeOf(b))[0];

const wholeOf = (node: CountNode): number => node.counts[0] ?? 0;

const isNarrow = (range: Range | undefined): boolean =>
  range !== undefined && range.most - range.least < LARGEST_SMALL_COUNT - 1;

/** Every node with its parent, parents before their children. */
function parentsOf(root: CountNode): Map<CountNode, CountNode | undefined> {
  const parents = new Map<CountNode, CountNode | undefined>([[root, undefined]]);
  for (const node of parents.keys()) for (const child of node.children) parents.set(child, node);
  return parents;
}

/**
 * What else to hide so that a hidden node is not told: one below it, if they are all told; else one beside it, as that
 * keeps their sum; else the sum; else whatever there is. Once everything is hidden nothing is told.
 */
function coverOf(
  node: CountNode,
  parents: ReadonlyMap<CountNode, CountNode | undefined>,
  nodes: readonly CountNode[],
  hidden: ReadonlySet<CountNode>,
): CountNode | undefined {
  const parent = parents.get(node);
  const isToldBelow = !node.children.some((child) => hidden.has(child));
  const near = [isToldBelow ? node.children : [], parent?.children ?? [], parent ? [parent] : [], nodes];
  for (const others of near) {
    const cover = smallest(others, hidden);
    if (cover) return cover;
  }
  return undefined;
}

/**
 * What the published counts of a column leave possible for each node. On a tree this is exact: first what each
 * subtree allows by itself, then what its parent and the others of its group leave of that.
 */
function rangesOf(
  nodes: readonly CountNode[],
  parents: ReadonlyMap<CountNode, CountNode | undefined>,
  hidden: ReadonlySet<CountNode>,
  column: number,
): Map<CountNode, Range> {
  const below = new Map<CountNode, Range>();
  const sums = new Map<CountNode, Range>();
  for (const node of [...nodes].reverse()) {
    const sum = { least: 0, most: 0 };
    for (const child of node.children) {
      sum.least += (below.get(child) as Range).least;
      sum.most += (below.get(child) as Range).most;
    }
    sums.set(node, sum);
    const count = node.counts[column] ?? 0;
    // That something is hidden tells that there is something, of the whole.
    const own = { least: column === 0 ? 1 : 0, most: node.atMost ?? ANYTHING };
    const possible = node.children.length === 0 ? own : meet(own, sum);
    below.set(node, hidden.has(node) ? possible : { least: count, most: count });
  }
  const ranges = new Map<CountNode, Range>();
  for (const node of nodes) {
    const alone = below.get(node) as Range;
    const parent = parents.get(node);
    const [whole, group] = parent ? [ranges.get(parent), sums.get(parent)] : [];
    ranges.set(
      node,
      whole && group
        ? meet(alone, {
            least: whole.least - (group.most - alone.most),
            most: whole.most - (group.least - alone.least),
          })
        : alone,
    );
  }
  return ranges;
}

const meet = (a: Range, b: Range): Range => ({
  least: Math.max(a.least, b.least),
  most: Math.min(a.most, b.most),
});
