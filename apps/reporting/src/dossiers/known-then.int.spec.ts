import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CatalogueStore, type Catalogue } from '#libs/store';
import { EXAMPLE_WORLD, openTestDatabase, type TestDatabase, vnInstant } from '#libs/testing';
import { KnownThen } from './known-then.js';

jest.setTimeout(60_000);

describe('what was known then', () => {
  const asOf = vnInstant('2026-11-01');
  let test: TestDatabase;
  let catalogue: Catalogue;

  beforeAll(async () => {
    test = await openTestDatabase();
    const catalogues = new CatalogueStore(test.database);
    await catalogues.seedCalendar(EXAMPLE_WORLD.calendars[0]?.document as never);
    catalogue = await catalogues.current();
  });
  afterAll(() => test?.close());

  it('has a dossier that changes between the folding and the reading, as it was', async () => {
    await test.database.query(
      `insert into reporting.dossier (source, code, state, open, recorded_at, doc)
       values ('urn:s', 'D', 'submitted', false, $1, '{}')`,
      [new Date(asOf)],
    );
    const known = new KnownThen(test.database, { AS_OF_MOST_CHANGED: 10 });
    const read = await known.inOneSnapshot(true, async (manager) => {
      const parameters: unknown[] = [];
      const sql = await known.at(asOf, catalogue, (value) => `$${parameters.push(value)}`, manager);
      await test.database.query(
        `update reporting.dossier set state = 'running', open = true, recorded_at = $1`,
        [new Date(asOf + 1)],
      );
      return manager.query<{ code: string; state: string }[]>(
        `${sql} select code, state from known`,
        parameters,
      );
    });
    expect(read).toEqual([{ code: 'D', state: 'submitted' }]);
  });
});
