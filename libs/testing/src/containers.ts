import { existsSync } from 'node:fs';
import type * as Containers from 'testcontainers';
import { findKafka, freePort, KAFKA_IMAGE, kafkaInDocker, type LocalKafka } from '#libs/platform';

/** The same as in docker-compose.yml. */
export const POSTGRES_IMAGE = 'postgres:18.4-bookworm';

/**
 * A broker for specs: the one of `KAFKA_BROKERS`, else one in a container, else one by Java and Maven, else none.
 *
 * @throws without one where `CI` is set: there, a spec that cannot run is a failure
 */
export async function brokerForSpecs(): Promise<LocalKafka | undefined> {
  const { KAFKA_BROKERS: brokers, CI } = process.env;
  const broker = brokers ? undefined : await kafkaContainer();
  const found = broker ?? (await findKafka({ brokers, ways: ['java'] }));
  if (!found && CI) throw new Error('No Kafka was found, and with CI set that is a failure.');
  return found;
}

async function kafkaContainer(): Promise<LocalKafka | undefined> {
  const port = await freePort();
  const container = await started(async ({ GenericContainer, Wait }) =>
    new GenericContainer(KAFKA_IMAGE)
      .withExposedPorts({ container: port, host: port })
      .withEnvironment(kafkaInDocker(port))
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .start(),
  );
  if (!container) return undefined;
  const never = () => Promise.reject(new Error('This broker is in a container and is not killed.'));
  return {
    ...{ brokers: `127.0.0.1:${port}`, port, found: `${KAFKA_IMAGE} in a container` },
    stop: () => stop(container),
    ...{ kill: never, restart: never },
  };
}

/** A PostgreSQL server in a container; undefined: there is no engine. */
export async function postgresContainer(): Promise<{ url: string; stop(): Promise<void> } | undefined> {
  const container = await started(async ({ GenericContainer, Wait }) =>
    new GenericContainer(POSTGRES_IMAGE)
      .withExposedPorts(5_432)
      // It is reached from this machine only, and ends with the spec.
      .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=100'])
      // The first time is the server that makes the cluster.
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      .start(),
  );
  if (!container) return undefined;
  const address = `${container.getHost()}:${container.getMappedPort(5_432)}`;
  return { url: `postgres://postgres@${address}/postgres`, stop: () => stop(container) };
}

/** Starts a container where there is an engine. One that does not start is said aloud, and done without. */
async function started(
  start: (containers: typeof Containers) => Promise<Containers.StartedTestContainer>,
): Promise<Containers.StartedTestContainer | undefined> {
  // Cheap to ask first: the library takes its time to load.
  if (!process.env.DOCKER_HOST && !existsSync('/var/run/docker.sock')) return undefined;
  const containers = await import('testcontainers');
  try {
    await containers.getContainerRuntimeClient();
  } catch {
    return undefined;
  }
  try {
    return await start(containers);
  } catch (error) {
    console.warn(`!! There is a container engine, but: ${String(error)}. Going on without.`);
    return undefined;
  }
}

async function stop(container: Containers.StartedTestContainer): Promise<void> {
  await container.stop();
}
