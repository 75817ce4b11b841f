import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type IncomingEvent, parseEvent, type SnapshotMessage } from '#libs/contracts';
import { fold } from '#libs/dossier';
import { CatalogueStore, DOSSIER_FACTS_FROM_DOCUMENTS, factOf } from '#libs/store';
import { EXAMPLE_WORLD, openTestDatabase, seededHistory, type TestDatabase, vnInstant } from '#libs/testing';
import { applyMessages } from '../consumer/apply-timeliness.js';

jest.setTimeout(60_000);

/** What the migration takes over from stored documents, against what is written beside them since. */
describe('the columns of a dossier', () => {
  let test: TestDatabase;
  const rows = () =>
    test.database.query<{ state: string; steady: boolean; recurring: boolean; awaiting: number }[]>(
      `select source, code, state, accepted_at, closed_at, paused_since, awaiting, steady, recurring
         from reporting.dossier order by source, code`,
    );

  beforeAll(async () => {
    test = await openTestDatabase();
    const catalogues = new CatalogueStore(test.database);
    await catalogues.seedCalendar(EXAMPLE_WORLD.calendars[0]?.document as never);
    const { calendar } = await catalogues.current();
    const recordedAt = vnInstant('2026-11-01');
    const options = { name: 'cot', digits: '77', dossiers: 400, now: recordedAt };
    const lives = new Map<string, IncomingEvent[]>();
    for (const event of seededHistory(5, options).events) {
      const read = parseEvent(event, 0);
      if (!read.ok) throw new Error(JSON.stringify(read.faults));
      const key = `${read.event.source} ${read.event.subject}`;
      lives.set(key, [...(lives.get(key) ?? []), read.event]);
    }
    const folded = [...lives.values()].map((events) => {
      const facts = events.map((event) => factOf(event, recordedAt, 1, undefined));
      const [first] = events as [IncomingEvent];
      return { source: first.source, code: first.subject, state: fold(facts, { pinned: 1, calendar }) };
    });
    await applyMessages(
      test.database.manager,
      folded.map(({ source, code, state: { fold: _private, ...state } }): SnapshotMessage => {
        return { kind: 'snapshot', source, code, recordedAt, state };
      }),
      recordedAt,
    );
    for (const { source, code, state } of folded) {
      await test.database.query(
        'insert into processing.dossier (source, code, partition, record) values ($1, $2, 0, $3)',
        [source, code, JSON.stringify({ state })],
      );
    }
  });
  afterAll(() => test?.close());

  it('are taken over from documents of earlier versions as they would be written today', async () => {
    const written = await rows();
    // Nothing of what is compared may be the same for all.
    for (const state of ['running', 'paused', 'resolved', 'refused', 'withdrawn'])
      expect(written.filter((row) => row.state === state).length).toBeGreaterThan(0);
    for (const kind of ['steady', 'recurring'] as const)
      expect(new Set(written.map((row) => row[kind])).size).toBe(2);
    expect(new Set(written.map(({ awaiting }) => awaiting)).size).toBeGreaterThan(2);

    await test.database.query(
      `update reporting.dossier set accepted_at = null, closed_at = null, paused_since = null, awaiting = 0,
              steady = false, recurring = true`,
    );
    await test.database.query(DOSSIER_FACTS_FROM_DOCUMENTS);
    expect(await rows()).toEqual(written);
  });
});
