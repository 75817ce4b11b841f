import type { DataSource } from 'typeorm';
import type { Instant } from '#libs/dossier';
import { millisSql } from '#libs/store';

/** Instants that running dossiers are told apart by. */
export interface RunningBounds {
  now: Instant;
  /** Last instant of "due next", and of "due by the next working day". */
  next: Instant;
  nextDay: Instant;
  /** Overdue from here on for at most 3, 10, 30 working days; descending. */
  late: readonly [Instant, Instant, Instant];
}

/** Of one agency. */
export interface RunningCounts {
  dueSoon: number;
  dueNext: number;
  /** Due by the next working day, and never extended. */
  apologyDue: number;
  /** Overdue, by working days late: 1–3, 4–10, 11–30, over 30. */
  late: [number, number, number, number];
}

type Counts = ReadonlyMap<string, RunningCounts>;

/** What was found, and as long as what it is true. */
interface Known {
  stamp: string;
  bounds: readonly Instant[];
  /** The first instant behind each bound at which a dossier changes hands; null: there is none. */
  nexts: readonly (Instant | null)[];
  counts: Counts;
}

/**
 * Classes of running dossiers that the counters do not tell apart. They are counted one by one, from an index alone:
 * reading rows with their documents took longer than everything else of a scrape. Where nothing was applied and no
 * bound has reached a dossier since, what was counted last is still true.
 */
export class RunningClasses {
  private known: Known | undefined;

  constructor(private readonly database: DataSource) {}

  async read({ now, next, nextDay, late }: RunningBounds): Promise<Counts> {
    const bounds = [now, next, nextDay, ...late];
    const known = this.known && stands(this.known, bounds) ? this.known : undefined;
    const rows = await this.database.query<Row[]>(LOOK, [
      ...bounds.map((instant) => new Date(instant)),
      known?.stamp ?? null,
    ]);
    const head = rows.find(({ agency }) => agency === null);
    if (!head) throw new Error('the look at running dossiers has no head');
    if (known && head.stamp === known.stamp) return known.counts;
    const counts = countsOf(rows);
    this.known = { stamp: head.stamp ?? '', bounds, nexts: head.nexts ?? [], counts };
    return counts;
  }
}

/** Whether bounds have moved on since without reaching a dossier. */
const stands = ({ bounds, nexts }: Known, later: readonly Instant[]): boolean =>
  later.every((bound, nth) => bound >= (bounds[nth] as Instant) && bound < (nexts[nth] ?? Infinity));

interface Row {
  /** Of the head. */
  stamp: string | null;
  nexts: (Instant | null)[] | null;
  /** null: this is the head. */
  agency: string | null;
  class: number | null;
  count: number | null;
}

/** Classes of those that are overdue, by how long; of the others, bits. */
const [DUE_SOON, DUE_NEXT, APOLOGY_DUE, RUNNING] = [1, 2, 4, 8] as const;

/** The first deadline behind a bound, of paused dossiers too, which costs no more than counting anew. */
const nextDeadline = (bound: string) => `
  (select ${millisSql('overdue_from')} from reporting.dossier
    where open and overdue_from > ${bound} order by overdue_from limit 1)`;

const LOOK = `
  with seen as materialized (
    select coalesce(string_agg(topic || '/' || partition || ' ' || next_offset, ',' order by topic, partition), '')
             || ' ' || (select generation from reporting.counting where id = 1) as stamp
      from log.consumer_offset where consumer_group = 'reporting')
  select stamp, null as agency, null::int as class, null::int as count,
         case when stamp is distinct from $7 then json_build_array(
           least(${nextDeadline('$1')},
                 (select ${millisSql('due_soon_from')} from reporting.dossier
                   where state = 'running' and due_soon_from > $1 order by due_soon_from limit 1)),
           ${['$2', '$3', '$4', '$5', '$6'].map(nextDeadline).join(', ')}) end as nexts
    from seen
  union all
  select null, agency, class, count(*)::int, null
    from (select agency,
                 case when overdue_from <= $6 then 3
                      when overdue_from <= $5 then 2
                      when overdue_from <= $4 then 1
                      when overdue_from <= $1 then 0
                      else ${RUNNING} + case when due_soon_from <= $1 then ${DUE_SOON} else 0 end
                                      + case when overdue_from <= $2 then ${DUE_NEXT} else 0 end
                                      + case when overdue_from <= $3 and not extended then ${APOLOGY_DUE} else 0 end
                 end as class
            from (select agency, due_soon_from, overdue_from, extended from reporting.dossier
                   where state = 'running' and due_soon_from <= greatest($1::timestamptz, $2, $3)
                   union all
                  select agency, due_soon_from, overdue_from, extended from reporting.dossier
                   where state = 'running' and due_soon_from is null
                     and overdue_from <= greatest($1::timestamptz, $2, $3)) soon
           where (select stamp from seen) is distinct from $7) told
   group by agency, class`;

function countsOf(rows: readonly Row[]): Counts {
  const counts = new Map<string, RunningCounts>();
  for (const { agency, class: its, count } of rows) {
    if (agency === null || its === null || count === null) continue;
    let of = counts.get(agency);
    if (!of) counts.set(agency, (of = { dueSoon: 0, dueNext: 0, apologyDue: 0, late: [0, 0, 0, 0] }));
    if (its < RUNNING) of.late[its] = (of.late[its] ?? 0) + count;
    else {
      if (its & DUE_SOON) of.dueSoon += count;
      if (its & DUE_NEXT) of.dueNext += count;
      if (its & APOLOGY_DUE) of.apologyDue += count;
    }
  }
  return counts;
}
