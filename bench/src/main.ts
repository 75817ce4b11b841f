import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '#libs/platform';
import { startStandalone, type Standalone } from '#libs/testing';
import { SyntheticDossiers } from './dossiers.js';
import { floorEventsPerSecond } from './floor.js';
import { eventJson, readStream, steadyLoad } from './live.js';
import { spread } from './percentiles.js';
import { nodeUsage, peakMegabytes, postgresUsage } from './processes.js';
import { reportQuestions, reportTimes } from './reports.js';
import { call, caughtUp, makeWorkload, putCatalogue, sendAll } from './workload.js';

/**
 * `npm run bench [-- part …]`: prints what the chain does per second as a ratio to a plain-SQL floor
 * of the same run, and how long people wait. Parts: chain, reports, freshness, announce, idle.
 */
const PARTS = ['chain', 'reports', 'freshness', 'announce', 'idle'] as const;
type Part = (typeof PARTS)[number];

const numberOf = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const SCALE = numberOf('scale', 10);
const DOSSIERS = numberOf('dossiers', 1_000_000);
const DEADLINES = numberOf('deadlines', 100_000);
const SERVER_ENV = {
  LOG_LEVEL: process.env['BENCH_LOG'] ?? 'warn',
};

const say = (label: string, value: string): void => console.log(`${label.padEnd(34)} ${value}`);
const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en-US')} events/s`;

