import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DAY_MS, type Instant, MEASURES, startOfDay } from '#libs/dossier';
import { createLogger, readConfig } from '#libs/platform';
import { openTestDatabase, seededRandom, type TestDatabase } from '#libs/testing';
import { CounterMemory } from './counter-memory.js';
import { count, Counting, putBy } from './counting.js';
import { BEGINNING, type CellFilter, Figures } from '../reports/figures.js';
import { PastFigures } from '../past/past-figures.js';
import { type LedgerChange, pack } from './ledger-entries.js';

jest.setTimeout(60_000);

const logger = createLogger('spec', readConfig(0, { LOG_LEVEL: 'silent' }));
const BEGIN = startOfDay(17_532); // 2018-01-01
const RECEIVED = MEASURES.indexOf('receivedCounter');

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test?.close());

/** One dossier received at an instant. */
const received = (agency: string, at: Instant, procedure = 'P'): LedgerChange => ({
  ...{ source: 'urn:spec', code: `${agency} ${at}`, recordedAt: Date.now() },
  cell: { agency, procedure, channel: 'counter' },
  entries: pack([{ at, measure: RECEIVED, delta: 1, cell: 'resolving' }]),
});
const put = (...changes: LedgerChange[]) => test.database.transaction((manager) => putBy(manager, changes));

const everything: CellFilter = { agencies: undefined, procedures: undefined, channel: undefined };
async function receivedIn(
  figures: Figures,
  days: [from: number, until: number],
  filter: Partial<CellFilter> = {},
): Promise<number> {
  const [from, until] = days.map((day) => BEGIN + day * DAY_MS) as [Instant, Instant];
  const stretch = { name: 'within', from, until };
  const found = await figures.now([stretch], { ...everything, ...filter }, undefined, until - 1);
  return found[0]?.counts[RECEIVED] ?? 0;
}

function process(): { counting: Counting; memory: CounterMemory; figures: Figures } {
  const counting = new Counting(test.database, logger);
  const memory = new CounterMemory(test.database, counting);
  return {
    counting,
    memory,
    figures: new Figures(test.database, memory, new PastFigures(test.database, counting)),
  };
}

describe('differences that were put by', () => {
  it('are in the figures as soon as somebody asks', async () => {
    const { figures } = process();
    for (let nth = 1; nth <= 3; nth += 1) {
      await put(received('SOON', BEGIN + nth));
      expect(await receivedIn(figures, [0, 365], { agencies: ['SOON'] })).toBe(nth);
    }
  });

  it('are counted once, however many count at the same time', async () => {
    const processes = [process(), process(), process()];
    for (let round = 0; round < 5; round += 1) {
      const writers = Array.from({ length: 6 }, (_, nth) => put(received('ONCE', BEGIN + nth * DAY_MS)));
      await Promise.all([
        ...writers,
        ...processes.flatMap(({ counting }) => [counting.upToDate(), counting.upToDate()]),
      ]);
      const found = await Promise.all(
        processes.map(({ figures }) => receivedIn(figures, [0, 30], { agencies: ['ONCE'] })),
      );
      expect(found).toEqual([6, 6, 6].map((each) => each * (round + 1)));
    }
  });

  it('do not keep whoever asks waiting while more of them keep coming', async () => {
    const { counting, figures } = process();
    let asking = true;
    let written = 0;
    const writers = [0, 1, 2, 3].map(async (nth) => {
      while (asking || written < 50) {
        await put(received('STEADY', BEGIN + nth));
        written += 1;
      }
    });
    for (let asked = 0; asked < 20; asked += 1) {
      const before = written;
      expect(await receivedIn(figures, [0, 1], { agencies: ['STEADY'] })).toBeGreaterThanOrEqual(before);
    }
    asking = false;
    await Promise.all(writers);
    await counting.upToDate();
    expect(await receivedIn(figures, [0, 1], { agencies: ['STEADY'] })).toBe(written);
  });

  it('are counted up to the one that was the last when counting began', async () => {
    await put(received('BOUND', BEGIN));
    const [row] = await test.database.query<{ last: string }[]>(
      'select max(id) as last from reporting.uncounted',
    );
    await put(received('BOUND', BEGIN + 1));
    const counted = await test.database.transaction((manager) => count(manager, row?.last));
    expect(counted?.more).toBe(false);
    const left = await test.database.query<unknown[]>('select id from reporting.uncounted');
    expect(left).toHaveLength(1);
    expect(await receivedIn(process().figures, [0, 1], { agencies: ['BOUND'] })).toBe(2);
  });

  it('make whoever puts by give way once too many wait, whoever counts them', async () => {
    const { counting } = process();
    await counting.upToDate();
    const waiting = async (): Promise<number> =>
      (await test.database.query<unknown[]>('select id from reporting.uncounted')).length;
    const putMany = async (): Promise<void> => {
      await put(...Array.from({ length: 20_000 }, (_, nth) => received('MANY', BEGIN + nth)));
      counting.noted(20_000);
    };
    await putMany();
    await counting.room();
    expect(await waiting()).toBe(1);
    await putMany();
    await Promise.all([counting.room(), counting.room()]);
    expect(await waiting()).toBe(0);

    await putMany();
    await putMany();
    await process().counting.upToDate();
    await counting.room();
    expect(await receivedIn(process().figures, [0, 1], { agencies: ['MANY'] })).toBe(80_000);
  });

  it('keep nobody waiting for counting that fails', async () => {
    const { counting } = process();
    await test.database.query(
      `alter table reporting.counter add constraint spec check (agency <> 'FULL') not valid`,
    );
    await put(received('FULL', BEGIN));
    counting.noted(1_000_000);
    await counting.room();
    await test.database.query('alter table reporting.counter drop constraint spec');
    await counting.upToDate();
  });

  it('stay put by when counting fails, and are counted afterwards', async () => {
    const { counting, figures } = process();
    await test.database.query(
      `alter table reporting.counter add constraint spec check (agency <> 'FAILS') not valid`,
    );
    await put(received('FAILS', BEGIN));
    await expect(counting.upToDate()).rejects.toThrow('spec');
    await test.database.query('alter table reporting.counter drop constraint spec');
    expect(await receivedIn(figures, [0, 1], { agencies: ['FAILS'] })).toBe(1);
  });
});

