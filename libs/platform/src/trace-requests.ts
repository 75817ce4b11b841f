import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TRACE_HEADER } from './traceparent.js';
import type { Span, Tracing } from './tracing.js';

/** Beside the requests, not on them: a request nobody traces keeps its shape. */
const spans = new WeakMap<FastifyRequest, Span>();

/** The span of a request under way; undefined without tracing. */
export const spanOf = (request: FastifyRequest): Span | undefined => spans.get(request);

/**
 * A span per request, part of what the caller's `traceparent` names. To be called before anything else looks at
 * requests, so that refusals have theirs. The address is not in it: it may hold the code of a dossier.
 */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url;
    const span = tracing.start({
      name: route === undefined ? method : `${method} ${route}`,
      kind: 'server',
      parent: headerOf(request),
      attributes: { 'http.request.method': method, ...(route !== undefined && { 'http.route': route }) },
    });
    spans.set(request, span);
    done();
  });
  fastify.addHook('onResponse', (request, { statusCode }, done) => {
    spanOf(request)?.end({
      attributes: { 'http.response.status_code': statusCode },
      ...(statusCode >= 500 && { failed: String(statusCode) }),
    });
    done();
  });
}

const headerOf = ({ headers }: FastifyRequest): string | undefined => {
  const value = headers[TRACE_HEADER];
  return typeof value === 'string' ? value : undefined;
};
