import { Counter, Gauge, Histogram, register } from 'prom-client';
import type { DataSource } from 'typeorm';
import { EVENTS_TOPIC, QUARANTINE_REASONS } from '#libs/contracts';
import type { LogLag } from '#libs/event-log';
import type { ArrivedEvent, Poison } from './read-events.js';

let meters: ReturnType<typeof createMeters> | undefined;

function createMeters(database: DataSource, lag: LogLag) {
  const applied = new Counter({
    name: 'dossier_events_applied_total',
    help: 'Events by what became of them; quarantined growing means a source sends what we cannot apply: GET /v1/quarantine.',
    labelNames: ['result'],
  });
  for (const result of ['applied', 'duplicate', 'quarantined']) applied.inc({ result }, 0);
  new Gauge({
    name: 'dossier_event_oldest_unapplied_age_seconds',
    help: 'Age of the oldest event in the log that processing has not applied; above 5 for minutes: see the consumer loop and the database.',
    labelNames: ['partition'],
    async collect() {
      this.reset();
      // A broker that does not answer leaves a gap here, not in everything else that this process measures.
      const lags = await lag.ofGroup('processing', EVENTS_TOPIC).catch(() => []);
      for (const { partition, oldestAgeSeconds } of lags) {
        this.set({ partition: String(partition) }, oldestAgeSeconds);
      }
    },
  });
  new Gauge({
    name: 'dossier_quarantine_rows',
    help: 'Events that could not be applied and were not replayed, by reason; list them with GET /v1/quarantine, mend the catalogue or the source, replay.',
    labelNames: ['reason'],
    async collect() {
      this.reset();
      const rows = await database.query<{ reason: string; count: number }[]>(
        `select reason, count(*)::int as count from processing.quarantine where replayed_at is null group by reason`,
      );
      for (const reason of QUARANTINE_REASONS) this.set({ reason }, 0);
      for (const { reason, count } of rows) this.set({ reason }, count);
    },
  });
  return {
    applied,
    foldedWhole: new Counter({
      name: 'dossier_events_out_of_order_total',
      help: 'Dossiers folded whole because an event came late or amended another; many of them cost speed, not truth.',
    }),
    lag: new Histogram({
      name: 'dossier_event_lag_seconds',
      help: 'From an event’s arrival at intake to its being applied; p99 above 5: processing cannot keep up.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
    }),
    batchSize: new Histogram({
      name: 'dossier_consumer_batch_size',
      help: 'Events per batch; always at the maximum means a backlog.',
      buckets: [1, 10, 100, 500, 1_000, 2_500, 5_000, 10_000],
    }),
    batchSeconds: new Histogram({
      name: 'dossier_consumer_batch_seconds',
      help: 'Time to apply a batch, transaction included; growing at the same size: look at the database.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    }),
    moved: new Counter({
      name: 'dossier_deadlines_moved_total',
      help: 'Open dossiers whose deadline was computed again after a calendar edit.',
    }),
  };
}

export const metrics = {
  register(database: DataSource, lag: LogLag): void {
    if (register.getSingleMetric('dossier_events_applied_total')) return;
    meters = createMeters(database, lag);
  },
  batchApplied(
    outcome: { applied: ArrivedEvent[]; duplicates: number; late: number; poisoned: Poison[] },
    seconds: number,
  ): void {
    if (!meters) return;
    const now = Date.now();
    meters.applied.inc({ result: 'applied' }, outcome.applied.length);
    meters.applied.inc({ result: 'duplicate' }, outcome.duplicates);
    meters.applied.inc({ result: 'quarantined' }, outcome.poisoned.length);
    meters.foldedWhole.inc(outcome.late);
    meters.batchSize.observe(outcome.applied.length + outcome.duplicates + outcome.poisoned.length);
    meters.batchSeconds.observe(seconds);
    // One sample a batch: its oldest event bounds the others.
    const oldest = outcome.applied.reduce((least, { arrivedAt }) => Math.min(least, arrivedAt), now);
    if (outcome.applied.length > 0) meters.lag.observe((now - oldest) / 1_000);
  },
  deadlinesMoved(count: number): void {
    meters?.moved.inc(count);
  },
};
