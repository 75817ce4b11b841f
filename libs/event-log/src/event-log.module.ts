import {
  Global,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CONFIG, type Config, DATABASE_URL, LOGGER, type Logger } from '#libs/platform';
import { EventLog, type TopicSpec } from './event-log.js';
import { Forwarding, FORWARDING_SPEC, type ForwardingSpec } from './forwarding.js';
import { kafkaSettings } from './kafka-client.js';
import { KafkaLog } from './kafka-log.js';
import { useAsOutbox, useItself } from './log-in-use.js';
import { LogLag } from './log-lag.js';
import { metrics } from './metrics.js';
import { PostgresLog } from './postgres-log.js';

const PRUNE_EVERY_MS = 60_000;

/**
 * The event log, its topics made, old batches dropped once applied. It is the log in the database unless
 * `KAFKA_BROKERS` is set; then that one is the outbox, and whoever `forwards` moves it on to Kafka.
 */
@Global()
@Module({})
export class EventLogModule implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(PostgresLog) private readonly outbox: PostgresLog,
    @Inject(Forwarding) private readonly forwarding: Forwarding,
    @Inject(FORWARDING_SPEC) private readonly spec: ForwardingSpec,
    @Inject(LogLag) private readonly lag: LogLag,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  static forTopics(names: readonly string[], { forwards = false }: { forwards?: boolean } = {}) {
    const topics = ({ LOG_PARTITIONS: partitions }: Config) =>
      names.map((name): TopicSpec => ({ name, partitions }));
    return {
      module: EventLogModule,
      providers: [
        {
          provide: PostgresLog,
          inject: [DataSource, DATABASE_URL, CONFIG],
          useFactory: async (database: DataSource, url: string, config: Config) => {
            const log = new PostgresLog(database, url);
            await log.ensureTopics(topics(config));
            await (config.KAFKA_BROKERS ? useAsOutbox : useItself)(database, names);
            return log;
          },
        },
        {
          provide: EventLog,
          inject: [PostgresLog, DataSource, CONFIG, LOGGER],
          useFactory: async (outbox: PostgresLog, database: DataSource, config: Config, logger: Logger) => {
            const settings = kafkaSettings(config);
            if (!settings) return outbox;
            const log = new KafkaLog(database, settings, logger);
            await log.ensureTopics(topics(config));
            return log;
          },
        },
        {
          provide: LogLag,
          inject: [DataSource, EventLog, PostgresLog],
          useFactory: (database: DataSource, log: EventLog, outbox: PostgresLog) =>
            new LogLag(database, log, outbox),
        },
        { provide: FORWARDING_SPEC, useValue: { topics: names, forwards } satisfies ForwardingSpec },
        Forwarding,
      ],
      exports: [EventLog, PostgresLog, LogLag],
    };
  }

  onModuleInit(): void {
    metrics.register(this.lag, this.spec.topics);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.timer = setInterval(() => {
      this.outbox.prune(this.config.LOG_RETENTION_MINUTES * 60_000).catch((error: unknown) => {
        this.logger.warn({ err: error }, 'dropping old batches failed; trying again in a minute');
      });
    }, PRUNE_EVERY_MS);
    this.timer.unref();
    await this.forwarding.start();
  }

  /** Behind the consumers and the loops of the apps, before the pool: what they said last is still moved on. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.forwarding.stop();
    await this.log.close();
    if (this.log !== this.outbox) await this.outbox.close();
  }
}