async function withServer(work: (server: Standalone) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dunghan-bench-'));
  const server = await startStandalone({ env: { ...SERVER_ENV, DUNGHAN_DATA_DIR: dataDir } });
  try {
    await work(server);
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measureFloor(bodies: readonly Buffer[], events: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'dunghan-floor-'));
  const server = await startEmbeddedPostgres(folder);
  try {
    return await floorEventsPerSecond(server.url, bodies, events);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whole chain from HTTP request to report, and rebuild, against the floor before and after. */
async function chain(): Promise<void> {
  const workload = makeWorkload(SCALE, 2_500);
  say('workload', `${workload.events} events, ${workload.dossiers} dossiers (Cần Thơ 2018, scale ${SCALE})`);
  const before = await measureFloor(workload.bodies, workload.events);
  let rate = 0;
  const dataDir = await mkdtemp(join(tmpdir(), 'dunghan-bench-'));
  const server = await startStandalone({ env: { ...SERVER_ENV, DUNGHAN_DATA_DIR: dataDir } });
  await putCatalogue(server.url);
  const [node, postgres] = [nodeUsage(server.pid), postgresUsage(dataDir)];
  const started = performance.now();
  await sendAll(server.url, workload.bodies);
  await caughtUp(server.url);
  const seconds = (performance.now() - started) / 1_000;
  rate = workload.events / seconds;
  const cpu = (after: number, earlier: number) =>
    `${(((after - earlier) / workload.events) * 1e6).toFixed(0)} µs`;
  const { body } = await call(`${server.url}/v1/reports/timeliness?from=2018-01-01&to=2018-12-31`);
  const { total } = JSON.parse(body) as {
    total: { rates: { a: { percent: number; numerator: number; denominator: number } } };
  };
  const usage = `Node ${cpu(nodeUsage(server.pid).cpuSeconds, node.cpuSeconds)}, PostgreSQL ${cpu(postgresUsage(dataDir).cpuSeconds, postgres.cpuSeconds)} per event; Node peak ${peakMegabytes(server.pid).toFixed(0)} MB`;
  await server.stop();
  const rebuilt = spawnSync('npm', ['run', '--silent', 'rebuild', '--', 'reporting'], {
    env: { ...process.env, ...SERVER_ENV, DUNGHAN_DATA_DIR: dataDir },
    encoding: 'utf8',
  });
  await rm(dataDir, { recursive: true, force: true });
  const after = await measureFloor(workload.bodies, workload.events);
  const floor = (before + after) / 2;
  say(
    'floor (plain SQL, no rules)',
    `${perSecond(floor)} (before ${Math.round(before)}, after ${Math.round(after)})`,
  );
  say(
    'whole chain, request to report',
    `${perSecond(rate)}, ${(rate / floor).toFixed(2)} of the floor; ${seconds.toFixed(1)} s`,
  );
  say('  where it goes (processor time)', usage);
  say('  rate a', `${total.rates.a.percent} (${total.rates.a.numerator} of ${total.rates.a.denominator})`);
  const rebuildRate = Number(/(\d+) events\/s/.exec(rebuilt.stdout)?.[1] ?? NaN);
  if (rebuilt.status !== 0) throw new Error(`rebuild failed: ${rebuilt.stderr}`);
  say('rebuild of reporting', `${perSecond(rebuildRate)}, ${(rebuildRate / floor).toFixed(2)} of the floor`);
}

/** Reports over many dossiers with 20 clients. */
async function reports(): Promise<void> {
  await withServer(async ({ url }) => {
    await putCatalogue(url);
    const dossiers = await SyntheticDossiers.load();
    const started = performance.now();
    for (let done = 0; done < DOSSIERS;) {
      const bodies = Array.from({ length: 20 }, () => dossiers.batch(2_500));
      await sendAll(url, bodies);
      done += 50_000;
      process.stderr.write(`\rloading ${done} of ${DOSSIERS} dossiers`);
    }
    await caughtUp(url);
    process.stderr.write('\r\u001b[K');
    say('loaded', `${DOSSIERS} dossiers in ${((performance.now() - started) / 1_000).toFixed(0)} s`);
    const questions = reportQuestions(dossiers.keys);
    await reportTimes(url, questions.slice(0, 200), 4);
    say('reports, 1 client', spread(await reportTimes(url, questions.slice(0, 400), 1)));
    say('reports, 20 clients', spread(await reportTimes(url, questions, 20)));
  });
}

/** From sending an event to its figure being in the reports, at 500 events a second. */
async function freshness(): Promise<void> {
  await withServer(async ({ url, pid, dataDir }) => {
    await putCatalogue(url);
    const { agencies, procedures } = (await SyntheticDossiers.load()).keys;
    const base = Date.now();
    const sentAt = new Map<string, number>();
    const seen: number[] = [];
    // Resolutions of the last hour come on the stream once they are in the reports.
    const stream = readStream(url, ({ event, code, receivedAt }) => {
      const sent = sentAt.get(code);
      if (event === 'resolved' && sent !== undefined) seen.push(receivedAt - sent);
    });
    await stream.opened;
    const [node, postgres] = [nodeUsage(pid), postgresUsage(dataDir)];
    const seconds = 20;
    const { sent, slowest } = await steadyLoad(url, 500, seconds, (n) => {
      const [dossier, second] = [`F${Math.floor(n / 2)}`, n % 2 === 1];
      if (second) sentAt.set(dossier, Date.now());
      return second
        ? eventJson(`r${n}`, dossier, 'resolved', base, {})
        : eventJson(`a${n}`, dossier, 'accepted', base - 60_000, {
            procedure: procedures[n % procedures.length],
            receivingAgency: agencies[n % agencies.length],
            channel: 'counter',
          });
    });
    const used = (after: number, before: number) => `${(((after - before) / seconds) * 100).toFixed(0)} %`;
    const load = `Node ${used(nodeUsage(pid).cpuSeconds, node.cpuSeconds)}, PostgreSQL ${used(postgresUsage(dataDir).cpuSeconds, postgres.cpuSeconds)} of a core`;
    await caughtUp(url);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    stream.close();
    say(
      'freshness at 500 events/s',
      `${spread(seen)}; ${seen.length} of ${Math.floor(sent / 2)} seen; slowest 202 ${slowest.toFixed(0)} ms; ${load}`,
    );
  });
}

/** Many dossiers with one deadline while 500 events a second run. */
async function announce(): Promise<void> {
  await withServer(async ({ url }) => {
    await putCatalogue(url);
    const { agencies, procedures } = (await SyntheticDossiers.load()).keys;
    const loadSeconds = Math.max(10, DEADLINES / 4_000);
    const deadline = Math.ceil((Date.now() + loadSeconds * 1_000 + 15_000) / 1_000) * 1_000;
    const delays: number[] = [];
    const stream = readStream(url, ({ event, overdueFrom, receivedAt }) => {
      if (event === 'overdue' && overdueFrom !== null && Date.parse(overdueFrom) === deadline + 1) {
        delays.push(receivedAt - deadline);
      }
    });
    await stream.opened;
    const dossier = (n: number) =>
      eventJson(`d${n}`, `D${n}`, 'accepted', deadline - 3_600_000, {
        procedure: procedures[n % procedures.length],
        receivingAgency: agencies[n % agencies.length],
        channel: 'counter',
        limit: { amount: 8, unit: 'working-hours' },
        dueAt: new Date(deadline).toISOString(),
      });
    for (let n = 0; n < DEADLINES; n += 2_500) {
      const events = Array.from({ length: Math.min(2_500, DEADLINES - n) }, (_, index) => dossier(n + index));
      await sendAll(url, [Buffer.from(`[${events.join(',')}]`)]);
    }
    await caughtUp(url);
    const wait = deadline - Date.now() - 3_000;
    if (wait < 0) throw new Error('loading took longer than planned; try fewer --deadlines');
    await new Promise((resolve) => setTimeout(resolve, wait));
    const load = steadyLoad(url, 500, 12, (n) =>
      eventJson(`s${n}`, `S${n}`, 'accepted', deadline - 60_000, {
        procedure: procedures[n % procedures.length],
        receivingAgency: agencies[n % agencies.length],
        channel: 'online',
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, deadline + 1 - Date.now()));
    const day = new Date(deadline + 7 * 3_600_000).toISOString().slice(0, 10);
    const { body } = await call(`${url}/v1/reports/timeliness?from=${day}&to=${day}`);
    const report = JSON.parse(body) as { asOf: string; total: { open: { overdue: number } } };
    const askedAfter = Date.parse(report.asOf) - deadline;
    await load;
    await caughtUp(url);
    const until = Date.now() + 30_000;
    while (delays.length < DEADLINES && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 50));
    stream.close();
    const { body: metrics } = await call(`${url}/metrics`);
    say(
      'figures at the instant',
      `${report.total.open.overdue} of ${DEADLINES} overdue in the report ${askedAfter} ms after the deadline`,
    );
    say('announced (received by a reader)', spread(delays));
    say('announced (committed)', `p99 ≤ ${bucketBound(metrics, 0.99)} s`);
  });
}

/** Upper bound of the histogram bucket in which a share of the delays lies. */
function bucketBound(metrics: string, share: number): string {
  const buckets = [
    ...metrics.matchAll(/dossier_overdue_flag_delay_seconds_bucket\{[^}]*?le="([^"]+)"[^}]*\} (\d+)/g),
  ].map(([, bound, count]) => ({ bound: bound as string, count: Number(count) }));
  const total = buckets.at(-1)?.count ?? 0;
  return buckets.find(({ count }) => count >= share * total)?.bound ?? '?';
}

async function idle(): Promise<void> {
  await withServer(async ({ pid, dataDir }) => {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const [node, postgres] = [nodeUsage(pid), postgresUsage(dataDir)];
    const seconds = 15;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const [nodeAfter, postgresAfter] = [nodeUsage(pid), postgresUsage(dataDir)];
    const used = (after: number, before: number) =>
      `${(((after - before) / seconds) * 100).toFixed(1)} % of a core`;
    say(
      'idle',
      `Node ${used(nodeAfter.cpuSeconds, node.cpuSeconds)}, ${nodeAfter.residentMegabytes.toFixed(0)} MB; PostgreSQL ${used(postgresAfter.cpuSeconds, postgres.cpuSeconds)}, ${postgresAfter.residentMegabytes.toFixed(0)} MB (shared pages counted per process)`,
    );
  });
}

const work: Record<Part, () => Promise<void>> = { chain, reports, freshness, announce, idle };
const asked = PARTS.filter((part) => process.argv.includes(part));
console.log(`${cpus()[0]?.model ?? 'processor'}, ${availableParallelism()} cores, Node ${process.version}`);
for (const part of asked.length > 0 ? asked : PARTS) await work[part]();
process.exit(0);
