import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger, Liveness, readConfig, startTracing } from '#libs/platform';
import { type Collector, startCollector } from '#libs/testing';
import type { EventLog, LogBatch, SubscriptionSpec } from './event-log.js';
import { EventLogTransport } from './event-log.transport.js';
import { sendSpan } from './messaging-spans.js';

const trace = (nth: number, flags: string) =>
  `00-${nth.toString(16).padStart(32, '0')}-00f067aa0ba902b7-${flags}`;

/** Keeps what the transport would have called with every batch. */
const subscribed: SubscriptionSpec[] = [];
const log = {
  system: 'kafka',
  subscribe: (spec: SubscriptionSpec) => {
    subscribed.push(spec);
    return Promise.resolve({ assigned: () => [], stop: () => Promise.resolve() });
  },
} as unknown as EventLog;

const batch = (...traces: string[]): LogBatch => ({
  ...{ topic: 'topic', partition: 3, firstOffset: 0, nextOffset: traces.length },
  messages: traces.map((traceparent, offset) => ({
    ...{ offset, key: 'urn:source|H13-0001', value: '{}', headers: { traceparent } },
  })),
});

describe('the spans of the log', () => {
  let collector: Collector;
  const config = (env: Record<string, string>) => readConfig(0, { LOG_LEVEL: 'silent', ...env });

  beforeAll(async () => {
    const transport = new EventLogTransport(log, new Liveness(), createLogger('spec', config({})), 60_000);
    transport.addHandler(
      'topic',
      ({ partition }: LogBatch) =>
        partition === 3
          ? Promise.resolve()
          : Promise.reject(Object.assign(new Error('key H13-0001'), { code: '40001' })),
      true,
      { group: 'group' },
    );
    expect(await new Promise((resolve) => transport.listen(resolve))).toBeUndefined();
    collector = await startCollector();
  });
  afterAll(() => collector.stop());

  it('are not there without tracing', async () => {
    expect(sendSpan(log, 'topic', 5)).toBeUndefined();
    await subscribed[0]?.onBatch(batch(trace(1, '01')));
  });

  it('are one for a batch, linked to the requests that are followed, and say how it ended', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'parentbased_always_off' };
    const tracing = await startTracing('spec', config(env), createLogger('spec', config(env)));
    await subscribed[0]?.onBatch(batch(trace(1, '00'), trace(2, '01'), trace(2, '01'), trace(3, '01')));
    await subscribed[0]?.onBatch(batch(trace(1, '00')));
    const failing = subscribed[0]?.onBatch({ ...batch(trace(4, '01')), partition: 4 });
    await expect(failing).rejects.toThrow('H13-0001');
    // Whom nobody records sends on what the caller sent.
    expect(sendSpan(log, 'topic', 5)).toBeUndefined();
    await tracing?.stop();

    const attributes = {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': 'topic',
      'messaging.batch.message_count': 4,
      'messaging.consumer.group.name': 'group',
      'messaging.destination.partition.id': '3',
    };
    const link = (nth: number) => ({
      traceId: nth.toString(16).padStart(32, '0'),
      spanId: '00f067aa0ba902b7',
    });
    expect(collector.spans).toMatchObject([
      { name: 'process topic', kind: 5, attributes, links: [link(2), link(3)] },
      { name: 'process topic', kind: 5, attributes: { 'error.type': '40001' }, status: { code: 2 } },
    ]);
    expect(collector.spans[0]?.attributes).toEqual(attributes);
    expect(collector.bodies.join()).not.toContain('H13');
  });
});
