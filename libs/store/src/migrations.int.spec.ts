import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { freshDatabase, type FreshDatabase } from '#libs/testing';
import { connect } from './data-source.js';

jest.setTimeout(60_000);

describe('the migrations', () => {
  let fresh: FreshDatabase;
  let together: DataSource[] = [];

  beforeAll(async () => {
    fresh = await freshDatabase();
  }, 60_000);
  afterAll(async () => {
    for (const database of together) await database.destroy();
    await fresh?.drop();
  }, 60_000);

  it('run once when several processes start on an empty database', async () => {
    together = await Promise.all([connect(fresh.url, 4), connect(fresh.url, 4), connect(fresh.url, 4)]);
    for (const database of together) {
      const rows = await database.query<{ name: string }[]>('select name from migrations order by id');
      expect(rows.map(({ name }) => name)).toEqual(database.migrations.map(({ name }) => name));
    }
  }, 60_000);

  it('make the very tables that the entities describe', async () => {
    const [database] = together as [DataSource];
    const { upQueries } = await database.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('name every key and index as the entities do', async () => {
    const [database] = together as [DataSource];
    const wanted = database.entityMetadatas.flatMap(({ schema, tableName, primaryColumns, indices }) => {
      const columns = primaryColumns.map(({ databaseName }) => databaseName);
      const key = database.namingStrategy.primaryKeyName(`${schema}.${tableName}`, columns);
      return [key, ...indices.map(({ name }) => name)].map((name) => `${schema}.${tableName} ${name}`);
    });
    const rows = await database.query<{ name: string }[]>(
      `select schemaname || '.' || tablename || ' ' || indexname as name from pg_indexes
        where schemaname in ('log', 'catalogue', 'processing', 'reporting', 'issued')`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(wanted.sort());
  });

  it('collate every key by bytes, whatever the server’s locale', async () => {
    const [database] = together as [DataSource];
    const rows = await database.query<{ name: string }[]>(
      `select i.indrelid::regclass || '.' || a.attname as name
         from pg_index i
         join pg_namespace n on n.oid = (select relnamespace from pg_class where oid = i.indrelid)
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any((i.indkey::int2[])[0:i.indnkeyatts - 1])
        where n.nspname in ('log', 'catalogue', 'processing', 'reporting', 'issued') and a.atttypid = 'text'::regtype
          and a.attcollation <> '"C"'::regcollation`,
    );
    expect(rows.map(({ name }) => name)).toEqual(['reporting.ledger.channel']);
  });

  it('do not go back', async () => {
    const [database] = together as [DataSource];
    await expect(database.undoLastMigration()).rejects.toThrow('forward only');
  });
});
