import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from './config.js';
import { DATABASE_URL } from './database-url.js';
import { HealthController } from './health.controller.js';
import { Liveness } from './liveness.js';
import { LOGGER, type Logger } from './logger.js';

/** What every app has: configuration, logger, liveness, health and metrics endpoints. */
@Global()
@Module({})
export class PlatformModule {
  static forProcess(running: { config: Config; databaseUrl: string; logger: Logger }): DynamicModule {
    return {
      module: PlatformModule,
      controllers: [HealthController],
      providers: [
        Liveness,
        { provide: CONFIG, useValue: running.config },
        { provide: LOGGER, useValue: running.logger },
        { provide: DATABASE_URL, useValue: running.databaseUrl },
      ],
      exports: [Liveness, CONFIG, LOGGER, DATABASE_URL],
    };
  }
}
