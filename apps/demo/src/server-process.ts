import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpClient, pause } from './http.js';
import { repositoryRoot } from './repository.js';

/** An app as a process of its own, so that its memory can be measured and bounded. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly client: HttpClient;
  readonly logFile: string;
  /** Aborts when the process has ended, for whatever reason. */
  readonly gone: AbortSignal;
  /** Most memory the Node process ever held, in MB; null where the system does not tell. */
  peakMemoryMegabytes(): number | null;
  /**
   * SIGTERM, then waits for the end.
   * @throws if it did not end by itself, or not with exit code 0
   */
  stop(): Promise<void>;
}

export interface ServerSpec {
  app: string;
  host: string;
  port: number;
  logFile: string;
  env: Readonly<Record<string, string | undefined>>;
}

const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 15_000;

/** Node's flags as `npm start` gives them: the server must do with this memory, a year of backlog or not. */
function nodeFlags(): string[] {
  const text = readFileSync(join(repositoryRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as { config: { node: string } }).config.node.split(' ');
}

/**
 * Starts an app and waits until it is ready.
 * @throws with the end of its log if it does not get ready
 */
export async function startProcess({ app, host, port, logFile, env }: ServerSpec): Promise<ServerProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...nodeFlags(), `dist/apps/${app}/src/main.js`], {
    cwd: repositoryRoot,
    stdio: ['ignore', log, log],
    // A group of its own: Ctrl-C reaches the demo alone, which then stops the server in good order.
    detached: true,
    env: { ...env, HOST: host, PORT: String(port) },
  });
  closeSync(log);
  const gone = new AbortController();
  let ending = '';
  const ended = new Promise<void>((resolve) => {
    const endedBy = (how: string): void => {
      ending ||= how;
      gone.abort(new Error(`${app} has ended (${ending}). The end of ${logFile}:\n${tail(logFile)}`));
      resolve();
    };
    child.once('error', (error) => endedBy(error.message));
    child.once('exit', (code, signal) => endedBy(signal ?? `exit code ${code}`));
  });

  const url = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
  const client = new HttpClient(url, gone.signal);
  /** SIGKILL would leave the embedded database running, so it is the last resort. */
  const end = async (): Promise<void> => {
    client.close();
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(kill);
  };
  const server: ServerProcess = {
    ...{ url, client, logFile, pid: child.pid ?? 0 },
    gone: gone.signal,
    peakMemoryMegabytes: () => peakMemoryMegabytes(child.pid),
    async stop() {
      await end();
      if (ending !== 'exit code 0')
        throw new Error(`${app} did not stop cleanly (${ending}); see ${logFile}.`);
    },
  };
  await ready(server).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return server;
}

async function ready({ client, gone, logFile }: ServerProcess): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while ((await client.tryOnce('GET', '/health/ready'))?.status !== 200) {
    gone.throwIfAborted();
    if (Date.now() > giveUpAt) {
      throw new Error(
        `The server is not ready after ${READY_WITHIN_MS / 1_000} s. The end of ${logFile}:\n${tail(logFile)}`,
      );
    }
    await pause(100, gone);
  }
}

function peakMemoryMegabytes(pid: number | undefined): number | null {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return peak ? Math.round(Number(peak[1]) / 1_024) : null;
  } catch {
    return null;
  }
}

function tail(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(-25).join('\n');
  } catch {
    return '(no log)';
  }
}
