import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  bucketBounds,
  type Calendar,
  type Counts,
  dayOf,
  type Instant,
  MEASURES,
  type ReportRow,
  reportRow,
  startOfDay,
} from '#libs/dossier';
import { CONFIG, type Config } from '#libs/platform';
import { CatalogueStore } from '#libs/store';
import { addCounts, zeroCounts } from './counters/counts.js';
import { BEGINNING, Figures } from './reports/figures.js';
import { startOfMonth } from './counters/periods.js';
import { RunningClasses } from './running-classes.js';

const HOUR_MS = 3_600_000;
/** "Due next": within this much working time. */
const NEXT_MS = 4 * HOUR_MS;

type AgeBucket = '1-3' | '4-10' | '11-30' | '>30';

/** What operators see of an agency, as of one instant. */
export interface AgencyFigures {
  agency: string;
  open: Record<'in_time' | 'due_soon' | 'overdue' | 'paused' | 'paused_past_due' | 'no_due_date', number>;
  closed: Record<'early' | 'on_time' | 'late' | 'no_due_date' | 'refused' | 'withdrawn' | 'stopped', number>;
  /** Resolved in the current month. */
  month: Record<'early' | 'on_time' | 'late' | 'no_due_date', number>;
  rates: ReportRow['rates'];
  /** Share of the month's allowance of late dossiers that is left, below 0 when overspent; undefined: none resolved. */
  lateBudgetLeft: number | undefined;
  dueNext: number;
  apologyDue: number;
  overdueAge: Record<AgeBucket, number>;
}

/** The figures of every agency at the instant of the question, for the metrics. */
@Injectable()
export class AgencyFiguresReader {
  private readonly running: RunningClasses;

  constructor(
    @Inject(DataSource) database: DataSource,
    @Inject(Figures) private readonly figures: Figures,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.running = new RunningClasses(database);
  }

  async read(now: Instant = Date.now()): Promise<AgencyFigures[]> {
    const current = this.catalogues.current();
    const [catalogue, counted, listed] = await Promise.all([
      current,
      this.count(now),
      current.then((known) => this.list(now, known.calendar(known.newestCalendarVersion()))),
    ]);
    return [...catalogue.agencies.keys()].map((agency) => {
      const { before, within } = counted.get(agency) ?? { before: zeroCounts(), within: zeroCounts() };
      const all = zeroCounts();
      addCounts(all, before);
      addCounts(all, within);
      const month = reportRow(before, within, all);
      const row = listed.get(agency);
      const dueSoon = row?.dueSoon ?? 0;
      return {
        agency,
        open: {
          // Counters and list are two looks.
          in_time: Math.max(0, month.open.inTime - dueSoon),
          due_soon: dueSoon,
          overdue: month.open.overdue,
          paused: month.open.paused - month.open.pausedPastDue,
          paused_past_due: month.open.pausedPastDue,
          no_due_date: month.open.noDueDate,
        },
        closed: {
          ...resolutions(all),
          refused: of(all, 'closedRefused'),
          withdrawn: of(all, 'closedWithdrawn'),
          stopped: of(all, 'closedStopped'),
        },
        month: resolutions(within),
        rates: month.rates,
        lateBudgetLeft: this.budgetLeft(month.rates.a),
        dueNext: row?.dueNext ?? 0,
        apologyDue: row?.apologyDue ?? 0,
        overdueAge: {
          '1-3': row?.late[0] ?? 0,
          '4-10': row?.late[1] ?? 0,
          '11-30': row?.late[2] ?? 0,
          '>30': row?.late[3] ?? 0,
        },
      };
    });
  }

  /** Sums before and within the current month. */
  private async count(now: Instant): Promise<Map<string, { before: Counts; within: Counts }>> {
    const begin = startOfMonth(now);
    const figures = await this.figures.now(
      [
        { name: 'before', from: BEGINNING, until: begin },
        { name: 'within', from: begin, until: now + 1 },
      ],
      { agencies: undefined, procedures: undefined, channel: undefined },
      'agency',
      now,
    );
    const counted = new Map<string, { before: Counts; within: Counts }>();
    for (const { key, stretch, counts } of figures) {
      const sums = counted.get(key) ?? { before: zeroCounts(), within: zeroCounts() };
      counted.set(key, sums);
      addCounts(stretch === 'before' ? sums.before : sums.within, counts);
    }
    return counted;
  }

  private list(now: Instant, calendar: Calendar): ReturnType<RunningClasses['read']> {
    return this.running.read({
      now,
      // The last instant to which no more working time leads: a deadline at midnight belongs to the evening before.
      next: calendar.addSessionTime(now, NEXT_MS + 1) - 1,
      nextDay: startOfDay(calendar.addWorkingDays(dayOf(now), 1) + 1),
      late: bucketBounds(calendar, now).late,
    });
  }

  private budgetLeft({ numerator, denominator }: ReportRow['rates']['a']): number | undefined {
    if (denominator === 0) return undefined;
    const allowed = ((100 - this.config.ONTIME_TARGET_PERCENT) / 100) * denominator;
    return 1 - (denominator - numerator) / allowed;
  }
}

const of = (counts: Counts, measure: (typeof MEASURES)[number]): number =>
  counts[MEASURES.indexOf(measure)] ?? 0;

const resolutions = (counts: Counts): AgencyFigures['month'] => ({
  early: of(counts, 'resolvedEarly'),
  on_time: of(counts, 'resolvedOnTime'),
  late: of(counts, 'resolvedLate'),
  no_due_date: of(counts, 'resolvedNoDueDate'),
});
