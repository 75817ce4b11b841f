import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpClient } from './http.js';
import { answering, startLogged } from './logged-process.js';
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
  const child = startLogged({
    ...{ name: app, command: process.execPath, cwd: repositoryRoot, logFile },
    args: [...nodeFlags(), `dist/apps/${app}/src/main.js`],
    env: { ...env, HOST: host, PORT: String(port) },
  });
  const { pid, gone } = child;
  const url = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
  const client = new HttpClient(url, gone);
  const end = (): Promise<string> => {
    client.close();
    return child.end();
  };
  await answering(child, client, '/health/ready', READY_WITHIN_MS, gone).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    ...{ url, client, logFile, pid, gone },
    peakMemoryMegabytes: () => peakMemoryMegabytes(pid),
    async stop() {
      const ending = await end();
      if (ending !== 'exit code 0')
        throw new Error(`${app} did not stop cleanly (${ending}); see ${logFile}.`);
    },
  };
}

function peakMemoryMegabytes(pid: number): number | null {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return peak ? Math.round(Number(peak[1]) / 1_024) : null;
  } catch {
    return null;
  }
}
