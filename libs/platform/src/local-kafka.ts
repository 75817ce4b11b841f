import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isDockerThere, startKafkaInDocker } from './docker-kafka.js';
import { freePort } from './free-port.js';
import { pause } from './retry.js';

const run = promisify(execFile);

const KAFKA = '4.1.1';
/** Kafka's own class path, and a logger, without which it prints nothing at all. */
const JARS = [
  ['org.apache.kafka', 'kafka_2.13', KAFKA],
  ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.2'],
] as const;
const READY_WITHIN_MS = 60_000;
const STOPS_WITHIN_MS = 10_000;

/** A broker for development and tests. */
export interface LocalKafka {
  /** `host:port` of the listener without encryption or password. */
  readonly brokers: string;
  /** How it was come by, in a few words. */
  readonly found: string;
  /** Of a broker started here: the port where it listens, whatever it tells clients to come to. */
  readonly port?: number;
  /** Of a broker started with Java: a listener that wants a certificate checked and a password. */
  readonly secured?: {
    readonly brokers: string;
    /** Path of the certificate to trust, in PEM. */
    readonly authority: string;
    readonly username: string;
    readonly password: string;
  };
  /** Process id of a broker started with Java. */
  readonly pid?: number;
  /** Stops a broker started here and removes its data; leaves any other alone. */
  stop(): Promise<void>;
  /** Kills it without warning, and starts it again on the same ports and data. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export class LocalKafkaError extends Error {}

/**
 * A broker: the one that `brokers` names, else one started here in Docker, else with Java and Maven, else none.
 *
 * @param advertised port of a proxy that a broker started here tells clients to come to; not those of `secured`
 * @param ways which of these two may be tried; only Java's can be killed with everything a test wants of it
 * @throws LocalKafkaError when there is a way and the broker does not start all the same
 */
export async function findKafka({
  brokers,
  advertised,
  ways = ['docker', 'java'],
}: {
  brokers?: string;
  advertised?: number;
  ways?: readonly ('docker' | 'java')[];
} = {}): Promise<LocalKafka | undefined> {
  if (brokers) return elsewhere(brokers);
  if (ways.includes('docker') && (await isDockerThere())) {
    return startKafkaInDocker(advertised).catch((error: unknown) => {
      throw new LocalKafkaError(`Starting Kafka in Docker failed: ${(error as Error).message}`);
    });
  }
  if (!ways.includes('java')) return undefined;
  if (!(await works('java', '-version')) || !(await works('mvn', '-version'))) return undefined;
  return startKafka(advertised);
}

function elsewhere(brokers: string): LocalKafka {
  const foreign = () => Promise.reject(new LocalKafkaError('This broker was not started here.'));
  return {
    brokers,
    found: `the broker of KAFKA_BROKERS, ${brokers}`,
    stop: () => Promise.resolve(),
    kill: foreign,
    restart: foreign,
  };
}

/** Starts an Apache Kafka of its own on free ports of 127.0.0.1; it ends with this process, however that ends. */
async function startKafka(advertised?: number): Promise<LocalKafka> {
  const classPath = await kafkaJars();
  const folder = await mkdtemp(join(tmpdir(), 'dunghan-kafka-'));
  try {
    const [plain, secured, controller] = [await freePort(), await freePort(), await freePort()];
    const login = { username: 'dunghan', password: randomBytes(12).toString('hex') };
    const store = await makeCertificate(folder);
    const properties = join(folder, 'server.properties');
    await writeFile(
      properties,
      serverProperties({
        ...{ folder, plain, secured, controller, login, store: store.password },
        advertised: advertised ?? plain,
      }),
      { mode: 0o600 },
    );
    const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${login.username},password=${login.password}]`,
    ]);
    const cluster = clusterId();
    await run('java', [
      '-cp',
      classPath,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      cluster,
      '-c',
      properties,
      ...scram,
    ]);
    let server = await launch(classPath, properties, plain, folder);
    return {
      brokers: `127.0.0.1:${advertised ?? plain}`,
      port: plain,
      found: `Apache Kafka ${KAFKA}, started with Java`,
      secured: { brokers: `127.0.0.1:${secured}`, authority: store.authority, ...login },
      get pid() {
        return server.pid;
      },
      stop: async () => {
        await server.end('SIGTERM');
        await rm(folder, { recursive: true, force: true });
      },
      kill: () => server.end('SIGKILL'),
      restart: async () => {
        server = await launch(classPath, properties, plain, folder);
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Sixteen bytes in letters; one that began with a dash would be taken for an option. */
function clusterId(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('base64url');
}

interface Places {
  folder: string;
  plain: number;
  advertised: number;
  secured: number;
  controller: number;
  login: { username: string; password: string };
  store: string;
}

function serverProperties({ folder, plain, advertised, secured, controller, login, store }: Places): string {
  const { username, password } = login;
  const one = [
    'offsets.topic.replication.factor',
    'transaction.state.log.replication.factor',
    'transaction.state.log.min.isr',
    'share.coordinator.state.topic.replication.factor',
    'share.coordinator.state.topic.min.isr',
    // Fifty, as a cluster has, are only files to make and to load here.
    'offsets.topic.num.partitions',
    'transaction.state.log.num.partitions',
  ];
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const plainLogin = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`;
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${plain},SASL_SSL://127.0.0.1:${secured},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertised},SASL_SSL://127.0.0.1:${secured}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': scram,
    'listener.name.sasl_ssl.plain.sasl.jaas.config': plainLogin,
    'ssl.keystore.location': join(folder, 'broker.p12'),
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.password': store,
    'log.dirs': join(folder, 'data'),
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'log.retention.check.interval.ms': '1000',
    ...Object.fromEntries(one.map((name) => [name, '1'])),
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** A certificate for 127.0.0.1, signed by itself. */
async function makeCertificate(folder: string): Promise<{ authority: string; password: string }> {
  const password = randomBytes(12).toString('hex');
  const store = ['-keystore', join(folder, 'broker.p12'), '-storetype', 'PKCS12', '-storepass', password];
  const name = ['-alias', 'broker', '-dname', 'CN=127.0.0.1', '-ext', 'SAN=ip:127.0.0.1,dns:localhost'];
  await run('keytool', ['-genkeypair', '-keyalg', 'EC', '-validity', '3650', ...name, ...store]);
  const authority = join(folder, 'authority.pem');
  await run('keytool', ['-exportcert', '-rfc', '-alias', 'broker', '-file', authority, ...store]);
  return { authority, password };
}

interface Server {
  pid: number;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/**
 * Ends the broker when standard input closes, which it does with the starting process, even a killed one;
 * otherwise every killed test run would leave a broker behind.
 */
const WITH_ITS_STARTER = `exec 3<&0; "$@" </dev/null & broker=$!
echo "pid $broker"
{ cat <&3 >/dev/null; kill -9 $broker 2>/dev/null; } & watcher=$!
wait $broker; code=$?; kill $watcher 2>/dev/null; exit $code`;

async function launch(classPath: string, properties: string, port: number, folder: string): Promise<Server> {
  const java = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-cp', classPath, 'kafka.Kafka', properties];
  const shell = spawn('sh', ['-c', WITH_ITS_STARTER, 'sh', 'java', ...java], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: a Ctrl-C is for whoever started it, who stops what uses the broker first.
    detached: true,
  });
  shell.stdin.on('error', () => undefined);
  let output = '';
  let pid = 0;
  const keep = (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-20_000));
  shell.stdout.on('data', keep);
  shell.stderr.on('data', keep);
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    shell.once('error', (error) => resolve(void (ended = error.message)));
    shell.once('exit', (code, signal) => resolve(void (ended = signal ?? `code ${code}`)));
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (ended === undefined) signalTo(pid, signal);
    const gone = new AbortController();
    await Promise.race([exited, pause(STOPS_WITHIN_MS, gone.signal)]);
    gone.abort();
    // Closing its input ends what a signal did not.
    shell.stdin.end();
    await exited;
  };

