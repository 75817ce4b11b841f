import { isUtf8 } from 'node:buffer';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import type { DeliveredMessage, LogMessage } from './event-log.js';

/** The largest message we send: a request of intake in one piece, and some room. */
const LARGEST = 10 * 1_048_576 + 262_144;

/**
 * Ours as Kafka's.
 *
 * @throws before anything is sent, if one of them is none that the log takes
 */
export function toKafka(messages: readonly LogMessage[]): { message: Message; bytes: number }[] {
  return messages.map(({ key, value, headers = {} }) => {
    const texts = [key, value, ...Object.entries(headers).flat()];
    if (texts.some((text) => text.includes('\0'))) throw new Error(`A message of ${key} holds NUL.`);
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (bytes > LARGEST) throw new Error(`A message of ${key} has ${bytes} bytes; ${LARGEST} is the most.`);
    return { message: { key, value, headers }, bytes };
  });
}

/** Kafka's as ours, whoever wrote it and whatever it is. */
export function fromKafka(message: KafkaMessage): DeliveredMessage {
  const { offset, key, value, headers, timestamp } = message;
  const delivered: DeliveredMessage = {
    offset: Number(offset),
    key: key ? readable(key) : '',
    value: value ? readable(value) : '',
    headers: headers ? readableHeaders(headers) : {},
    appendedAt: Number(timestamp),
  };
  if (!value) delivered.bytes = null;
  else if (!isText(value)) delivered.bytes = value;
  if (!key) delivered.keyBytes = null;
  else if (!isText(key)) delivered.keyBytes = key;
  return delivered;
}

const isText = (bytes: Buffer): boolean => isUtf8(bytes) && !bytes.includes(0);

/** Text that a database takes: what cannot be read shows as the replacement character. */
const readable = (bytes: Buffer | string): string =>
  (typeof bytes === 'string' ? bytes : bytes.toString('utf8')).replaceAll('\0', '\ufffd');

/** A header may come several times; the last one stands, as in most readers. */
function readableHeaders(headers: IHeaders): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, given] of Object.entries(headers)) {
    const value = Array.isArray(given) ? given.at(-1) : given;
    if (value !== undefined) read[readable(name)] = readable(value);
  }
  return read;
}
