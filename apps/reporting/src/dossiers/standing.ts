import type { Awaited, Stock } from '#libs/contracts';
import { HOUR_MS } from '#libs/dossier';

/** An event is at most five minutes ahead of its recording (contract §3). */
const AHEAD_MS = HOUR_MS / 6;

/**
 * SQL: every open dossier as it stood at an instant: `columns` of the relation `known`, and `status` (running or
 * paused), `stood_overdue_from` (of the deadline then in force), `stood_paused_since`, `stood_awaiting`. `at` is a
 * timestamptz expression. The same as the stocks of the ledger: only what happened by then counts, whatever came later.
 *
 * Columns tell it for nearly all; the document is read where the clock was paused, the deadline moved or the
 * dossier reopened, and anything of that may have come after the instant.
 *
 * @param pausedOnly those that were paused, which have an index of their own
 * @returns queries that give each of them once: apart, so that each can be read by an index of its own
 */
export function standingParts(known: string, at: string, columns: string, pausedOnly = false): string[] {
  const settled = `${at} - interval '${AHEAD_MS} milliseconds'`;
  const select = (stood: string, where: string, joined = '') => `
    select ${columns}, ${stood} from ${known} d ${joined} where d.accepted_at <= ${at} and ${where}`;
  const parts = (open: string) => [
    select(
      `case when d.steady then 'running' else d.state end as status, d.overdue_from as stood_overdue_from,
         case when not d.steady then d.paused_since end as stood_paused_since,
         case when not d.steady then d.awaiting else 0 end as stood_awaiting`,
      pausedOnly
        ? `${open} and not d.steady and d.recorded_at <= ${settled} and d.state = 'paused'`
        : `${open} and (d.steady or d.recorded_at <= ${settled} and d.state in ('running', 'paused'))`,
    ),
    select(
      's.status, s.stood_overdue_from, s.stood_paused_since, s.stood_awaiting',
      `${open} and not d.steady and d.recorded_at > ${settled} and s.status in ('running', 'paused')`,
      `cross join lateral (${inDocument(at)}) s`,
    ),
  ];
  // Two small indexes instead of the whole table: what is open, and what has been closed since. These are few among
  // all that are closed, and would be looked for in the order of deadlines; so they are gathered by themselves.
  return [
    ...parts('d.open'),
    ...parts(`not d.open and d.closed_at > ${at}`).map((part) => `${part} offset 0`),
  ];
}

/** What the document of a dossier "d" says of an instant. */
const inDocument = (at: string): string => `
  select s.status, to_timestamp(s.overdue_from / 1000.0) as stood_overdue_from,
         to_timestamp(s.paused_since / 1000.0) as stood_paused_since, s.awaiting as stood_awaiting
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
       where to_timestamp(begun / 1000.0) <= ${at}) s`;

function instantOf(millis: string): string {
  return `to_timestamp((${millis})::bigint / 1000.0)`;
}

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