  const deadline = Date.now() + READY_WITHIN_MS;
  while (!pid || !(await listens(port))) {
    pid ||= Number(/^pid (\d+)$/m.exec(output)?.[1] ?? 0);
    if (ended !== undefined || Date.now() > deadline) {
      await end('SIGKILL');
      throw new LocalKafkaError(
        `The broker in ${folder} does not start (${ended ?? 'too slow'}):\n${output}`,
      );
    }
    await pause(50);
  }
  return { pid, end };
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** The class path, fetched once into the user's cache. */
async function kafkaJars(): Promise<string> {
  const cache = await cacheFolder();
  const folder = join(cache, `kafka-${KAFKA}`);
  if (!existsSync(folder)) {
    const fresh = await mkdtemp(join(cache, 'fetching-'));
    try {
      await writeFile(join(fresh, 'pom.xml'), pom());
      const goal = [
        'dependency:copy-dependencies',
        `-DoutputDirectory=${join(fresh, 'lib')}`,
        '-DincludeScope=runtime',
      ];
      await run('mvn', ['-q', '-B', '-f', join(fresh, 'pom.xml'), ...goal]);
      // Whoever comes second finds the folder there, and has the same.
      await rename(fresh, folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error;
      });
    } catch (error) {
      throw new LocalKafkaError(`Fetching Apache Kafka with Maven failed: ${(error as Error).message}`);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }
  return join(folder, 'lib', '*');
}

async function cacheFolder(): Promise<string> {
  const wished = join(homedir(), '.cache', 'dunghan');
  try {
    await mkdir(wished, { recursive: true });
    return wished;
  } catch {
    const fallback = join(tmpdir(), 'dunghan-cache');
    await mkdir(fallback, { recursive: true });
    return fallback;
  }
}

function pom(): string {
  const jars = JARS.map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>dunghan</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${jars.join('\n')}</dependencies></project>\n`;
}

const works = (command: string, ...args: string[]): Promise<boolean> =>
  run(command, args).then(
    () => true,
    () => false,
  );

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
