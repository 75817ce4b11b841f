import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '#libs/platform';
import { floorEventsPerSecond } from './floor.js';
import { options } from './options.js';
import { perSecond, say } from './say.js';
import { KafkaServers, SERVER_ENV, type Servers, type Used, withKafka, withStandalone } from './servers.js';
import { untilEnded } from './until-ended.js';
import { call, caughtUp, makeWorkload, putCatalogue, sendAll, type Workload } from './workload.js';

const BATCH = 2_500;

interface Measured {
  rate: number;
  seconds: number;
  rateA: string;
  /** In words: processor time of an event, and memory. */
  spent: string;
}

/** Whole chain from HTTP request to report, and rebuild, against the floor before and after; then over a broker. */
export async function chain(): Promise<void> {
  const workload = makeWorkload(options.scale, BATCH);
  say(
    'workload',
    `${workload.events} events, ${workload.dossiers} dossiers (Cần Thơ 2018, scale ${options.scale})`,
  );
  const before = await measureFloor(workload);
  let embedded: Measured | undefined;
  let rebuilt = NaN;
  await withStandalone(
    async (servers) => {
      embedded = await measureChain(servers, workload);
    },
    (dataDir) => {
      rebuilt = rebuildRate(dataDir);
      return Promise.resolve();
    },
  );
  let overKafka: Measured | undefined;
  if (options.kafka) {
    await withKafka(async (servers) => {
      overKafka = await measureChain(servers, workload);
      say('  Kafka: µs by app, starts included', servers.byApp(workload.events));
    });
  }
  const after = await measureFloor(workload);
  const floor = (before + after) / 2;
  say(
    'floor (plain SQL, no rules)',
    `${perSecond(floor)} (before ${Math.round(before)}, after ${Math.round(after)})`,
  );
  if (embedded) tell('whole chain, request to report', embedded, floor);
  say('rebuild of reporting', `${perSecond(rebuilt)}, ${(rebuilt / floor).toFixed(2)} of the floor`);
  if (embedded && overKafka) {
    tell('the same over Kafka, 4 processes', overKafka, floor);
    say('  of the embedded log', (overKafka.rate / embedded.rate).toFixed(2));
  }
}

/** Events that wait in the broker while nobody reads, and how fast they become figures once somebody does. */
export async function drain(): Promise<void> {
  if (!options.kafka) return;
  const workload = makeWorkload((674_062 * 5.3) / options.backlog, BATCH);
  await KafkaServers.run(['intake'], async (servers) => {
    await putCatalogue(servers.intake);
    const sending = performance.now();
    await sendAll(servers.intake, workload.bodies);
    const sent = (performance.now() - sending) / 1_000;
    for (const app of ['reporting', 'clock', 'processing'] as const) await servers.start(app);
    const before = servers.usage();
    const started = performance.now();
    await caughtUp(servers.url, 1_800_000);
    const seconds = (performance.now() - started) / 1_000;
    say(
      `backlog of ${workload.events} events`,
      `taken by intake at ${perSecond(workload.events / sent)}; drained into the figures in ${seconds.toFixed(0)} s, ${perSecond(workload.events / seconds)}`,
    );
    say('  where it goes (processor time)', spent(before, servers.usage(), workload.events, servers));
  });
}

async function measureChain(servers: Servers, { bodies, events }: Workload): Promise<Measured> {
  await putCatalogue(servers.intake);
  const before = servers.usage();
  const started = performance.now();
  await sendAll(servers.intake, bodies);
  await caughtUp(servers.url);
  const seconds = (performance.now() - started) / 1_000;
  const used = spent(before, servers.usage(), events, servers);
  const { body } = await call(`${servers.url}/v1/reports/timeliness?from=2018-01-01&to=2018-12-31`);
  const { total } = JSON.parse(body) as {
    total: { rates: { a: { percent: number; numerator: number; denominator: number } } };
  };
  const { percent, numerator, denominator } = total.rates.a;
  return {
    ...{ rate: events / seconds, seconds, spent: used },
    rateA: `${percent} (${numerator} of ${denominator})`,
  };
}

function tell(label: string, { rate, seconds, rateA, spent: used }: Measured, floor: number): void {
  say(label, `${perSecond(rate)}, ${(rate / floor).toFixed(2)} of the floor; ${seconds.toFixed(1)} s`);
  say('  where it goes (processor time)', used);
  say('  rate a', rateA);
}

function spent(before: Used, after: Used, events: number, servers: Servers): string {
  const each = (earlier: { cpuSeconds: number }, later: { cpuSeconds: number }) =>
    `${(((later.cpuSeconds - earlier.cpuSeconds) / events) * 1e6).toFixed(0)} µs`;
  const kafka = before.kafka && after.kafka ? `, Kafka ${each(before.kafka, after.kafka)}` : '';
  return `Node ${each(before.node, after.node)}, PostgreSQL ${each(before.postgres, after.postgres)}${kafka} per event; Node peak ${servers.peakMegabytes().toFixed(0)} MB`;
}

function rebuildRate(dataDir: string): number {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'rebuild', '--', 'reporting'], {
    env: { ...process.env, ...SERVER_ENV, DUNGHAN_DATA_DIR: dataDir },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`rebuild failed: ${stderr}`);
  return Number(/(\d+) events\/s/.exec(stdout)?.[1] ?? NaN);
}

/** Events per second of the floor over a workload, on a database of its own. */
export async function measureFloor({ bodies, events }: Workload): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'dunghan-floor-'));
  const server = await startEmbeddedPostgres(folder);
  try {
    return await untilEnded(floorEventsPerSecond(server.url, bodies, events));
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
