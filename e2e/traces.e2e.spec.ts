import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  chainAt,
  type Collector,
  type CollectedSpan,
  type CloudEventJson,
  formatInstant,
  fullType,
  pollUntil,
  type Standalone,
  startCollector,
  startStandalone,
} from '#libs/testing';
import { type ChosenLog, LOGS } from './logs.js';

jest.setTimeout(120_000);

const [SERVER, PRODUCER, CONSUMER] = [2, 4, 5];
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const CODE = 'H13-180105-0001';
const ARRIVES_WITHIN_MS = 20_000;

/** Posts one event whose traces may be followed. */
async function post(url: string, code: string, traceparent?: string): Promise<void> {
  const body: CloudEventJson = {
    ...{ specversion: '1.0', source: 'urn:spec', id: `e-${code}`, type: fullType('accepted'), subject: code },
    time: formatInstant(Date.now() - 60_000),
    data: { procedure: '1.000001', receivingAgency: 'A', channel: 'counter' },
  };
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', ...(traceparent && { traceparent }) },
    body: JSON.stringify(body),
  });
  expect([response.status, await response.text()]).toEqual([202, '{"accepted":1}']);
}

async function fillCatalogue(url: string): Promise<void> {
  const chain = chainAt(url);
  await chain.putAgencies([{ id: 'A', name: 'Xã A', kind: 'commune' }]);
  const limits = [{ statutory: { amount: 5, unit: 'working-days' as const } }];
  await chain.putProcedures([{ code: '1.000001', name: 'Thủ tục', domain: 'đất đai', limits }]);
}

