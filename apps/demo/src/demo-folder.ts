import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Only a folder with this file in it is ever wiped. */
const MARKER = 'DUNGHAN-DEMO';
/** Where the server keeps a database that its own user could not reach in the folder. */
const ASIDE = /^\/var\/tmp\/dunghan-[0-9a-f]+$/;

/**
 * Gives an empty folder for the demo's database, wiping what an earlier demo left there.
 *
 * @returns whether an earlier demo's data were removed
 * @throws if the folder is not a demo's, or a demo is running on it
 */
export async function prepareDemoFolder(folder: string): Promise<boolean> {
  const marker = join(folder, MARKER);
  const isOld = existsSync(folder) && readdirSync(folder).length > 0;
  if (isOld) {
    if (!existsSync(marker)) {
      throw new Error(
        `${folder} is not empty and not a demo folder (no file ${MARKER} in it): it is left alone. Move it away.`,
      );
    }
    const pid = Number(readFileSync(marker, 'utf8'));
    if (isDemo(pid)) throw new Error(`Another demo (process ${pid}) is running on ${folder}. Stop it first.`);
    const home = databaseHome(folder);
    await stopLeftOverDatabase(home);
    if (home !== folder) rmSync(home, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(marker, `${process.pid}\n`);
  return isOld;
}

function databaseHome(folder: string): string {
  const where = join(folder, 'WHERE');
  const aside = existsSync(where) ? readFileSync(where, 'utf8').trim() : '';
  return ASIDE.test(aside) ? aside : folder;
}

/** A demo that was killed may leave its database running; its files must not vanish under it. */
async function stopLeftOverDatabase(home: string): Promise<void> {
  const pidFile = join(home, 'postgres', 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const lines = readFileSync(pidFile, 'utf8').split('\n');
  const pid = Number(lines[0]);
  // The id may belong to another process by now: only a database that answers on its port is one.
  if (!(pid > 1) || !(await answers(Number(lines[3])))) return;
  process.kill(pid, 'SIGINT');
  for (let attempt = 0; attempt < 100 && existsSync(pidFile); attempt++) await wait(100);
  if (existsSync(pidFile)) {
    throw new Error(
      `The database of an earlier demo (process ${pid}) does not stop. Stop it, then try again.`,
    );
  }
}

function answers(port: number): Promise<boolean> {
  if (!(port > 0)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.setTimeout(1_000, () => end(false));
  });
}

function isDemo(pid: number): boolean {
  if (!(pid > 1) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Ids are used again: where the system tells, it must be a demo.
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('demo');
}
