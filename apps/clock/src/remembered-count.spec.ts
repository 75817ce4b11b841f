import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rememberedCount } from './remembered-count.js';

describe('a remembered count', () => {
  let now: number;
  let counted: number;
  let failing: boolean;
  const ask = (): (() => Promise<number>) =>
    rememberedCount(
      () => (failing ? Promise.reject(new Error('no connection')) : Promise.resolve(++counted)),
      () => now,
    );

  beforeEach(() => {
    jest.useFakeTimers();
    [now, counted, failing] = [5, 5_000, false];
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is counted for the first to ask, and stands for a minute', async () => {
    const count = ask();
    expect(await count()).toBe(5_001);
    now += 60_000;
    expect(await count()).toBe(5_001);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(counted).toBe(5_001);
  });

  it('is counted for everyone while there are few', async () => {
    counted = 4_997;
    const count = ask();
    expect([await count(), await count(), await count(), await count()]).toEqual([
      4_998, 4_999, 5_000, 5_000,
    ]);
  });

  it('is counted anew behind the one who asks after that, once', async () => {
    const count = ask();
    await count();
    now += 60_001;
    expect(await Promise.all([count(), count()])).toEqual([5_001, 5_001]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(counted).toBe(5_002);
    expect(await count()).toBe(5_002);
  });

  it('is never more than two minutes old', async () => {
    const count = ask();
    await count();
    now += 120_000;
    expect(await count()).toBe(5_001);
    now += 1;
    expect(await count()).toBe(5_002);
  });

  it('tells of a failure only when the last count has grown old, and recovers', async () => {
    const count = ask();
    await count();
    failing = true;
    now += 60_001;
    expect(await count()).toBe(5_001);
    await jest.advanceTimersByTimeAsync(1_000);
    now += 60_000;
    await expect(count()).rejects.toThrow('no connection');
    failing = false;
    expect(await count()).toBe(5_002);
  });
});
