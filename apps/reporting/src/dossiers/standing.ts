import type { Awaited, Stock } from '#libs/contracts';
import { HOUR_MS } from '#libs/dossier';

/** An event is at most five minutes ahead of its recording (contract §3). */
const AHEAD_MS = HOUR_MS / 6;

/**
 * SQL: every open dossier as it stood at an instant: its row `d` of the relation `known`, and `status` (running or
 * paused), `overdue_from` (of the deadline then in force), `paused_since`, `awaiting`. `at` is a timestamptz
 * expression. The same as the stocks of the ledger: only what happened by then counts, whatever came later.
 *
 * Columns tell it for nearly all; the document is read where the clock was paused, the deadline moved or the
 * dossier reopened, and anything of that may have come after the instant.
 */
export const standingSql = (known: string, at: string): string => `
  select d.*, c.status, c.overdue_from as stood_overdue_from, c.paused_since as stood_paused_since,
         c.awaiting as stood_awaiting
    from (
      -- Two small indexes instead of the whole table: what is open, and what has been closed since.
      select * from ${known} o where o.open and o.accepted_at <= ${at}
      union all
      select * from ${known} o where not o.open and o.closed_at > ${at} and o.accepted_at <= ${at}) d
    cross join lateral (
      select 'running' as status, d.overdue_from, null::timestamptz as paused_since, 0 as awaiting where d.steady
      union all
      select d.state, d.overdue_from, d.paused_since, d.awaiting
       where not d.steady and d.recorded_at <= ${at} - interval '${AHEAD_MS} milliseconds'
      union all
      select s.status, to_timestamp(s.overdue_from / 1000.0), to_timestamp(s.paused_since / 1000.0), s.awaiting
        from (
          select (array_agg(status order by n desc))[1] as status,
                 (array_agg(overdue_from order by n desc))[1] as overdue_from,
                 max(begun) filter (where status = 'paused' and before is distinct from 'paused') as paused_since,
                 (select coalesce(bit_or((w ->> 'reason')::int), 0)
                    from json_array_elements(d.doc::json -> 'waits') w
                   where ${instantOf(`w ->> 'from'`)} <= ${at}
                     and (w ->> 'until' is null or ${instantOf(`w ->> 'until'`)} > ${at})) as awaiting
            from (select n, s ->> 'status' as status, (s ->> 'overdueFrom')::bigint as overdue_from,
                         (s ->> 'from')::bigint as begun, lag(s ->> 'status') over (order by n) as before
                    from json_array_elements(d.doc::json -> 'segments') with ordinality as e(s, n)) s
           where to_timestamp(begun / 1000.0) <= ${at}) s
       where not d.steady and d.recorded_at > ${at} - interval '${AHEAD_MS} milliseconds') c
   where c.status in ('running', 'paused')`;

const instantOf = (millis: string): string => `to_timestamp((${millis})::bigint / 1000.0)`;

/** SQL for one of the stocks, over the relation above. */
export function stockSql(stock: Stock, at: string): string {
  switch (stock) {
    case 'open':
      return 'true';
    case 'in-time':
      return `status = 'running' and stood_overdue_from > ${at}`;
    case 'overdue':
      return `status = 'running' and stood_overdue_from <= ${at}`;
    case 'paused':
      return `status = 'paused'`;
    case 'paused-in-time':
      return `status = 'paused' and (stood_overdue_from is null or stood_overdue_from > ${at})`;
    case 'past-due-while-paused':
      return `status = 'paused' and stood_overdue_from <= ${at}`;
    case 'no-due-date':
      return `status = 'running' and stood_overdue_from is null`;
  }
}

/** As the column `awaiting` says it. */
export const AWAITING_BITS: Record<Awaited, number> = { supplement: 1, fee: 2, both: 3, unknown: 0 };
