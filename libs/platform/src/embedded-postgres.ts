import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { EmbeddedPostgresError, exists, homeOf, own, type ServerHome } from './embedded-home.js';
import { FolderOwner, FolderTakenError, type RunningServer } from './folder-owner.js';
import { freePort } from './free-port.js';
import { pause } from './retry.js';

const run = promisify(execFile);

/** A PostgreSQL server of our own, started from the binaries that an npm package ships. */
export interface EmbeddedPostgres {
  /** For good: a server that has to be started again listens where it did. */
  readonly url: string;
  /** Process id of the server; another one once it was started again. */
  readonly pid: number;
  /** Throws a passing fault while the data folder is not held, see FolderOwner. */
  readonly assertHeld: () => void;
  /** Resolves when the server is gone for good or somebody else's, with the reason. */
  readonly lost: Promise<EmbeddedPostgresError>;
  stop(): Promise<void>;
}

/**
 * Starts the server for `dataDir`, or takes over one that an earlier, killed process left running, and keeps it
 * running until it is stopped.
 *
 * @param say told in words when the server is lost and when it is back
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  say: (words: string) => void = () => undefined,
): Promise<EmbeddedPostgres> {
  const home = await homeOf(dataDir);
  // Only here: a cluster that vanishes later must not come back empty.
  await initialise(home);
  const server = await findOrStart(home);
  const { url } = server;
  const owner = await FolderOwner.claim(dataDir, server, {
    say,
    revive: async (signal) => {
      const revived = await findOrStart(home, { port: Number(new URL(url).port), signal });
      // Somewhere else only another process starts it.
      if (revived.url !== url) throw new FolderTakenError(`The server of ${dataDir} has moved.`);
      return revived;
    },
  });
  return {
    url,
    get pid() {
      return owner.server.pid;
    },
    assertHeld: () => owner.assertHeld(),
    lost: owner.lost,
    stop: () => owner.release(() => stopServer(home)),
  };
}

const STOPS_WITHIN_MS = 8_000;

/** Waits for the process, not for its file, which one that was killed leaves behind. */
async function stopServer({ cluster, binaries, user }: ServerHome): Promise<void> {
  const pid = await readFile(join(cluster, 'postmaster.pid'), 'utf8').then(Number.parseInt, () => undefined);
  await run(join(binaries, 'bin', 'pg_ctl'), ['stop', '-D', cluster, '-m', 'fast', '-W'], { ...user }).catch(
    // The server may already be going down, e.g. because the same signal reached it too.
    () => undefined,
  );
  const patientUntil = Date.now() + STOPS_WITHIN_MS;
  while (pid !== undefined && isRunning(pid) && Date.now() < patientUntil) await pause(20);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** After a kill, the old server's processes may take a moment to be gone, and keep a new one from starting. */
const PREDECESSOR_DYING = /lock file "postmaster\.pid" already exists|pre-existing shared memory block/;
const DYING_WITHIN_MS = 20_000;

/**
 * The server of this folder: the one that runs, else a new one, on the given port or a free one. Another
 * process may be at the same: whichever server comes up is found, and who owns it is the lock's affair.
 */
async function findOrStart(
  home: ServerHome,
  { port, signal }: { port?: number; signal?: AbortSignal } = {},
): Promise<RunningServer> {
  const patientUntil = Date.now() + DYING_WITHIN_MS;
  // A free port can be taken between the look and the start: try again with another.
  let triesLeft = port === undefined ? 3 : 1;
  for (;;) {
    const running = await attach(home, signal);
    if (running) return running;
    signal?.throwIfAborted();
    try {
      return await start(home, port ?? (await freePort()), signal);
    } catch (error) {
      const { message } = error as Error;
      if (!PREDECESSOR_DYING.test(message) || Date.now() > patientUntil) triesLeft -= 1;
      if (triesLeft === 0) {
        throw new EmbeddedPostgresError(
          `The embedded PostgreSQL in ${home.folder} does not start:\n${message}`,
        );
      }
      await pause(200, signal);
    }
  }
}

/** It replays what it had not yet written in place; a full log of 4 GB takes a slow disk about so long. */
const RECOVERS_WITHIN_MS = 120_000;

/** A server that runs already: believed only after a real connection. */
async function attach(
  { folder, cluster }: ServerHome,
  signal?: AbortSignal,
): Promise<RunningServer | undefined> {
  try {
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    if (!isRunning(pid)) return undefined;
    const url = await urlFor(folder, port);
    const patientUntil = Date.now() + RECOVERS_WITHIN_MS;
    while (Date.now() < patientUntil && !signal?.aborted) {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
      // It may be thrown out again at once.
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query('select 1');
        await client.end();
        return { url, pid };
      } catch (error) {
        await client.end().catch(() => undefined);
        // 57P03: it is still starting or recovering; give it time.
        if ((error as { code?: string }).code !== '57P03') return undefined;
        await pause(100, signal);
      }
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** @throws with what the server said */
async function start(
  { folder, cluster, binaries, user }: ServerHome,
  port: number,
  signal?: AbortSignal,
): Promise<RunningServer> {
  const logFile = join(folder, 'postgres.log');
  const saidBefore = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  const settings = { ...SETTINGS, port: String(port), unix_socket_directories: '' };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  try {
    await run(
      join(binaries, 'bin', 'pg_ctl'),
      ['start', '-D', cluster, '-w', '-t', '60', '-l', logFile, '-o', options.join(' ')],
      { ...user, signal },
    );
    const pid = Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    return { url: await urlFor(folder, port), pid };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await tail(logFile, saidBefore)}`, { cause: error });
  }
}

/**
 * Sized for one machine that also runs Node. Commits stay synchronous: an acknowledged event must
 * survive the death of the server too. Autovacuum is eager on the small hot tables by their own
 * settings (migrations).
 */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  max_connections: '60',
  shared_buffers: '256MB',
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
  min_wal_size: '512MB',
  checkpoint_timeout: '15min',
  wal_buffers: '16MB',
  random_page_cost: '1.1',
  jit: 'off',
  autovacuum_naptime: '20s',
  log_min_messages: 'warning',
  timezone: 'UTC',
};

async function initialise({ folder, cluster, binaries, user }: ServerHome): Promise<void> {
  if (await exists(join(cluster, 'PG_VERSION'))) return;
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await own(passwordFile, user);
  // A half-made cluster must never be taken for a whole one: make it aside, then rename.
  const fresh = join(folder, `postgres.new-${process.pid}`);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await own(fresh, user);
  await run(
    join(binaries, 'bin', 'initdb'),
    [
      ...[
        '-D',
        fresh,
        '-U',
        'dunghan',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
      ],
      ...[
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--data-checksums',
        '--no-instructions',
      ],
    ],
    { ...user },
  );
  await rename(fresh, cluster);
}

async function urlFor(folder: string, port: number): Promise<string> {
  const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
  return `postgres://dunghan:${password}@127.0.0.1:${port}/postgres`;
}

/** What was written to a file since it had `from` bytes, the end of it. */
async function tail(path: string, from: number): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return '';
  const { size } = await file.stat();
  const length = Math.max(0, Math.min(size - from, 2_000));
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
  await file.close();
  return buffer.toString('utf8');
}
