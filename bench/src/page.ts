import type { Page } from 'playwright-core';
import { findChromium, openChromium } from '../../e2e/chromium.js';
import { SyntheticDossiers } from './dossiers.js';
import { options } from './options.js';
import { spread } from './percentiles.js';
import { say } from './say.js';
import { withStandalone } from './servers.js';
import { caughtUp, putCatalogue, sendAll } from './workload.js';

const SLOWED = 4;
const RUNS = 10;
const YEAR = 'tu=2018-01-01&den=2018-12-31';

/** The page on a processor slowed down four times: how long until it can be used, and until it answers a click. */
export async function page(): Promise<void> {
  const chromium = findChromium();
  if (chromium === null) {
    say('page', 'not measured: no Chromium found; install one or set CHROMIUM_PATH');
    return;
  }
  await withStandalone(async ({ url }) => {
    await putCatalogue(url);
    const dossiers = await SyntheticDossiers.load();
    for (let done = 0; done < options.dossiers; done += 50_000) {
      process.stderr.write(`\rloading ${done} of ${options.dossiers} dossiers`);
      const size = Math.min(50_000, options.dossiers - done);
      await sendAll(
        url,
        Array.from({ length: Math.ceil(size / 2_500) }, () => dossiers.batch(Math.min(2_500, size))),
      );
    }
    await caughtUp(url);
    process.stderr.write('\r\u001b[K');
    const browser = await openChromium(chromium);
    try {
      const tab = await browser.context.newPage();
      const devtools = await browser.context.newCDPSession(tab);
      await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
      await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
      await measure(tab, url);
    } finally {
      await browser.close();
    }
  });
}

async function measure(tab: Page, url: string): Promise<void> {
  const over = `over ${options.dossiers} dossiers, processor slowed ${SLOWED} times`;
  for (const [name, path, shown] of [
    ['overview', `/?${YEAR}`, '[data-figure="rate-a"]'],
    ['public board', '/congkhai?thang=2018-10', 'tbody tr'],
  ] as const) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) times.push(await untilUsable(tab, `${url}${path}`, shown));
    say(`${name} usable`, `${spread(times)}, ${over}`);
  }
  for (const [name, link, shown] of CLICKS) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      await untilUsable(tab, `${url}/?${YEAR}`, '[data-figure="rate-a"]');
      times.push(await tab.evaluate<number>(answerTo(link, shown)));
    }
    say(`${name} after a click`, `${spread(times)}, ${over}`);
  }
}

/** What is clicked on the overview, and what must stand for it to be answered. */
const CLICKS = [
  ['an agency', 'tr[data-key="H13.21"] th a', 'tr[data-key^="H13.21."]'],
  ['procedures', 'a[href*="theo=thu-tuc"]', 'tr[data-key^="9."]'],
  ['an order', 'th:nth-child(3) button', 'th[aria-sort="descending"]'],
] as const;

/** Looks at every picture until something is there; gives up after 30 s. */
const waitFor = (shown: string): string => `
  const begun = performance.now();
  while (!document.querySelector('${shown}')) {
    if (performance.now() - begun > 30_000) throw new Error('never shown: ${shown}');
    await new Promise(requestAnimationFrame);
  }`;

/** Milliseconds from the address to the figures and a free main thread. */
async function untilUsable(tab: Page, address: string, shown: string): Promise<number> {
  await tab.goto('about:blank');
  await tab.goto(address, { waitUntil: 'commit' });
  return tab.evaluate<number>(`(async () => {
    ${waitFor(shown)}
    await new Promise((free) => requestIdleCallback(free));
    return performance.now();
  })()`);
}

/** Milliseconds from a click to the picture that shows its answer. */
const answerTo = (link: string, shown: string): string => `(async () => {
  const element = document.querySelector('${link}');
  if (!element) throw new Error('nothing to click: ${link}');
  const clicked = performance.now();
  element.click();
  ${waitFor(shown)}
  await new Promise(requestAnimationFrame);
  return performance.now() - clicked;
})()`;
