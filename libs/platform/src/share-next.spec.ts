import { describe, expect, it } from '@jest/globals';
import { shareNext } from './share-next.js';

/** Work whose runs end when told. */
function runs() {
  const ends: ((error?: Error) => void)[] = [];
  const ask = shareNext(
    () =>
      new Promise<number>((resolve, reject) => {
        const nth = ends.length + 1;
        ends.push((error) => (error ? reject(error) : resolve(nth)));
      }),
  );
  return { ask, ends };
}

describe('work that callers share', () => {
  it('begins at once when none is under way', async () => {
    const { ask, ends } = runs();
    const first = ask();
    ends[0]?.();
    expect(await first).toBe(1);
    const second = ask();
    ends[1]?.();
    expect(await second).toBe(2);
  });

  it('runs once more, after the one under way, for all who come meanwhile', async () => {
    const { ask, ends } = runs();
    const first = ask();
    const others = [ask(), ask(), ask()];
    expect(ends).toHaveLength(1);
    ends[0]?.();
    expect(await first).toBe(1);
    expect(ends).toHaveLength(2);
    const late = ask();
    ends[1]?.();
    expect(await Promise.all(others)).toEqual([2, 2, 2]);
    ends[2]?.();
    expect(await late).toBe(3);
  });

  it('fails for those alone who wait for the run that failed', async () => {
    const { ask, ends } = runs();
    const first = ask();
    const second = ask();
    ends[0]?.(new Error('lost'));
    await expect(first).rejects.toThrow('lost');
    ends[1]?.();
    expect(await second).toBe(2);
  });
});
