import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import type { Instant } from '#libs/dossier';
import { LogLag, PostgresLog } from '#libs/event-log';
import {
  backoffMs,
  CONFIG,
  type Config,
  DATABASE_URL,
  type Heartbeat,
  isRetryable,
  Listener,
  Liveness,
  LOGGER,
  type Logger,
  pause,
} from '#libs/platform';
import { instantSql, millisSql } from '#libs/store';
import { announceCrowd, type Crowd, prepareCrowd } from './crowd.js';
import { metrics } from './metrics.js';
import { type ClaimedTimer, messageOf } from './wording.js';

/** Claimed in one statement; small enough that a claim is announced before the next one is due. */
const CLAIM = 5_000;
const LANES = 3;
/** Safety net under notifications, and how often settling deadlines are looked at. */
const LOOK_EVERY_MS = 1_000;

/**
 * Says what time alone has made true: sleeps until the earliest timer, deletes what has come due and
 * appends the announcements, in one transaction. Deleting is claiming: a timer goes to exactly one
 * copy of this loop, once, whatever is killed; figures do not depend on it.
 */
@Injectable()
export class Announce implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private wake = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private listener: Listener | undefined;
  private heartbeat: Heartbeat | undefined;
  private nextAt = 0;
  /** Worded beforehand: the many that share the next instant. */
  private crowd: Crowd | undefined;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(PostgresLog) private readonly outbox: PostgresLog,
    @Inject(LogLag) private readonly lag: LogLag,
    @Inject(DATABASE_URL) private readonly databaseUrl: string,
    @Inject(Liveness) private readonly liveness: Liveness,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.heartbeat = this.liveness.register('clock', this.config.STALLED_AFTER_SECONDS * 1_000);
    this.loop = this.run();
    // Timers that are due earlier than what the loop sleeps for.
    this.listener = new Listener({
      ...{ url: this.databaseUrl, applicationName: 'dunghan-clock', channel: 'dunghan_timer' },
      onNotification: (payload) => {
        const at: Instant = Number(payload);
        if (at < this.nextAt) this.wake.abort();
      },
      onListening: () => this.wake.abort(),
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    this.wake.abort();
    await Promise.all([this.loop, this.listener?.stop()]);
    this.heartbeat?.end();
  }

  private async run(): Promise<void> {
    let failures = 0;
    let settlingLookAt = 0;
    while (!this.stopping.signal.aborted) {
      try {
        await this.announcePrepared();
        await this.announceAllDue(false);
        if (Date.now() >= settlingLookAt) {
          settlingLookAt = Date.now() + LOOK_EVERY_MS;
          if ((await this.isAnySettled()) && (await this.lag.isDrained('processing', EVENTS_TOPIC))) {
            await this.announceAllDue(true);
          }
        }
        failures = 0;
        this.heartbeat?.beat();
        await this.sleepUntilNext();
      } catch (error) {
        failures += 1;
        this.logger[isRetryable(error) ? 'warn' : 'error']({ err: error }, 'announcing failed; trying again');
        await pause(backoffMs(failures), this.stopping.signal);
      }
    }
  }

  /** A crowd whose instant has come is announced at once; if it is not what it was, one by one. */
  private async announcePrepared(): Promise<void> {
    if (!this.crowd || Date.now() < this.crowd.at) return;
    const { crowd } = this;
    this.crowd = undefined;
    if (!(await announceCrowd(this.database, this.outbox, crowd))) return;
    const delay = Date.now() - crowd.at;
    metrics.announced(
      crowd.kinds,
      crowd.kinds.filter((kind) => kind === 'overdue').map(() => delay),
    );
  }

  /**
   * Everything that has come due. Where thousands share an instant, a few claims run side by side: the
   * database works on one while this process words another.
   */
  private async announceAllDue(settling: boolean): Promise<void> {
    let lanes = 1;
    while (!this.stopping.signal.aborted) {
      const counts = await Promise.all(Array.from({ length: lanes }, () => this.announceDue(settling)));
      this.heartbeat?.beat();
      if (!counts.includes(CLAIM)) return;
      lanes = LANES;
    }
  }

  /** Claims and announces timers that have come due; returns how many. */
  private async announceDue(settling: boolean): Promise<number> {
    const { claimed, announcedAt } = await this.database.transaction(async (manager) => {
      const now = Date.now();
      const [timers] = await manager.query<[ClaimedTimer[], number]>(
        `delete from processing.timer where ctid = any (array(
           select ctid from processing.timer
            where settling = $1 and at <= ${instantSql('$2::bigint')}
            order by settling, at, source, code, kind limit ${CLAIM} for update skip locked))
         returning ${millisSql('at')} as at, source, code, kind, ${millisSql('deadline')} as deadline`,
        [settling, now],
      );
      await this.outbox.appendIn(
        manager,
        TIMELINESS_TOPIC,
        timers.map((timer) => messageOf(timer, now)),
      );
      return { claimed: timers, announcedAt: now };
    });
    if (claimed.length > 0) {
      const committedAt = Date.now();
      // A settling deadline is late on purpose; only punctual ones measure the clock.
      const overdue = settling ? [] : claimed.filter(({ kind }) => kind === 'overdue');
      metrics.announced(
        claimed.map(({ kind }) => kind),
        overdue.map(({ at }) => committedAt - Number(at)),
      );
      this.logger.debug({ count: claimed.length, settling, announcedAt }, 'announced');
    }
    return claimed.length;
  }

  /** Whether the silence that a settling deadline waits for has passed; only then is the log asked. */
  private async isAnySettled(): Promise<boolean> {
    const [row] = await this.database.query<{ settled: boolean }[]>(
      `select exists (select from processing.timer
                       where settling and at <= ${instantSql('$1::bigint')}) as settled`,
      [Date.now()],
    );
    return row?.settled ?? false;
  }

  private async sleepUntilNext(): Promise<void> {
    this.wake = new AbortController();
    const rows = await this.database.query<{ at: string | null }[]>(
      `select ${millisSql('min(at)')} as at from processing.timer where not settling`,
    );
    const at = rows[0]?.at;
    this.nextAt = Math.min(
      at === null || at === undefined ? Infinity : Number(at),
      Date.now() + LOOK_EVERY_MS,
    );
    if (
      at !== null &&
      at !== undefined &&
      this.crowd?.at !== Number(at) &&
      Number(at) <= Date.now() + LOOK_EVERY_MS
    ) {
      this.crowd = await prepareCrowd(this.database, this.outbox, Number(at));
    }
    // A timer may fire a fraction early; waking before the instant would only mean another round.
    const wait = this.nextAt - Date.now();
    if (wait > 0 && !this.stopping.signal.aborted) await pause(wait + 1, this.wake.signal);
  }
}
