import pg from 'pg';
import { backoffMs, pause } from './retry.js';

export interface ListenerSpec {
  url: string;
  /** How the session shows in `pg_stat_activity`. */
  applicationName: string;
  channel: string;
  onNotification(payload: string): void;
  /** It listens, for the first time or again: what was notified before went unheard, so look. */
  onListening(): void;
}

/**
 * Hears the notifications of one channel on a session of its own, and comes back whenever that session
 * is lost. Notifications are hints: whoever uses it also looks by itself now and then.
 */
export class Listener {
  private readonly stopping = new AbortController();
  private readonly loop: Promise<void>;

  constructor(private readonly spec: ListenerSpec) {
    this.loop = this.listen();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async listen(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      const lost = new AbortController();
      const session = new pg.Client({
        connectionString: this.spec.url,
        application_name: this.spec.applicationName,
        keepAlive: true,
      });
      session.on('error', () => lost.abort());
      session.on('end', () => lost.abort());
      session.on('notification', ({ payload }) => this.spec.onNotification(payload ?? ''));
      try {
        await session.connect();
        await session.query(`listen ${this.spec.channel}`);
        failures = 0;
        this.spec.onListening();
        await pause(2 ** 31 - 1, AbortSignal.any([lost.signal, this.stopping.signal]));
      } catch {
        failures += 1;
      }
      await session.end().catch(() => undefined);
      await pause(backoffMs(failures), this.stopping.signal);
    }
  }
}
