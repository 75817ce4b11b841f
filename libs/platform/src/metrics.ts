import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';
import type { DataSource } from 'typeorm';
import { exposition } from './exposition.js';
import { gaugesOfOneLook } from './gauges-of-one-look.js';
import type { Liveness } from './liveness.js';
import { versionOf } from './version.js';

interface PoolLike {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
}

/** On every series of this process. */
let common: Record<string, string> = {};

/** What is served at `/metrics`. */
export const scraped = (): Promise<string> => exposition(register, common);

/** Metrics that every process has: Node's own, the loops' progress, the database seen from here. */
export function registerPlatformMetrics(app: string, liveness: Liveness, database: DataSource): void {
  register.clear();
  common = { app };
  collectDefaultMetrics();
  new Gauge({
    name: 'dossier_build_info',
    help: 'Always 1; the version that runs. Two versions at once for long: a rollout is stuck.',
    labelNames: ['version', 'node'],
  }).set({ version: versionOf(), node: process.version }, 1);
  new Gauge({
    name: 'dossier_loop_silent_seconds',
    help: 'Seconds since a loop of this process last made progress; above the allowance /health/live fails: see the log of that loop, then restart the process.',
    labelNames: ['loop'],
    collect() {
      this.reset();
      for (const [loop, age] of liveness.ages()) this.set({ loop }, age);
    },
  });
  new Gauge({
    name: 'dossier_database_connections',
    help: 'Connections of this process to PostgreSQL; waiting above 0 for minutes means the pool is too small (DATABASE_POOL) or queries hang.',
    labelNames: ['state'],
    collect() {
      const pool = (database.driver as unknown as { master?: PoolLike }).master;
      this.set({ state: 'busy' }, pool ? pool.totalCount - pool.idleCount : 0);
      this.set({ state: 'idle' }, pool?.idleCount ?? 0);
      this.set({ state: 'waiting' }, pool?.waitingCount ?? 0);
    },
  });
  requestSeconds = createRequestSeconds();
  registerDatabaseLook(database);
}

function registerDatabaseLook(database: DataSource): void {
  gaugesOfOneLook(
    {
      skew: {
        name: 'dossier_clock_skew_seconds',
        help: 'Clock of this process minus clock of PostgreSQL; beyond 0.5 either way deadlines are announced at the wrong instant: mend time synchronisation (chrony, NTP) on both hosts.',
      },
      used: {
        name: 'dossier_database_used_ratio',
        help: 'How much of a limit of PostgreSQL is used up: connections (above 0.8: raise max_connections or lower DATABASE_POOL), transaction ids before it stops for wraparound (above 0.5: autovacuum does not get through, look for old transactions).',
        labelNames: ['limit'],
      },
      size: {
        name: 'dossier_database_size_bytes',
        help: 'Size of the database; growing faster than the dossiers: see whether the log’s old batches are dropped (LOG_RETENTION_MINUTES) and autovacuum runs.',
      },
    },
    async () => {
      const asked = Date.now();
      const [row] =
        await database.query<{ now: number; connections: number; wraparound: number; size: string }[]>(LOOK);
      if (!row) throw new Error('no row');
      // The answer was true somewhere in between.
      return { ...row, skew: (asked + Date.now()) / 2_000 - row.now };
    },
    ({ skew, used, size }, row) => {
      skew.set(row.skew);
      used.set({ limit: 'connections' }, row.connections);
      used.set({ limit: 'transaction-ids' }, row.wraparound);
      size.set(Number(row.size));
    },
  );
}

const LOOK = `
  select extract(epoch from clock_timestamp())::float8 as now,
         (select count(*) from pg_stat_activity where backend_type = 'client backend')::float8
           / current_setting('max_connections')::float8 as connections,
         (select max(age(datfrozenxid)) from pg_database)::float8 / 2147483648 as wraparound,
         pg_database_size(current_database()) as size`;

/** Rate, errors and duration of every route. To be called before any route is served. */
export function measureRequests(fastify: FastifyInstance): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    requestSeconds?.observe(
      {
        // The template, never the address: a code in it would be a label value.
        route: request.routeOptions.url ?? 'none',
        method: request.method,
        status: `${Math.floor(reply.statusCode / 100)}xx`,
      },
      reply.elapsedTime / 1_000,
    );
    done();
  });
}

let requestSeconds: ReturnType<typeof createRequestSeconds> | undefined;

const createRequestSeconds = () =>
  new Histogram({
    name: 'dossier_http_request_seconds',
    help: 'Time to answer a request, by route template; 5xx growing: see the log; p99 above 1: look at dossier_database_connections. A live stream counts once, when it is closed.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
