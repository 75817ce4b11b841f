import { DataSource } from 'typeorm';
import { entities } from './entities.js';
import { Foundation1700000000000 } from './migrations/1700000000000-foundation.js';
import { Counting1700000001000 } from './migrations/1700000001000-counting.js';
import { SnakeNaming } from './naming.js';

/** Processes that start together migrate one after the other. */
const MIGRATION_LOCK = 7_301_947_001;

/**
 * A data source over every table; not yet connected.
 *
 * @param onConnect asked on every new connection of the pool; where it throws, nobody gets to use that one
 */
export function createDataSource(url: string, poolSize = 12, onConnect?: () => void): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities,
    migrations: [Foundation1700000000000, Counting1700000001000],
    migrationsTableName: 'migrations',
    namingStrategy: new SnakeNaming(),
    poolSize,
    applicationName: 'dunghan',
    // Every query has an end: a hung one must not hold a consumer's lock for good.
    extra: { connectionTimeoutMillis: 10_000, idleTimeoutMillis: 30_000, keepAlive: true, onConnect },
  });
}

/** Connects and brings the schema up to date. */
export async function connect(url: string, poolSize?: number, onConnect?: () => void): Promise<DataSource> {
  const source = createDataSource(url, poolSize, onConnect);
  await source.initialize();
  const runner = source.createQueryRunner();
  try {
    await runner.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await source.runMigrations({ transaction: 'each' });
  } finally {
    await runner.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await runner.release();
  }
  return source;
}
