import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { DAY_MS, type Instant, MEASURES, startOfDay } from '#libs/dossier';
import { createLogger, readConfig } from '#libs/platform';
import { openTestDatabase, seededRandom, type TestDatabase } from '#libs/testing';
import { appendLedger } from '../consumer/apply-timeliness.js';
import { CounterMemory } from '../counters/counter-memory.js';
import { count, Counting, putBy } from '../counters/counting.js';
import {
  BEGINNING,
  type CellColumn,
  type CellFilter,
  type Figure,
  Figures,
  type Stretch,
} from '../reports/figures.js';
import { type LedgerChange, pack } from '../counters/ledger-entries.js';
import { Term } from '../counters/term.js';
import { Past } from './past.js';
import { PastFigures } from './past-figures.js';

jest.setTimeout(120_000);

const logger = createLogger('spec', readConfig(0, { LOG_LEVEL: 'silent' }));
const HOUR_MS = 3_600_000;
/** Recording begins: in the middle of a day, near the end of a year. */
const BEGIN = startOfDay(17_525) + 9 * HOUR_MS; // 2017-12-25
/** Recording lasts three weeks. */
const LASTING = 21 * DAY_MS;
const AGENCIES = ['A', 'B', 'C', 'D'];
const PROCEDURES = ['P', 'Q', 'R'];
const CHANNELS = ['counter', 'online'];

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test?.close());

/** One process: what keeps the past, and what reads it. */
function process() {
  const counting = new Counting(test.database, logger);
  const past = new Past(test.database, counting, logger);
  const pastFigures = new PastFigures(test.database, counting);
  const figures = new Figures(test.database, new CounterMemory(test.database, counting), pastFigures);
  return { counting, past, figures, fromLedger: jest.spyOn(figures, 'fromLedger') };
}

beforeEach(async () => {
  await test.database.query(
    `truncate reporting.ledger, reporting.counter, reporting.uncounted, reporting.past_pending, reporting.past_epoch,
              reporting.past_page`,
  );
  await test.database.query(
    'update reporting.past set unkept = (select generation - kept from reporting.counting)',
  );
});

let nthCode = 0;

/** Differences as dossiers make them: entries long past, of today, ahead, at midnight; some taken back. */
function differences(random: (below: number) => number, recordedAt: () => Instant, number: number) {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  return Array.from({ length: number }, (): LedgerChange => {
    const known = recordedAt();
    const entries = Array.from({ length: 1 + random(4) }, () => {
      const distance = pick([0, 1, HOUR_MS, 7 * HOUR_MS, DAY_MS, 40 * DAY_MS, 400 * DAY_MS]);
      const near = known + (random(2) === 0 ? 1 : -1) * (distance <= 1 ? distance : random(distance));
      return {
        at: random(6) === 0 ? startOfDay(Math.floor((near + 7 * HOUR_MS) / DAY_MS)) : near,
        measure: random(MEASURES.length),
        delta: random(3) === 0 ? -1 : 1,
        cell: 'resolving' as const,
      };
    });
    return {
      ...{ source: 'urn:spec', code: `S${nthCode++}`, recordedAt: known },
      cell: { agency: pick(AGENCIES), procedure: pick(PROCEDURES), channel: pick(CHANNELS) },
      entries: pack(entries).sort((a, b) => a - b),
    };
  });
}

const record = (changes: LedgerChange[]) =>
  test.database.transaction(async (manager: EntityManager) => {
    await appendLedger(manager, changes);
    await putBy(manager, changes);
  });

const filters: CellFilter[] = [
  { agencies: undefined, procedures: undefined, channel: undefined },
  { agencies: ['A', 'C'], procedures: undefined, channel: undefined },
  { agencies: undefined, procedures: ['Q', 'R', 'unknown'], channel: undefined },
  { agencies: undefined, procedures: undefined, channel: 'online' },
  { agencies: ['B'], procedures: ['P'], channel: 'counter' },
];
const groups: (CellColumn | undefined)[] = [undefined, 'agency', 'procedure', 'channel'];

/** Periods that end before, at and after an instant of knowledge, as reports cut them. */
function periods(asOf: Instant): Stretch[][] {
  const day = (number: number) => startOfDay(number);
  const today = Math.floor((asOf + 7 * HOUR_MS) / DAY_MS);
  const cut = (from: number, to: number): Stretch[] => [
    { name: 'before', from: BEGINNING, until: day(from) },
    { name: 'within', from: day(from), until: Math.min(day(to + 1), asOf + 1) },
  ];
  return [
    cut(17_532, 17_896), // 2018
    cut(17_501, 17_531), // December 2017
    cut(today - 20, today - 3),
    cut(today, today),
    [
      ...cut(17_167, 17_531).slice(0, 1),
      { name: 'first', from: day(17_167), until: day(17_515) },
      { name: 'second', from: day(17_515), until: asOf + 1 },
    ],
  ].filter((stretches) => stretches.every(({ from, until }) => from <= until));
}

