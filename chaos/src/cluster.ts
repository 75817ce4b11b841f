import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, findKafka, type LocalKafka, startEmbeddedPostgres } from '#libs/platform';
import { type App, AppServer } from '#libs/testing';
import { Proxy } from './proxy.js';

/** As production runs: more copies than one of whatever may have them. */
const COPIES: Readonly<Record<App, number>> = { intake: 1, processing: 2, clock: 2, reporting: 1 };

/**
 * A broker, a PostgreSQL server and the apps as processes of their own, which reach both through a proxy each.
 */
export class Cluster {
  readonly servers: AppServer[] = [];
  private made = 0;

  private constructor(
    readonly folder: string,
    readonly kafka: LocalKafka,
    readonly postgres: EmbeddedPostgres,
    readonly toKafka: Proxy,
    readonly toPostgres: Proxy,
  ) {}

  /** @throws what kept one of them from starting; whatever had started is stopped */
  static async start(random: (below: number) => number): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), 'dunghan-chaos-'));
    const [toKafka, toPostgres] = [await Proxy.open(random), await Proxy.open(random)];
    const stops: (() => Promise<void>)[] = [() => toKafka.close(), () => toPostgres.close()];
    try {
      const kafka = await findKafka({ advertised: toKafka.port, ways: ['java'] });
      if (!kafka?.port)
        throw new Error('Chaos needs a broker that it may kill: install Java (17 or newer) and Maven.');
      stops.push(() => kafka.stop());
      const postgres = await startEmbeddedPostgres(join(folder, 'postgres'));
      stops.push(() => postgres.stop());
      toKafka.leadTo(kafka.port);
      toPostgres.leadTo(Number(new URL(postgres.url).port));
      const cluster = new Cluster(folder, kafka, postgres, toKafka, toPostgres);
      stops.push(() => cluster.killApps());
      for (const [app, copies] of Object.entries(COPIES) as [App, number][])
        for (let nth = 0; nth < copies; nth += 1) (await cluster.add(app)).start();
      await cluster.ready();
      return cluster;
    } catch (error) {
      for (const stop of stops.reverse()) await stop().catch(() => undefined);
      throw error;
    }
  }

  /** One more copy of an app, not started yet. */
  async add(app: App): Promise<AppServer> {
    const url = new URL(this.postgres.url);
    url.port = String(this.toPostgres.port);
    const server = await AppServer.make(`${app}-${(this.made += 1)}`, app, this.folder, {
      ...{ DATABASE_URL: url.href, DATABASE_POOL: '4', KAFKA_BROKERS: this.kafka.brokers },
      ...{ ANNOUNCE_SETTLE_SECONDS: '1', IDENTITY_CHECK_SECONDS: '1', LOG_LEVEL: 'warn' },
      NODE_ENV: 'production',
    });
    this.servers.push(server);
    return server;
  }

  /** Stops a copy in good order, for good. */
  async remove(server: AppServer): Promise<void> {
    await server.stop();
    this.servers.splice(this.servers.indexOf(server), 1);
  }

  /** The first copy. */
  one(app: App): AppServer {
    const found = this.servers.find((server) => server.app === app);
    if (!found) throw new Error(`There is no ${app}.`);
    return found;
  }

  /** Ends whatever still goes on: everything runs and everything is connected. */
  async mend(): Promise<void> {
    for (const proxy of [this.toKafka, this.toPostgres]) proxy.heal({ drop: false });
    for (const server of this.servers) {
      server.thaw();
      server.start();
    }
    await this.ready();
  }

  async stop({ keepFolder = false }: { keepFolder?: boolean } = {}): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.postgres.stop();
    await this.kafka.stop();
    await Promise.all([this.toKafka.close(), this.toPostgres.close()]);
    if (!keepFolder) await rm(this.folder, { recursive: true, force: true });
  }

  private async killApps(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
  }

  private async ready(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.ready()));
  }
}
