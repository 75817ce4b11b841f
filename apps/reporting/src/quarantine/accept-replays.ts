import type { FastifyInstance } from 'fastify';
import { Readable } from 'node:stream';
import { FaultsError, mediaTypeOf, ProblemError, readJson } from '#libs/contracts';
import { readBytes } from '#libs/platform';

const REPLAYS = ['/v1/quarantine/:id/replay', '/v1/quarantine/replay'];

/**
 * What a replay has to say beyond its address is optional for a single one, so its body may be empty, whatever
 * media type an HTTP client puts there out of habit; Fastify's JSON parser refuses an empty one. What is sent
 * is read strictly here and handed on as plain JSON. To be called before the application listens.
 */
export function acceptReplays(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', async (request, _reply, payload) => {
    if (!REPLAYS.includes(request.routeOptions.url ?? '')) return payload;
    const body = await readBytes(payload);
    const said = body.length > 0 ? read(body, request.headers['content-type']) : {};
    const { headers } = request;
    headers['content-type'] = 'application/json';
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    return Readable.from([Buffer.from(JSON.stringify(said))]);
  });
}

function read(body: Buffer, contentType: string | undefined): object {
  if (mediaTypeOf(contentType) !== 'application/json') {
    throw new ProblemError('unsupported-media-type', 'Send application/json in UTF-8.');
  }
  const json = readJson(body);
  if (!json.ok) throw new FaultsError([json.fault]);
  if (typeof json.value === 'object' && json.value !== null && !Array.isArray(json.value)) {
    // Fastify refuses these two names; nothing of ours is called so.
    const { __proto__: _proto, constructor: _constructor, ...rest } = json.value as Record<string, unknown>;
    return rest;
  }
  throw new FaultsError([
    { index: 0, pointer: '', code: 'wrong-type', detail: 'The body must be a JSON object.' },
  ]);
}
