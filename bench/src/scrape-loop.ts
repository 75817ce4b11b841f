import { parentPort, workerData } from 'node:worker_threads';
import { pause } from '#libs/platform';
import type { Scrape } from './scraper.js';
import { call } from './workload.js';

/**
 * Reads `/metrics` at the beginning of every second, as a Prometheus would, until the thread is ended: in one of its
 * own, or whatever load comes from this process would be counted with the scrapes.
 */
for (;;) {
  // A little into the second: deadlines pass at its beginning, and a timer may come a millisecond early.
  await pause(1_002 - (Date.now() % 1_000));
  const [beganAt, started] = [Date.now(), performance.now()];
  const { status, body } = await call(`${(workerData as { url: string }).url}/metrics`);
  if (status !== 200) throw new Error(`/metrics answered ${status}`);
  parentPort?.postMessage({ beganAt, tookMs: performance.now() - started, text: body } satisfies Scrape);
}
