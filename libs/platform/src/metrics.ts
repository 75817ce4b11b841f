import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import type { DataSource } from 'typeorm';
import type { Liveness } from './liveness.js';

interface PoolLike {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
}

/** Metrics that every process has: Node's own, the loops' progress, the database pool. */
export function registerPlatformMetrics(app: string, liveness: Liveness, database: DataSource): void {
  register.clear();
  register.setDefaultLabels({ app });
  collectDefaultMetrics();
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
}
