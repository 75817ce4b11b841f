import { describe, expect, it } from '@jest/globals';
import { collectorUrl, kindOfFault, tracing } from './tracing.js';

describe('tracing', () => {
  it('is off unless it was started', () => {
    expect(tracing()).toBeUndefined();
  });

  it.each([
    ['nowhere', {}, undefined],
    ['to the path of the protocol', { whole: 'http://collector:4318' }, 'http://collector:4318/v1/traces'],
    ['below a path', { whole: 'https://collector/otlp/' }, 'https://collector/otlp/v1/traces'],
    ['to an address of their own, as it is', { traces: 'http://a/b', whole: 'http://c' }, 'http://a/b'],
  ])('sends spans %s', (_, { whole, traces }: { whole?: string; traces?: string }, expected) => {
    const config = { OTEL_EXPORTER_OTLP_ENDPOINT: whole, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces };
    expect(collectorUrl(config)).toBe(expected);
  });

  it.each([
    ['its code', Object.assign(new Error('Nguyễn Văn A'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['its class', new TypeError('Nguyễn Văn A'), 'TypeError'],
    ['its class where the code says too much', Object.assign(new Error(), { code: 'H13-1 là mã' }), 'Error'],
    ['its type', 'Nguyễn Văn A', 'string'],
    ['nothing', undefined, 'undefined'],
  ])('names a fault by %s, never by its words', (_, fault, kind) => {
    expect(kindOfFault(fault)).toBe(kind);
  });
});
