import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { brokerForSpecs } from '#libs/testing';

const works = (command: string): boolean =>
  spawnSync(command, ['-version'], { stdio: 'ignore' }).status === 0;

/** A broker with Java and Maven, which alone is one that a test may kill. */
export const canStartKafka = ['java', 'mvn'].every(works);

/** A broker is named, or can be started here. Where tests decide, one that is missing is a failure. */
const isKafkaExpected =
  Boolean(process.env.CI ?? process.env.KAFKA_BROKERS) || canStartKafka || existsSync('/var/run/docker.sock');

if (!isKafkaExpected) {
  console.warn(
    '!! NOT TESTED ON KAFKA: no KAFKA_BROKERS, no container engine, and no Java with Maven to start a broker with.',
  );
}

/** An event log for a chain of a spec's own: the environment that chooses it. */
export interface ChosenLog {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

interface LogChoice {
  readonly log: string;
  choose(): Promise<ChosenLog>;
}

const postgres: LogChoice = {
  log: 'PostgreSQL',
  choose: () => Promise.resolve({ env: {}, stop: () => Promise.resolve() }),
};

const kafka: LogChoice = {
  log: 'Kafka',
  choose: async () => {
    const broker = await brokerForSpecs();
    if (!broker) throw new Error('No broker: set KAFKA_BROKERS, or have Docker, or Java and Maven.');
    if (process.env.KAFKA_BROKERS) await emptyTopics(broker.brokers);
    return { env: { KAFKA_BROKERS: broker.brokers }, stop: () => broker.stop() };
  },
};

/** Both logs, for `describe.each`; the second only where there is a broker. */
export const LOGS: readonly LogChoice[] = isKafkaExpected ? [postgres, kafka] : [postgres];

/** A broker that is given to tests may have been used by one before. */
async function emptyTopics(brokers: string): Promise<void> {
  const client = new Kafka({
    clientId: 'dunghan-spec',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  const admin = client.admin();
  await admin.connect();
  try {
    const there = await admin.listTopics();
    const topics = [EVENTS_TOPIC, TIMELINESS_TOPIC].filter((topic) => there.includes(topic));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}
