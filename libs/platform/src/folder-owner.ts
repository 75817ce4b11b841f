import pg from 'pg';
import { EmbeddedPostgresError } from './embedded-home.js';
import { backoffMs, pause } from './retry.js';

/** Key of the session lock that says "a Đúng Hạn process owns this folder". */
const OWNER_LOCK = 7_301_947_002;
/** Given up after this many tries; with the pauses between them, about 12 s of a server that ends at once. */
const TRIES = 8;
/** Held for this long it counts as steady; a server that ends again sooner has used up a try. */
const STEADY_AFTER_MS = 60_000;

export interface RunningServer {
  url: string;
  pid: number;
}

export interface Watch {
  /** The server as it runs now, started again on the same port if it has ended. */
  revive(signal: AbortSignal): Promise<RunningServer>;
  /** Told in words when the folder is lost and when it is held again. */
  say(words: string): void;
}

/** The folder is another process's; its server, too. */
export class FolderTakenError extends EmbeddedPostgresError {}

/**
 * One process per data folder. It holds a lock in the folder's server, on a session of its own: `kill -9` of the
 * process frees it and nothing goes stale. The session is also how the process notices that its server has
 * ended, or has thrown everybody out to recover from a crash; then it brings the server back and takes the lock
 * again, so that the folder is never open to a second process for longer than that takes.
 */
export class FolderOwner {
  /** Resolves when the folder is lost for good; what cannot be mended here is for who supervises the process. */
  readonly lost: Promise<EmbeddedPostgresError>;
  private declareLost: (reason: EmbeddedPostgresError) => void = () => undefined;
  private readonly stopping = new AbortController();
  private session: pg.Client | undefined;
  private heldSince = 0;
  private tries = 0;
  private recovery: Promise<void> = Promise.resolve();
  private taken = false;

  private constructor(
    private readonly dataDir: string,
    private current: RunningServer,
    private readonly watch: Watch,
  ) {
    this.lost = new Promise((resolve) => (this.declareLost = resolve));
  }

  /** @throws FolderTakenError if another process has the folder */
  static async claim(dataDir: string, server: RunningServer, watch: Watch): Promise<FolderOwner> {
    const owner = new FolderOwner(dataDir, server, watch);
    await owner.takeLock();
    return owner;
  }

  get server(): RunningServer {
    return this.current;
  }

  /**
   * Throws a fault that passes unless the folder is held. To be asked on every new connection: after a crash
   * none may write before this process is known to be the only one again.
   */
  assertHeld(): void {
    if (this.session) return;
    throw Object.assign(new Error(`The data folder ${this.dataDir} is not held at the moment.`), {
      // As a server says that is not ready for connections.
      code: '57P03',
    });
  }

  /** Ends the watch and runs `stopServer`, if it is still ours to stop; the lock is held until it has ended. */
  async release(stopServer: () => Promise<void>): Promise<void> {
    this.stopping.abort();
    await this.recovery;
    if (!this.taken) await stopServer();
    await this.session?.end().catch(() => undefined);
  }

  private async takeLock(): Promise<void> {
    const session = new pg.Client({
      connectionString: this.current.url,
      application_name: 'dunghan-owner',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    });
    // Every lost session ends, whether or not it is told why before.
    session.on('error', () => undefined);
    session.on('end', () => this.sessionEnded(session));
    try {
      await session.connect();
      const { rows } = await session.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [
        OWNER_LOCK,
      ]);
      if (!rows[0]?.free) {
        throw new FolderTakenError(
          `Another Đúng Hạn process is already running on the data folder ${this.dataDir}. ` +
            'Stop it first, or choose another folder with DUNGHAN_DATA_DIR.',
        );
      }
    } catch (error) {
      await session.end().catch(() => undefined);
      throw error;
    }
    this.session = session;
    this.heldSince = performance.now();
  }

  private sessionEnded(session: pg.Client): void {
    if (this.session !== session || this.stopping.signal.aborted) return;
    this.session = undefined;
    if (performance.now() - this.heldSince >= STEADY_AFTER_MS) this.tries = 0;
    this.recovery = this.recover();
  }

  private async recover(): Promise<void> {
    const { signal } = this.stopping;
    const lostAt = performance.now();
    const before = this.current.pid;
    this.watch.say(`the PostgreSQL server of ${this.dataDir} has ended or crashed; bringing it back`);
    let reason = 'It ends again and again.';
    while (this.tries < TRIES) {
      await pause(backoffMs(this.tries), signal);
      this.tries += 1;
      try {
        if (signal.aborted) return;
        this.current = await this.watch.revive(signal);
        if (signal.aborted) return;
        await this.takeLock();
        const how = this.current.pid === before ? 'has recovered' : 'was started again';
        const seconds = ((performance.now() - lostAt) / 1_000).toFixed(1);
        this.watch.say(`the PostgreSQL server of ${this.dataDir} ${how} and is ours, after ${seconds} s`);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof FolderTakenError) return this.giveUpTaken();
        reason = error instanceof Error ? error.message : String(error);
      }
    }
    const words = `The PostgreSQL server of the data folder ${this.dataDir} has ended and does not come back`;
    this.declareLost(new EmbeddedPostgresError(`${words} (${TRIES} tries). ${reason}`));
  }

  private giveUpTaken(): void {
    this.taken = true;
    this.declareLost(
      new FolderTakenError(
        `Another Đúng Hạn process took the data folder ${this.dataDir} while its PostgreSQL server was away.`,
      ),
    );
  }
}