/** What figures say, without what counts nothing. */
const told = (figures: readonly Figure[]): string[] =>
  figures
    .filter(({ counts }) => counts.some((each) => each !== 0))
    .map(({ key, stretch, counts }) => `${stretch} ${key}: ${counts.join(' ')}`)
    .sort();

/** Every question at every instant, from the past and from the ledger. */
async function compare(figures: Figures, instants: readonly Instant[]): Promise<number> {
  let asked = 0;
  for (const asOf of instants) {
    for (const stretches of periods(asOf)) {
      for (const filter of filters) {
        for (const group of groups) {
          const found = told(await figures.asOf(stretches, filter, group, asOf));
          const expected = told(await figures.fromLedger(stretches, filter, group, asOf));
          expect({ asOf, stretches, filter, group, found }).toEqual({
            ...{ asOf, stretches, filter, group },
            found: expected,
          });
          asked += 1;
        }
      }
    }
  }
  return asked;
}

/** Every question as known now, with the day cut at some instants, from the past and from the ledger. */
async function compareNow(figures: Figures, cuts: readonly Instant[]): Promise<void> {
  const now = jest.spyOn(CounterMemory.prototype, 'visit');
  for (const cut of cuts) {
    for (const stretches of periods(cut)) {
      for (const filter of filters) {
        for (const group of groups) {
          const term = new Term();
          const found = told(await figures.now(stretches, filter, group, cut, term));
          const all = (until: Instant) =>
            stretches.map((each) => (each.until === cut + 1 ? { ...each, until } : each));
          const expected = told(await figures.fromLedger(stretches, filter, group, FOREVER));
          expect({ cut, stretches, filter, group, found }).toEqual({
            ...{ cut, stretches, filter, group },
            found: expected,
          });
          // Nothing changes hands before the term ends.
          if (term.until < Infinity && term.until > cut + 1)
            expect(told(await figures.fromLedger(all(term.until), filter, group, FOREVER))).toEqual(expected);
        }
      }
    }
  }
  // Roll-ups are read from the counters, cells are not.
  for (const [level] of now.mock.calls) expect(level.kind).not.toBe('cells');
  now.mockRestore();
}

const FOREVER = Date.UTC(2900, 0, 1);

/** How many whole pages, other pages and epochs there are. */
async function kept(): Promise<{ whole: number; others: number; epochs: number }> {
  const [row] = await test.database.query<{ whole: number; others: number; epochs: number }[]>(
    `select (count(*) filter (where epoch = whole_since))::int as whole,
            (count(*) filter (where epoch <> whole_since))::int as others,
            (select count(*)::int from reporting.past_epoch) as epochs
       from reporting.past_page`,
  );
  return row as { whole: number; others: number; epochs: number };
}

/** Before and after everything, at midnight; where something was recorded and where epochs end, and just before. */
async function instantsFor(random: (below: number) => number, number: number): Promise<Instant[]> {
  const rows = await test.database.query<{ recorded: string; ends: boolean }[]>(
    `select (extract(epoch from l.recorded_at) * 1000)::bigint as recorded, bool_or(e.number is not null) as ends
       from reporting.ledger l left join reporting.past_epoch e on e.latest = l.recorded_at group by 1 order by 1`,
  );
  const some = [rows, rows.filter(({ ends }) => ends)].flatMap((list) =>
    Array.from({ length: list.length > 0 ? number : 0 }, () => Number(list[random(list.length)]?.recorded)),
  );
  return [
    ...[BEGIN - DAY_MS, BEGIN + LASTING + DAY_MS, startOfDay(17_532) - random(2)],
    ...some.map((instant, nth) => instant - (nth % 2)),
  ];
}

