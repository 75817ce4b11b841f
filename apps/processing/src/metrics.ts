import { Counter, Histogram, register } from 'prom-client';
import type { DataSource } from 'typeorm';
import { EVENT_TYPES, QUARANTINE_REASONS, typeName } from '#libs/contracts';
import { dayOf, parseDay } from '#libs/dossier';
import { gaugesOfOneLook } from '#libs/platform';
import { type CatalogueStore, DEFAULT_CALENDAR } from '#libs/store';
import type { Outcome } from './apply-events.js';
import { DEADLINE_CAUSES, type DeadlineCause } from './deadline-cause.js';
import type { ArrivedEvent } from './read-events.js';
import type { SourceActivity } from './source-activity.js';

/** What cannot be read has no type of ours. */
const OTHER = 'other';

function createMeters() {
  const applied = new Counter({
    name: 'dossier_events_applied_total',
    help: 'Events by type and what became of them; quarantined growing means a source sends what we cannot apply: GET /v1/quarantine.',
    labelNames: ['type', 'result'],
  });
  for (const type of EVENT_TYPES) {
    for (const result of ['applied', 'duplicate']) applied.inc({ type, result }, 0);
  }
  applied.inc({ type: OTHER, result: 'quarantined' }, 0);
  const computations = new Counter({
    name: 'dossier_deadline_computations_total',
    help: 'Deadlines computed, by what made it necessary; correct growing: a source sends late or amends much; calendar: an edit of the working calendar is being followed.',
    labelNames: ['cause'],
  });
  for (const cause of DEADLINE_CAUSES) computations.inc({ cause }, 0);
  return {
    applied,
    computations: Object.fromEntries(
      DEADLINE_CAUSES.map((cause) => [cause, computations.labels({ cause })]),
    ) as Record<DeadlineCause, Counter.Internal>,
    computeSeconds: new Histogram({
      name: 'dossier_deadline_compute_seconds',
      help: 'Time to compute a deadline, with the dossier’s history where it had to be taken anew, database left out; p99 above 0.005: dossiers with very long histories, or the process lacks a processor.',
      buckets: [0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 1],
    }),
    foldedWhole: new Counter({
      name: 'dossier_events_out_of_order_total',
      help: 'Dossiers folded whole because an event came late or amended another; many of them cost speed, not truth.',
    }),
    withdrawn: new Counter({
      name: 'dossier_announcements_withdrawn_total',
      help: 'Overdue announcements taken back because a late event or a correction moved the deadline; many: a source sends its events late.',
    }),
    sinceTime: new Histogram({
      name: 'dossier_event_lag_seconds',
      help: 'From what an event says happened (`time`) to its being applied; growing while dossier_event_freshness_seconds does not: the sources send late.',
      buckets: [0.1, 0.5, 1, 2.5, 5, 10, 60, 600, 3_600, 86_400, 604_800],
    }),
    sinceArrival: new Histogram({
      name: 'dossier_event_freshness_seconds',
      help: 'From an event’s arrival at intake (or in Kafka) to its being applied; more than 0.5 % above 5: processing cannot keep up, see dossier_consumer_batch_seconds.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
    }),
    moved: new Counter({
      name: 'dossier_deadlines_moved_total',
      help: 'Open dossiers whose deadline was computed again after a calendar edit.',
    }),
  };
}

let meters: ReturnType<typeof createMeters> | undefined;

export const metrics = {
  register(database: DataSource, catalogues: CatalogueStore, sources: SourceActivity): void {
    if (register.getSingleMetric('dossier_events_applied_total')) return;
    meters = createMeters();
    registerQuarantine(database);
    registerCalendar(catalogues);
    registerSources(sources);
  },

  batchApplied({ applied, duplicates, poisoned, late }: Outcome): void {
    if (!meters) return;
    const now = Date.now();
    for (const { event, arrivedAt } of applied) {
      meters.sinceTime.observe(Math.max(0, now - event.time) / 1_000);
      meters.sinceArrival.observe(Math.max(0, now - arrivedAt) / 1_000);
    }
    for (const [result, events] of Object.entries({ applied, duplicate: duplicates })) {
      for (const [type, count] of countByType(events)) meters.applied.inc({ type, result }, count);
    }
    meters.applied.inc({ type: OTHER, result: 'quarantined' }, poisoned.length);
    meters.foldedWhole.inc(late);
  },
  /** Counted when it is computed: what a failed transaction repeats is computed twice. */
  deadlineComputed(cause: DeadlineCause | undefined, seconds: number): void {
    if (!meters || !cause) return;
    meters.computations[cause].inc();
    meters.computeSeconds.observe(seconds);
  },
  withdrawn(): void {
    meters?.withdrawn.inc();
  },
  deadlinesMoved(count: number): void {
    meters?.moved.inc(count);
  },
};

