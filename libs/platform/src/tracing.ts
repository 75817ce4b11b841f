import type { Config } from './config.js';
import type { Logger } from './logger.js';

/** What a span says when it begins. Nothing of a dossier or a person: spans leave the house. */
export interface SpanSpec {
  /** From a small set: spans are grouped by it. */
  name: string;
  kind: 'server' | 'producer' | 'consumer';
  /** `traceparent` of the span that this one is part of. */
  parent?: string | undefined;
  /** `traceparent` of spans that led to this one without being above it. */
  links?: readonly string[];
  attributes: Readonly<Record<string, string | number>>;
}

/** What a span says when it ends. */
export interface SpanEnd {
  /** What kind of fault it ended with, never its words: `kindOfFault`. */
  failed?: string;
  attributes?: Readonly<Record<string, string | number>>;
}

export interface Span {
  /** What others name as parent or link; true also of a span that is not recorded. */
  readonly traceparent: string;
  /** False: it was not sampled, and nobody will see it. */
  readonly recorded: boolean;
  end(outcome?: SpanEnd): void;
}

/** Traces as the apps make them: few spans, by hand. Whoever stands behind it must never fail or wait. */
export interface Tracing {
  start(spec: SpanSpec): Span;
  /** Sends what is still here, for a moment only; does not throw. */
  stop(): Promise<void>;
}

let inUse: Tracing | undefined;

/** Undefined: nobody wants traces. `tracing()?.start({…})` then costs a call and allocates nothing. */
export const tracing = (): Tracing | undefined => inUse;

/** Traces from here on, if the configuration names a collector. Only then OpenTelemetry is loaded at all. */
export async function startTracing(
  app: string,
  config: Config,
  logger: Logger,
): Promise<Tracing | undefined> {
  const collector = collectorUrl(config);
  if (collector === undefined) return undefined;
  const { openTelemetry } = await import('./otel-tracing.js');
  inUse = openTelemetry({ app, collector, config, logger });
  return inUse;
}

/** Where spans go: the address for traces as it is, or that of the collector with the path of the protocol. */
export function collectorUrl(
  config: Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'>,
): string | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: whole, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = config;
  return traces ?? (whole && `${whole.replace(/\/$/, '')}/v1/traces`);
}

const CODE = /^[A-Z0-9_]{1,40}$/;

/** A fault in a word of a closed set, e.g. `ECONNREFUSED`, `40001`, `TypeError`; its message may quote anything. */
export function kindOfFault(fault: unknown): string {
  const { code } = (fault ?? {}) as { code?: unknown };
  if (typeof code === 'string' && CODE.test(code)) return code;
  return fault instanceof Error ? fault.constructor.name : typeof fault;
}
