import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openTestDatabase, type TestDatabase } from '#libs/testing';
import { CatalogueStore, DEFAULT_CALENDAR } from './catalogue-store.js';
import { closedUntil, closeKnowledge } from './knowledge.js';

jest.setTimeout(60_000);

describe('closed knowledge', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await openTestDatabase();
  });
  afterAll(() => test?.close());

  const close = (until: number) => test.database.transaction((manager) => closeKnowledge(manager, until));
  const closed = () => closedUntil(test.database.manager);

  it('only rises, to the millisecond, whoever closes it in whatever order', async () => {
    expect(await closed()).toBe(0);
    const now = Date.now();
    expect(await Promise.all([5, 3, 9, 7].map((ago) => close(now - ago)))).toEqual(Array(4).fill(true));
    expect(await closed()).toBe(now - 3);
    expect(await close(now - 1_000)).toBe(true);
    expect(await closed()).toBe(now - 3);
  });

  it('is not closed by a clock that is far ahead: everything would be recorded late for as long', async () => {
    const before = await closed();
    expect(await close(Date.now() + 3_600_000)).toBe(false);
    expect(await closed()).toBe(before);
    expect(await close(Date.now() + 50_000)).toBe(true);
  });

  it('has what the calendar is recorded after, although the clock of who edits it is behind', async () => {
    const catalogues = new CatalogueStore(test.database);
    const before = await closed();
    expect(before).toBeGreaterThan(Date.now());
    await catalogues.putCalendar(DEFAULT_CALENDAR, { days: [] });
    const catalogue = await catalogues.current();
    expect(catalogue.calendarRecordedAt(1)).toBe(before + 1);
  });

  it('waits for an edit of the calendar that is under way', async () => {
    const steps: string[] = [];
    let closing: Promise<unknown> = Promise.resolve();
    await test.database.transaction(async (manager) => {
      await manager.query('select number from catalogue.revision where id = 1 for update');
      closing = close(Date.now()).then(() => steps.push('closed'));
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      while ((await test.database.query<unknown[]>(waiting)).length === 0) continue;
      steps.push('edited');
    });
    await closing;
    expect(steps).toEqual(['edited', 'closed']);
  });
});
