import {
  type Context,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { randomUUID } from 'node:crypto';
import type { Config } from './config.js';
import type { Logger } from './logger.js';
import { LostSpans } from './lost-spans.js';
import { samplerOf } from './otel-sampler.js';
import { readTrace, writeTrace } from './traceparent.js';
import type { Span, SpanEnd, SpanSpec, Tracing } from './tracing.js';
import { versionOf } from './version.js';

/** Spans that wait for the collector; more are lost. About 2 MB. */
const MOST_WAITING = 2_048;
const MOST_AT_ONCE = 512;
const SENT_EVERY_MS = 2_000;
/** For one sending with its repetitions; the next ones wait as long. */
const SENT_WITHIN_MS = 5_000;
/** Of the time that a stop may take; what is not sent by then is lost. */
const FLUSHED_WITHIN_MS = 2_000;

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

/** Tracing by OpenTelemetry, sent as OTLP over HTTP in JSON. The only file that the rest loads it by. */
export function openTelemetry(spec: {
  app: string;
  /** Where spans are posted. */
  collector: string;
  config: Config;
  logger: Logger;
}): Tracing {
  const { app, collector, config, logger } = spec;
  const lost = new LostSpans(logger);
  tellWhatIsDropped(lost);
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.namespace': 'dunghan',
        'service.name': app,
        'service.version': versionOf(),
        'service.instance.id': randomUUID(),
      }),
    ),
    sampler: samplerOf(config.OTEL_TRACES_SAMPLER, config.OTEL_TRACES_SAMPLER_ARG),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new TellingExporter(collector, config.OTEL_EXPORTER_OTLP_HEADERS ?? {}, lost),
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: MOST_AT_ONCE,
        scheduledDelayMillis: SENT_EVERY_MS,
        // Later than the exporter itself gives up, so that it can say why.
        exportTimeoutMillis: 2 * SENT_WITHIN_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('dunghan');
  const start = ({ name, kind, parent, links = [], attributes }: SpanSpec): Span =>
    new RecordedSpan(
      tracer.startSpan(
        name,
        { kind: KINDS[kind], attributes, links: links.flatMap(contextOf).map((context) => ({ context })) },
        below(parent),
      ),
    );
  return { start, stop: () => flushed(provider, logger) };
}

class RecordedSpan implements Span {
  readonly traceparent: string;
  readonly recorded: boolean;

  constructor(private readonly span: OtelSpan) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.recorded = span.isRecording();
    this.traceparent = writeTrace({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 });
  }

  end({ failed, attributes = {} }: SpanEnd = {}): void {
    this.span.setAttributes(attributes);
    if (failed !== undefined) {
      this.span.setAttribute('error.type', failed);
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

class TellingExporter extends OTLPTraceExporter {
  constructor(
    url: string,
    headers: Record<string, string>,
    private readonly lost: LostSpans,
  ) {
    super({ url, headers, timeoutMillis: SENT_WITHIN_MS });
  }

  override export(...[spans, done]: Parameters<OTLPTraceExporter['export']>): void {
    super.export(spans, (result) => {
      const { error } = result;
      if (error)
        this.lost.add(spans.length, error.message || ((error as { code?: string }).code ?? error.name));
      done(result);
    });
  }
}

/** The queue says by a warning that it was full; errors are those that the exporter has told already. */
function tellWhatIsDropped(lost: LostSpans): void {
  const nothing = () => undefined;
  diag.setLogger(
    {
      ...{ error: nothing, info: nothing, debug: nothing, verbose: nothing },
      warn: (words) => lost.add(0, words),
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

async function flushed(provider: TracerProvider, logger: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      logger.warn(`the collector did not take the last spans within ${FLUSHED_WITHIN_MS} ms`);
      resolve();
    }, FLUSHED_WITHIN_MS);
  });
  // What fails has been told as lost.
  await Promise.race([provider.shutdown().catch(() => undefined), late]);
  clearTimeout(timer);
}

const below = (parent: string | undefined): Context =>
  contextOf(parent).reduce((context, above) => trace.setSpanContext(context, above), ROOT_CONTEXT);

/** Empty for what is no `traceparent`. */
function contextOf(traceparent: string | undefined): SpanContext[] {
  const read = readTrace(traceparent);
  if (!read) return [];
  const { traceId, spanId, sampled } = read;
  return [{ traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true }];
}
