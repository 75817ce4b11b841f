import { pause } from '#libs/platform';
import { call } from './workload.js';

/** One reading of `/metrics`. */
export interface Scrape {
  beganAt: number;
  tookMs: number;
  text: string;
}

/** Reads `/metrics` at the beginning of every second, as a Prometheus would, until stopped. */
export class Scraper {
  readonly scrapes: Omit<Scrape, 'text'>[] = [];
  private readonly stopping = new AbortController();
  private readonly done: Promise<void>;

  /** @param onScrape sees each text, which is not kept: half a megabyte a second */
  constructor(
    private readonly url: string,
    private readonly onScrape: (scrape: Scrape) => void,
  ) {
    this.done = this.run();
    // Whoever stops it hears of a failure; until then it must not end the bench by itself.
    this.done.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    for (;;) {
      // A little into the second: deadlines pass at its beginning, and a timer may come a millisecond early.
      await pause(1_002 - (Date.now() % 1_000), this.stopping.signal);
      if (this.stopping.signal.aborted) return;
      const [beganAt, started] = [Date.now(), performance.now()];
      const { status, body } = await call(`${this.url}/metrics`);
      if (status !== 200) throw new Error(`/metrics answered ${status}`);
      const tookMs = performance.now() - started;
      this.scrapes.push({ beganAt, tookMs });
      this.onScrape({ beganAt, tookMs, text: body });
    }
  }
}

/** The values of a metric's series whose labels hold a text. */
export function valuesOf(text: string, name: string, label = ''): number[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
}
