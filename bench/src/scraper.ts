import { Worker } from 'node:worker_threads';

/** One reading of `/metrics`. */
export interface Scrape {
  beganAt: number;
  tookMs: number;
  text: string;
}

/** Reads `/metrics` once a second, in a thread of its own, until stopped. */
export class Scraper {
  readonly scrapes: Omit<Scrape, 'text'>[] = [];
  private readonly thread: Worker;
  private failure: Error | undefined;

  /** @param onScrape sees each text, which is not kept: half a megabyte a second */
  constructor(url: string, onScrape: (scrape: Scrape) => void) {
    this.thread = new Worker(new URL('./scrape-loop.js', import.meta.url), { workerData: { url } });
    this.thread.on('message', (scrape: Scrape) => {
      this.scrapes.push({ beganAt: scrape.beganAt, tookMs: scrape.tookMs });
      onScrape(scrape);
    });
    // Whoever stops it hears of a failure; until then it must not end the bench by itself.
    this.thread.on('error', (error) => (this.failure = error));
  }

  async stop(): Promise<void> {
    await this.thread.terminate();
    if (this.failure) throw this.failure;
  }
}

/** The values of a metric's series whose labels hold a text. */
export function valuesOf(text: string, name: string, label = ''): number[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
}
