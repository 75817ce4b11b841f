import { afterAll, beforeAll } from '@jest/globals';
import { createLogger, findKafka, type LocalKafka } from '#libs/platform';
import { openTestDatabase, type TestDatabase } from '#libs/testing';
import { describeEventLog } from './event-log.contract.js';
import { KafkaLog } from './kafka-log.js';
import type { KafkaSettings } from './kafka-client.js';

let kafka: LocalKafka | undefined;
let test: TestDatabase;
const logger = createLogger('spec', {
  LOG_LEVEL: (process.env.LOG_LEVEL ?? 'fatal') as 'fatal',
  NODE_ENV: 'production',
});
const settings = (): KafkaSettings => ({
  brokers: kafka!.brokers.split(','),
  replication: 1,
  retentionMs: 3_600_000,
});

beforeAll(async () => {
  [kafka, test] = await Promise.all([
    findKafka({ brokers: process.env.KAFKA_BROKERS }),
    openTestDatabase(30),
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all([kafka?.stop(), test?.close()]);
}, 60_000);

describeEventLog(
  'KafkaLog',
  () =>
    Promise.resolve({
      database: test.database,
      open: () => new KafkaLog(test.database, settings(), logger),
      close: () => Promise.resolve(),
    }),
  { prunes: false },
);
