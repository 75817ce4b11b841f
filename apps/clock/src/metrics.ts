import { Counter, Histogram, register } from 'prom-client';
import type { DataSource } from 'typeorm';
import { gaugesOfOneLook } from '#libs/platform';
import { rememberedCount } from './remembered-count.js';

let meters: ReturnType<typeof createMeters> | undefined;

function createMeters() {
  const announcements = new Counter({
    name: 'dossier_announcements_total',
    help: 'Announcements by kind, of this process; none while dossier_overdue_unflagged grows: the clock is stalled.',
    labelNames: ['kind'],
  });
  for (const kind of ['due-soon', 'overdue']) announcements.inc({ kind }, 0);
  return {
    announcements,
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
    meters = createMeters();
    registerTimers(database);
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

/** How long timers that are due have waited: at least so many seconds, and less than the next. */
const BUCKETS = { '<1s': 0, '1-10s': 1, '10s-1m': 10, '1-10m': 60, '>10m': 600 } as const;
const FROM = Object.values(BUCKETS);

const waitingFor = (seconds: number | undefined): string =>
  seconds === undefined ? `'-infinity'` : `now() - interval '${seconds} s'`;

/** Seldom many are due, so their ages are told apart among those alone. */
const LOOK = `
  select due.*,
         (select count(*)::int from processing.timer
           where not settling and at > now() and at <= now() + interval '1 hour') as next_hour
    from (select ${FROM.map((from, nth) => `count(*) filter (where at <= ${waitingFor(from)} and at > ${waitingFor(FROM[nth + 1])})::int as waiting_${nth}`).join(', ')}
            from processing.timer where not settling and at <= now()) due`;

/** Two a running dossier. */
const AHEAD = `select count(*)::int as scheduled from processing.timer where not settling and at > now()`;

function registerTimers(database: DataSource): void {
  const ahead = rememberedCount(async () => {
    const [row] = await database.query<{ scheduled: number }[]>(AHEAD);
    return row?.scheduled ?? 0;
  });
  gaugesOfOneLook(
    {
      unflagged: {
        name: 'dossier_overdue_unflagged',
        help: 'Timers that have come due and are not announced, by how long they have waited; above 10 s: the clock is stalled or the database is slow.',
        labelNames: ['bucket'],
      },
      scheduled: {
        name: 'dossier_timers_scheduled',
        help: 'Deadlines and beginnings of due soon that lie ahead and will be announced, above 5,000 as counted within the last two minutes.',
      },
      nextHour: {
        name: 'dossier_timers_due_next_hour',
        help: 'Of these, those of the next hour; tens of thousands at one instant: see that the database is at rest by then.',
      },
    },
    async () => {
      const [[row], scheduled] = await Promise.all([database.query<Record<string, number>[]>(LOOK), ahead()]);
      return { due: row, scheduled };
    },
    ({ unflagged, scheduled, nextHour }, answer) => {
      for (const [nth, bucket] of Object.keys(BUCKETS).entries()) {
        unflagged.set({ bucket }, answer.due?.[`waiting_${nth}`] ?? 0);
      }
      scheduled.set(answer.scheduled);
      nextHour.set(answer.due?.['next_hour'] ?? 0);
    },
  );
}
