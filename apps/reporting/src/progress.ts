import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EVENTS_TOPIC, TIMELINESS_TOPIC } from '#libs/contracts';

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

/**
 * How far everything is, read in one statement and so from one snapshot: an event counts as under way
 * from its acceptance until it has reached the reports.
 */
const STAGES = `
  select o.name, h.partition, h.next_offset as head, coalesce(c.next_offset, 0) as applied,
         coalesce(extract(epoch from clock_timestamp() - (
           select b.appended_at from log.batch b
            where b.topic = h.topic and b.partition = h.partition and b.base_offset >= coalesce(c.next_offset, 0)
            order by b.base_offset limit 1)), 0)::float8 as age
    from (values ('processing', $1), ('reporting', $2)) as o(name, topic)
    join log.head h on h.topic = o.topic
    left join log.consumer_offset c
      on c.consumer_group = o.name and c.topic = h.topic and c.partition = h.partition
  union all
  select 'announcing', 0, count(*), 0, coalesce(extract(epoch from clock_timestamp() - min(at)), 0)::float8
    from processing.timer where not settling and at <= clock_timestamp()
  union all
  select 'calendar', p.partition,
         coalesce(m.total, case when v.version > 1 then 1 else 0 end),
         case when m.finished then m.total else coalesce(least(m.done, m.total), 0) end, 0
    from (select max(version) as version from catalogue.calendar_version where id = 'default') v
   cross join (select partition from log.head where topic = $1) p
    left join processing.calendar_move m on m.version = v.version and m.partition = p.partition
   where v.version > 1 and m.finished is not true
   order by 1, 2`;

@Injectable()
export class ProgressReader {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  async read(): Promise<Progress> {
    const rows = await this.database.query<
      { name: string; partition: number; head: string; applied: string; age: number }[]
    >(STAGES, [EVENTS_TOPIC, TIMELINESS_TOPIC]);
    const stages = rows.map(({ name, partition, head, applied, age }): ProgressStage => {
      const lag = Math.max(0, Number(head) - Number(applied));
      return {
        name,
        partition,
        head: Number(head),
        applied: Number(applied),
        lag,
        oldestUnappliedAgeSeconds: lag > 0 ? Math.max(0, Math.round(age * 1_000) / 1_000) : 0,
      };
    });
    // A calendar edit is under way until its stage is gone, even when no dossier has to move.
    return { caughtUp: stages.every(({ name, lag }) => lag === 0 && name !== 'calendar'), stages };
  }
}
