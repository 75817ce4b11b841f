import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import {
  BATCH_MEDIA_TYPE,
  EVENT_MEDIA_TYPE,
  FaultsError,
  mediaTypeOf,
  ProblemError,
  readJson,
} from '#libs/contracts';
import { readBytes } from '#libs/platform';

const EVENTS = [EVENT_MEDIA_TYPE, BATCH_MEDIA_TYPE];
const JSON_ONLY = ['application/json'];

/** Media types of the routes that take a body; everything else is 415 before a byte of it is read. */
const ACCEPTED: ReadonlyMap<string, readonly string[]> = new Map([
  ['POST /v1/events', EVENTS],
  ['PUT /v1/catalogue/agencies', JSON_ONLY],
  ['PUT /v1/catalogue/procedures', JSON_ONLY],
  ['PUT /v1/catalogue/calendars/:id', JSON_ONLY],
]);
const acceptedBy = (request: FastifyRequest) =>
  ACCEPTED.get(`${request.method} ${request.routeOptions.url ?? ''}`);

/** Teaches Fastify the bodies of intake's routes. To be called before the application starts to listen. */
export function acceptCloudEvents(fastify: FastifyInstance): void {
  // As bytes: only they tell whether the text is UTF-8.
  fastify.addContentTypeParser(EVENTS, (_request: FastifyRequest, payload: IncomingMessage) =>
    readBytes(payload),
  );

  fastify.addHook('onRequest', (request, _reply, done) => {
    const accepted = acceptedBy(request);
    if (!accepted) return done();
    const mediaType = mediaTypeOf(request.headers['content-type']);
    const plain = (request.headers['content-encoding'] ?? 'identity') === 'identity';
    if (plain && mediaType !== undefined && accepted.includes(mediaType)) return done();
    done(
      new ProblemError('unsupported-media-type', `Send ${accepted.join(' or ')}, in UTF-8, uncompressed.`),
    );
  });

  // Fastify's own JSON parser mends bad UTF-8 in silence and quotes the text in its errors, so the
  // catalogue's bodies are read strictly before it gets to see them.
  fastify.addHook('preParsing', async (request, _reply, payload) => {
    if (acceptedBy(request) !== JSON_ONLY) return payload;
    const bytes = await readBytes(payload);
    const read = readJson(bytes);
    if (!read.ok) throw new FaultsError([read.fault]);
    return Readable.from([bytes]);
  });
}
