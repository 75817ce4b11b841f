import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import type { Config } from './config.js';

export type { Logger } from 'pino';

/** Nest token of the process's logger. */
export const LOGGER = Symbol('logger');

/** Structured JSON in production, readable lines in a terminal. Always on stderr. */
export function createLogger(name: string, config: Pick<Config, 'LOG_LEVEL' | 'NODE_ENV'>): Logger {
  const options = { name, level: config.LOG_LEVEL, base: { app: name } };
  if (config.NODE_ENV === 'production' || !process.stderr.isTTY) return pino(options, pino.destination(2));
  return pino({
    ...options,
    transport: {
      target: 'pino-pretty',
      options: { destination: 2, ignore: 'pid,hostname,app,name', translateTime: 'SYS:HH:MM:ss' },
    },
  });
}

/** Nest's own messages through the same logger; its chatter about routes is debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}
  log(message: unknown): void {
    this.logger.debug(String(message));
  }
  error(message: unknown, stack?: unknown): void {
    this.logger.error({ stack }, String(message));
  }
  warn(message: unknown): void {
    this.logger.warn(String(message));
  }
  debug(message: unknown): void {
    this.logger.trace(String(message));
  }
  verbose(message: unknown): void {
    this.logger.trace(String(message));
  }
}
