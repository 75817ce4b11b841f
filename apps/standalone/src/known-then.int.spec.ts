import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { ProblemError } from '#libs/contracts';
import { formatInstant, type Instant } from '#libs/dossier';
import { createLogger, Liveness } from '#libs/platform';
import { type CloudEventJson, pollUntil, seededDelivery, seededHistory } from '#libs/testing';
import { MoveDeadlines } from '../../processing/src/move-deadlines.js';
import { ProcessingWorld } from '../../processing/src/processing.fixture.js';
import { applyMessages } from '../../reporting/src/consumer/apply-timeliness.js';
import { KnownThen } from '../../reporting/src/dossiers/known-then.js';
import { rebuildProcessing, rebuildReporting } from './rebuild.js';

jest.setTimeout(180_000);

/** Rows of `reporting.dossier` as known at an instant, by dossier. */
type Rows = Map<string, Record<string, unknown>>;

const SEED = Number(process.env.KNOWN_THEN_SEED ?? 2_018);
const LIMITS = { AS_OF_MOST_CHANGED: 20_000 };

/**
 * What is remembered of an instant against what is folded anew, after every kind of thing that may befall a dossier
 * later; and against the table itself as it stood at that instant.
 */
describe('dossiers as known at an instant, remembered', () => {
  let world: ProcessingWorld;
  let remembering: KnownThen;
  /** Instants of knowledge with the table as it was then. */
  const instants: { asOf: Instant; then: Rows }[] = [];

  beforeAll(async () => {
    world = await ProcessingWorld.open();
    remembering = new KnownThen(world.database, LIMITS);
  });
  afterAll(() => world?.close());

  const known = (one: KnownThen, asOf: Instant): Promise<Rows> =>
    one.inOneSnapshot(true, async (manager) => {
      const parameters: unknown[] = [];
      const bind = (value: unknown) => `$${parameters.push(value)}`;
      const sql = await one.at(asOf, await world.catalogues.current(), bind, manager);
      return byDossier(
        await manager.query<{ row: Record<string, unknown> }[]>(
          `${sql} select to_jsonb(known) as row from known`,
          parameters,
        ),
      );
    });
  const anew = (asOf: Instant): Promise<Rows> => known(new KnownThen(world.database, LIMITS), asOf);
  const table = async (): Promise<Rows> =>
    byDossier(await world.database.query('select to_jsonb(d) as row from reporting.dossier d'));

  /** Events reach processing, and what it says of them reporting: again and again. */
  async function arrive(events: readonly CloudEventJson[], arrivedAt: Instant): Promise<void> {
    await world.arrive(events, { arrivedAt });
    await report();
  }
  async function report(): Promise<void> {
    const said = await world.said();
    await world.database.transaction((manager) => applyMessages(manager, said, Infinity));
  }

  async function moveCalendar(): Promise<void> {
    const days = [2, 3, 9].map((ahead) => {
      const on = formatInstant(Date.now() + ahead * 86_400_000).slice(0, 10);
      return { on, kind: 'off' as const, reason: 'nghỉ' };
    });
    await world.catalogues.putCalendar('default', { days });
    const logger = createLogger('spec', world.config);
    const { database, catalogues, apply, log, config } = world;
    const mover = new MoveDeadlines(database, catalogues, apply, log, new Liveness(), logger, config);
    mover.onApplicationBootstrap();
    try {
      await pollUntil('the calendar to be followed', 30_000, async () => {
        const done = await world.count('processing.calendar_move', 'version = 2 and finished');
        return done === 2;
      });
    } finally {
      await mover.onModuleDestroy();
    }
    await report();
  }

  async function compare(): Promise<void> {
    for (const { asOf, then } of instants) {
      // Several questions at once, of which only the first has to fold.
      const [first, ...others] = await Promise.all([1, 2, 3].map(() => known(remembering, asOf)));
      const folded = await anew(asOf);
      expect(first).toEqual(folded);
      for (const other of others) expect(other).toEqual(first);
      expect(withoutDocument(folded)).toEqual(withoutDocument(then));
    }
  }

  it('are those that folding anew gives, whatever comes later', async () => {
    const start = Date.now() - 3_600_000;
    const { catalogue, events } = seededHistory(SEED, {
      ...{ name: 'KT', digits: '000018', dossiers: 120, now: start },
    });
    await world.catalogues.putAgencies(catalogue.agencies);
    // One procedure is not known at first: what is about it goes into the quarantine.
    const [unknown, ...procedures] = catalogue.procedures;
    await world.catalogues.putProcedures(procedures as never);
    const delivery = seededDelivery(SEED, events, { batch: 40 });
    const third = Math.ceil(delivery.length / 3);
    const look = async (asOf: Instant) => void instants.push({ asOf, then: await table() });

    await look(start - 1);
    for (const [nth, batch] of delivery.slice(0, 2 * third).entries()) {
      await arrive(batch, start + nth * 1_000);
      if (nth % Math.ceil(third / 2) === 0) {
        await look(start + nth * 1_000 + 500);
        await compare();
      }
    }
    expect(instants.length).toBeGreaterThan(3);
    const quarantined = await world.quarantine();
    expect(quarantined.some(({ reason }) => reason === 'unknown-procedure')).toBe(true);

    await look(Date.now() - 1);
    await moveCalendar();
    await compare();

    // From here on everything is recorded after the calendar was.
    let now = Date.now();
    await look(now);
    await world.catalogues.putProcedures([unknown] as never);
    await arrive(
      quarantined.map(({ value }) => JSON.parse(value) as CloudEventJson),
      (now += 10),
    );
    await look(now);
    for (const batch of delivery.slice(2 * third)) await arrive(batch, (now += 10));
    await compare();

    await rebuildProcessing(world.database, true);
    await compare();
    await rebuildReporting(world.database, true);
    await compare();
  });

  it('are not folded again: with the events out of reach they are as before', async () => {
    const before = await Promise.all(instants.map(({ asOf }) => known(remembering, asOf)));
    await world.database.query('alter table processing.dossier_event rename to out_of_reach');
    try {
      await expect(anew(instants[3]?.asOf ?? 0)).rejects.toThrow('dossier_event');
      expect(await Promise.all(instants.map(({ asOf }) => known(remembering, asOf)))).toEqual(before);
    } finally {
      await world.database.query('alter table processing.out_of_reach rename to dossier_event');
    }
  });

  it('are told to the next question though the one before it failed', async () => {
    const asOf = instants[2]?.asOf ?? 0;
    const fresh = new KnownThen(world.database, LIMITS);
    const catalogue = await world.catalogues.current();
    const role = `spec_${randomBytes(6).toString('hex')}`;
    await world.database.query(`create role ${role}`);
    try {
      await world.database.query(`grant usage on schema reporting to ${role}`);
      await world.database.query(`grant select on reporting.dossier to ${role}`);
      const [failed, rows] = await fresh.inOneSnapshot(true, async (manager) => {
        // It sees what has changed, and not what was told of it.
        await manager.query(`set local role ${role}`);
        // The other asks once this one has its turn; before, it might overtake it, and leave it nothing to fold.
        const query = manager.query.bind(manager);
        const turn = new Promise<void>((taken) => {
          manager.query = <T>(sql: string, parameters?: unknown[]) => {
            if (sql.includes('join processing.dossier ')) taken();
            return query<T>(sql, parameters);
          };
        });
        const failing = fresh.at(asOf, catalogue, () => '$1', manager);
        return Promise.allSettled([failing, turn.then(() => known(fresh, asOf))]);
      });
      expect(failed).toMatchObject({
        ...{ status: 'rejected', reason: { code: '42501' } },
      });
      expect(rows).toEqual({ status: 'fulfilled', value: await anew(asOf) });
    } finally {
      await world.database.query(`drop owned by ${role}`);
      await world.database.query(`drop role ${role}`);
    }
  });

  it('follow a version of the calendar that is recorded before an instant already asked about', async () => {
    const { asOf } = instants.at(-2) as { asOf: Instant };
    const before = await known(remembering, asOf);
    // As by a clock that is behind, or an edit that took long to be committed.
    await world.database.query(
      `insert into catalogue.calendar_version (id, version, recorded_at, doc)
       select id, 3, $1, jsonb_set(doc, '{sessions}', '[["08:00", "09:00"]]')
         from catalogue.calendar_version where version = 2`,
      [new Date(instants[1]?.asOf ?? 0)],
    );
    await world.database.query('update catalogue.revision set number = number + 1');
    const after = await known(remembering, asOf);
    expect(after).not.toEqual(before);
    expect(after).toEqual(await anew(asOf));
  });

  it('are refused where more than may be told have changed, by name, and not for one less', async () => {
    const beginning = instants[0] as { asOf: Instant };
    const counted = await Promise.all(
      instants.map(async ({ asOf }) => {
        const [row] = await world.database.query<{ changed: number }[]>(
          `select count(*)::int as changed from reporting.dossier d
            where recorded_at > $1 and exists (select from processing.dossier_event e
                     where e.source = d.source and e.code = d.code and e.recorded_at <= $1)`,
          [new Date(asOf)],
        );
        return { asOf, changed: row?.changed ?? 0 };
      }),
    );
    const [early] = counted.sort((a, b) => b.changed - a.changed) as [{ asOf: Instant; changed: number }];
    const { changed } = early;
    expect(changed).toBeGreaterThan(1);
    const ask = (most: number, asOf: Instant) =>
      known(new KnownThen(world.database, { AS_OF_MOST_CHANGED: most }), asOf);
    expect(await ask(changed, early.asOf)).toEqual(await anew(early.asOf));
    // As many as have changed since the beginning, but nobody knew of them then.
    expect(await ask(1, beginning.asOf)).toEqual(new Map());
    const problem = await ask(changed - 1, early.asOf).catch((error: unknown) => error as ProblemError);
    expect(problem).toMatchObject({
      errors: [{ index: 0, pointer: '/asOf', code: 'out-of-range' }],
    });
    expect((problem as ProblemError).message).toContain(`More than ${changed - 1} `);
  });
});

const byDossier = (rows: readonly { row: Record<string, unknown> }[]): Rows =>
  new Map(
    rows
      .map(({ row }): [string, Record<string, unknown>] => [
        `${String(row['source'])} ${String(row['code'])}`,
        { ...row, doc: JSON.parse(String(row['doc'])) as unknown },
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** A stage that was entered is told in the history only: it moves neither document nor instant in the list. */
const withoutDocument = (rows: Rows): Rows =>
  new Map([...rows].map(([key, { doc: _doc, recorded_at: _at, ...columns }]) => [key, columns]));
