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
