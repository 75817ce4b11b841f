import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '#libs/platform';
import { isReady, pollUntil } from './standalone.js';

export type App = 'intake' | 'processing' | 'clock' | 'reporting';

const READY_WITHIN_MS = 60_000;
const STOPS_WITHIN_MS = 15_000;
const STARTS_AGAIN_AFTER_MS = 500;

/** One copy of an app; it keeps its port over all its lives. */
export class AppServer {
  private child: ChildProcess | undefined;
  private wanted = false;
  /** How often it ended without being told or killed. */
  falls = 0;

  private constructor(
    readonly name: string,
    readonly app: App,
    private readonly port: number,
    private readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async make(
    name: string,
    app: App,
    folder: string,
    env: Readonly<Record<string, string>>,
  ): Promise<AppServer> {
    return new AppServer(name, app, await freePort(), folder, env);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get logFile(): string {
    return join(this.folder, `${this.name}.log`);
  }

  /** Starts it, and starts it again when it falls by itself, as a supervisor does. */
  start(): void {
    this.wanted = true;
    if (this.child) return;
    const log = openSync(this.logFile, 'a');
    const child = spawn(process.execPath, ['--enable-source-maps', `dist/apps/${this.app}/src/main.js`], {
      env: {
        ...process.env,
        // A broker that is there for some specs is not meant for all.
        ...{ NODE_OPTIONS: '', HOST: '127.0.0.1', PORT: String(this.port), KAFKA_BROKERS: undefined },
        ...this.env,
      },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    child.once('exit', () => {
      this.child = undefined;
      if (!this.wanted) return;
      this.falls += 1;
      setTimeout(() => this.wanted && this.start(), STARTS_AGAIN_AFTER_MS);
    });
  }

  /** SIGKILL: nothing gets to finish. Stays down until `start`. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** SIGTERM; it must end by itself, in good order. */
  async stop(): Promise<void> {
    const { child } = this;
    if (!child) return;
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, STOPS_WITHIN_MS);
    await this.end('SIGTERM');
    clearTimeout(late);
    if (isLate) throw new Error(`${this.name} did not stop within ${STOPS_WITHIN_MS / 1_000} s of SIGTERM`);
  }

  /** Stands still, as on a machine that swaps, until `thaw`. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async ready(): Promise<void> {
    await pollUntil(`${this.name} to be ready`, READY_WITHIN_MS, () => isReady(this.url)).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}\n${this.lastWords()}`);
      },
    );
  }

  /** The end of its log. */
  lastWords(): string {
    try {
      return readFileSync(this.logFile, 'utf8').slice(-4_000);
    } catch {
      return '';
    }
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.wanted = false;
    const { child } = this;
    if (!child) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    // One that stands still would hear of it only when it goes on.
    child.kill('SIGCONT');
    await exited;
  }
}
