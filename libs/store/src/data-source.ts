import { DataSource } from 'typeorm';
import { entities } from './entities.js';
import { Foundation1700000000000 } from './migrations/1700000000000-foundation.js';
import { Counting1700000001000 } from './migrations/1700000001000-counting.js';
import { QuarantineWhole1700000004000 } from './migrations/1700000004000-quarantine-whole.js';
import { SourceDays1700000005000 } from './migrations/1700000005000-source-days.js';
import { MonitoringViews1700000006000 } from './migrations/1700000006000-monitoring-views.js';
import { FiguresOfRunning1700000007000 } from './migrations/1700000007000-figures-of-running.js';
import { IssuedReports1700000008000 } from './migrations/1700000008000-issued-reports.js';
import { DossierFacts1700000009000 } from './migrations/1700000009000-dossier-facts.js';
import { Past1700000010000 } from './migrations/1700000010000-past.js';
import { SoonestRunning1700000011000 } from './migrations/1700000011000-soonest-running.js';
import { ClosedKnowledge1700000012000 } from './migrations/1700000012000-closed-knowledge.js';
import { StandingAtOnce1700000013000 } from './migrations/1700000013000-standing-at-once.js';
import { SnakeNaming } from './naming.js';

/** Processes that start together migrate one after the other. */
const MIGRATION_LOCK = 7_301_947_001;

/**
 * A process that is stopped in the middle of a transaction would hold a partition's offset row, and whoever
 * took the partition over would wait for it. No transaction of ours does anything else for as long.
 */
const IDLE_IN_TRANSACTION_MS = 10_000;

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
    migrations: [
      Foundation1700000000000,
      Counting1700000001000,
      QuarantineWhole1700000004000,
      SourceDays1700000005000,
      MonitoringViews1700000006000,
      FiguresOfRunning1700000007000,
      IssuedReports1700000008000,
      DossierFacts1700000009000,
      Past1700000010000,
      SoonestRunning1700000011000,
      ClosedKnowledge1700000012000,
      StandingAtOnce1700000013000,
    ],
    migrationsTableName: 'migrations',
    namingStrategy: new SnakeNaming(),
    poolSize,
    applicationName: 'dunghan',
    extra: {
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      onConnect,
    },
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
