import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Counts, identityViolations, MEASURES, reportRow } from '#libs/dossier';
import { CONFIG, type Config, LOGGER, type Logger, pause } from '#libs/platform';
import { MEASURE_COLUMNS } from './counters.js';
import { addCounts, zeroCounts } from './counts.js';
import { putByNow } from './counting.js';
import { IDENTITIES, metrics } from '../metrics.js';

type Identity = (typeof IDENTITIES)[number];

const sums = MEASURE_COLUMNS.map((column) => `sum(sign * ${column})::int as ${column}`).join(', ');

/** Every agency's sums up to now, from the counters (whole days, less what today still holds). */
const FROM_COUNTERS = `
  select agency, ${sums} from (
    select 1 as sign, c.* from reporting.counter c
     where unit = 'd' and agency <> '' and procedure = '' and starts_at <= clock.now
    union all
    select -1, c.* from reporting.counter c
     where unit = 'i' and agency <> '' and procedure = ''
       and starts_at > clock.now and starts_at < clock.tomorrow) t
   group by agency`;

/** The same classes counted dossier by dossier. */
const FROM_LIST = `
  select agency,
         count(*) filter (where state = 'running' and overdue_from > clock.now)::int as in_time,
         count(*) filter (where state = 'running' and overdue_from <= clock.now)::int as overdue,
         count(*) filter (where state = 'paused')::int as paused,
         count(*) filter (where state = 'paused' and overdue_from <= clock.now)::int as paused_past_due,
         count(*) filter (where state = 'running' and overdue_from is null)::int as no_due_date
    from reporting.dossier where open group by agency`;

/**
 * Checks again and again that the figures close: identities within every agency, roll-ups against
 * each other, counters against the dossier list. All reads come from one snapshot.
 */
@Injectable()
export class IdentityCheck implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private found: string[] = [];

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What the last check found; shown with every report. */
  violations(): readonly string[] {
    return this.found;
  }

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await pause(this.config.IDENTITY_CHECK_SECONDS * 1_000, this.stopping.signal);
      if (this.stopping.signal.aborted) return;
      await this.check().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'the identity check failed'),
      );
    }
  }

  /** One check; the violations in words, also kept, logged and counted. */
  async check(): Promise<string[]> {
    const broken: Record<Identity, string[]> = { row: [], sum: [], list: [] };
    const { counters, list, procedures } = await this.read();
    const total = zeroCounts();
    const openNow = zeroCounts();
    for (const [agency, counts] of counters) {
      addCounts(total, counts);
      // Up to now nothing was carried over: every open dossier was received or reopened once.
      broken.row.push(...identityViolations(reportRow(zeroCounts(), counts, counts), agency));
      broken.row.push(...negative(counts, agency));
      const listed = list.get(agency) ?? zeroCounts();
      addCounts(openNow, listed);
      for (const measure of STOCKS) {
        if (counts[measure] === listed[measure]) continue;
        broken.list.push(
          `${agency}: ${MEASURES[measure]} by counters ${counts[measure]} ≠ by list ${listed[measure]}`,
        );
      }
    }
    for (const agency of list.keys()) {
      if (!counters.has(agency)) broken.list.push(`${agency}: in the list, not in the counters`);
    }
    MEASURES.forEach((measure, index) => {
      if (total[index] !== procedures[index]) {
        broken.sum.push(
          `${measure}: sum of agencies ${total[index]} ≠ sum of procedures ${procedures[index]}`,
        );
      }
    });
    this.found = IDENTITIES.flatMap((identity) => broken[identity]);
    metrics.identities({ row: broken.row.length, sum: broken.sum.length, list: broken.list.length });
    if (this.found.length > 0)
      this.logger.error({ violations: this.found.slice(0, 50) }, 'figures do not close');
    return this.found;
  }

  private read(): Promise<{
    counters: Map<string, Counts>;
    list: Map<string, Counts>;
    procedures: Counts;
  }> {
    return this.database.transaction('REPEATABLE READ', async (manager) => {
      const now = Date.now();
      const tomorrow = (Math.floor((now + 25_200_000) / 86_400_000) + 1) * 86_400_000 - 25_200_000;
      const at = (sql: string) =>
        sql.replaceAll('clock.now', '$1::timestamptz').replaceAll('clock.tomorrow', '$2::timestamptz');
      type Row = Record<string, string | number>;
      const parameters = [new Date(now), new Date(tomorrow)];
      const counted = await manager.query<Row[]>(at(FROM_COUNTERS), parameters);
      const procedures = await manager.query<Row[]>(
        at(FROM_COUNTERS).replaceAll(`agency <> '' and procedure = ''`, `agency = '' and procedure <> ''`),
        parameters,
      );
      const listed = await manager.query<Row[]>(at(FROM_LIST), [parameters[0]]);
      const countsOf = (row: Row | undefined): Counts =>
        MEASURE_COLUMNS.map((column) => Number(row?.[column] ?? 0));
      const counters = new Map(counted.map((row) => [String(row['agency']), countsOf(row)]));
      const ofProcedures = countsOf(procedures[0]);
      for (const [agency, counts] of (await putByNow(manager)).agenciesUntil(now)) {
        const sum = counters.get(agency) ?? zeroCounts();
        addCounts(sum, counts);
        counters.set(agency, sum);
        addCounts(ofProcedures, counts);
      }
      return {
        counters,
        procedures: ofProcedures,
        list: new Map(listed.map((row) => [String(row['agency']), countsOf(row)])),
      };
    });
  }
}

const STOCKS = (['inTime', 'overdue', 'paused', 'pausedPastDue', 'noDueDate'] as const).map((measure) =>
  MEASURES.indexOf(measure),
);

const negative = (counts: Counts, agency: string): string[] =>
  MEASURES.flatMap((measure, index) =>
    (counts[index] ?? 0) < 0 ? [`${agency}: ${measure} is below zero (${counts[index]})`] : [],
  );
