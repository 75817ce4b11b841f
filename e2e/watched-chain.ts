import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { EVENTS_TOPIC } from '#libs/contracts';
import {
  type App,
  AppServer,
  chainAt,
  type Chain,
  type CloudEventJson,
  dayOf,
  formatDay,
  formatInstant,
  freshDatabase,
  type FreshDatabase,
  fullType,
  type ShortType,
} from '#libs/testing';
import { type ChosenLog, LOGS } from './logs.js';
import { isMonitoringInstalled, Monitoring } from './monitoring.js';

const KAFKA = LOGS.find(({ log }) => log === 'Kafka');
/** Where tests decide, what is missing is a failure. */
export const isMonitoringExpected = isMonitoringInstalled || process.env.CI === 'true';
export const isWatchedChainExpected = isMonitoringExpected && KAFKA !== undefined;

export const AGENCY = 'T.H.X';
export const PROCEDURE = '1.000001';
export const SOURCE = 'urn:one-stop';

/** The four apps over Kafka, and a Prometheus with Alertmanager that watches them. Whenever it runs, it is working time. */
export class WatchedChain {
  private calls: NodeJS.Timeout | undefined;
  private made = 0;

  private constructor(
    private readonly folder: string,
    private readonly log: ChosenLog,
    private readonly database: FreshDatabase,
    readonly servers: Readonly<Record<App, AppServer>>,
    readonly monitoring: Monitoring,
    /** Through intake. */
    readonly writer: Chain,
    /** Through reporting. */
    readonly reader: Chain,
  ) {}

  /** @param history OpenMetrics text of samples from before the start, which Prometheus finds on its disk */
  static async start(history: string): Promise<WatchedChain> {
    if (!KAFKA) throw new Error('no Kafka');
    const folder = await mkdtemp(join(tmpdir(), 'dunghan-watched-'));
    const [database, log] = await Promise.all([freshDatabase(), KAFKA.choose()]);
    const env = {
      ...log.env,
      ...{ DATABASE_URL: database.url, ANNOUNCE_SETTLE_SECONDS: '1', IDENTITY_CHECK_SECONDS: '1' },
      ...{ SOURCE_GAP_SECONDS: '5', LOG_LEVEL: 'warn', NODE_ENV: 'production' },
    };
    const make = (app: App) => AppServer.make(app, app, folder, env);
    const servers = {
      intake: await make('intake'),
      processing: await make('processing'),
      clock: await make('clock'),
      reporting: await make('reporting'),
    };
    for (const server of Object.values(servers)) server.start();
    await Promise.all(Object.values(servers).map((server) => server.ready()));
    const [writer, reader] = [chainAt(servers.intake.url), chainAt(servers.reporting.url)];
    await writer.putAgencies([
      { id: 'T', name: 'Tỉnh', kind: 'province' },
      { id: AGENCY, name: 'Xã', kind: 'commune', parent: 'T' },
    ]);
    await writer.putProcedures([{ code: PROCEDURE, name: 'Thủ tục', domain: 'đất đai', limits: [] }]);
    const today = dayOf(Date.now());
    await writer.putCalendar({
      sessions: [['00:00', '24:00']],
      days: [0, 1].map((n) => ({ on: formatDay(today + n), kind: 'work' as const, reason: 'spec' })),
    });
    const monitoring = await Monitoring.start(
      Object.values(servers).map(({ url }) => new URL(url).host),
      history,
    );
    return new WatchedChain(folder, log, database, servers, monitoring, writer, reader);
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  async stop(): Promise<void> {
    this.fallSilent();
    await this.monitoring.stop();
    for (const server of Object.values(this.servers)) await server.kill();
    await Promise.all([this.database.drop(), this.log.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A dossier every second from the one source, until told otherwise. */
  keepSending(): void {
    this.calls = setInterval(() => void this.writer.post([this.accepted()]).catch(() => undefined), 1_000);
  }

  fallSilent(): void {
    clearInterval(this.calls);
  }

  event(type: ShortType, subject: string, data: object, at: number = Date.now() - 100): CloudEventJson {
    return {
      ...{ specversion: '1.0', source: SOURCE, id: `e${(this.made += 1)}`, type: fullType(type), subject },
      ...{ time: formatInstant(at), data },
    };
  }

  /** An acceptance, with a deadline at an instant where one is given. */
  accepted(dueAt?: number, subject = `D${this.made}`, agency = AGENCY, at?: number): CloudEventJson {
    const data = {
      ...{ procedure: PROCEDURE, receivingAgency: agency, channel: 'counter' },
      // A limit in hours: its deadline is an instant.
      ...(dueAt && { dueAt: formatInstant(dueAt), limit: { amount: 4, unit: 'working-hours' } }),
    };
    return this.event('accepted', subject, data, at);
  }

  /** In the database itself, past every app. */
  async sql(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.database.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** Past intake, which would refuse it. */
  async writeToTopic(one: CloudEventJson): Promise<void> {
    const brokers = this.log.env['KAFKA_BROKERS']?.split(',') ?? [];
    const kafka = new Kafka({ clientId: 'spec', brokers, logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({
      topic: EVENTS_TOPIC,
      messages: [{ key: `${one.source}|${one.subject}`, value: JSON.stringify(one) }],
    });
    await producer.disconnect();
  }
}
