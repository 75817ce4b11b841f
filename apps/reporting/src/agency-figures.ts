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

/**
 * Classes that the counters do not tell apart, dossier by dossier: those that are due soon by the latest of the
 * instants, which every overdue one has been. It names no column that the index `dossier_running` lacks: reading rows
 * with their documents took longer than everything else of a scrape.
 */
const FROM_LIST = `
  select agency,
         count(*) filter (where overdue_from > $1 and due_soon_from <= $1)::int as due_soon,
         count(*) filter (where overdue_from > $1 and overdue_from <= $2)::int as due_next,
         count(*) filter (where overdue_from > $1 and overdue_from <= $3 and not extended)::int as apology_due,
         count(*) filter (where overdue_from <= $1 and overdue_from > $4)::int as "1-3",
         count(*) filter (where overdue_from <= $4 and overdue_from > $5)::int as "4-10",
         count(*) filter (where overdue_from <= $5 and overdue_from > $6)::int as "11-30",
         count(*) filter (where overdue_from <= $6)::int as ">30"
    from (select agency, due_soon_from, overdue_from, extended from reporting.dossier
           where state = 'running' and due_soon_from <= greatest($1::timestamptz, $2, $3)
           union all
          select agency, due_soon_from, overdue_from, extended from reporting.dossier
           where state = 'running' and due_soon_from is null and overdue_from <= greatest($1::timestamptz, $2, $3)) soon
   group by agency`;

type ListRow = Record<'due_soon' | 'due_next' | 'apology_due' | AgeBucket, number> & { agency: string };

/** The figures of every agency at the instant of the question, for the metrics. */
@Injectable()
export class AgencyFiguresReader {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Figures) private readonly figures: Figures,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

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
      const dueSoon = row?.due_soon ?? 0;
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
        dueNext: row?.due_next ?? 0,
        apologyDue: row?.apology_due ?? 0,
        overdueAge: {
          '1-3': row?.['1-3'] ?? 0,
          '4-10': row?.['4-10'] ?? 0,
          '11-30': row?.['11-30'] ?? 0,
          '>30': row?.['>30'] ?? 0,
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

  private async list(now: Instant, calendar: Calendar): Promise<Map<string, ListRow>> {
    const rows = await this.database.query<ListRow[]>(
      FROM_LIST,
      [
        now,
        // The last instant to which no more working time leads: a deadline at midnight belongs to the evening before.
        calendar.addSessionTime(now, NEXT_MS + 1) - 1,
        startOfDay(calendar.addWorkingDays(dayOf(now), 1) + 1),
        ...bucketBounds(calendar, now).late,
      ].map((instant) => new Date(instant)),
    );
    return new Map(rows.map((row) => [row.agency, row]));
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
