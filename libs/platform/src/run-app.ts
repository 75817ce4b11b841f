import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DynamicModule } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { problemOf } from '#libs/contracts';
import type { Config } from './config.js';
import { openDatabase } from './database-url.js';
import { Liveness } from './liveness.js';
import { createLogger, NestLogger } from './logger.js';
import { measureRequests, registerPlatformMetrics, scraped } from './metrics.js';
import { refuseOtherMethods } from './other-methods.js';
import type { Running } from './platform.module.js';
import { ProblemFilter } from './problem.filter.js';
import { StartError } from './start-error.js';
import { traceRequests } from './trace-requests.js';
import { startTracing } from './tracing.js';

export interface AppRecipe {
  name: string;
  config: Config;
  /** The app's root module, given what only the running process knows. */
  module(running: Running): DynamicModule;
  /** Media types and the like that Nest has no word for. */
  prepare?(fastify: FastifyInstance, app: NestFastifyApplication): void | Promise<void>;
  /** Consumers: stopped before the database goes. */
  transport?(app: NestFastifyApplication): CustomTransportStrategy;
}

/** A stop must be over before the supervisor loses patience. */
const STOP_WITHIN_MS = 9_500;

/**
 * Database, application, consumers, signals: the life of one process. Stops on SIGTERM or SIGINT in
 * the order HTTP → consumers (finish the batch in hand) → pool → embedded server and last spans, and exits 0.
 */
export async function runApp(recipe: AppRecipe): Promise<void> {
  const { config } = recipe;
  const logger = createLogger(recipe.name, config);
  try {
    const tracing = await startTracing(recipe.name, config, logger);
    const database = await openDatabase(config, (words) => logger.warn(words));
    const app = await NestFactory.create<NestFastifyApplication>(
      recipe.module({ config, databaseUrl: database.url, assertHeld: database.assertHeld, logger }),
      new FastifyAdapter({
        bodyLimit: 10 * 1024 * 1024,
        // A request under way is answered; connections that only wait for the next one are closed.
        forceCloseConnections: 'idle',
        routerOptions: { maxParamLength: 4_096 },
        // Refusals that Fastify makes before Nest hears of the request, e.g. a broken address.
        frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
          const instance = request.url.split('?')[0] ?? '';
          void reply
            .status(400)
            .type('application/problem+json')
            .send(JSON.stringify(problemOf('bad-request', { detail: error.message, instance })));
        },
      }),
      { logger: new NestLogger(logger), abortOnError: false },
    );
    const fastify = app.getHttpAdapter().getInstance();
    if (tracing) traceRequests(fastify, tracing);
    refuseOtherMethods(fastify);
    measureRequests(fastify);
    await recipe.prepare?.(fastify, app);
    app.useGlobalFilters(new ProblemFilter(logger));
    registerPlatformMetrics(recipe.name, app.get(Liveness), app.get(DataSource));
    if (recipe.transport) app.connectMicroservice({ strategy: recipe.transport(app) });

    let stopping = false;
    const stop = (reason: string, exitCode: number) => {
      if (stopping) return;
      stopping = true;
      logger.info(`stopping: ${reason}`);
      setTimeout(() => {
        logger.error('stopping took too long; leaving the rest to the next start');
        process.exit(1);
      }, STOP_WITHIN_MS).unref();
      void app
        .close()
        // Side by side: a collector that hangs takes its moment while the database stops.
        .then(() => Promise.all([database.stop(), tracing?.stop()]))
        .then(
          () => process.exit(exitCode),
          (error: unknown) => {
            logger.error({ err: error }, 'stopping failed');
            process.exit(1);
          },
        );
    };
    process.on('SIGTERM', () => stop('SIGTERM', 0));
    process.on('SIGINT', () => stop('SIGINT', 0));
    process.on('unhandledRejection', (error) => {
      logger.fatal({ err: error }, 'unknown fault: leaving loudly rather than going on with a wrong state');
      stop('unhandled rejection', 1);
    });
    process.on('uncaughtException', (error) => {
      logger.fatal({ err: error }, 'unknown fault: leaving loudly rather than going on with a wrong state');
      stop('uncaught exception', 1);
    });
    void database.lost?.then((reason) => {
      logger.fatal(reason.message);
      stop('the database is lost', 1);
    });

    // Before the consumers: whatever a batch needs, its counters too, is made in the hooks of the modules.
    await app.init();
    await app.startAllMicroservices();
    await app.listen(config.PORT, config.HOST);
    logger.info(`${recipe.name} listens on ${await app.getUrl()}`);
    // The first scrape reads everything there is, by code that has never run: better now than when somebody waits.
    await scraped().catch((error: unknown) =>
      logger.warn({ err: error }, 'the first look at the metrics failed'),
    );
  } catch (error) {
    if (error instanceof StartError) logger.fatal(error.message);
    else if ((error as { code?: string }).code === 'EADDRINUSE')
      logger.fatal(`Port ${config.PORT} on ${config.HOST} is taken. Choose another with PORT=…`);
    else logger.fatal({ err: error }, 'start failed');
    // Give an asynchronous log target a moment to write the reason.
    setTimeout(() => process.exit(1), 100);
  }
}
