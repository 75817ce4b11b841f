import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CONFIG, type Config, Liveness, LOGGER, type Logger } from '#libs/platform';
import { EventLog } from './event-log.js';
import { EventLogTransport } from './event-log.transport.js';

/** The transport on which this process's `@EventPattern` handlers hang. */
export function logTransport(app: NestFastifyApplication): EventLogTransport {
  const config = app.get<Config>(CONFIG);
  return new EventLogTransport(
    app.get(EventLog),
    app.get(Liveness),
    app.get<Logger>(LOGGER),
    config.STALLED_AFTER_SECONDS * 1_000,
  );
}
