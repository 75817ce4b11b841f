import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Instant } from '#libs/dossier';
import { openTestDatabase, seededRandom, type TestDatabase } from '#libs/testing';
import { type RunningBounds, RunningClasses } from './running-classes.js';

jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BEGIN = Date.UTC(2026, 2, 2, 1);

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test?.close());
beforeEach(async () => {
  await test.database.query('truncate reporting.dossier, log.consumer_offset');
  await test.database.query(
    `insert into log.consumer_offset (consumer_group, topic, partition, next_offset)
     values ('reporting', 'T', 0, 0), ('reporting', 'T', 1, 0), ('processing', 'E', 0, 0)`,
  );
});

/** Bounds that move on at their own pace, as working time does. */
const boundsAt = (now: Instant): RunningBounds => ({
  now,
  next: Math.floor(now / DAY_MS) * DAY_MS + Math.min(now % DAY_MS, 8 * HOUR_MS) + 6 * HOUR_MS,
  nextDay: Math.floor(now / DAY_MS) * DAY_MS + 2 * DAY_MS,
  late: [3, 10, 30].map((days) => (Math.floor(now / DAY_MS) - days) * DAY_MS) as [Instant, Instant, Instant],
});

interface Dossier {
  code: string;
  agency: string;
  state: 'running' | 'paused' | 'resolved';
  dueSoonFrom: Instant | null;
  overdueFrom: Instant | null;
  extended: boolean;
}

/** As a batch of reporting leaves it: the rows, and the offset behind them. */
async function apply(dossiers: readonly Dossier[], offset: number): Promise<void> {
  for (const { code, agency, state, dueSoonFrom, overdueFrom, extended } of dossiers) {
    await test.database.query(
      `insert into reporting.dossier (source, code, recorded_at, agency, state, open, due_soon_from, overdue_from, extended, doc)
       values ('urn:s', $1, now(), $2, $3, $3 in ('running', 'paused'), $4, $5, $6, '{}')
       on conflict (source, code) do update set agency = excluded.agency, state = excluded.state, open = excluded.open,
         due_soon_from = excluded.due_soon_from, overdue_from = excluded.overdue_from, extended = excluded.extended`,
      [code, agency, state, at(dueSoonFrom), at(overdueFrom), extended],
    );
  }
  await test.database.query(
    `update log.consumer_offset set next_offset = $1 where consumer_group = 'reporting' and partition = $2`,
    [offset, offset % 2],
  );
}
const at = (instant: Instant | null): Date | null => (instant === null ? null : new Date(instant));

/** The same dossier by dossier. */
function counted(dossiers: Iterable<Dossier>, { now, next, nextDay, late }: RunningBounds): object {
  const counts: Record<string, { dueSoon: number; dueNext: number; apologyDue: number; late: number[] }> = {};
  for (const { agency, state, dueSoonFrom, overdueFrom, extended } of dossiers) {
    if (state !== 'running' || overdueFrom === null) continue;
    const of = (counts[agency] ??= { dueSoon: 0, dueNext: 0, apologyDue: 0, late: [0, 0, 0, 0] });
    if (overdueFrom > now) {
      if (dueSoonFrom !== null && dueSoonFrom <= now) of.dueSoon += 1;
      if (overdueFrom <= next) of.dueNext += 1;
      if (overdueFrom <= nextDay && !extended) of.apologyDue += 1;
    } else {
      const nth = late.filter((bound) => overdueFrom <= bound).length;
      of.late[nth] = (of.late[nth] ?? 0) + 1;
    }
  }
  return counts;
}

/** Without agencies that nothing counts at. */
const told = (counts: object): object =>
  Object.fromEntries(
    Object.entries(counts).filter(([, of]) =>
      Object.values(of as object)
        .flat()
        .some((each) => each !== 0),
    ),
  );

const found = async (classes: RunningClasses, bounds: RunningBounds): Promise<object> =>
  told(Object.fromEntries(await classes.read(bounds)));

