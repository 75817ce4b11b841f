import type { FastifyInstance } from 'fastify';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = 'docs/runbooks';

/** The runbooks, where the links of alerts lead: at night nobody should need another server to read them. */
export function serveRunbooks(fastify: FastifyInstance): void {
  fastify.get<{ Params: { file: string } }>('/runbooks/:file', async ({ params: { file } }, reply) => {
    // Names of alerts, so nothing leads out of the folder.
    const text = /^[A-Za-z]+\.md$/.test(file)
      ? await readFile(join(FOLDER, file), 'utf8').catch(() => undefined)
      : undefined;
    if (text === undefined) return reply.callNotFound();
    return reply
      .type('text/plain; charset=utf-8')
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'no-cache')
      .send(text);
  });
}
