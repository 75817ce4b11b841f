import { Counter, Gauge, Histogram, register } from 'prom-client';
import { gaugesOfOneLook } from '#libs/platform';
import type { AgencyFigures } from './agency-figures.js';

export const IDENTITIES = ['row', 'sum', 'list'] as const;
const FORMULAS = ['a', 'b', 'c'] as const;
const REPORT_KINDS = [
  'timeliness',
  'form-06a',
  'decision-766',
  'comparison',
  'restatements',
  'issued',
  'ageing',
  'durations',
  'public',
] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];
const EXPORT_KINDS = ['timeliness', 'form-06a', 'dossiers'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];
const EXPORT_OUTCOMES = ['whole', 'left', 'failed'] as const;

function createMeters() {
  return {
    news: new Counter({
      name: 'dossier_live_events_total',
      help: 'Events put on the live stream by this process.',
    }),
    restated: new Counter({
      name: 'dossier_restated_values_total',
      help: 'Changes of figures of a month that was over when they were recorded; many: a source sends late, or its past is being loaded. A report with asOf shows what it was (monitoring.restatement: which).',
      labelNames: ['report'],
    }),
    violations: new Gauge({
      name: 'dossier_identity_violations',
      help: 'Broken identities of the figures, by kind (row: within an agency, sum: agencies against procedures, list: counters against the dossier list); anything above 0 means figures must not be trusted: compare the named agency, then rebuild reporting.',
      labelNames: ['identity'],
    }),
    checkedAt: new Gauge({
      name: 'dossier_identity_checked_timestamp_seconds',
      help: 'When the identities were last checked, at first when the process started; standing still: the check fails, see the log.',
    }),
    clients: new Gauge({ name: 'dossier_sse_clients', help: 'Readers of the live stream of this process.' }),
    reportSeconds: new Histogram({
      name: 'dossier_report_generation_seconds',
      help: 'Time to make a report, by kind; p99 above 0.05 at rest: look at the counters’ table.',
      labelNames: ['kind'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    }),
    exports: new Counter({
      name: 'dossier_exports_total',
      help: 'Files sent, by kind and outcome (whole; left: whoever asked went away first; failed: broken off, see the log of reporting).',
      labelNames: ['kind', 'outcome'],
    }),
    reportFailures: new Counter({
      name: 'dossier_report_failures_total',
      help: 'Reports that could not be made through no fault of whoever asked, by kind; any: see the log of reporting.',
      labelNames: ['kind'],
    }),
  };
}

let meters: ReturnType<typeof createMeters> | undefined;

export const metrics = {
  register(figures: () => Promise<readonly AgencyFigures[]>): void {
    if (register.getSingleMetric('dossier_live_events_total')) return;
    meters = createMeters();
    for (const identity of IDENTITIES) meters.violations.set({ identity }, 0);
    for (const kind of REPORT_KINDS) meters.reportFailures.inc({ kind }, 0);
    for (const kind of EXPORT_KINDS)
      for (const outcome of EXPORT_OUTCOMES) meters.exports.inc({ kind, outcome }, 0);
    meters.restated.inc({ report: 'timeliness' }, 0);
    // The first check is yet to come; at 0 it would seem to be decades overdue, and alert at every start.
    meters.checkedAt.set(Date.now() / 1_000);
    registerFigures(figures);
  },
  batchApplied(news: number, restated: number): void {
    meters?.news.inc(news);
    meters?.restated.inc({ report: 'timeliness' }, restated);
  },
  identities(violations: Record<(typeof IDENTITIES)[number], number>): void {
    for (const identity of IDENTITIES) meters?.violations.set({ identity }, violations[identity]);
    meters?.checkedAt.set(Date.now() / 1_000);
  },
  clients(count: number): void {
    meters?.clients.set(count);
  },
  reported(kind: ReportKind, seconds: number): void {
    meters?.reportSeconds.observe({ kind }, seconds);
  },
  exported(kind: ExportKind, outcome: (typeof EXPORT_OUTCOMES)[number]): void {
    meters?.exports.inc({ kind, outcome });
  },
  reportFailed(kind: ReportKind): void {
    meters?.reportFailures.inc({ kind });
  },
};

/** Every agency of the catalogue, at the instant of the scrape; all from one look at the figures. */
function registerFigures(figures: () => Promise<readonly AgencyFigures[]>): void {
  gaugesOfOneLook(
    {
      open: {
        name: 'dossier_open',
        help: 'Open dossiers by resolving agency and class, as of the scrape. overdue growing: dossier list with timeliness=overdue.',
        labelNames: ['agency', 'state'],
      },
      closed: {
        name: 'dossier_closed',
        help: 'Closed dossiers by resolving agency and result, ever, as now known (a late correction can lower it).',
        labelNames: ['agency', 'result'],
      },
      resolved: {
        name: 'dossier_resolved',
        help: 'Dossiers resolved in the current calendar month, by resolving agency and result.',
        labelNames: ['agency', 'period', 'result'],
      },
      ratio: {
        name: 'dossier_ontime_ratio',
        help: 'On-time rate of the current calendar month by formula (a, b, c: docs/glossary.md), 0 to 1; no sample where nothing can be divided by.',
        labelNames: ['agency', 'period', 'formula'],
      },
      budget: {
        name: 'dossier_late_budget_remaining_ratio',
        help: 'What is left of the share of dossiers that an agency may resolve late this month (100 − ONTIME_TARGET_PERCENT); below 0: more were late, look at the agency’s list of overdue.',
        labelNames: ['agency', 'period'],
      },
      dueNext: {
        name: 'dossier_due_next_working_hours',
        help: 'Running dossiers whose deadline comes within the next four working hours; more than the agency resolves in that time: move staff.',
        labelNames: ['agency'],
      },
      apology: {
        name: 'dossier_apology_due',
        help: 'Running dossiers due today or on the next working day, never extended: whoever cannot be served in time is to have a letter of apology now (Decree 61/2018 Art. 19(9)).',
        labelNames: ['agency'],
      },
      age: {
        name: 'dossier_overdue_age_days',
        help: 'Overdue dossiers by how many working days they are late; above 10: the head of the agency must answer for each.',
        labelNames: ['agency', 'bucket'],
      },
    },
    figures,
    ({ open, closed, resolved, ratio, budget, dueNext, apology, age }, rows) => {
      const period = 'month';
      for (const row of rows) {
        const { agency } = row;
        for (const [state, count] of Object.entries(row.open)) open.set({ agency, state }, count);
        for (const [result, count] of Object.entries(row.closed)) closed.set({ agency, result }, count);
        for (const [result, count] of Object.entries(row.month)) {
          resolved.set({ agency, period, result }, count);
        }
        for (const formula of FORMULAS) {
          const { numerator, denominator } = row.rates[formula];
          if (denominator > 0) ratio.set({ agency, period, formula }, numerator / denominator);
        }
        if (row.lateBudgetLeft !== undefined) budget.set({ agency, period }, row.lateBudgetLeft);
        dueNext.set({ agency }, row.dueNext);
        apology.set({ agency }, row.apologyDue);
        for (const [bucket, count] of Object.entries(row.overdueAge)) age.set({ agency, bucket }, count);
      }
    },
  );
}
