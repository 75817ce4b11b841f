import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Calendar, type CivilDay, dayOf, formatDay, type Instant } from '#libs/dossier';
import { CONFIG, type Config, LOGGER, type Logger, pause } from '#libs/platform';
import { CatalogueStore, instantSql, millisSql } from '#libs/store';
import type { ArrivedEvent } from './read-events.js';

const WRITE_EVERY_MS = 1_000;
/** A source that has been silent for longer has left; and so far back goes what is usual. */
const REMEMBERED_DAYS = 14;
/** Anybody may name a source; the latest of them stand for all. */
const MOST_SOURCES = 200;

export interface SourceSilence {
  source: string;
  lastAt: Instant;
  /** Working time since, in milliseconds. */
  silentMs: number;
  usualGapMs: number;
}

/**
 * When each source last sent something, and how long its silences usually are. It is written beside the batches,
 * not with them: all partitions would wait for the one row of a source, and what a crash loses is a second of it.
 */
@Injectable()
export class SourceActivity implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  /** Of what arrived since the last writing: first and last. */
  private heard = new Map<string, { first: Instant; last: Instant }>();
  private forgotOn: CivilDay | undefined;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.writeAgainAndAgain();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  noted(events: readonly ArrivedEvent[]): void {
    for (const { event, arrivedAt } of events) this.hear(event.source, arrivedAt, arrivedAt);
  }

  private hear(source: string, first: Instant, last: Instant): void {
    const heard = this.heard.get(source);
    if (!heard) this.heard.set(source, { first, last });
    else {
      heard.first = Math.min(heard.first, first);
      heard.last = Math.max(heard.last, last);
    }
  }

  /** Every source of the last days as of `now`, the latest first. */
  async read(now: Instant): Promise<SourceSilence[]> {
    const { calendar, today } = await this.calendarOf(now);
    const rows = await this.database.query<{ source: string; last: string; gap: string | null }[]>(
      `select source, ${millisSql('max(last_at)')} as last, max(longest_gap_ms) filter (where day < $1) as gap
         from processing.source_day where day >= $2 group by source order by max(last_at) desc limit ${MOST_SOURCES}`,
      [formatDay(today), formatDay(today - REMEMBERED_DAYS)],
    );
    return rows.map(({ source, last, gap }) => ({
      source,
      lastAt: Number(last),
      silentMs: calendar.sessionTimeBetween(Number(last), now),
      usualGapMs: Math.max(Number(gap ?? 0), this.config.SOURCE_GAP_SECONDS * 1_000),
    }));
  }

  private async writeAgainAndAgain(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await pause(WRITE_EVERY_MS, this.stopping.signal);
      await this.write().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'noting which sources are active failed; trying again');
      });
    }
  }

  /** Adds what was heard to the day's row of each source. */
  async write(): Promise<void> {
    if (this.heard.size === 0) return;
    const heard = this.heard;
    this.heard = new Map();
    try {
      await this.add(heard);
    } catch (error) {
      for (const [source, { first, last }] of heard) this.hear(source, first, last);
      throw error;
    }
  }

  private async add(heard: ReadonlyMap<string, { first: Instant; last: Instant }>): Promise<void> {
    const sources = [...heard.keys()].sort();
    const rows = await this.database.query<{ source: string; last: string }[]>(
      `select source, ${millisSql('max(last_at)')} as last from processing.source_day
        where source = any($1::text[]) group by source`,
      [sources],
    );
    const before = new Map(rows.map(({ source, last }) => [source, Number(last)]));
    const { calendar } = await this.calendarOf(Date.now());
    const days = sources.map((source) => {
      const { first, last } = heard.get(source) as { first: Instant; last: Instant };
      const gap = calendar.sessionTimeBetween(before.get(source) ?? first, first);
      return { source, day: formatDay(dayOf(last)), last, gap };
    });
    await this.database.query(
      `insert into processing.source_day (source, day, last_at, longest_gap_ms)
       select source, day, ${instantSql('last')}, gap
         from unnest($1::text[], $2::date[], $3::bigint[], $4::bigint[]) as t(source, day, last, gap)
       on conflict (source, day) do update
         set last_at = greatest(source_day.last_at, excluded.last_at),
             longest_gap_ms = greatest(source_day.longest_gap_ms, excluded.longest_gap_ms)`,
      [
        days.map(({ source }) => source),
        days.map(({ day }) => day),
        days.map(({ last }) => last),
        days.map(({ gap }) => gap),
      ],
    );
    await this.forgetOnceADay(dayOf(Math.max(...days.map(({ last }) => last))));
  }

  private async forgetOnceADay(today: CivilDay): Promise<void> {
    if (this.forgotOn === today) return;
    await this.database.query('delete from processing.source_day where day < $1', [
      formatDay(today - 2 * REMEMBERED_DAYS),
    ]);
    this.forgotOn = today;
  }

  private async calendarOf(now: Instant): Promise<{ calendar: Calendar; today: CivilDay }> {
    const catalogue = await this.catalogues.current();
    return { calendar: catalogue.calendar(catalogue.newestCalendarVersion()), today: dayOf(now) };
  }
}
