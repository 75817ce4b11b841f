/** Header of HTTP and of messages that ties what follows to what began it (W3C Trace Context). */
export const TRACE_HEADER = 'traceparent';

const FORM = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The header's value if it is a good one; whoever sends anything else is not followed. */
export const traceOf = (value: unknown): string | undefined =>
  typeof value === 'string' && FORM.test(value) ? value : undefined;

/** More in one line of a log nobody reads. */
const MOST_TRACES = 10;

/** Ids of the traces that messages belong to, the first ten. */
export function traceIdsOf(messages: readonly { headers: Record<string, string> }[]): string[] {
  const ids = new Set<string>();
  for (const { headers } of messages) {
    const [, id] = FORM.exec(headers[TRACE_HEADER] ?? '') ?? [];
    if (id) ids.add(id);
    if (ids.size === MOST_TRACES) break;
  }
  return [...ids];
}
