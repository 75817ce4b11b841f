import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cantho2018, type Replay } from './cantho-2018.js';
import { prepareDemoFolder } from './demo-folder.js';
import { writeCells } from './cells.js';
import { judge } from './figures.js';
import { pause } from './http.js';
import { sendLiveTraffic } from './live.js';
import { type Observers, startObservers } from './observers.js';
import { whatToSee } from './observers-words.js';
import type { DemoOptions } from './options.js';
import { clock, grouped, ProgressLine } from './progress-line.js';
import { fetchYear } from './report.js';
import { readRepositoryText, repositoryRoot } from './repository.js';
import { sendEvents } from './sender.js';
import { assertPortIsFree, startServer, type DemoServer } from './server.js';
import { startServersOnKafka } from './servers-on-kafka.js';

/** Nothing applied for this long means that the chain has stopped. */
const STALLED_AFTER_MS = 120_000;
const INTERRUPTED = 130;
/** Dashboards, where this checkout has them. */
const GRAFANA = 'deploy/grafana';

interface Progress {
  caughtUp: boolean;
  stages: { name: string; lag: number }[];
}

/**
 * The whole demo: an empty database, the server, the catalogue, one year of events, the figures;
 * then the end (`once`) or live traffic until `stop` aborts.
 *
 * @returns the exit code: 0 if every figure is right, 1 if not, 130 if interrupted before it is known
 */
export async function runDemo(
  options: DemoOptions,
  env: Readonly<Record<string, string | undefined>>,
  stop: AbortSignal,
): Promise<number> {
  const folder = resolve(repositoryRoot, options.folder);
  const server = await startOnEmptyFolder(options, folder, env);
  const halt = AbortSignal.any([stop, server.gone]);
  let exitCode = INTERRUPTED;
  let observers: Observers | undefined;
  try {
    if (options.observe) {
      observers = await startObservers(server, folder, env, halt, say);
      if (observers) say(whatToSee(observers, existsSync(join(repositoryRoot, GRAFANA)) ? GRAFANA : null));
    }
    const replay = cantho2018(options);
    exitCode = (await replayAndJudge(replay, options, server, halt)) ? 0 : 1;
    if (!options.once) await serveOn(replay, server, observers, halt);
  } catch (error) {
    // Ctrl-C is a way to end the demo; a server that ends by itself is not.
    if (!stop.aborted || server.gone.aborted) throw error;
  } finally {
    // First, or they would see the servers go and call that an alert.
    await observers?.stop();
    say('Đang dừng máy chủ… / Stopping the server…');
    const stopped = server.stop();
    // One that has ended by itself is reported already; what stands beside it is stopped all the same.
    await (server.gone.aborted ? stopped.catch(() => undefined) : stopped);
  }
  return exitCode;
}

