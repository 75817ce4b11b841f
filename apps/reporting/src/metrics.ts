import { Counter, Gauge, Histogram, register } from 'prom-client';

let meters: ReturnType<typeof createMeters> | undefined;

function createMeters() {
  return {
    batchSeconds: new Histogram({
      name: 'dossier_reporting_batch_seconds',
      help: 'Time to bring a batch of snapshots into ledger, counters and list; growing: look at the database.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    }),
    news: new Counter({
      name: 'dossier_live_events_total',
      help: 'Events put on the live stream.',
    }),
    violations: new Gauge({
      name: 'dossier_identity_violations',
      help: 'Broken identities of the figures, by kind; anything above 0 means figures must not be trusted: compare the named agency, then rebuild reporting.',
      labelNames: ['identity'],
    }),
    checkedAt: new Gauge({
      name: 'dossier_identity_checked_timestamp_seconds',
      help: 'When the identities were last checked; standing still: the check fails, see the log.',
    }),
    open: new Gauge({
      name: 'dossier_open',
      help: 'Open dossiers by resolving agency and class, as of the scrape.',
      labelNames: ['agency', 'state'],
      collect: () => collect('open'),
    }),
    closed: new Gauge({
      name: 'dossier_closed',
      help: 'Resolutions by resolving agency and result, as now known (a late correction can lower it).',
      labelNames: ['agency', 'result'],
      collect: () => collect('closed'),
    }),
    clients: new Gauge({ name: 'dossier_sse_clients', help: 'Readers of the live stream.' }),
    requestSeconds: new Histogram({
      name: 'dossier_report_seconds',
      help: 'Time to answer a timeliness report; p99 above 0.05 at rest: look at the counters’ table.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    }),
  };
}

/** Set by the gauges’ owner: fills in the figures of the scrape’s instant. */
let source: (() => Promise<void>) | undefined;
let running: Promise<void> | undefined;

/** Both gauges come from one look at the figures. */
async function collect(which: 'open' | 'closed'): Promise<void> {
  if (which === 'open') running = source?.();
  await running;
}

export const metrics = {
  register(fill: () => Promise<void>): void {
    source = fill;
    if (register.getSingleMetric('dossier_reporting_batch_seconds')) return;
    meters = createMeters();
    for (const identity of IDENTITIES) meters.violations.set({ identity }, 0);
  },
  batchApplied(news: number, seconds: number): void {
    meters?.batchSeconds.observe(seconds);
    meters?.news.inc(news);
  },
  identities(violations: Record<(typeof IDENTITIES)[number], number>): void {
    for (const identity of IDENTITIES) meters?.violations.set({ identity }, violations[identity]);
    meters?.checkedAt.set(Date.now() / 1_000);
  },
  stocks(
    rows: readonly { agency: string; open: Record<string, number>; closed: Record<string, number> }[],
  ): void {
    meters?.open.reset();
    meters?.closed.reset();
    for (const { agency, open, closed } of rows) {
      for (const [state, count] of Object.entries(open)) meters?.open.set({ agency, state }, count);
      for (const [result, count] of Object.entries(closed)) meters?.closed.set({ agency, result }, count);
    }
  },
  clients(count: number): void {
    meters?.clients.set(count);
  },
  reported(seconds: number): void {
    meters?.requestSeconds.observe(seconds);
  },
};

export const IDENTITIES = ['row', 'sum', 'list'] as const;
