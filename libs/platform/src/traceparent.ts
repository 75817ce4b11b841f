/** Header of HTTP and of messages that ties what follows to what began it (W3C Trace Context). */
export const TRACE_HEADER = 'traceparent';

const FORM = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;
const ODD = '13579bdf';

/** What a `traceparent` says: a trace, the span in it that comes before, and whether that one is recorded. */
export interface TraceParent {
  traceId: string;
  spanId: string;
  sampled: boolean;
}

/** The header read, if it is a good one. */
export function readTrace(value: unknown): TraceParent | undefined {
  const [, traceId, spanId, flags] = (typeof value === 'string' && FORM.exec(value)) || [];
  if (!traceId || !spanId || !flags) return undefined;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** Whether a header may name a span that is recorded: a look at its end, for those who have thousands to read. */
export const mayBeSampled = (header: string): boolean => ODD.includes(header.at(-1) ?? ' ');

export const writeTrace = ({ traceId, spanId, sampled }: TraceParent): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

/** The header's value if it is a good one; whoever sends anything else is not followed. */
export const traceOf = (value: unknown): string | undefined =>
  typeof value === 'string' && FORM.test(value) ? value : undefined;
