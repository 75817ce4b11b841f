import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Collector, startCollector } from '#libs/testing';
import { readConfig } from './config.js';
import { createLogger } from './logger.js';
import { readTrace } from './traceparent.js';
import { type Span, type SpanSpec, startTracing, type Tracing } from './tracing.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const caller = (flags: '00' | '01') => `00-${TRACE}-${CALLER}-${flags}`;

const SERVER = { name: 'GET /x', kind: 'server', attributes: { 'http.route': '/x' } } as const;
const BATCH = {
  name: 'process t',
  kind: 'consumer',
  attributes: { 'messaging.batch.message_count': 3 },
} as const;

describe('spans', () => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector({ header: ['x-token', 'a b'] });
  });
  afterEach(() => collector.stop());

  async function traced(env: Record<string, string>, make: (tracing: Tracing) => void) {
    const config = readConfig(0, {
      ...{ LOG_LEVEL: 'silent', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
      ...{ OTEL_EXPORTER_OTLP_HEADERS: 'x-token=a%20b', ...env },
    });
    const tracing = await startTracing('spec', config, createLogger('spec', config));
    if (!tracing) throw new Error('a collector was named');
    make(tracing);
    await tracing.stop();
    return collector.spans;
  }
  const ended = (span: Span) => {
    span.end();
    return span;
  };

  it('are sent at the stop, each below the one that its caller names', async () => {
    let server: Span | undefined;
    const [sent, ...others] = await traced({}, (tracing) => {
      server = tracing.start({ ...SERVER, parent: caller('01') });
      server.end({ attributes: { 'http.response.status_code': 202 } });
    });
    expect(others).toEqual([]);
    expect(sent).toMatchObject({
      ...{ service: 'spec', name: 'GET /x', kind: 2, traceId: TRACE, parentSpanId: CALLER },
      attributes: { 'http.route': '/x', 'http.response.status_code': 202 },
    });
    expect(server?.traceparent).toBe(`00-${TRACE}-${sent?.spanId}-01`);
    expect(sent?.status.code ?? 0).toBe(0);
  });

  it('that failed say of what kind, and nothing else', async () => {
    const [sent] = await traced({}, (tracing) =>
      tracing.start({ ...SERVER, parent: caller('01') }).end({ failed: '503' }),
    );
    expect(sent).toMatchObject({ attributes: { 'error.type': '503' }, status: { code: 2 } });
    expect(sent?.status.message ?? '').toBe('');
  });

  const LINKED = { ...BATCH, links: [caller('00'), caller('01')] };
  it.each<[string, SpanSpec, string, string, boolean]>([
    ['a caller who is followed', { ...SERVER, parent: caller('01') }, 'parentbased_traceidratio', '0', true],
    ['a caller who is not', { ...SERVER, parent: caller('00') }, 'parentbased_traceidratio', '1', false],
    ['nobody, at ratio 1', SERVER, 'parentbased_traceidratio', '1', true],
    ['nobody, at ratio 0', SERVER, 'parentbased_traceidratio', '0', false],
    ['nonsense, at ratio 0', { ...SERVER, parent: '00-1-1-01' }, 'parentbased_traceidratio', '0', false],
    ['links to who is followed', LINKED, 'parentbased_traceidratio', '0', true],
    ['links to who is followed', LINKED, 'parentbased_always_off', '1', true],
    ['links to who is not', { ...BATCH, links: [caller('00')] }, 'parentbased_always_off', '1', false],
    ['no links', BATCH, 'parentbased_always_on', '0', true],
    ['a caller who is not', { ...SERVER, parent: caller('00') }, 'always_on', '0', true],
    ['a caller who is followed', { ...SERVER, parent: caller('01') }, 'always_off', '1', false],
    ['links to who is followed', LINKED, 'always_off', '1', false],
    ['links to who is followed', LINKED, 'traceidratio', '0', false],
  ])('with %s: %j by %s %s are recorded: %s', async (_, spec, sampler, ratio, recorded) => {
    const env = { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio };
    let span: Span | undefined;
    const sent = await traced(env, (tracing) => (span = ended(tracing.start(spec))));
    expect([span?.recorded, sent.length]).toEqual([recorded, recorded ? 1 : 0]);
    expect(readTrace(span?.traceparent)?.sampled).toBe(recorded);
  });

  it('that the collector refuses are lost, and stop nothing', async () => {
    const sent = await traced({ OTEL_EXPORTER_OTLP_HEADERS: 'x-token=wrong' }, (tracing) =>
      ended(tracing.start({ ...SERVER, parent: caller('01') })),
    );
    expect([sent, collector.requests()]).toEqual([[], 1]);
  });
});

it('without a collector there is no tracing', async () => {
  const config = readConfig(0, { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_SAMPLER: 'always_on' });
  expect(await startTracing('spec', config, createLogger('spec', config))).toBeUndefined();
});
