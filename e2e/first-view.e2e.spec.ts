import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Response } from 'playwright-core';
import { gzipSync } from 'node:zlib';
import { chromiumForPages, PageWorld, YEAR_2018 } from './page-world.js';

/** What a view weighs until it stands: bytes are the same on every machine, so they are asserted; times are not. */

jest.setTimeout(60_000);

const MOST_BYTES = 200_000;
const MOST_PUBLIC_BYTES = 60_000;

const chromium = chromiumForPages();
(chromium ? describe : describe.skip)('the first view', () => {
  let world: PageWorld;

  beforeAll(async () => {
    world = await PageWorld.start(chromium ?? '');
  }, 120_000);
  afterAll(() => world?.stop(), 30_000);

  /** Everything loaded until the view stands, as it is after gzip; fonts are compressed already. */
  async function weigh(path: string): Promise<{ total: number; parts: [path: string, bytes: number][] }> {
    const answers: Response[] = [];
    const remember = (answer: Response): void => void answers.push(answer);
    world.page.on('response', remember);
    await world.page.goto('about:blank');
    await world.open(path);
    if (path.startsWith('/?')) await world.page.locator('.chart svg').waitFor();
    world.page.off('response', remember);
    const parts: [string, number][] = [];
    for (const answer of answers) {
      // It never ends; what it has said so far is not part of the first view.
      if (answer.url().includes('/v1/stream')) continue;
      const body = await answer.body();
      const bytes = answer.url().endsWith('.woff2') ? body.length : gzipSync(body, { level: 9 }).length;
      parts.push([new URL(answer.url()).pathname, bytes]);
    }
    return { parts, total: parts.reduce((sum, [, bytes]) => sum + bytes, 0) };
  }

  it('of the overview is at most 200 kB, picture, fonts and figures included', async () => {
    const { total, parts } = await weigh(`/?${YEAR_2018}`);
    expect(parts.filter(([path]) => path.endsWith('.js')).length).toBeGreaterThan(0);
    expect(parts.filter(([path]) => path.startsWith('/v1/reports/')).length).toBeGreaterThan(0);
    // Several parts need the names of procedures; one asks for them.
    expect(parts.filter(([path]) => path === '/v1/catalogue/procedures')).toHaveLength(1);
    expect(total).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('of the public board is at most 60 kB, in one answer', async () => {
    const { total, parts } = await weigh('/congkhai?thang=2018-03');
    expect(parts.map(([path]) => path)).toEqual(['/congkhai']);
    expect(total).toBeLessThanOrEqual(MOST_PUBLIC_BYTES);
  });

  it.each(['br', 'gzip'])('travels compressed as %s', async (encoding) => {
    const html = await fetch(world.url, { headers: { 'accept-encoding': encoding } });
    expect(html.headers.get('content-encoding')).toBe(encoding);
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await html.text())?.[1];
    const answer = await fetch(`${world.url}${script}`, { headers: { 'accept-encoding': encoding } });
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('content-type')).toMatch(/javascript/);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(answer.headers.get('vary')).toContain('accept-encoding');
    expect((await answer.text()).length).toBeGreaterThan(100_000);
  });
});
