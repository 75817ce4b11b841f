import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Addresses of the API and of files; an unknown one below them is 404, never the page. */
const NOT_THE_PAGE = /^\/(v1|health|metrics|docs|runbooks|assets)(\/|$|\?)/;

/**
 * Serves the built page: files by name, and index.html for the addresses the page makes up itself.
 * Hashed assets may be kept for good; index.html must be looked at again each time.
 */
export async function servePage(fastify: FastifyInstance): Promise<void> {
  const root = fileURLToPath(new URL('../../../web', import.meta.url));
  if (!existsSync(root)) return;
  await fastify.register(fastifyStatic, {
    root,
    wildcard: false,
    // The build lays them beside each file.
    preCompressed: true,
    setHeaders: (reply, path) => {
      reply.header(
        'cache-control',
        path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
      reply.header('content-security-policy', CONTENT_POLICY);
      reply.header('x-content-type-options', 'nosniff');
    },
  });
  fastify.get('/*', (request: FastifyRequest, reply: FastifyReply) =>
    NOT_THE_PAGE.test(request.url) ? reply.callNotFound() : reply.sendFile('index.html'),
  );
}

/** Everything the page needs comes from here. Charts set styles on elements. */
const CONTENT_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'";
