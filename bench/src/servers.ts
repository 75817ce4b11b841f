import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedPostgres,
  findKafka,
  freePort,
  type LocalKafka,
  startEmbeddedPostgres,
} from '#libs/platform';
import { startStandalone } from '#libs/testing';
import { type ServerProcess, startProcess } from '../../apps/demo/src/server-process.js';
import { nodeUsage, peakMegabytes, postgresUsage, type Usage } from './processes.js';
import { untilEnded } from './until-ended.js';

export const SERVER_ENV = { LOG_LEVEL: process.env['BENCH_LOG'] ?? 'warn' };

/** What is measured: one process, or a broker and four. */
export interface Servers {
  /** Takes events and the catalogue. */
  readonly intake: string;
  /** Answers questions. */
  readonly url: string;
  readonly dataDir: string;
  usage(): Used;
  /** The most that the largest Node process ever held. */
  peakMegabytes(): number;
}

export interface Used {
  node: Usage;
  postgres: Usage;
  /** The broker; null: there is none. */
  kafka: Usage | null;
}

/** The log in tables, everything in one process, as `npm start` runs it. */
export async function withStandalone(
  work: (servers: Servers) => Promise<void>,
  afterwards: (dataDir: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dunghan-bench-'));
  try {
    const { url, pid, stop } = await startStandalone({ env: { ...SERVER_ENV, DUNGHAN_DATA_DIR: dataDir } });
    try {
      await untilEnded(
        work({
          ...{ intake: url, url, dataDir },
          usage: () => ({ node: nodeUsage(pid), postgres: postgresUsage(dataDir), kafka: null }),
          peakMegabytes: () => peakMegabytes(pid),
        }),
      );
    } finally {
      await stop();
    }
    await afterwards(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const APPS = ['intake', 'processing', 'clock', 'reporting'] as const;
type App = (typeof APPS)[number];

/** A broker, and the apps as processes of their own, as production runs. */
export class KafkaServers implements Servers {
  private readonly processes: { app: App; server: ServerProcess }[] = [];

  private constructor(
    readonly dataDir: string,
    private readonly kafka: LocalKafka,
    private readonly postgres: EmbeddedPostgres,
  ) {}

  /** Starts the broker, the database and some of the apps. */
  static async run(first: readonly App[], work: (servers: KafkaServers) => Promise<void>): Promise<void> {
    const dataDir = await mkdtemp(join(tmpdir(), 'dunghan-bench-'));
    const stops: (() => Promise<void>)[] = [() => rm(dataDir, { recursive: true, force: true })];
    try {
      const kafka = await findKafka({ ways: ['java'] });
      if (!kafka) throw new Error('No Kafka: install Java (17 or newer) and Maven.');
      stops.push(() => kafka.stop());
      const postgres = await startEmbeddedPostgres(dataDir);
      stops.push(() => postgres.stop());
      const servers = new KafkaServers(dataDir, kafka, postgres);
      stops.push(() => servers.stopApps());
      for (const app of first) await servers.start(app);
      await untilEnded(work(servers));
    } finally {
      for (const stop of stops.reverse()) await stop();
    }
  }

  /** One more copy of an app. */
  async start(app: App): Promise<ServerProcess> {
    const nth = this.processes.length;
    const server = await startProcess({
      ...{ app, host: '127.0.0.1', port: await freePort(), logFile: join(this.dataDir, `${app}-${nth}.log`) },
      env: {
        ...{ ...process.env, ...SERVER_ENV },
        ...{ DATABASE_URL: this.postgres.url, KAFKA_BROKERS: this.kafka.brokers },
      },
    });
    this.processes.push({ app, server });
    return server;
  }

  get intake(): string {
    return this.urlOf('intake');
  }

  get url(): string {
    return this.urlOf('reporting');
  }

  usage(): Used {
    const each = this.processes.map(({ server }) => nodeUsage(server.pid));
    const sum = (key: keyof Usage) => each.reduce((total, usage) => total + usage[key], 0);
    return {
      node: { cpuSeconds: sum('cpuSeconds'), residentMegabytes: sum('residentMegabytes') },
      postgres: postgresUsage(this.dataDir),
      kafka: nodeUsage(this.kafka.pid ?? 0),
    };
  }

  /** Processor seconds of each app so far, in words. */
  byApp(events: number): string {
    return this.processes
      .map(({ app, server }) => `${app} ${((nodeUsage(server.pid).cpuSeconds / events) * 1e6).toFixed(0)}`)
      .join(', ');
  }

  peakMegabytes(): number {
    return Math.max(...this.processes.map(({ server }) => peakMegabytes(server.pid)));
  }

  private urlOf(app: App): string {
    const found = this.processes.find((one) => one.app === app);
    if (!found) throw new Error(`${app} has not been started`);
    return found.server.url;
  }

  private async stopApps(): Promise<void> {
    for (const { server } of this.processes) if (!server.gone.aborted) await server.stop();
  }
}

export const withKafka = (work: (servers: KafkaServers) => Promise<void>): Promise<void> =>
  KafkaServers.run(APPS, work);
