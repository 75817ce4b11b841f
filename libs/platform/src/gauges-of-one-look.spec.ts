import { beforeEach, describe, expect, it } from '@jest/globals';
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
});
