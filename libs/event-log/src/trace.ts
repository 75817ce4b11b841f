import { mayBeSampled, readTrace, TRACE_HEADER } from '#libs/platform';

interface Carrier {
  headers: Record<string, string>;
}

/** More in one line of a log nobody reads. */
const MOST_TRACES = 10;

/** Ids of the traces that messages belong to, the first ten. */
export const traceIdsOf = (messages: readonly Carrier[]): string[] => [
  ...firstOfEachTrace(messages, () => true).keys(),
];

/**
 * `traceparent` of the first message of each trace that is recorded, ten traces at most. The others are passed
 * over: nobody could look them up, and among thousands of messages they would crowd out the few that are.
 */
export const recordedTracesOf = (messages: readonly Carrier[]): string[] => [
  ...firstOfEachTrace(messages, mayBeSampled).values(),
];

function firstOfEachTrace(
  messages: readonly Carrier[],
  counts: (header: string) => boolean,
): Map<string, string> {
  const first = new Map<string, string>();
  let last: Record<string, string> | undefined;
  for (const { headers } of messages) {
    // Messages of one request share their headers when they come from the log.
    if (headers === last) continue;
    last = headers;
    const text = headers[TRACE_HEADER];
    const trace = text !== undefined && counts(text) ? readTrace(text) : undefined;
    if (!text || !trace || first.has(trace.traceId)) continue;
    first.set(trace.traceId, text);
    if (first.size === MOST_TRACES) break;
  }
  return first;
}
