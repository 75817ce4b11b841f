import {
  Global,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CONFIG, type Config, DATABASE_URL, LOGGER, type Logger } from '#libs/platform';
import { EventLog, type TopicSpec } from './event-log.js';
import { PostgresLog } from './postgres-log.js';

const PRUNE_EVERY_MS = 60_000;

/** The event log, its topics made, old batches dropped once applied. */
@Global()
@Module({})
export class EventLogModule implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  static forTopics(topics: readonly string[]) {
    return {
      module: EventLogModule,
      providers: [
        {
          provide: PostgresLog,
          inject: [DataSource, DATABASE_URL, CONFIG],
          useFactory: async (database: DataSource, url: string, config: Config) => {
            const log = new PostgresLog(database, url);
            await log.ensureTopics(
              topics.map((name): TopicSpec => ({ name, partitions: config.LOG_PARTITIONS })),
            );
            return log;
          },
        },
        { provide: EventLog, useExisting: PostgresLog },
      ],
      exports: [EventLog, PostgresLog],
    };
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.log.prune(this.config.LOG_RETENTION_MINUTES * 60_000).catch((error: unknown) => {
        this.logger.warn({ err: error }, 'dropping old batches failed; trying again in a minute');
      });
    }, PRUNE_EVERY_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.log.close();
  }
}
