import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#libs/platform';

/** The whole chain in one process, as `npm start` runs it. */
export interface Standalone {
  readonly url: string;
  readonly pid: number;
  /** The embedded database's folder; it is removed by `stop` unless the caller gave it. */
  readonly dataDir: string;
  /** SIGTERM, then waits for the exit; throws if it was not clean. */
  stop(): Promise<void>;
  /** SIGKILL: nothing gets to finish. */
  kill(): void;
  /** How it ended, e.g. `code 0` or `SIGKILL`; undefined while it runs. */
  ended(): string | undefined;
  /** The end of what it has printed. */
  output(): string;
}

const READY_WITHIN_MS = 60_000;
const EXIT_WITHIN_MS = 10_000;
const OUTPUT_KEPT = 20_000;

/** Node's flags as `npm start` gives them. */
async function nodeFlags(): Promise<string[]> {
  const { config } = JSON.parse(await readFile('package.json', 'utf8')) as { config: { node: string } };
  return config.node.split(' ');
}

/**
 * Starts the built standalone process on a free port and waits until it says it is ready.
 *
 * @param options.env added to the process's environment; `PORT` and `DUNGHAN_DATA_DIR` given here win, so that
 *   a second start can take up the first one's data
 * @throws with the process's output when it exits or is not ready within 60 s
 */
export async function startStandalone({
  env = {},
}: { readonly env?: Readonly<Record<string, string>> } = {}): Promise<Standalone> {
  const port = env.PORT ?? String(await freePort());
  const dataDir = env.DUNGHAN_DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'dunghan-')));
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [...(await nodeFlags()), 'dist/apps/standalone/src/main.js'], {
    cwd: process.cwd(),
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      HOST: '127.0.0.1',
      // A broker that is there for some specs is not meant for all.
      KAFKA_BROKERS: undefined,
      ...env,
      PORT: port,
      DUNGHAN_DATA_DIR: dataDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = outputOf(child);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  let ended: string | undefined;
  void exited.then((how) => (ended = how));

  await pollUntil(`${url} to be ready`, READY_WITHIN_MS, async () => {
    if (ended !== undefined)
      throw new Error(`standalone exited (${ended}) before it was ready:\n${output()}`);
    return isReady(url);
  }).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await exited;
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${output()}`);
  });

  return {
    url,
    pid: child.pid ?? 0,
    dataDir,
    kill: () => void child.kill('SIGKILL'),
    ended: () => ended,
    output,
    stop: async () => {
      child.kill('SIGTERM');
      await pollUntil('the process to exit', EXIT_WITHIN_MS, () =>
        Promise.resolve(ended !== undefined),
      ).catch(() => child.kill('SIGKILL'));
      const how = await exited;
      if (env.DUNGHAN_DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true });
      if (how !== 'code 0') throw new Error(`standalone did not stop cleanly (${how}):\n${output()}`);
    },
  };
}

/** Whether the process that listens there says so itself; one that does not answer is not. */
export async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).catch(
    () => undefined,
  );
  await response?.body?.cancel().catch(() => undefined);
  return response?.status === 200;
}

/**
 * Asks until the answer is yes.
 *
 * @throws when `withinMs` have passed, or what `ask` throws
 */
export async function pollUntil(
  what: string,
  withinMs: number,
  ask: () => Promise<boolean>,
  everyMs = 50,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** The end of what the process printed, for the message when it fails. */
function outputOf(child: ChildProcess): () => string {
  let kept = '';
  const keep = (chunk: Buffer): void => {
    kept = (kept + chunk.toString('utf8')).slice(-OUTPUT_KEPT);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => kept;
}
