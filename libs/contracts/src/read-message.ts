import type { Fault } from './faults.js';
import { EVENT_MEDIA_TYPE, mediaTypeOf, readJson } from './read-body.js';

/** A message of the events topic as its writer meant it, whoever that is. */
export interface WrittenMessage {
  /** null: no value at all. */
  value: Uint8Array | string | null;
  headers: Readonly<Record<string, string>>;
}

export type ReadMessage =
  { ok: true; raw: unknown } | { ok: false; reason: 'tombstone' } | { ok: false; fault: Fault };

const ATTRIBUTE = /^ce_([a-z0-9]+)$/;

/**
 * The event of a message as parsed JSON, not yet checked. As CloudEvents' Kafka binding has it: structured if
 * the content type says so, binary (attributes as `ce_` headers, data as value) if there is a
 * `ce_specversion`; and structured without any header, which is what most senders write.
 */
export function readMessage({ value, headers }: WrittenMessage): ReadMessage {
  const contentType = headerOf(headers, 'content-type');
  const structured = mediaTypeOf(contentType) === EVENT_MEDIA_TYPE;
  const binary = !structured && headerOf(headers, 'ce_specversion') !== undefined;
  if (!binary) return value === null ? { ok: false, reason: 'tombstone' } : readText(value);

  const event = Object.fromEntries(
    Object.entries(headers).flatMap(([name, text]): [string, string][] => {
      const attribute = ATTRIBUTE.exec(name.toLowerCase())?.[1];
      // `data` is not an attribute's name: what the event holds is the value.
      return attribute === undefined || attribute === 'data' ? [] : [[attribute, text]];
    }),
  );
  // An event without data has no value; in binary mode that is no tombstone.
  if (value === null || value.length === 0) return { ok: true, raw: event };
  if (contentType !== undefined && contentType.trim() !== '' && !isJson(contentType)) {
    return refused('/datacontenttype', 'not-json', 'Data must be application/json, in UTF-8.');
  }
  const data = readText(value);
  if (!data.ok || !('raw' in data)) return data;
  return { ok: true, raw: { ...event, data: data.raw } };
}

const isJson = (contentType: string): boolean =>
  /^application\/(json|[a-z0-9!#$&^_.-]+\+json)$/.test(mediaTypeOf(contentType) ?? '');

function headerOf(headers: WrittenMessage['headers'], name: string): string | undefined {
  if (Object.hasOwn(headers, name)) return headers[name];
  return Object.entries(headers).find(([other]) => other.toLowerCase() === name)?.[1];
}

/** Strictly, like a body over HTTP. */
function readText(value: Uint8Array | string): ReadMessage {
  if (typeof value !== 'string') {
    const read = readJson(value);
    return read.ok ? { ok: true, raw: read.value } : read;
  }
  try {
    return { ok: true, raw: JSON.parse(value) as unknown };
  } catch {
    return refused('', 'not-json', 'The value is not JSON.');
  }
}

const refused = (pointer: string, code: Fault['code'], detail: string): ReadMessage => ({
  ok: false,
  fault: { index: 0, pointer, code, detail },
});