async function startOnEmptyFolder(
  options: DemoOptions,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DemoServer> {
  const ports = options.kafka ? [0, 1, 2, 3] : [0];
  for (const nth of ports) await assertPortIsFree({ ...options, port: options.port + nth });
  const wiped = await prepareDemoFolder(folder);
  say(
    wiped
      ? `Đã xóa dữ liệu demo cũ. / Removed the data of an earlier demo: ${folder}`
      : `Dữ liệu demo / The demo's data: ${folder}`,
  );
  const server = await (options.kafka ? startServersOnKafka : startServer)(options, folder, env);
  say(`Máy chủ sẵn sàng / The server is ready: ${server.url} (nhật ký / log: ${server.logs})`);
  return server;
}

/** Loads the year and prints its figures; false if one of them is not right. */
async function replayAndJudge(
  replay: Replay,
  { scale, cells }: DemoOptions,
  server: DemoServer,
  halt: AbortSignal,
): Promise<boolean> {
  const { client, intake } = server;
  await intake.put('/v1/catalogue/agencies', readRepositoryText('data/cantho/agencies-2018.json'));
  await intake.put('/v1/catalogue/procedures', readRepositoryText('data/cantho/procedures-2018.json'));

  const startedAt = performance.now();
  const sent = await sendYear(replay, server, halt);
  const sentSeconds = (performance.now() - startedAt) / 1_000;
  await caughtUp(server, halt);
  const seconds = (performance.now() - startedAt) / 1_000;

  const { text, right } = judge(await fetchYear(client, intake), replay.plan.targets);
  const memory = server.peakMemoryMegabytes();
  console.log(`\n${text}\n`);
  console.log(
    [
      `scale ${scale}`,
      `events ${grouped(sent)}`,
      `accepted in ${clock(sentSeconds)} (${grouped(sent / sentSeconds)} events/s)`,
      `in the reports after ${clock(seconds)} (${grouped(sent / seconds)} events/s)`,
      memory === null ? 'peak memory of the server unknown here' : `peak memory of the server ${memory} MB`,
    ].join('\n'),
  );
  if (cells !== undefined) {
    const count = await writeCells(client, intake, cells);
    say(`Đã ghi ${grouped(count)} ô báo cáo / Wrote ${grouped(count)} cells of the reports: ${cells}`);
  }
  if (!right) say('✗ Số liệu không khớp. / The figures are not right: see the lines with ✗ above.');
  return right;
}

async function sendYear(replay: Replay, { intake }: DemoServer, halt: AbortSignal): Promise<number> {
  const line = new ProgressLine('Nạp / loading', process.stderr, performance.now());
  let done = 0;
  const sent = await sendEvents(intake, replay.events, (count) => {
    halt.throwIfAborted();
    done += count;
    line.show(done, done / replay.expectedEvents, performance.now());
  });
  line.finish(`100 %  ${grouped(sent)} sự kiện/events`);
  return sent;
}

/** Waits until every accepted event is in the reports. */
async function caughtUp({ client }: DemoServer, halt: AbortSignal): Promise<void> {
  const line = new ProgressLine('Xử lý / processing', process.stderr, performance.now());
  let smallestLag = Infinity;
  let movedAt = performance.now();
  for (;;) {
    const progress = await client.get<Progress>('/v1/progress');
    if (progress.caughtUp) break;
    const lag = progress.stages.reduce((sum, stage) => sum + stage.lag, 0);
    if (lag < smallestLag) {
      smallestLag = lag;
      movedAt = performance.now();
    } else if (performance.now() - movedAt > STALLED_AFTER_MS) {
      throw new Error(`Nothing has moved for ${STALLED_AFTER_MS / 1_000} s: ${JSON.stringify(progress)}`);
    }
    line.say(`còn ${grouped(lag)} left (${lagByStage(progress)})`, performance.now());
    await pause(250, halt);
  }
  line.finish('xong / caught up');
}

function lagByStage({ stages }: Progress): string {
  const lags = new Map<string, number>();
  for (const { name, lag } of stages) lags.set(name, (lags.get(name) ?? 0) + lag);
  return [...lags].map(([name, lag]) => `${name} ${grouped(lag)}`).join(', ');
}

/** The rest of the story of 2018, then traffic of today until the end. */
async function serveOn(
  replay: Replay,
  { intake, url }: DemoServer,
  observers: Observers | undefined,
  halt: AbortSignal,
): Promise<void> {
  // Without it everything open at the end of 2018 would be eight years overdue on today's page.
  const aftermath = await sendEvents(intake, replay.aftermath());
  say(
    `Kết thúc hồ sơ còn mở cuối 2018 / Closed in 2019 what was open at the end of 2018: ${grouped(aftermath)} events`,
  );
  const beside = observers ? `Prometheus: ${observers.prometheus.url}/\n` : '';
  console.log(`\nTrang báo cáo / the page: ${url}/\n${beside}Dừng bằng Ctrl-C. / Stop with Ctrl-C.\n`);
  await sendLiveTraffic(intake, Date.now(), halt);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
