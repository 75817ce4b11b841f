import { Counter, type Metric, register } from 'prom-client';
import { type GaugeSpec, LookedUpGauge } from './looked-up-gauge.js';

/** Half of what Prometheus waits for a scrape: the figures that do come still arrive. */
const PATIENCE_MS = 5_000;

/**
 * Gauges that one look at the scrape's instant fills together: in a scrape all of them ask in the same breath.
 * Where the look fails or takes too long there is a gap and a count, neither a stale figure nor a failed scrape.
 *
 * @param ask what is looked at, as of now
 * @param fill sets the gauges, which have been emptied, from the answer
 */
export function gaugesOfOneLook<Name extends string, Answer>(
  specs: Record<Name, GaugeSpec>,
  ask: () => Promise<Answer>,
  fill: (gauges: Record<Name, LookedUpGauge>, answer: Answer) => void,
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
    names.map((name) => [name, new LookedUpGauge(specs[name], collect)]),
  ) as Record<Name, LookedUpGauge>;
  for (const name of names) register.registerMetric(gauges[name] as unknown as Metric);
  const patiently = withPatience(ask);
  const look = async (): Promise<void> => {
    const answer = await patiently();
    for (const name of names) gauges[name].reset();
    if (answer) fill(gauges, answer.value);
    else gaps().inc();
  };
  gaps().inc(0);
}

/**
 * The answer, unless asking fails or outlasts the patience. While a question that was given up still hangs, none
 * is asked: scrape by scrape they would take every connection of the pool, and with them the consumers'.
 */
function withPatience<Answer>(ask: () => Promise<Answer>): () => Promise<{ value: Answer } | undefined> {
  let hanging = 0;
  return () => {
    if (hanging > 0) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      let givenUp = false;
      const timer = setTimeout(() => {
        givenUp = true;
        hanging += 1;
        resolve(undefined);
      }, PATIENCE_MS);
      const ended = (answer: { value: Answer } | undefined) => {
        clearTimeout(timer);
        if (givenUp) hanging -= 1;
        resolve(answer);
      };
      ask().then(
        (value) => ended({ value }),
        () => ended(undefined),
      );
    });
  };
}

const GAPS = 'dossier_scrape_gaps_total';

const gaps = (): Counter =>
  (register.getSingleMetric(GAPS) as Counter | undefined) ??
  new Counter({
    name: GAPS,
    help: 'Looks at the database or the broker that failed during a scrape or took longer than 5 s, so that its gauges are missing from it; growing: see whether PostgreSQL and Kafka answer.',
  });