describe('remembered sums', () => {
  it('are forgotten where something changed, whoever counted it', async () => {
    const [ours, others] = [process(), process()];
    const periods: [number, number][] = [
      [0, 365],
      [31, 59],
      [40, 45],
      [-365, 31],
    ];
    const days = [3, 33, 42, 58, 200, -100, 364, 365];
    const expected = new Map(periods.map((period) => [period, 0]));
    for (const [nth, day] of days.entries()) {
      await put(received('KEPT', BEGIN + day * DAY_MS + 1), received('KEPT', BEGIN + day * DAY_MS, 'Q'));
      if (nth % 2 === 1) await others.counting.upToDate();
      for (const period of periods) {
        if (day >= period[0] && day < period[1]) expected.set(period, (expected.get(period) ?? 0) + 2);
        for (const { figures } of [ours, others, ours]) {
          expect(await receivedIn(figures, period, { agencies: ['KEPT'] })).toBe(expected.get(period));
        }
        const ofProcedure = { agencies: ['KEPT'], procedures: ['Q'] };
        expect(await receivedIn(ours.figures, period, ofProcedure)).toBe((expected.get(period) ?? 0) / 2);
      }
    }
  });

  it('are not read again while nothing changes', async () => {
    const { counting, memory, figures } = process();
    await receivedIn(figures, [0, 365], { agencies: ['KEPT'] });
    const generation = await test.database.query<unknown[]>('select * from reporting.counting');
    // Behind the back of the counting: only who reads anew could see it.
    await test.database.query(
      `update reporting.counter set received_counter = received_counter + 1000 where agency = 'KEPT'`,
    );
    expect(await receivedIn(figures, [0, 365], { agencies: ['KEPT'] })).toBeLessThan(1_000);
    expect(
      await receivedIn(
        new Figures(test.database, memory, new PastFigures(test.database, counting)),
        [0, 365],
        { agencies: ['KEPT'] },
      ),
    ).toBeLessThan(1_000);
    expect(await receivedIn(process().figures, [0, 365], { agencies: ['KEPT'] })).toBeGreaterThan(1_000);
    expect(await test.database.query('select * from reporting.counting')).toEqual(generation);
  });

  it('are kept up with what is counted, by whomever, and hold what waits, to the millisecond', async () => {
    const below = seededRandom(20_261_129);
    const [ours, others] = [process(), process()];
    const today = BEGIN + 100 * DAY_MS;
    const told: { agency: string; procedure: string; at: Instant }[] = [];
    for (let round = 0; round < 60; round += 1) {
      const changes = Array.from({ length: 1 + below(4) }, () => {
        // Half of it on one day, at whole seconds, so that the cuts below fall right on them.
        const at = below(2) === 0 ? today + below(8) * 1_000 : BEGIN + below(400) * DAY_MS + below(DAY_MS);
        const one = { agency: `M${below(3)}`, procedure: `P${below(2)}`, at };
        told.push(one);
        const change = received(one.agency, at, one.procedure);
        return { ...change, recordedAt: BEGIN - DAY_MS, cell: { ...change.cell, ...MINE } };
      });
      await put(...changes);
      if (below(3) === 0) await (below(3) === 0 ? others : ours).counting.upToDate();
      const cut = today + below(8) * 1_000 - 1 + below(3);
      const filter = FILTERS[below(FILTERS.length)] as Partial<CellFilter>;
      const group = (['agency', 'procedure', undefined] as const)[below(3)];
      const expected = new Map<string, number>();
      for (const one of told) {
        if (one.at > cut || (filter.agencies && !filter.agencies.includes(one.agency))) continue;
        if (filter.procedures && !filter.procedures.includes(one.procedure)) continue;
        const key = group ? one[group] : '';
        expected.set(key, (expected.get(key) ?? 0) + 1);
      }
      const found = await ours.figures.now(
        [{ name: 'all', from: BEGINNING, until: cut + 1 }],
        { ...everything, ...filter, ...MINE },
        group,
        cut,
      );
      const counted = found
        .map(({ key, counts }) => [key, counts[RECEIVED] ?? 0] as const)
        .filter(([, count]) => count !== 0);
      expect(new Map(counted)).toEqual(expected);
    }
  });
});

/** Told apart from what the other cases put by. */
const MINE = { channel: 'post' };
const FILTERS: Partial<CellFilter>[] = [
  {},
  { agencies: ['M0', 'M2'] },
  { agencies: ['M1'] },
  { procedures: ['P1'] },
  { agencies: ['M1'], procedures: ['P0'] },
];
