import { Counter, Gauge, register } from 'prom-client';

export interface GaugeSpec {
  name: string;
  /** What it says, and what to do about it. */
  help: string;
  labelNames?: readonly string[];
}

/**
 * Gauges that one look at the scrape's instant fills together: in a scrape all of them ask in the same breath.
 * Where the look fails there is a gap and a count, neither a stale figure nor a failed scrape.
 *
 * @param ask what is looked at, as of now
 * @param fill sets the gauges, which have been emptied, from the answer
 */
export function gaugesOfOneLook<Name extends string, Answer>(
  specs: Record<Name, GaugeSpec>,
  ask: () => Promise<Answer>,
  fill: (gauges: Record<Name, Gauge>, answer: Answer) => void,
): void {
  let shared: Promise<void> | undefined;
  const collect = (): Promise<void> => {
    if (!shared) {
      shared = look();
      queueMicrotask(() => (shared = undefined));
    }
    return shared;
  };
  const names = Object.keys(specs) as Name[];
  const gauges = Object.fromEntries(
    names.map((name) => [name, new Gauge({ labelNames: [], ...specs[name], collect })]),
  ) as Record<Name, Gauge>;
  const look = async (): Promise<void> => {
    const answer = await ask().then(
      (value) => ({ value }),
      () => undefined,
    );
    for (const name of names) {
      gauges[name].reset();
      // Without labels a reset means zero, which would be a figure.
      if (!specs[name].labelNames) gauges[name].remove({});
    }
    if (answer) fill(gauges, answer.value);
    else gaps().inc();
  };
  gaps().inc(0);
}

const GAPS = 'dossier_scrape_gaps_total';

const gaps = (): Counter =>
  (register.getSingleMetric(GAPS) as Counter | undefined) ??
  new Counter({
    name: GAPS,
    help: 'Looks at the database or the broker that failed during a scrape, so that its gauges are missing from it; growing: see whether PostgreSQL and Kafka answer.',
  });
