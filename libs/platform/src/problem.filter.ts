import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { kindOfStatus, ProblemError, type Problem, problemOf } from '#libs/contracts';
import { isRetryable } from './retry.js';

/** What the filter needs of a logger. */
interface ErrorLog {
  error(context: object, message: string): void;
}

/**
 * Every refusal leaves as problem+json (RFC 9457), whoever raised it: our code, Nest or Fastify;
 * titled in the language asked for.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: ErrorLog) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    const problem = problemFor(error, {
      acceptLanguage: request.headers['accept-language'],
      instance: request.url.split('?')[0],
    });
    if (problem.status >= 500) this.log.error({ err: error, url: request.url }, 'request failed');
    void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }
}

function problemFor(error: unknown, request: { acceptLanguage?: string; instance?: string }): Problem {
  if (error instanceof ProblemError) {
    return problemOf(error.kind, { ...request, detail: error.message, errors: error.errors });
  }
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  // What went wrong inside is for the log, not for the caller.
  const detail = status < 500 && error instanceof Error ? error.message : undefined;
  return { ...problemOf(kindOfStatus(status), { ...request, detail }), status };
}

/** Fastify's errors carry `statusCode`; a lost database is worth a retry; anything else is our fault. */
function statusOf(error: unknown): number {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 600) return statusCode;
  return isRetryable(error) ? 503 : 500;
}
