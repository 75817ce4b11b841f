import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EVENTS_TOPIC } from '#libs/contracts';
import { claimOffset, EventLog, storedPartition } from '#libs/event-log';
import {
  backoffMs,
  CONFIG,
  type Config,
  type Heartbeat,
  isRetryable,
  Liveness,
  LOGGER,
  type Logger,
  pause,
} from '#libs/platform';
import { type Catalogue, CatalogueStore, closedUntil, asLogBatch } from '#libs/store';
import { ApplyEvents, type DossierInHand, foldDossier, keyOf, PROCESSING_GROUP } from './apply-events.js';
import type { DossierRecord } from './dossier-record.js';
import { metrics } from './metrics.js';
import { loadHistories } from './processing-tables.js';

const CHUNK = 500;
const LOOK_EVERY_MS = 1_000;

/**
 * After a calendar edit: moves the deadlines of open dossiers whose limit is ours, in the background,
 * a chunk a transaction. The partition's offset row is locked first, so a chunk never crosses a batch
 * of events; for dossiers whose events last came by another log it is not known which, so all are.
 * Closed dossiers keep the calendar they closed under.
 */
@Injectable()
export class MoveDeadlines implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private heartbeat: Heartbeat | undefined;
  /** The newest calendar version that every partition follows, as far as this process has seen. */
  private finished = 1;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(ApplyEvents) private readonly applyEvents: ApplyEvents,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(Liveness) private readonly liveness: Liveness,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.heartbeat = this.liveness.register('calendar moves', this.config.STALLED_AFTER_SECONDS * 1_000);
    this.loop = this.watch();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    this.heartbeat?.end();
  }

  private async watch(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      try {
        const catalogue = await this.catalogues.current();
        await this.moveAll(catalogue);
        failures = 0;
        this.heartbeat?.beat();
        await pause(LOOK_EVERY_MS, this.stopping.signal);
      } catch (error) {
        failures += 1;
        this.logger[isRetryable(error) ? 'warn' : 'error'](
          { err: error },
          'moving deadlines failed; trying again',
        );
        await pause(backoffMs(failures), this.stopping.signal);
      }
    }
  }

  /** Brings every partition to the newest calendar; returns at once where that is done. */
  private async moveAll(catalogue: Catalogue): Promise<void> {
    const version = catalogue.newestCalendarVersion();
    if (this.finished === version) return;
    const place = this.log.placeOf(EVENTS_TOPIC);
    const all = (await this.log.heads(EVENTS_TOPIC)).map((_, partition) => partition);
    const current = all.map((partition) => storedPartition({ ...place, partition }));
    const unfinished = await this.unfinished(current, version);
    for (const { partition, foreign } of unfinished) {
      const locked = all.filter(
        (one) => foreign || storedPartition({ ...place, partition: one }) === partition,
      );
      await this.database.query(
        `insert into processing.calendar_move (version, partition, total, done, finished)
         select $1, $2, count(*), 0, false from processing.dossier where partition = $2 and movable_under < $1
         on conflict (version, partition) do nothing`,
        [version, partition],
      );
      let after: { source: string; code: string } | undefined = { source: '', code: '' };
      while (after && !this.stopping.signal.aborted) {
        after = await this.moveChunk(partition, locked, version, after, catalogue);
        this.heartbeat?.beat();
      }
    }
    if (this.stopping.signal.aborted) return;
    this.finished = version;
    if (unfinished.length > 0) this.logger.info(`open deadlines follow calendar version ${version}`);
  }

  /** What is still to be moved, what another log has left behind first: the current partitions tell of the end. */
  private async unfinished(
    current: readonly number[],
    version: number,
  ): Promise<{ partition: number; foreign: boolean }[]> {
    const rows = await this.database.query<{ partition: number }[]>(
      `select partition from unnest($1::int[]) as p(partition)
        where not exists (select from processing.calendar_move m
                           where m.version = $2 and m.partition = p.partition and m.finished)`,
      [current, version],
    );
    if (rows.length === 0) return [];
    const left = await this.database.query<{ partition: number }[]>(
      `select distinct partition from processing.dossier
        where movable_under < $2 and partition <> all ($1::int[]) order by 1`,
      [current, version],
    );
    return [
      ...left.map(({ partition }) => ({ partition, foreign: true })),
      ...rows.map(({ partition }) => ({ partition, foreign: false })),
    ];
  }

  /** Moves the next chunk behind a key; returns the last key, or undefined when there was none. */
  private moveChunk(
    partition: number,
    locked: readonly number[],
    version: number,
    after: { source: string; code: string },
    catalogue: Catalogue,
  ): Promise<{ source: string; code: string } | undefined> {
    return this.database.transaction(async (manager) => {
      for (const one of locked) {
        await claimOffset(manager, PROCESSING_GROUP, { ...this.log.placeOf(EVENTS_TOPIC), partition: one });
      }
      await asLogBatch(manager);
      const rows = await manager.query<{ source: string; code: string; record: string }[]>(
        `select source, code, record from processing.dossier
          where partition = $1 and movable_under < $2 and (source, code) > ($3, $4)
          order by source, code limit ${CHUNK}`,
        [partition, version, after.source, after.code],
      );
      const closed = await closedUntil(manager);
      const dossiers = rows.map(({ source, code, record }): DossierInHand => {
        const stored = JSON.parse(record) as DossierRecord;
        const recordedAt = Math.max(
          ...[catalogue.calendarRecordedAt(version), stored.recordedAt + 1, closed + 1],
        );
        stored.moves.push([recordedAt, version]);
        return {
          source,
          code,
          record: stored,
          steps: [{ recordedAt, facts: [] }],
          snapshots: [],
          newTimers: [],
        };
      });
      const histories = await loadHistories(manager, dossiers);
      for (const dossier of dossiers) {
        foldDossier(dossier, catalogue, histories.get(keyOf(dossier.source, dossier.code)) ?? []);
      }
      await this.applyEvents.save(manager, partition, dossiers, Date.now());
      await manager.query(
        `update processing.calendar_move set done = done + $3, finished = $4 where version = $1 and partition = $2`,
        [version, partition, rows.length, rows.length < CHUNK],
      );
      metrics.deadlinesMoved(rows.length);
      const last = rows.length < CHUNK ? undefined : rows.at(-1);
      return last && { source: last.source, code: last.code };
    });
  }
}
