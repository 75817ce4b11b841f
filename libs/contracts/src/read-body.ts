import { isUtf8 } from 'node:buffer';
import type { Fault } from './faults.js';

/** Contract: a request has at most 10 MB and a batch at most 5,000 events. */
export const LARGEST_BODY_BYTES = 10 * 1024 * 1024;
export const MOST_EVENTS = 5_000;

export const EVENT_MEDIA_TYPE = 'application/cloudevents+json';
export const BATCH_MEDIA_TYPE = 'application/cloudevents-batch+json';

/**
 * The media type of a Content-Type header, lower-case and without parameters; undefined if it names
 * a charset other than UTF-8, in which JSON is never exchanged.
 */
export function mediaTypeOf(contentType: string | undefined): string | undefined {
  const [essence = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => parameter.split('='))
    .find(([name]) => name?.trim() === 'charset')?.[1]
    ?.trim()
    .replace(/^"(.*)"$/, '$1');
  return charset === undefined || charset === 'utf-8' || charset === 'utf8' ? essence.trim() : undefined;
}

export type ReadBody<T> = { ok: true; value: T } | { ok: false; fault: Fault };

/** Bytes as JSON, without guessing: UTF-8 and nothing else, no byte order mark. */
export function readJson(body: Uint8Array): ReadBody<unknown> {
  const refuse = (code: Fault['code'], detail: string): ReadBody<never> => ({
    ok: false,
    fault: { index: 0, pointer: '', code, detail },
  });
  if (!isUtf8(body)) return refuse('invalid-utf8', 'The body is not UTF-8.');
  try {
    return { ok: true, value: JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString()) };
  } catch (error) {
    // V8's message quotes the text, which may name a person: only its position is passed on.
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    return refuse('not-json', `The body is not JSON${position ? ` (at character ${position})` : ''}.`);
  }
}
