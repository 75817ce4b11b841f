import fc from 'fast-check';

/**
 * Choices as plain numbers: arbitraries roll {@link dice}, renderers read them. Numbers shrink and repeat;
 * a generator that draws while it renders does neither.
 */

/** One choice. */
export const die = fc.nat(999_999);
/** As many choices as any renderer reads. */
export const dice = fc.array(die, { minLength: 8, maxLength: 8 });

/** One unbiased value of an arbitrary; biased ones gather at the edges, where most histories look alike. */
export function sampleOne<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
  const [value] = fc.sample(fc.noBias(arbitrary), { seed, numRuns: 1 });
  if (value === undefined) throw new Error('nothing sampled');
  return value;
}

/** The element a choice names. */
export const pick = <T>(list: readonly T[], choice: number): T => {
  const found = list[choice % list.length];
  if (found === undefined && list.length === 0) throw new Error('nothing to pick from');
  return found as T;
};

/** `percent` of the dice say yes. */
export const chanceOf = (choice: number, percent: number): boolean => choice % 100 < percent;

/** Die `index`, going round. */
export const at = (list: readonly number[], index: number): number => list[index % list.length] ?? 0;

/** Whole numbers from 0 below the given one, always the same for a seed (mulberry32). */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
