import { Counter, Gauge, Histogram, register } from 'prom-client';
import type { DataSource } from 'typeorm';

let meters: ReturnType<typeof createMeters> | undefined;

function createMeters(database: DataSource) {
  const announcements = new Counter({
    name: 'dossier_announcements_total',
    help: 'Announcements by kind.',
    labelNames: ['kind'],
  });
  for (const kind of ['due-soon', 'overdue']) announcements.inc({ kind }, 0);
  const age = new Gauge({
    name: 'dossier_overdue_unflagged',
    help: 'Timers that have come due and are not announced, by how long they have waited; above 10 s: the clock is stalled or the database is slow.',
    labelNames: ['bucket'],
    async collect() {
      const [row] = await database.query<Record<string, number>[]>(
        `select count(*) filter (where age < 1)::int as "<1s",
                count(*) filter (where age >= 1 and age < 10)::int as "1-10s",
                count(*) filter (where age >= 10 and age < 60)::int as "10s-1m",
                count(*) filter (where age >= 60 and age < 600)::int as "1-10m",
                count(*) filter (where age >= 600)::int as ">10m"
           from (select extract(epoch from clock_timestamp() - at) as age
                   from processing.timer where not settling and at <= clock_timestamp()) t`,
      );
      for (const [bucket, count] of Object.entries(row ?? {})) this.set({ bucket }, count);
    },
  });
  return {
    announcements,
    age,
    delay: new Histogram({
      name: 'dossier_overdue_flag_delay_seconds',
      help: 'From the instant at which a dossier became overdue to its announcement being committed; p99 above 1 s: the clock cannot keep up.',
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600],
    }),
  };
}

export const metrics = {
  register(database: DataSource): void {
    if (register.getSingleMetric('dossier_announcements_total')) return;
    meters = createMeters(database);
  },
  /** Counts announcements; `delaysMs` one per punctual announcement of an overdue dossier. */
  announced(kinds: readonly ('due-soon' | 'overdue')[], delaysMs: readonly number[]): void {
    if (!meters) return;
    for (const kind of ['due-soon', 'overdue'] as const) {
      meters.announcements.inc({ kind }, kinds.filter((other) => other === kind).length);
    }
    for (const delay of delaysMs) meters.delay.observe(delay / 1_000);
  },
};
