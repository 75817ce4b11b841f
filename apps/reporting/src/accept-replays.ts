import type { FastifyInstance } from 'fastify';
import { Readable } from 'node:stream';
import { FaultsError, mediaTypeOf, ProblemError, readJson } from '#libs/contracts';
import { readBytes } from '#libs/platform';

const REPLAY = '/v1/quarantine/:id/replay';

/**
 * A replay has nothing to say beyond its address, so its body may be empty, whatever media type an HTTP client
 * puts there out of habit; Fastify's JSON parser refuses an empty one. What is sent all the same is judged here
 * and dropped, so that no parser is left with anything to do. To be called before the application listens.
 */
export function acceptReplays(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', async (request, _reply, payload) => {
    if (request.routeOptions.url !== REPLAY) return payload;
    const body = await readBytes(payload);
    if (body.length > 0) judge(body, request.headers['content-type']);
    const { headers } = request;
    delete headers['content-type'];
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    return Readable.from([]);
  });
}

function judge(body: Buffer, contentType: string | undefined): void {
  if (mediaTypeOf(contentType) !== 'application/json') {
    throw new ProblemError('unsupported-media-type', 'Send nothing, or application/json in UTF-8.');
  }
  const read = readJson(body);
  if (!read.ok) throw new FaultsError([read.fault]);
  if (typeof read.value === 'object' && read.value !== null && !Array.isArray(read.value)) return;
  throw new FaultsError([
    { index: 0, pointer: '', code: 'wrong-type', detail: 'The body must be a JSON object, or empty.' },
  ]);
}