describe.each(LOGS)('an event that its sender follows, on $log', ({ log: logName, choose }) => {
  let log: ChosenLog | undefined;
  let collector: Collector;
  let standalone: Standalone | undefined;

  beforeAll(async () => {
    [log, collector] = await Promise.all([choose(), startCollector()]);
    standalone = await startStandalone({ env: { ...log.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    await fillCatalogue(standalone.url);
    await post(standalone.url, CODE, `00-${TRACE}-${CALLER}-01`);
    await chainAt(standalone.url).caughtUp();
  }, 180_000);
  afterAll(async () => {
    await standalone?.stop();
    await Promise.all([collector?.stop(), log?.stop()]);
  }, 60_000);

  const found = async (what: string, is: (span: CollectedSpan) => boolean): Promise<CollectedSpan> => {
    let span: CollectedSpan | undefined;
    await pollUntil(`the span of ${what}`, ARRIVES_WITHIN_MS, () => {
      span = collector.spans.find(is);
      return Promise.resolve(span !== undefined);
    });
    return span as CollectedSpan;
  };
  const server = () => found('the request', ({ kind, traceId }) => kind === SERVER && traceId === TRACE);
  const producer = () => found('the sending', ({ kind, traceId }) => kind === PRODUCER && traceId === TRACE);
  const consumer = async (group: string): Promise<CollectedSpan> => {
    const { spanId } = await producer();
    return found(
      `the batch of ${group}`,
      ({ kind, attributes, links }) =>
        kind === CONSUMER &&
        attributes['messaging.consumer.group.name'] === group &&
        links.some((link) => link.traceId === TRACE && link.spanId === spanId),
    );
  };

  it('is seen at the door, below the sender’s own span', async () => {
    expect(await server()).toMatchObject({
      ...{ service: 'standalone', name: 'POST /v1/events', parentSpanId: CALLER },
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/events',
        'http.response.status_code': 202,
      },
    });
  });

  it('is seen on its way into the log', async () => {
    expect(await producer()).toMatchObject({
      ...{ name: 'send tthc.dossier.events.v1', parentSpanId: (await server()).spanId },
      attributes: {
        'messaging.system': logName.toLowerCase(),
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'tthc.dossier.events.v1',
        'messaging.batch.message_count': 1,
      },
    });
  });

  it.each([
    ['processing', 'tthc.dossier.events.v1'],
    ['reporting', 'tthc.dossier.timeliness.v1'],
  ])('is seen in the batch of %s that applied it', async (group, topic) => {
    const span = await consumer(group);
    expect(span).toMatchObject({
      name: `process ${topic}`,
      attributes: {
        'messaging.system': logName.toLowerCase(),
        'messaging.operation.type': 'process',
        'messaging.destination.name': topic,
        'messaging.consumer.group.name': group,
        'messaging.batch.message_count': 1,
      },
    });
    expect(span.attributes['messaging.destination.partition.id']).toMatch(/^\d+$/);
    expect([span.parentSpanId ?? '', span.traceId === TRACE]).toEqual(['', false]);
    expect(span.status.code ?? 0).toBe(0);
  });

  it('is nowhere called by its code, its id or its source', async () => {
    const { url } = standalone as Standalone;
    const traceparent = `00-${TRACE}-00f067aa0ba902b8-01`;
    await fetch(`${url}/v1/dossiers/urn%3Aspec/${CODE}?x=${CODE}`, { headers: { traceparent } });
    await fetch(`${url}/v1/nothing/${CODE}`, { headers: { traceparent } });
    const names = ['GET /v1/dossiers/:source/:code', 'GET /*'];
    for (const name of names) await found(name, (span) => span.name === name);
    await consumer('reporting');
    const all = collector.bodies.join();
    for (const word of [CODE, 'urn:spec', 'urn%3Aspec', 'Xã A']) expect(all).not.toContain(word);
  });
});

/** Says at the end how many files of OpenTelemetry's SDK the process has loaded. */
const TELL_LOADED = `--import data:text/javascript,${encodeURIComponent(
  `import { createRequire } from 'node:module';
   const { cache } = createRequire(process.cwd() + '/x');
   const count = () => Object.keys(cache).filter((file) => file.includes('@opentelemetry/sdk-trace')).length;
   process.on('exit', () => console.log('files of the SDK: ' + count() + '.'));`,
)}`;

describe('traces', () => {
  it('are not sent, and nothing of them is loaded, where no collector is named', async () => {
    const collector = await startCollector();
    const env = {
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_SAMPLER: 'always_on' },
      NODE_OPTIONS: TELL_LOADED,
    };
    const standalone = await startStandalone({ env });
    try {
      await fillCatalogue(standalone.url);
      await post(standalone.url, CODE, `00-${TRACE}-${CALLER}-01`);
      await chainAt(standalone.url).caughtUp();
    } finally {
      await standalone.stop();
      await collector.stop();
    }
    expect(collector.requests()).toBe(0);
    expect(standalone.output()).toContain('files of the SDK: 0.');
  });

  it('delay neither requests nor the stop where the collector hangs, and are told lost in one line', async () => {
    const REQUESTS = 4_000;
    const collector = await startCollector({ hangs: true });
    const env = {
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'always_on' },
      NODE_OPTIONS: TELL_LOADED,
    };
    const standalone = await startStandalone({ env });
    try {
      await fillCatalogue(standalone.url);
      await pollUntil('the collector to be asked', ARRIVES_WITHIN_MS, () =>
        Promise.resolve(collector.requests() > 0),
      );
      // More than the queue holds.
      let slowest = 0;
      const lane = async (nth: number): Promise<void> => {
        for (let asked = nth; asked < REQUESTS; asked += 8) {
          const began = performance.now();
          await (await fetch(`${standalone.url}/health/live`)).text();
          slowest = Math.max(slowest, performance.now() - began);
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, nth) => lane(nth)));
      const began = performance.now();
      await post(standalone.url, CODE);
      await chainAt(standalone.url).caughtUp();
      // Less than the exporter waits for the collector.
      expect(slowest).toBeLessThan(3_000);
      expect(performance.now() - began).toBeLessThan(5_000);
      const told = () => standalone.output().split('spans are lost').length - 1;
      await pollUntil('the loss to be told', ARRIVES_WITHIN_MS, () => Promise.resolve(told() > 0));
      expect(told()).toBe(1);
    } finally {
      // Throws unless the process ends by itself within its time, with exit code 0.
      await standalone.stop();
      await collector.stop();
    }
    expect(standalone.output()).toContain('the collector did not take the last spans');
    expect(standalone.output()).toMatch(/files of the SDK: [1-9]/);
  });
});
