import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { POSTGRES_IMAGE } from '#libs/testing';
import {
  faultsOfEnvironment,
  hasTool,
  lastStage,
  listOf,
  megabytes,
  megabytesNeeded,
  outputOf,
  sourceOf,
} from './deployment.fixture.js';
import { KAFKA_IMAGE, kafkaInDocker } from './docker-kafka.js';

/** What can be told of image and composition without an engine: they must fit the code beside them. */

interface Service {
  image: string;
  command?: string[];
  environment: Record<string, string>;
  networks: string[];
  ports?: string[];
  volumes?: string[];
  mem_limit?: string;
  cpus?: number;
  stop_grace_period?: string;
  deploy?: { replicas: number };
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[]; interval: string };
}

interface Composition {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  volumes: Record<string, unknown>;
}

const { version, config } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string;
  config: { node: string };
};
const text = readFileSync('docker-compose.yml', 'utf8');
const { services, networks, volumes } = parse(text, { merge: true }) as Composition;
const { postgres, kafka, prometheus, alertmanager, grafana, ...apps } = services;
const watchers = { prometheus, alertmanager, grafana };
const named = Object.entries(apps);
const everyService = Object.entries(services);

const GRAFANA = 'deploy/grafana/provisioning';
const GRAFANA_USER = 'deploy/postgres/grafana-user.sh';

/** Words of the Compose specification that are in use here; a misspelt one would be ignored in silence by older clients. */
const WORDS = [
  ...[
    'image',
    'build',
    'command',
    'environment',
    'ports',
    'volumes',
    'networks',
    'depends_on',
    'healthcheck',
  ],
  ...['restart', 'init', 'read_only', 'tmpfs', 'cap_drop', 'security_opt', 'stop_grace_period', 'deploy'],
  ...['mem_limit', 'cpus', 'pids_limit', 'shm_size'],
];