describe('running dossiers by class', () => {
  it.each([1, 2, 3])(
    'are what they are one by one, however they came and time went (seed %s)',
    async (seed) => {
      const random = seededRandom(seed);
      const dossiers = new Map<string, Dossier>();
      const classes = new RunningClasses(test.database);
      let now = BEGIN;
      for (let step = 1; step <= 120; step += 1) {
        if (random(3) === 0) {
          const batch = Array.from({ length: 1 + random(8) }, (): Dossier => {
            const overdueFrom = random(8) === 0 ? null : now + (random(60 * 24) - 40 * 24) * HOUR_MS;
            const soon = overdueFrom !== null && random(6) > 0;
            return {
              ...{ code: `D${random(60)}`, agency: `A${random(3)}`, extended: random(3) === 0, overdueFrom },
              state: (['running', 'running', 'running', 'paused', 'resolved'] as const)[
                random(5)
              ] as 'running',
              dueSoonFrom: soon ? overdueFrom - random(3) * DAY_MS : null,
            };
          });
          const last = new Map(batch.map((dossier) => [dossier.code, dossier]));
          for (const [code, dossier] of last) dossiers.set(code, dossier);
          await apply([...last.values()], step);
        }
        // On by a moment, to an instant at which somebody's deadline passes, by a day; a clock set back.
        const ahead = [...dossiers.values()].flatMap(({ overdueFrom, dueSoonFrom }) =>
          [overdueFrom, dueSoonFrom].filter((each) => each !== null && each > now),
        ) as Instant[];
        const nearest = Math.min(...ahead, now + DAY_MS);
        now = [now + 1, now + 1_000, nearest - 1, nearest, nearest + 1, now + DAY_MS, now - 1][
          random(7)
        ] as Instant;
        const bounds = boundsAt(now);
        expect({ step, found: await found(classes, bounds) }).toEqual({
          ...{ step, found: told(counted(dossiers.values(), bounds)) },
        });
      }
    },
  );

  it('are counted again only when something was applied or a bound reaches one of them', async () => {
    const dossier = (code: string, overdueFrom: Instant): Dossier => ({
      ...{
        code,
        agency: 'A',
        state: 'running',
        dueSoonFrom: overdueFrom - DAY_MS,
        overdueFrom,
        extended: false,
      },
    });
    await apply([dossier('late', BEGIN - 5 * DAY_MS), dossier('soon', BEGIN + 7 * DAY_MS)], 2);
    const classes = new RunningClasses(test.database);
    const asked = jest.spyOn(test.database, 'query');
    /** How many lines the database gave: the head alone where nothing was counted. */
    const lines = async (now: Instant) => {
      asked.mockClear();
      const read = await found(classes, boundsAt(now));
      return [((await asked.mock.results[0]?.value) as unknown[]).length, read] as const;
    };
    const before = { A: { dueSoon: 0, dueNext: 0, apologyDue: 0, late: [0, 1, 0, 0] } };
    const soon = BEGIN + 6 * DAY_MS;
    expect(await lines(BEGIN)).toEqual([2, before]);
    expect(await lines(BEGIN + 1)).toEqual([1, before]);
    expect(await lines(BEGIN + HOUR_MS)).toEqual([1, before]);
    // The one that is late goes on to the next bucket after some midnights, the other is due soon at its instant.
    expect((await lines(soon - 1))[1]).toEqual({ A: { ...before.A, apologyDue: 1, late: [0, 0, 1, 0] } });
    expect((await lines(soon - 1))[0]).toBe(1);
    expect((await lines(soon))[1]).toEqual({
      A: { ...before.A, apologyDue: 1, dueSoon: 1, late: [0, 0, 1, 0] },
    });
    await apply([dossier('soon', BEGIN + 90 * DAY_MS)], 4);
    expect((await lines(soon))[1]).toEqual({ A: { ...before.A, late: [0, 0, 1, 0] } });
    expect((await lines(soon))[0]).toBe(1);
    // A rebuild makes rows anew without an offset that moves.
    await test.database.query('delete from reporting.dossier');
    await test.database.query('update reporting.counting set generation = generation + 1');
    expect(await lines(soon)).toEqual([1, {}]);
    asked.mockRestore();
  });
});
