import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readConfig } from './config.js';

/** What it prints, and how it ends, on an environment with faults. */
describe('faults of the configuration', () => {
  let printed: string[] = [];
  beforeEach(() => {
    printed = [];
    jest.spyOn(console, 'error').mockImplementation((line: string) => void printed.push(line));
    jest.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${String(code)}`);
    });
  });
  afterEach(() => void jest.restoreAllMocks());

  it('are all named at once, without a secret', () => {
    const faulty = {
      PORT: 'x',
      KAFKA_BROKERS: 'broker',
      KAFKA_SSL: '/no/such/file.pem',
      KAFKA_SASL_MECHANISM: 'gssapi',
      KAFKA_SASL_PASSWORD: 'very-secret',
    };
    expect(() => readConfig(0, faulty)).toThrow('exit 2');
    const text = printed.join('\n');
    for (const name of ['PORT', 'KAFKA_BROKERS', 'KAFKA_SSL', 'KAFKA_SASL_MECHANISM'])
      expect(text).toContain(name);
    expect(text).not.toContain('very-secret');
  });

  it('are named where traces are wanted, too', () => {
    const faulty = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-token=%zz-very-secret',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
    };
    expect(() => readConfig(0, faulty)).toThrow('exit 2');
    for (const name of Object.keys(faulty)) expect(printed.join('\n')).toContain(`${name}: `);
    expect(printed.join('\n')).not.toContain('very-secret');
  });

  it.each([
    ['KAFKA_SASL_USERNAME', { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'p' }],
    ['KAFKA_SASL_PASSWORD', { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' }],
    ['KAFKA_SASL_MECHANISM', { KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' }],
  ])('include half a login: %s', (absent, env) => {
    expect(() => readConfig(0, env)).toThrow('exit 2');
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(new RegExp(`^configuration: ${absent}: is needed beside KAFKA_SASL_\\w+ and`));
  });
});

describe('traces', () => {
  it('are off, and at a hundredth once there is a collector', () => {
    const config = readConfig(0, { OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    expect(config.OTEL_EXPORTER_OTLP_ENDPOINT).toBeUndefined();
    expect(config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT).toBeUndefined();
    expect([config.OTEL_TRACES_SAMPLER, config.OTEL_TRACES_SAMPLER_ARG]).toEqual([
      ...['parentbased_traceidratio', 0.01],
    ]);
  });

  it('take their headers as the standard writes them', () => {
    const config = readConfig(0, { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20YTpi, x-scope = a==' });
    expect(config.OTEL_EXPORTER_OTLP_HEADERS).toEqual({ Authorization: 'Basic YTpi', 'x-scope': 'a==' });
  });
});