describe('docker-compose.yml', () => {
  it('runs PostgreSQL, Kafka, the four processes, two copies of processing and of the clock, and what watches', () => {
    const copies = everyService.map(([name, { deploy }]) => [name, deploy?.replicas ?? 1] as const);
    expect(Object.fromEntries(copies)).toEqual({
      ...{ postgres: 1, kafka: 1, intake: 1, processing: 2, clock: 2, reporting: 1 },
      ...{ prometheus: 1, alertmanager: 1, grafana: 1 },
    });
  });

  it.each(everyService)('%s is described in words that exist', (_, service) => {
    expect(Object.keys(service).filter((word) => !WORDS.includes(word))).toEqual([]);
  });

  it.each(everyService)('%s is of a version that does not change under us', (name, { image }) => {
    expect(image).toMatch(name in apps ? `dunghan:${version}` : /:v?\d+\.\d+[.\d]*(-\w+)?$/);
  });

  it.each(named)('%s starts a program that exists, each its own', (name, { command }) => {
    expect(command).toEqual([`dist/apps/${name}/src/main.js`]);
    expect(existsSync(sourceOf(command?.[0] ?? ''))).toBe(true);
  });

  it.each(named)('%s is given only variables that the configuration knows, and takes', (_, service) => {
    expect(faultsOfEnvironment(service.environment)).toEqual([]);
    expect(service.environment).toMatchObject({ KAFKA_BROKERS: 'kafka:9092' });
  });

  it.each(named)('%s is published where it listens, if at all', (_, { environment, ports }) => {
    const port = environment.PORT ?? '';
    expect(port).toMatch(/^80\d\d$/);
    for (const published of ports ?? []) expect(published).toBe(`127.0.0.1:${port}:${port}`);
  });

  it('publishes intake, reporting and what people watch, on the loopback address only', () => {
    const published = everyService.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(Object.fromEntries(published)).toEqual({
      intake: '127.0.0.1:8081:8081',
      reporting: '127.0.0.1:8080:8080',
      prometheus: '127.0.0.1:9090:9090',
      alertmanager: '127.0.0.1:9093:9093',
      grafana: '127.0.0.1:3000:3000',
    });
  });

  it('keeps database, broker and the other processes on a network without a way out', () => {
    expect(networks).toEqual({ inside: { internal: true }, outside: {} });
    const outside = everyService.filter(([, service]) => service.networks.includes('outside'));
    expect(outside.map(([name]) => name).sort()).toEqual(
      ['intake', 'reporting', ...Object.keys(watchers)].sort(),
    );
    expect(everyService.filter(([, service]) => !service.networks.includes('inside'))).toEqual([]);
  });

  it('has the images and the broker that tests take where they have an engine', () => {
    expect([kafka?.image, postgres?.image]).toEqual([KAFKA_IMAGE, POSTGRES_IMAGE]);
    const { KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS: _onlyForTests, ...settings } = kafkaInDocker(9_092);
    expect(Object.keys(kafka?.environment ?? {})).toEqual(expect.arrayContaining(Object.keys(settings)));
  });

  it('has no password of its own', () => {
    const uses = text.match(/\$\{POSTGRES_PASSWORD[^}]*\}/g) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((use) => !use.startsWith('${POSTGRES_PASSWORD:?'))).toEqual([]);
    expect(postgres?.environment.POSTGRES_PASSWORD).toBe(uses[0]);
    for (const [, { environment }] of named) {
      expect(environment.DATABASE_URL).toMatch(
        /^postgres:\/\/dunghan:\$\{POSTGRES_PASSWORD:\?[^}]+\}@postgres:5432\/dunghan$/,
      );
    }
    const grafanaPassword = '${GRAFANA_DATABASE_PASSWORD:?set GRAFANA_DATABASE_PASSWORD}';
    expect(postgres?.environment.GRAFANA_DATABASE_PASSWORD).toBe(grafanaPassword);
    expect(grafana?.environment).toMatchObject({
      GRAFANA_DATABASE_PASSWORD: grafanaPassword,
      GF_SECURITY_ADMIN_PASSWORD: '${GRAFANA_ADMIN_PASSWORD:?set GRAFANA_ADMIN_PASSWORD}',
    });
  });

  it.each(everyService)('%s is bounded in memory and processor, and has time to stop', (_, service) => {
    expect(megabytes(service.mem_limit)).toBeGreaterThan(0);
    expect(service.cpus).toBeGreaterThan(0);
    expect(parseInt(service.stop_grace_period ?? '', 10)).toBeGreaterThan(10);
  });

  it('gives Node and Java the memory that their flags claim', () => {
    for (const [, { mem_limit }] of named) {
      expect(megabytes(mem_limit)).toBeGreaterThanOrEqual(megabytesNeeded(listOf('ENTRYPOINT')));
    }
    const heap = /-Xmx(\d+)m/.exec(kafka?.environment.KAFKA_HEAP_OPTS ?? '')?.[1];
    expect(megabytes(kafka?.mem_limit)).toBeGreaterThanOrEqual(Number(heap) + 256);
  });

  it('does not ask for more connections than PostgreSQL has', () => {
    // Each process has one or two beside its pool that only listen.
    const asked = named.map(
      ([, { environment, deploy }]) => (deploy?.replicas ?? 1) * (Number(environment.DATABASE_POOL) + 2),
    );
    const [, forGrafana] = /connection limit (\d+)/.exec(readFileSync(GRAFANA_USER, 'utf8')) ?? [];
    expect(asked.reduce((sum, one) => sum + one) + Number(forGrafana)).toBeLessThanOrEqual(97);
  });

  it('has no more copies of processing than partitions to read', () => {
    const { deploy, environment } = apps.processing ?? {};
    expect(deploy?.replicas).toBeLessThanOrEqual(Number(environment?.LOG_PARTITIONS));
  });

  it('waits until database and broker answer', () => {
    for (const [, { depends_on, healthcheck }] of named) {
      expect(depends_on).toEqual({
        postgres: { condition: 'service_healthy' },
        kafka: { condition: 'service_healthy' },
      });
      // The image's own check asks each app where it listens.
      expect(healthcheck).toBeUndefined();
    }
    expect(postgres?.healthcheck?.test.join(' ')).toContain('pg_isready');
    expect(kafka?.healthcheck?.test.join(' ')).toContain('--bootstrap-server kafka:9092');
  });

  it('keeps the data', () => {
    expect(postgres?.volumes).toEqual([
      'database:/var/lib/postgresql',
      `./${GRAFANA_USER}:/docker-entrypoint-initdb.d/grafana-user.sh:ro`,
    ]);
    expect(kafka?.volumes).toEqual([`events:${kafka?.environment.KAFKA_LOG_DIRS}`]);
    expect(Object.keys(volumes).sort()).toEqual(['dashboards', 'database', 'events', 'metrics', 'silences']);
  });

  it('mounts what is in the repository, for reading only', () => {
    for (const [name, { volumes: mounts = [] }] of everyService) {
      for (const mount of mounts.filter((one) => one.startsWith('./'))) {
        const [from = '', , how] = mount.split(':');
        expect([name, from, existsSync(from), how]).toEqual([name, from, true, 'ro']);
      }
    }
  });

  it('lets Grafana find its sources and boards', () => {
    const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));
    const { datasources } = read(`${GRAFANA}/datasources/dunghan.yml`) as {
      datasources: { uid: string; url: string; user?: string; secureJsonData?: { password: string } }[];
    };
    const boards = readdirSync('deploy/grafana/dashboards').map(
      (name) => `deploy/grafana/dashboards/${name}`,
    );
    for (const board of boards) {
      for (const [, uid] of readFileSync(board, 'utf8').matchAll(
        /"uid": "(dunghan-(?:prometheus|postgres))"/g,
      ))
        expect(datasources.map((source) => source.uid)).toContain(uid);
    }
    for (const { url } of datasources) {
      expect(Object.keys(services)).toContain(/^(?:http:\/\/)?(\w+):\d+$/.exec(url)?.[1]);
    }
    const database = datasources.find(({ uid }) => uid === 'dunghan-postgres');
    expect(database?.secureJsonData).toEqual({ password: '$GRAFANA_DATABASE_PASSWORD' });
    expect(readFileSync(GRAFANA_USER, 'utf8')).toContain(`create role ${database?.user} login`);
    const { providers } = read(`${GRAFANA}/dashboards/dunghan.yml`) as {
      providers: { options: { path: string } }[];
    };
    expect(grafana?.volumes).toContain(`./deploy/grafana/dashboards:${providers[0]?.options.path}:ro`);
    const home = grafana?.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
    expect(boards.map((board) => board.split('/').at(-1))).toContain(home.split('/').at(-1));
  });

  it('lets Prometheus find the processes and Alertmanager', () => {
    const config = parse(readFileSync('deploy/prometheus/prometheus.yml', 'utf8')) as {
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    const targets = config.scrape_configs.flatMap(({ dns_sd_configs }) =>
      dns_sd_configs.flatMap(({ names, port }) => names.map((name) => [name, String(port)])),
    );
    expect(Object.fromEntries(targets)).toEqual(
      Object.fromEntries(named.map(([name, { environment }]) => [name, environment.PORT])),
    );
    expect(config.alerting.alertmanagers[0]?.static_configs[0]?.targets).toEqual(['alertmanager:9093']);
  });

  it('has a single broker that makes no topic by itself and counts on no second copy', () => {
    const settings = kafka?.environment ?? {};
    expect(settings).toMatchObject({
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://kafka:9092',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    });
    const copies = Object.entries(settings).filter(([name]) => /REPLICATION_FACTOR|MIN_ISR/.test(name));
    expect(copies.map(([, count]) => count)).toEqual(['1', '1', '1', '1', '1']);
    expect(Buffer.from(settings.CLUSTER_ID ?? '', 'base64url')).toHaveLength(16);
  });

  const client = ['docker', 'compose'];
  if (hasTool(client, ['version'])) {
    it('is taken by the Compose client', () => {
      const resolved = outputOf(client, ['config', '--format', 'json'], {
        ...{ POSTGRES_PASSWORD: 'only-here', GRAFANA_DATABASE_PASSWORD: 'and-here' },
        GRAFANA_ADMIN_PASSWORD: 'and-there',
      });
      const taken = JSON.parse(resolved) as Composition;
      expect(Object.keys(taken.services).sort()).toEqual(Object.keys(services).sort());
    });
  }
});

describe('the image', () => {
  const lines = lastStage();

  it('runs a program that exists, with the flags of package.json, not as root', () => {
    expect(listOf('ENTRYPOINT')).toEqual(['node', ...config.node.split(' ')]);
    const [program = ''] = listOf('CMD');
    expect(existsSync(sourceOf(program))).toBe(true);
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  });

  it('is built on one exact version of Node, which the project takes', () => {
    const bases = readFileSync('deploy/Dockerfile', 'utf8').match(/^FROM \S+/gm) ?? [];
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^FROM node:2[2-9]\.\d+\.\d+-bookworm-slim$/);
  });

  it('asks the program that runs in it whether it makes progress', () => {
    expect(lines.find((line) => line.startsWith('ENV HOST='))).toBe('ENV HOST=0.0.0.0 PORT=8080');
    expect(listOf('HEALTHCHECK').at(-1)).toContain("'http://127.0.0.1:' + process.env.PORT + '/health/live'");
  });

  it('holds what the programs read beside themselves', () => {
    for (const path of [
      'dist',
      'data/calendars',
      'data/forms',
      'docs/runbooks',
      'package.json',
      'node_modules',
    ]) {
      expect(lines.some((line) => line.startsWith('COPY ') && line.includes(path))).toBe(true);
    }
  });
});