describe('figures as they were known', () => {
  it.each([1, 2, 3])(
    'are those of the ledger, whatever came late and however it was cut (seed %s)',
    async (seed) => {
      const random = seededRandom(seed);
      const { counting, past, figures, fromLedger } = process();
      for (let step = 0; step < 30; step += 1) {
        const now = BEGIN + (LASTING * step) / 30;
        // Clocks that differ a little, partitions that lie behind by days, once a clock far ahead.
        const recordedAt = () =>
          Math.round(
            now +
              random(LASTING / 30) -
              (random(10) === 0 ? random(5 * DAY_MS) : 0) +
              (step === 11 ? DAY_MS : 0),
          );
        await record(differences(random, recordedAt, 1 + random(20)));
        if (random(3) > 0) continue;
        await counting.upToDate();
        await past.keepUp(1 + random(2_000));
      }
      const some = await instantsFor(random, 2);
      const asked = await compare(figures, some);
      expect(fromLedger).toHaveBeenCalledTimes(asked);
      expect((await kept()).epochs).toBeGreaterThan(3);
      await compareNow(figures, [BEGIN + LASTING + 2 * DAY_MS]);
      await past.keepUp(1);
      fromLedger.mockClear();
      const all = await compare(figures, some);
      expect(fromLedger).toHaveBeenCalledTimes(all);
      // What lies ahead of its recording by the clock that is furthest behind is told by its instant.
      const cuts = [BEGIN + LASTING + DAY_MS, BEGIN + LASTING + 3 * DAY_MS, startOfDay(17_600) - random(2)];
      await compareNow(figures, cuts);
      // And for a process that has not seen how it came to be.
      await compare(process().figures, some.slice(0, 4));
    },
  );

  it('are read from whole pages and those behind them alike', async () => {
    const random = seededRandom(7);
    const { counting, past, figures, fromLedger } = process();
    for (let step = 0; step < 25; step += 1) {
      const now = BEGIN + (LASTING * step) / 25;
      await record(differences(random, () => Math.round(now + random(LASTING / 25)), 200));
      await counting.upToDate();
      await past.keepUp(1);
    }
    const { whole, others, epochs } = await kept();
    expect(epochs).toBe(25);
    expect(whole).toBeGreaterThan(50);
    expect(others).toBeGreaterThan(50);
    const asked = await compare(figures, await instantsFor(random, 2));
    expect(fromLedger).toHaveBeenCalledTimes(asked);
  });

  it('are right while epochs are being made of what was pending', async () => {
    const random = seededRandom(5);
    const { counting, past, figures } = process();
    const changes = differences(random, () => BEGIN + random(LASTING), 300);
    for (let nth = 0; nth < 30; nth += 1) await record(changes.slice(nth * 10, nth * 10 + 10));
    await counting.upToDate();
    const [filter] = filters as [CellFilter];
    const asOf = BEGIN + LASTING / 2;
    const [stretches] = periods(asOf) as [Stretch[]];
    const expected = told(await figures.fromLedger(stretches, filter, 'agency', asOf));
    let making = true;
    const made = past.keepUp(1).finally(() => (making = false));
    while (making) expect(told(await figures.asOf(stretches, filter, 'agency', asOf))).toEqual(expected);
    await made;
  });
});

describe('the past', () => {
  it('is made of a ledger that was there before it, counted and uncounted', async () => {
    const random = seededRandom(11);
    const { past, figures, fromLedger } = process();
    const recordedAt = () => BEGIN + random(LASTING);
    await record(differences(random, recordedAt, 60));
    const old = process();
    await old.counting.upToDate();
    // As the migration leaves it.
    await test.database.query('truncate reporting.past_pending');
    await test.database.query('update reporting.past set unkept = -1');
    const some = await instantsFor(random, 2);
    await record(differences(random, recordedAt, 40));
    const asked = await compare(figures, some);
    // Not there yet: every answer came from the ledger, and the other to compare it with.
    expect(fromLedger).toHaveBeenCalledTimes(2 * asked);
    await record(differences(random, recordedAt, 20));
    await past.keepUp();
    const then = await compare(figures, some);
    expect(fromLedger).toHaveBeenCalledTimes(2 * asked + then);
  });

  it('is made anew when a copy that does not know of it has counted', async () => {
    const random = seededRandom(12);
    const { counting, past, figures, fromLedger } = process();
    await record(differences(random, () => BEGIN + random(LASTING), 60));
    await counting.upToDate();
    await past.keepUp(1);
    const some = await instantsFor(random, 2);
    await compare(figures, some);
    fromLedger.mockClear();
    await record(differences(random, () => BEGIN + random(LASTING), 60));
    await test.database.transaction((manager) => count(manager, undefined, false));
    const asked = await compare(figures, some);
    expect(fromLedger).toHaveBeenCalledTimes(2 * asked);
    fromLedger.mockClear();
    await past.keepUp();
    const then = await compare(figures, some);
    expect(fromLedger).toHaveBeenCalledTimes(then);
  });

  it('is made by one, however many start', async () => {
    const random = seededRandom(13);
    await record(differences(random, () => BEGIN + random(LASTING), 200));
    await process().counting.upToDate();
    await test.database.query('update reporting.past set unkept = -1');
    await Promise.allSettled([process(), process(), process()].map(({ past }) => past.keepUp()));
    expect((await kept()).epochs).toBe(1);
    await compare(process().figures, await instantsFor(random, 1));
  });

  it('stays pending, and the figures right, when making an epoch fails', async () => {
    const random = seededRandom(14);
    const { counting, past, figures, fromLedger } = process();
    await record(differences(random, () => BEGIN + random(LASTING), 50));
    await counting.upToDate();
    await figures.asOf([], filters[0] as CellFilter, undefined, BEGIN);
    await test.database.query(
      `alter table reporting.past_page add constraint spec check (unit <> 'm') not valid`,
    );
    await expect(past.keepUp(1)).rejects.toThrow('spec');
    await test.database.query('alter table reporting.past_page drop constraint spec');
    expect(await kept()).toEqual({ whole: 0, others: 0, epochs: 0 });
    const asked = await compare(figures, await instantsFor(random, 1));
    await past.keepUp(1);
    const then = await compare(figures, await instantsFor(random, 1));
    expect(fromLedger).toHaveBeenCalledTimes(asked + then);
  });
});
