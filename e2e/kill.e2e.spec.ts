import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { EVENTS_TOPIC, TIMELINESS_TOPIC, type TimelinessMessage } from '#libs/contracts';
import { type LogMessage, PostgresLog } from '#libs/event-log';
import { isRetryable, pause } from '#libs/platform';
import { connect } from '#libs/store';
import {
  announcementDifferences,
  chainAt,
  everythingIn,
  figureDifferences,
  isAlive,
  isReady,
  pollUntil,
  postmaster,
  quarantineDifferences,
  type Quarantined,
  type Said,
  seededRandom,
  type Standalone,
  startStandalone,
  SteadyLoad,
} from '#libs/testing';

/**
 * The standalone process, its database or both, killed at any moment while events pour in. At the end
 * everything acknowledged is there and nothing has had its effect twice.
 *
 * `KILL_ROUNDS` rounds; `KILL_SEED` repeats a run's choices, though never its exact timing.
 */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 20);
const SEED = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
const random = seededRandom(SEED);

describe(`killed again and again (KILL_SEED=${SEED})`, () => {
  let dataDir: string;
  let running: Standalone;
  const load = new SteadyLoad({ url: () => running.url, seed: SEED, random });
  const ENV = { ANNOUNCE_SETTLE_SECONDS: '1', IDENTITY_CHECK_SECONDS: '1', LOG_LEVEL: 'error' };

  const start = async (port?: string) => {
    running = await startStandalone({
      env: { ...ENV, DUNGHAN_DATA_DIR: dataDir, ...(port && { PORT: port }) },
    });
  };
  beforeAll(async () => {
    console.log(`KILL_SEED=${SEED} KILL_ROUNDS=${ROUNDS}`);
    dataDir = await mkdtemp(join(tmpdir(), 'dunghan-kill-'));
    await start();
    await load.begin();
  }, 90_000);
  afterAll(async () => {
    load.stop();
    if (running && isAlive(running.pid)) running.kill();
    const server = await postmaster(dataDir).catch(() => undefined);
    if (server && isAlive(server.pid)) process.kill(server.pid, 'SIGQUIT');
    await pollUntil('the server to end', 30_000, () => Promise.resolve(!server || !isAlive(server.pid)));
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  it(
    'keeps everything acknowledged, once',
    async () => {
      let rounds = 0;
      const done = () => rounds >= ROUNDS;
      const poured = Promise.all([load.pour('k', done), load.pour('kk', done)]);
      poured.catch(() => undefined);
      const poison: Buffer[] = [];
      const deaths = { process: 0, 'process and database': 0, database: 0, 'a database session': 0 };

      for (; rounds < ROUNDS; rounds += 1) {
        const bad = [`{"round":${rounds}`, JSON.stringify({ round: rounds, specversion: '1.0' })];
        await withLog(dataDir, (log) =>
          log.append(
            EVENTS_TOPIC,
            bad.map((value): LogMessage => ({ key: value, value })),
          ),
        );
        poison.push(...bad.map((value) => Buffer.from(value)));
        await Promise.race([pause(100 + random(1_400)), poured]);

        const fate = random(100);
        if (fate < 15) {
          // The server restarts itself and forgets what it had not written; our process lives on.
          deaths['a database session'] += 1;
          await killSession(dataDir);
          await ready(running);
          continue;
        }
        const server = await postmaster(dataDir);
        if (fate < 35) {
          // Our process lives on and starts it again.
          deaths.database += 1;
          process.kill(server.pid, 'SIGKILL');
          await pollUntil('the server to be dead', 10_000, () => Promise.resolve(!isAlive(server.pid)), 5);
          await ready(running);
          continue;
        }
        running.kill();
        if (fate < 55) process.kill(server.pid, 'SIGKILL');
        deaths[fate < 55 ? 'process and database' : 'process'] += 1;
        await pollUntil('the process to be dead', 10_000, () => Promise.resolve(!isAlive(running.pid)), 5);
        await start(new URL(running.url).port);
      }
      await poured;
      const { posted, world } = load;
      console.log(`killed: ${JSON.stringify(deaths)}; ${posted.flat().length} events acknowledged`);
      await settled();
      expect(await figureDifferences(running.url, world)).toEqual([]);
      const said = await withDatabase(dataDir, announcementsIn);
      expect(await announcementDifferences(running.url, world, said)).toEqual([]);
      const rows = await withDatabase(dataDir, (database) =>
        database.query<Quarantined[]>(
          'select reason, value, topic, partition, position from processing.quarantine',
        ),
      );
      expect(quarantineDifferences(rows, posted, poison)).toEqual([]);
      await running.stop();
    },
    120_000 + ROUNDS * 20_000,
  );

  /** Everything applied, and everything that is due announced. */
  async function settled(): Promise<void> {
    await chainAt(running.url).caughtUp();
    await withDatabase(dataDir, (database) =>
      pollUntil('the last deadline to be announced', 30_000, async () => {
        const [row] = await database.query<{ waiting: number }[]>(
          `select count(*)::int as waiting from processing.timer where at < now() + interval '10 seconds'`,
        );
        return row?.waiting === 0;
      }),
    );
    await chainAt(running.url).caughtUp();
  }
});

async function withDatabase<T>(
  dataDir: string,
  use: (database: DataSource, url: string) => Promise<T>,
): Promise<T> {
  const { url } = await postmaster(dataDir);
  let database: DataSource | undefined;
  await pollUntil('the server to take connections', 30_000, async () => {
    database = await connect(url, 4).catch((error: unknown) => {
      if (isRetryable(error)) return undefined;
      throw error;
    });
    return database !== undefined;
  });
  if (!database) throw new Error('not connected');
  try {
    return await use(database, url);
  } finally {
    await database.destroy();
  }
}

const withLog = (dataDir: string, use: (log: PostgresLog) => Promise<void>): Promise<void> =>
  withDatabase(dataDir, (database, url) => use(new PostgresLog(database, url)));

async function killSession(dataDir: string): Promise<void> {
  const pids = await withDatabase(dataDir, (database) =>
    database.query<{ pid: number }[]>(
      `select pid from pg_stat_activity
        where application_name like 'dunghan%' and pid <> pg_backend_pid() order by state, pid`,
    ),
  );
  const victim = pids[random(pids.length)];
  if (victim && isAlive(victim.pid)) process.kill(victim.pid, 'SIGKILL');
}

async function ready({ url, output }: Standalone): Promise<void> {
  await pollUntil('the process to recover', 30_000, () => isReady(url)).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${output()}`);
  });
}

/** Every announcement in the log. */
async function announcementsIn(database: DataSource, url: string): Promise<Said[]> {
  const log = new PostgresLog(database, url);
  const messages = await everythingIn(log, TIMELINESS_TOPIC);
  return messages
    .map(({ value }) => JSON.parse(value) as TimelinessMessage)
    .flatMap((message) => (message.kind === 'snapshot' ? [] : [message]));
}
