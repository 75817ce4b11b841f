import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from './config.js';
import { ASSERT_HELD, DATABASE_URL } from './database-url.js';
import { HealthController } from './health.controller.js';
import { Liveness } from './liveness.js';
import { LOGGER, type Logger } from './logger.js';

/** What only the running process knows. */
export interface Running {
  config: Config;
  databaseUrl: string;
  /** See DatabaseHandle; without it every connection is welcome. */
  assertHeld?: () => void;
  logger: Logger;
}

/** What every app has: configuration, logger, liveness, health and metrics endpoints. */
@Global()
@Module({})
export class PlatformModule {
  static forProcess(running: Running): DynamicModule {
    return {
      module: PlatformModule,
      controllers: [HealthController],
      providers: [
        Liveness,
        { provide: CONFIG, useValue: running.config },
        { provide: LOGGER, useValue: running.logger },
        { provide: DATABASE_URL, useValue: running.databaseUrl },
        { provide: ASSERT_HELD, useValue: running.assertHeld ?? (() => undefined) },
      ],
      exports: [Liveness, CONFIG, LOGGER, DATABASE_URL, ASSERT_HELD],
    };
  }
}