/** A label is looked up once a batch and type, not once an event. */
function countByType(events: readonly ArrivedEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { event } of events) {
    const type = typeName(event.content.type);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

function registerQuarantine(database: DataSource): void {
  gaugesOfOneLook(
    {
      rows: {
        name: 'dossier_quarantine_rows',
        help: 'Events that could not be applied and were not replayed, by reason; list them with GET /v1/quarantine, mend the catalogue or the source, replay.',
        labelNames: ['reason'],
      },
      pending: {
        name: 'dossier_deadline_recompute_pending',
        help: 'Open dossiers whose deadline does not follow the newest calendar yet; not falling for ten minutes: see the loop "calendar moves" in dossier_loop_silent_seconds and the log of processing.',
      },
    },
    async () => ({
      quarantined: await database.query<{ reason: string; count: number }[]>(
        `select reason, count(*)::int as count from processing.quarantine where replayed_at is null group by reason`,
      ),
      moves: await database.query<{ pending: string }[]>(
        `select coalesce(sum(greatest(total - done, 0)), 0) as pending
           from processing.calendar_move where not finished`,
      ),
    }),
    ({ rows, pending }, { quarantined, moves }) => {
      for (const reason of QUARANTINE_REASONS) rows.set({ reason }, 0);
      for (const { reason, count } of quarantined) rows.set({ reason }, count);
      pending.set(Number(moves[0]?.pending ?? 0));
    },
  );
}

function registerCalendar(catalogues: CatalogueStore): void {
  gaugesOfOneLook(
    {
      horizon: {
        name: 'dossier_calendar_horizon_days',
        help: 'Days until the last year for which the working calendar has days off is over; below 45: load next year’s decision on the Tết holidays (PUT /v1/catalogue/calendars/default), or deadlines will ignore them.',
        labelNames: ['calendar'],
      },
      version: {
        name: 'dossier_calendar_version_info',
        help: 'Always 1; the version of the working calendar that new deadlines go by. It changes with every edit.',
        labelNames: ['calendar', 'version'],
      },
    },
    () => catalogues.current(),
    ({ horizon, version }, catalogue) => {
      const days = catalogue.calendars.get(DEFAULT_CALENDAR)?.days ?? [];
      const last = days.findLast(({ kind }) => kind === 'off');
      // Days off are decided for a calendar year as a whole.
      const end = last && parseDay(`${last.on.slice(0, 4)}-12-31`);
      horizon.set({ calendar: DEFAULT_CALENDAR }, end === undefined ? 0 : end - dayOf(Date.now()));
      version.set({ calendar: DEFAULT_CALENDAR, version: catalogue.newestCalendarVersion() }, 1);
    },
  );
}

/** Sources come and go by what is sent, so only the latest of them have series. */
function registerSources(sources: SourceActivity): void {
  const labelNames = ['source'];
  gaugesOfOneLook(
    {
      last: {
        name: 'dossier_source_last_event_timestamp_seconds',
        help: 'When the newest event of a source arrived; old in working hours: ask whoever runs it. Sources that sent nothing for 14 days are left out.',
        labelNames,
      },
      usual: {
        name: 'dossier_source_usual_gap_seconds',
        help: 'The longest silence of a source in the last 14 days, in working time, today left out, never below SOURCE_GAP_SECONDS: what dossier_source_silent_working_seconds is held against.',
        labelNames,
      },
      silent: {
        name: 'dossier_source_silent_working_seconds',
        help: 'Working time since the newest event of a source arrived; above three times its usual gap: its line, its outbox or its certificate; ask whoever runs it.',
        labelNames,
      },
    },
    () => sources.read(Date.now()),
    ({ last, usual, silent }, rows) => {
      for (const { source, lastAt, silentMs, usualGapMs } of rows) {
        last.set({ source }, lastAt / 1_000);
        usual.set({ source }, usualGapMs / 1_000);
        silent.set({ source }, silentMs / 1_000);
      }
    },
  );
}
