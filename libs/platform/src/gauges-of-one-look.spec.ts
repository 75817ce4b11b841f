import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { register } from 'prom-client';
import { gaugesOfOneLook } from './gauges-of-one-look.js';

const specs = {
  here: { name: 'spec_here', help: 'Here.', labelNames: ['place'] },
  there: { name: 'spec_there', help: 'There.' },
};

describe('gauges of one look', () => {
  let looks: number;
  let answer: () => Promise<number>;

  beforeEach(() => {
    register.clear();
    looks = 0;
    answer = () => Promise.resolve(7);
    gaugesOfOneLook(
      specs,
      () => {
        looks += 1;
        return answer();
      },
      ({ here, there }, value) => {
        here.set({ place: `number ${value}` }, value);
        there.set(value + 1);
      },
    );
  });

  it('are filled by one look a scrape, and each scrape looks anew', async () => {
    const first = await register.metrics();
    expect(first).toContain('spec_here{place="number 7"} 7');
    expect(first).toContain('spec_there 8');
    expect(looks).toBe(1);
    answer = () => Promise.resolve(9);
    const second = await register.metrics();
    expect(second).toContain('spec_here{place="number 9"} 9');
    expect(second).not.toContain('number 7');
    expect(looks).toBe(2);
  });

  it('of scrapes that overlap are each looked at after the scrape began', async () => {
    let release: (value: number) => void = () => undefined;
    answer = () => new Promise((resolve) => (release = resolve));
    const slow = register.metrics();
    await Promise.resolve();
    answer = () => Promise.resolve(2);
    expect(await register.metrics()).toContain('spec_there 3');
    release(1);
    expect(await slow).toContain('spec_there 2');
  });

  it('leave a gap, counted in the next scrape, where the look fails, neither a stale figure nor a failed scrape', async () => {
    await register.metrics();
    answer = () => Promise.reject(new Error('the database is away'));
    const text = await register.metrics();
    expect(text).not.toMatch(/^spec_(here|there)\b/m);
    answer = () => Promise.resolve(7);
    const after = await register.metrics();
    expect(after).toContain('spec_there 8');
    expect(after).toContain('dossier_scrape_gaps_total 1');
  });

  describe('when the look hangs', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] }));
    afterEach(() => void jest.useRealTimers());

    it('leave a gap instead of a scrape that never ends, and do not look again before it is over', async () => {
      let release: (value: number) => void = () => undefined;
      answer = () => new Promise((resolve) => (release = resolve));
      const hanging = register.metrics();
      await jest.advanceTimersByTimeAsync(5_000);
      expect(await hanging).not.toMatch(/^spec_(here|there)\b/m);
      answer = () => Promise.resolve(7);
      const meanwhile = await register.metrics();
      expect(meanwhile).not.toMatch(/^spec_(here|there)\b/m);
      expect(looks).toBe(1);

      release(1);
      await jest.advanceTimersByTimeAsync(0);
      const after = await register.metrics();
      expect(after).toContain('spec_there 8');
      expect(after).toContain('dossier_scrape_gaps_total 2');
    });

    it('wait for an answer that comes in time', async () => {
      answer = () => new Promise((resolve) => setTimeout(() => resolve(3), 4_999));
      const scrape = register.metrics();
      await jest.advanceTimersByTimeAsync(4_999);
      expect(await scrape).toContain('spec_there 4');
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('have one sample of each set of labels, the last that was set', async () => {
    register.clear();
    gaugesOfOneLook(
      { here: specs.here },
      () => Promise.resolve(),
      ({ here }) => {
        here.set({ place: 'a' }, 1);
        here.set({ place: 'b' }, 2);
        here.set({ place: 'a' }, 3);
      },
    );
    const samples = (await register.metrics()).match(/^spec_here.*$/gm);
    expect(samples).toEqual(['spec_here{place="a"} 3', 'spec_here{place="b"} 2']);
  });
});
