export { CONFIG, readConfig, type Config } from './config.js';
export { DATABASE_URL, openDatabase, type DatabaseHandle } from './database-url.js';
export { EmbeddedPostgresError, startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
export { Liveness, type Heartbeat } from './liveness.js';
export { createLogger, LOGGER, type Logger } from './logger.js';
export { PlatformModule } from './platform.module.js';
export { ProblemFilter } from './problem.filter.js';
export { backoffMs, isRetryable, pause } from './retry.js';
export { runApp, type AppRecipe } from './run-app.js';
