import type { DeliveredMessage, LogMessage } from './event-log.js';

/**
 * Messages as one text: per message a line `keyLength headersLength valueLength`, then the three
 * texts, lengths in UTF-16 units. Slicing a string costs nothing, so a reader pays only for what it
 * parses; and no message content needs escaping.
 */
export function frame(messages: readonly LogMessage[]): string {
  const parts: string[] = [];
  for (const { key, value, headers } of messages) {
    const head = headers ? JSON.stringify(headers) : '{}';
    parts.push(`${key.length} ${head.length} ${value.length}\n`, key, head, value);
  }
  return parts.join('');
}

export function unframe(payload: string, firstOffset: number, appendedAt?: number): DeliveredMessage[] {
  const messages: DeliveredMessage[] = [];
  let position = 0;
  let lastHead = '';
  let lastHeaders: Record<string, string> = {};
  while (position < payload.length) {
    const lineEnd = payload.indexOf('\n', position);
    const [keyLength, headLength, valueLength] = payload.slice(position, lineEnd).split(' ').map(Number) as [
      number,
      number,
      number,
    ];
    const keyEnd = lineEnd + 1 + keyLength;
    const headEnd = keyEnd + headLength;
    const valueEnd = headEnd + valueLength;
    const head = payload.slice(keyEnd, headEnd);
    // Messages appended together mostly carry the same headers: parse them once.
    if (head !== lastHead) {
      lastHeaders = JSON.parse(head) as Record<string, string>;
      lastHead = head;
    }
    messages.push({
      offset: firstOffset + messages.length,
      key: payload.slice(lineEnd + 1, keyEnd),
      headers: lastHeaders,
      value: payload.slice(headEnd, valueEnd),
      appendedAt,
    });
    position = valueEnd;
  }
  return messages;
}
