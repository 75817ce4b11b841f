import { describe, expect, it } from '@jest/globals';
import { isRetryable, readConfig } from '#libs/platform';
import { KafkaFault, kafkaSettings } from './kafka-client.js';

describe('a fault of the cluster', () => {
  /** As the client makes them; its types do not say how. */
  const fault = (name: string, retriable: boolean, cause?: Error) =>
    Object.assign(new Error(name, { cause }), { name, retriable });
  const lost = fault('KafkaJSConnectionError', true);
  const refused = fault('KafkaJSSASLAuthenticationError', false);
  const wrapped = (cause: Error) => fault('KafkaJSNumberOfRetriesExceeded', false, cause);

  it.each<[string, unknown, boolean]>([
    ['a lost connection', lost, true],
    ['a lost connection after all retries', wrapped(wrapped(lost)), true],
    ['a cluster that is away', fault('KafkaJSGroupCoordinatorNotFound', false), true],
    ['a slow connection', wrapped(fault('KafkaJSLockTimeout', false)), true],
    ['a refused login', refused, false],
    ['a refused login after all retries', wrapped(refused), false],
    ['a request that the broker refuses', fault('KafkaJSNonRetriableError', false), false],
    ['a bug', new TypeError('x is not a function'), false],
  ])('%s passes: %p → %p', (_, cause, passes) => {
    expect(isRetryable(new KafkaFault('Sending failed', cause))).toBe(passes);
  });
});

describe('the settings of Kafka', () => {
  const of = (env: Record<string, string>) => kafkaSettings(readConfig(0, env));

  it('are none where no broker is named', () => {
    expect(of({ KAFKA_SSL: 'true' })).toBeUndefined();
  });

  it('take several brokers, and no more than that', () => {
    expect(of({ KAFKA_BROKERS: 'a:9092, [::1]:9093' })).toEqual({
      brokers: ['a:9092', '[::1]:9093'],
      ssl: false,
      sasl: undefined,
      replication: 1,
      retentionMs: 604_800_000,
    });
  });

  it('take encryption and a login', () => {
    const settings = of({
      KAFKA_BROKERS: 'a:9092',
      KAFKA_SSL: 'package.json',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p',
      KAFKA_REPLICATION: '3',
    });
    expect((settings?.ssl as { ca: string }).ca).toContain('"dunghan"');
    expect(settings).toMatchObject({
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
      replication: 3,
    });
  });
});
