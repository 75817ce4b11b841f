import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type HttpClient, pause } from './http.js';

/** A child whose output goes to a file. */
export interface LoggedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Aborts when it has ended, for whatever reason, with the end of its log. */
  readonly gone: AbortSignal;
  /** SIGTERM, then waits for the end; says how it ended, e.g. `exit code 0`. */
  end(): Promise<string>;
}

export interface ProcessSpec {
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  logFile: string;
}

const END_WITHIN_MS = 15_000;

/** Starts it and does not wait; a program that cannot be started is one that has ended. */
export function startLogged({ name, command, args, cwd, env, logFile }: ProcessSpec): LoggedProcess {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, {
    ...{ cwd, env, stdio: ['ignore', log, log] },
    // A group of its own: Ctrl-C reaches the demo alone, which then stops its children in good order.
    detached: true,
  });
  closeSync(log);
  const gone = new AbortController();
  const ended = new Promise<string>((resolve) => {
    const endedBy = (how: string): void => {
      gone.abort(new Error(`${name} has ended (${how}). The end of ${logFile}:\n${tail(logFile)}`));
      resolve(how);
    };
    child.once('error', (error) => endedBy(error.message));
    child.once('exit', (code, signal) => endedBy(signal ?? `exit code ${code}`));
  });
  return {
    ...{ name, logFile, pid: child.pid ?? 0, gone: gone.signal },
    async end() {
      child.kill('SIGTERM');
      // SIGKILL would leave an embedded database running, so it is the last resort.
      const kill = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
      const how = await ended;
      clearTimeout(kill);
      return how;
    },
  };
}

/**
 * Waits until `path` is answered with 200.
 * @throws with the end of the log if it is not in time, or the reason of `stop`
 */
export async function answering(
  { name, logFile }: LoggedProcess,
  client: HttpClient,
  path: string,
  withinMs: number,
  stop: AbortSignal,
): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  while ((await client.tryOnce('GET', path))?.status !== 200) {
    stop.throwIfAborted();
    if (Date.now() > giveUpAt) {
      throw new Error(
        `${name} is not ready after ${withinMs / 1_000} s. The end of ${logFile}:\n${tail(logFile)}`,
      );
    }
    await pause(100, stop);
  }
}

function tail(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(-25).join('\n');
  } catch {
    return '(no log)';
  }
}
