import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DAY_MS, type Instant, MEASURES } from '#libs/dossier';
import { createLogger, readConfig } from '#libs/platform';
import { type Catalogue, type CatalogueStore } from '#libs/store';
import {
  EXAMPLE_WORLD,
  exampleCatalogue,
  openTestDatabase,
  type TestDatabase,
  vnInstant,
} from '#libs/testing';
import { CounterMemory } from '../counters/counter-memory.js';
import { Counting, putBy } from '../counters/counting.js';
import { Figures } from './figures.js';
import type { IdentityCheck } from '../counters/identity-check.js';
import { pack } from '../counters/ledger-entries.js';
import { PastFigures } from '../past/past-figures.js';
import { ReportMemory } from './report-memory.js';
import { type RawQuery, readReportQuery } from './report-query.js';
import { type TimelinessReport, TimelinessReports } from './timeliness-report.js';

jest.setTimeout(60_000);

const RECEIVED = MEASURES.indexOf('receivedCounter');
const MORNING = vnInstant('2026-03-10 08:00');
const MARCH: RawQuery = { from: '2026-03-01', to: '2026-03-31', by: 'procedure' };
const FEBRUARY: RawQuery = { from: '2026-02-01', to: '2026-02-28', by: 'procedure' };

let test: TestDatabase;
let catalogues: CatalogueStore;
let catalogue: Catalogue;
let counting: Counting;
let reports: TimelinessReports;
let memory: ReportMemory;
let made: ReturnType<typeof jest.spyOn>;
let violations: string[];

beforeAll(async () => {
  test = await openTestDatabase();
  catalogues = await exampleCatalogue(test.database);
  catalogue = await catalogues.current();
});
afterAll(() => test?.close());

beforeEach(async () => {
  await test.database.query('truncate reporting.counter, reporting.uncounted, reporting.past_pending');
  await test.database.query('update reporting.counting set generation = generation + 1');
  counting = new Counting(test.database, createLogger('spec', readConfig(0, { LOG_LEVEL: 'silent' })));
  reports = reportsOf(counting);
  violations = [];
  const identityCheck = { violations: () => violations } as unknown as IdentityCheck;
  memory = new ReportMemory(counting, reports, identityCheck);
  made = jest.spyOn(reports, 'make');
});

function reportsOf(through: Counting): TimelinessReports {
  const memory = new CounterMemory(test.database, through);
  return new TimelinessReports(new Figures(test.database, memory, new PastFigures(test.database, through)));
}

/** One dossier that counts as received at an instant. */
const receive = (at: Instant) =>
  test.database.transaction((manager) =>
    putBy(manager, [
      {
        ...{ source: 'urn:spec', code: `${at}`, recordedAt: MORNING - DAY_MS },
        cell: { agency: 'T.S', procedure: 'P', channel: 'counter' },
        entries: pack([{ at, measure: RECEIVED, delta: 1, cell: 'resolving' }]),
      },
    ]),
  );

async function ask(raw: RawQuery, now: Instant): Promise<TimelinessReport> {
  const query = readReportQuery(raw, catalogue, now);
  return JSON.parse((await memory.text(query, catalogue)).toString()) as TimelinessReport;
}
/** The same made without anything that was remembered. */
const direct = (raw: RawQuery, now: Instant) =>
  reportsOf(counting).make(readReportQuery(raw, catalogue, now), catalogue);

describe('a report that is asked for again', () => {
  it('is made once while nothing happens, however many ask, and says when each has asked', async () => {
    await receive(MORNING - DAY_MS);
    const answers = await Promise.all([0, 1, 2, 3].map((ms) => ask(MARCH, MORNING + ms)));
    answers.push(await ask(MARCH, MORNING + 1_000));
    expect(made).toHaveBeenCalledTimes(1);
    expect(answers.map(({ asOf }) => asOf.slice(17, 23))).toEqual([
      '00.000',
      '00.001',
      '00.002',
      '00.003',
      '01.000',
    ]);
    expect(answers.at(-1)).toEqual(await direct(MARCH, MORNING + 1_000));
  });

  it('is another once a difference is known, waiting or counted', async () => {
    for (let nth = 1; nth <= 3; nth += 1) {
      await receive(MORNING - nth * DAY_MS);
      if (nth === 2) await counting.upToDate();
      const report = await ask(MARCH, MORNING);
      expect(report.total.received.total).toBe(nth);
      expect(report).toEqual(await direct(MARCH, MORNING));
    }
    expect(made).toHaveBeenCalledTimes(3);
  });

  it('changes at the very millisecond at which something falls due by itself', async () => {
    const due = MORNING + 5_000;
    await receive(due);
    const at = async (now: Instant) => {
      const report = await ask(MARCH, now);
      expect(report).toEqual(await direct(MARCH, now));
      return report.total.received.total;
    };
    expect([await at(MORNING), await at(due - 1), await at(due), await at(due + 1)]).toEqual([0, 0, 1, 1]);
    expect(made).toHaveBeenCalledTimes(2);
    // Whoever asked before and is answered later is told what was so then.
    expect(await at(due - 1)).toBe(0);
  });

  it('of a period that is over does not change with the hour, but with the day and the catalogue', async () => {
    await ask(FEBRUARY, MORNING);
    await receive(MORNING + 1);
    await counting.upToDate();
    await ask(FEBRUARY, MORNING);
    expect(made).toHaveBeenCalledTimes(2);
    await ask(FEBRUARY, MORNING + 3_600_000);
    expect(made).toHaveBeenCalledTimes(2);
    await ask(FEBRUARY, MORNING + DAY_MS);
    expect(made).toHaveBeenCalledTimes(3);
    await catalogues.putAgencies([
      { ...(EXAMPLE_WORLD.agencies[0] as { name: string }), name: 'Tên mới' },
    ] as never);
    catalogue = await catalogues.current();
    await ask(FEBRUARY, MORNING + DAY_MS);
    expect(made).toHaveBeenCalledTimes(4);
  });

  it('has what the running check has found by now', async () => {
    await ask(MARCH, MORNING);
    violations = ['open ≠ list'];
    expect((await ask(MARCH, MORNING)).identities.violations).toEqual(violations);
    violations = [];
    expect((await ask(MARCH, MORNING)).identities.violations).toEqual([]);
  });

  it('with asOf is told apart by it', async () => {
    await receive(MORNING - DAY_MS);
    const asOf = (instant: Instant): RawQuery => ({ ...MARCH, asOf: new Date(instant).toISOString() });
    const [before, after] = [MORNING - DAY_MS - 1, MORNING - DAY_MS];
    for (const instant of [before, after, before, after]) {
      expect((await ask(asOf(instant), MORNING)).asOf).toContain(
        instant === before ? '07:59:59.999' : '08:00:00.000',
      );
    }
    expect(made).toHaveBeenCalledTimes(2);
  });
});
