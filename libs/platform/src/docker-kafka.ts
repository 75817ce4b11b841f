import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import type { LocalKafka } from './local-kafka.js';
import { pause } from './retry.js';

const run = promisify(execFile);

/** The same as in docker-compose.yml. */
export const KAFKA_IMAGE = 'apache/kafka:4.1.1';
/** Pulling the image may be part of it. */
const READY_WITHIN_MS = 300_000;

/** Whether a Docker engine answers; the client alone is not enough. */
export const isDockerThere = (): Promise<boolean> =>
  run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 10_000 }).then(
    ({ stdout }) => stdout.trim() !== '',
    () => false,
  );

/** A broker of one node that listens on one port inside and outside, and tells clients to come to another if wished. */
export const kafkaInDocker = (port: number, advertised = port): Record<string, string> => ({
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://127.0.0.1:9093`,
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${advertised}`,
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@127.0.0.1:9093',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS: '1000',
  KAFKA_HEAP_OPTS: '-Xms256m -Xmx512m',
});

/** Starts a broker in a container on a free port of 127.0.0.1. One whose starter is killed has to be removed by hand. */
export async function startKafkaInDocker(advertised?: number): Promise<LocalKafka> {
  const port = await freePort();
  const environment = Object.entries(kafkaInDocker(port, advertised)).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`,
  ]);
  const publish = ['--publish', `127.0.0.1:${port}:${port}`, '--label', 'dunghan'];
  const { stdout } = await run('docker', ['run', '--detach', ...publish, ...environment, KAFKA_IMAGE], {
    timeout: READY_WITHIN_MS,
  });
  const container = stdout.trim();
  const docker = async (...words: string[]): Promise<void> => {
    await run('docker', [...words, container]);
  };
  const stop = () => docker('rm', '--force', '--volumes');
  try {
    await ready(container, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    brokers: `127.0.0.1:${advertised ?? port}`,
    port,
    found: `${KAFKA_IMAGE} in Docker, container ${container.slice(0, 12)}`,
    stop,
    kill: () => docker('kill'),
    restart: async () => {
      await docker('start');
      await ready(container, port);
    },
  };
}

/** Docker takes connections to a published port before anybody listens behind it, so the broker itself is asked. */
async function ready(container: string, port: number): Promise<void> {
  const question = ['/opt/kafka/bin/kafka-broker-api-versions.sh', '--bootstrap-server', `127.0.0.1:${port}`];
  const patientUntil = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await run('docker', [
      'exec',
      '--env',
      'KAFKA_HEAP_OPTS=-Xmx64m',
      container,
      ...question,
    ]).catch((error: unknown) => error as Error);
    if (!(answer instanceof Error)) return;
    if (Date.now() > patientUntil) {
      const { stdout } = await run('docker', ['logs', '--tail', '50', container]).catch(() => ({
        stdout: '',
      }));
      throw new Error(`The broker in container ${container.slice(0, 12)} does not start:\n${stdout}`);
    }
    await pause(500);
  }
}
