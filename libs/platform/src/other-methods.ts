import type { FastifyInstance, FastifyReply } from 'fastify';
import { ProblemError } from '#libs/contracts';

/** Asked by machines about any path; Fastify's own answers stand. */
const LEFT_ALONE = ['HEAD', 'OPTIONS'];

/**
 * Another method on a path that exists is 405 with `Allow`, not 404. What exists is learnt from the routes
 * themselves as they are registered, so it must be called before any is.
 */
export function refuseOtherMethods(fastify: FastifyInstance): void {
  const routes = new Map<string, { segments: string[]; methods: Set<string> }>();

  fastify.addHook('onRoute', ({ url, method }) => {
    if (catchesAll(url)) return;
    const route = routes.get(url) ?? { segments: url.split('/'), methods: new Set<string>() };
    routes.set(url, route);
    for (const name of [method].flat()) route.methods.add(name);
  });

  // Before a body is read: its faults are of no interest where it has no business.
  fastify.addHook('onRequest', (request, reply, done) => {
    if (LEFT_ALONE.includes(request.method)) return done();
    const path = (request.url.split('?')[0] ?? '').split('/').map(decoded);
    const matched = request.routeOptions.url;
    // What has a route of its own is not what a parameter stands for, also where only the other takes the method.
    const own = routes.get(path.join('/'));
    if (own && matched?.includes(':') && !own.methods.has(request.method)) {
      return refuse(reply, [...own.methods], done);
    }
    if (matched !== undefined && !catchesAll(matched)) return done();
    const methods = [...routes.values()]
      .filter(({ segments }) => isAt(segments, path))
      .flatMap((route) => [...route.methods]);
    if (methods.length === 0 || methods.includes(request.method)) return done();
    refuse(reply, methods, done);
  });
}

function refuse(reply: FastifyReply, methods: readonly string[], done: (error: Error) => void): void {
  const allowed = [...new Set(methods)].sort().join(', ');
  reply.header('allow', allowed);
  done(new ProblemError('method-not-allowed', `This path takes ${allowed}.`));
}

/** The page answers to every address that nobody else has; that makes none of them known. */
const catchesAll = (pattern: string): boolean => pattern.includes('*');

const isAt = (segments: readonly string[], path: readonly string[]): boolean =>
  segments.length === path.length &&
  segments.every((segment, nth) => (segment.startsWith(':') ? path[nth] !== '' : segment === path[nth]));

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
