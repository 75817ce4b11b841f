import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';
import { EventLog, LogLag, type PartitionLag, storedPartition } from '#libs/event-log';

export interface ProgressStage {
  name: string;
  partition: number;
  head: number;
  applied: number;
  lag: number;
  oldestUnappliedAgeSeconds: number;
}

export interface Progress {
  caughtUp: boolean;
  stages: ProgressStage[];
}

/** Deadlines that have come due and are not announced. */
const ANNOUNCING = `
  select count(*)::int as count, coalesce(extract(epoch from clock_timestamp() - min(at)), 0)::float8 as age
    from processing.timer where not settling and at <= clock_timestamp()`;

/** Partitions that do not follow the newest calendar yet. */
const CALENDAR = `
  select p.nth::int - 1 as partition, coalesce(m.total, 1) as head, coalesce(least(m.done, m.total), 0) as applied
    from (select max(version) as version from catalogue.calendar_version where id = 'default') v
   cross join unnest($1::int[]) with ordinality as p(stored, nth)
    left join processing.calendar_move m on m.version = v.version and m.partition = p.stored
   where v.version > 1 and m.finished is not true
   order by 1`;

/**
 * How far everything is: an event counts as under way from its acceptance until it has reached the reports.
 *
 * The log may not be in this database, so this is not one look but several, taken in the direction of the flow.
 * What one look finds done stands in the next place before that is looked at; so nothing can slip past
 * between two looks, and `caughtUp` speaks for everything that was accepted before the question.
 */
@Injectable()
export class ProgressReader {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(LogLag) private readonly lag: LogLag,
  ) {}

  async read(): Promise<Progress> {
    const replaying = await this.lag.ofOutbox(this.database.manager, EVENTS_TOPIC);
    const events = await this.lag.heads(EVENTS_TOPIC);
    const { processed, announcing, calendar, forwarding } = await this.processing(events.length);
    const processing = await this.lag.compare(EVENTS_TOPIC, events, processed);
    const reporting = await this.lag.ofGroup('reporting', TIMELINESS_TOPIC);
    const stages = [
      announcing,
      ...calendar,
      ...stagesOf('forwarding', forwarding),
      ...stagesOf('processing', processing),
      ...stagesOf('replaying', replaying),
      ...stagesOf('reporting', reporting),
    ];
    // A calendar edit is under way until its stage is gone, even when no dossier has to move.
    return { caughtUp: stages.every(({ name, lag }) => lag === 0 && name !== 'calendar'), stages };
  }

  /** What processing and the clock have done, and how much of it has been forwarded: one instant's view. */
  private processing(partitions: number) {
    return this.database.transaction('REPEATABLE READ', async (manager) => ({
      processed: await this.lag.applied(manager, 'processing', EVENTS_TOPIC, partitions),
      announcing: await announcing(manager),
      calendar: await this.calendar(manager, partitions),
      forwarding: await this.lag.ofOutbox(manager, TIMELINESS_TOPIC),
    }));
  }

  private async calendar(manager: EntityManager, partitions: number): Promise<ProgressStage[]> {
    const place = this.log.placeOf(EVENTS_TOPIC);
    const rows = await manager.query<{ partition: number; head: number; applied: number }[]>(CALENDAR, [
      Array.from({ length: partitions }, (_, partition) => storedPartition({ ...place, partition })),
    ]);
    return rows.map((row) => ({
      ...{ name: 'calendar', ...row, lag: Math.max(0, row.head - row.applied) },
      oldestUnappliedAgeSeconds: 0,
    }));
  }
}

async function announcing(manager: EntityManager): Promise<ProgressStage> {
  const [row] = await manager.query<{ count: number; age: number }[]>(ANNOUNCING);
  const waiting = row?.count ?? 0;
  return {
    ...{ name: 'announcing', partition: 0, head: waiting, applied: 0, lag: waiting },
    oldestUnappliedAgeSeconds: waiting > 0 ? inMilliseconds(row?.age ?? 0) : 0,
  };
}

const stagesOf = (name: string, lags: readonly PartitionLag[]): ProgressStage[] =>
  lags.map(({ oldestAgeSeconds, ...place }) => ({
    ...{ name, ...place },
    oldestUnappliedAgeSeconds: inMilliseconds(oldestAgeSeconds),
  }));

const inMilliseconds = (seconds: number): number => Math.max(0, Math.round(seconds * 1_000) / 1_000);
