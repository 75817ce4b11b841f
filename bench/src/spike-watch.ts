import type { AlertWatch } from './alert-watch.js';
import { percentile, spread } from './percentiles.js';
import { say } from './say.js';
import { Scraper, type Scrape, valuesOf } from './scraper.js';

/** So long after the deadline scrapes and the event loop count as those of the spike. */
const SPIKE_MS = 10_000;

interface Figures {
  beganAt: number;
  overdue: number;
  loopP99: number;
  loopMax: number;
}

/** What `/metrics` says while many deadlines pass, and how quickly. */
export class SpikeWatch {
  private readonly figures: Figures[] = [];
  private readonly scraper: Scraper;

  constructor(
    url: string,
    private readonly deadline: number,
  ) {
    this.scraper = new Scraper(url, (scrape) => this.figures.push(figuresOf(scrape)));
  }

  stop(): Promise<void> {
    return this.scraper.stop();
  }

  tell(wanted: number): void {
    const after = this.figures.filter(({ beganAt }) => beganAt > this.deadline);
    const [first] = after;
    const right = after.filter(({ overdue }) => overdue === wanted).length;
    say(
      'gauges after the deadline',
      first
        ? `${first.overdue} of ${wanted} overdue in the first scrape, begun ${first.beganAt - this.deadline} ms after it; right in ${right} of ${after.length} scrapes`
        : 'no scrape began after it',
    );
    const { scrapes } = this.scraper;
    const inSpike = scrapes.filter(({ beganAt }) => this.isOfSpike(beganAt));
    say('scrapes, one a second', spread(scrapes.map(({ tookMs }) => tookMs)));
    say('  in the ten seconds after', spread(inSpike.map(({ tookMs }) => tookMs)));
  }

  /** Each scrape begins Node's measuring anew, so what another reader was told is not told here. */
  async tellLoop(alerts: AlertWatch | undefined): Promise<void> {
    const ofSpike = this.figures.filter(({ beganAt }) => this.isOfSpike(beganAt));
    const [from, until] = [this.deadline, this.deadline + SPIKE_MS];
    const elsewhere = (name: string): Promise<number> =>
      alerts ? alerts.highest(name, from, until) : Promise.resolve(NaN);
    const highest = async (own: number[], name: string): Promise<string> =>
      percentile([...own, await elsewhere(name)].filter(Number.isFinite), 1).toFixed(3);
    const p99 = await highest(
      ofSpike.map(({ loopP99 }) => loopP99),
      LOOP_P99,
    );
    const max = await highest(
      ofSpike.map(({ loopMax }) => loopMax),
      LOOP_MAX,
    );
    say(
      'event-loop delay in the spike',
      `p99 of the worst second ${p99} s, max ${max} s (10 ms are its timer's)`,
    );
  }

  private isOfSpike(at: number): boolean {
    return at > this.deadline && at <= this.deadline + SPIKE_MS;
  }
}

const LOOP_P99 = 'nodejs_eventloop_lag_p99_seconds';
const LOOP_MAX = 'nodejs_eventloop_lag_max_seconds';

const figuresOf = ({ beganAt, text }: Scrape): Figures => ({
  beganAt,
  overdue: valuesOf(text, 'dossier_open', 'state="overdue"').reduce((sum, value) => sum + value, 0),
  loopP99: Math.max(...valuesOf(text, LOOP_P99)),
  loopMax: Math.max(...valuesOf(text, LOOP_MAX)),
});
