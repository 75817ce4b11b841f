import type { Stock } from '#libs/contracts';
import type { Channel, Flow, Instant } from '#libs/dossier';
import { resolutionIs } from './resolution-sql.js';
import { standingParts, stockSql } from './standing.js';

/**
 * The queries that a list is put together from. All have the same columns: source, code, doc, overdue_from,
 * accepted_at; `happened_at` of a flow; `nth`, which no two rows of a dossier share; `counted_as`, the figure of a
 * report's line that the row stands in; of a stock `stood_overdue_from` and `stood_paused_since`.
 */

export type FlowKind = Flow['kind'];

/** What every part of a list is cut by. */
export interface PartScope {
  /** The relation of dossiers. */
  dossiers: string;
  /** Conditions on a dossier `d`. */
  where: readonly string[];
  /** Cell of the dossier: of a flow in a document it may be another than that of the row. */
  cell: readonly (readonly [column: 'agency' | 'procedure' | 'channel', condition: string])[];
  bind: (value: unknown) => string;
}

export interface FlowSpan {
  from: Instant;
  until: Instant;
}

/** Rows of one dossier are told apart: those of documents are numbered from 1. */
const [CARRIED_OVER, RECEIVED, OPEN, CLOSED_BY_ROW] = [-3, -2, -1, 0];

/** What happened in a period, told by the columns of a dossier where it has closed but once, else by its document. */
export function flowParts(
  scope: PartScope,
  kinds: readonly FlowKind[],
  span: FlowSpan,
  took: readonly string[] = [],
): string[] {
  // A parameter that no part uses would have no type.
  if (kinds.length === 0) return [];
  const { dossiers, where, cell, bind } = scope;
  const [from, until] = [bind(new Date(span.from)), bind(new Date(span.until))];
  const conditions = conditionsOf(scope);
  const parts: string[] = [];
  if (kinds.includes('received'))
    parts.push(
      // Acceptance is one, and in its column, whatever came before or after.
      `select ${COLUMNS}, d.accepted_at as happened_at, ${RECEIVED}::bigint as nth, 'received' as counted_as, ${NOT_STOOD}
         from ${dossiers} d
        where d.accepted_at is not null and d.accepted_at >= ${from} and d.accepted_at < ${until} and ${conditions}`,
    );
  // What was refused before acceptance counts where it was submitted.
  for (const some of [kinds.filter((kind) => kind === 'refused'), kinds.filter(isAfterAcceptance)]) {
    if (some.length === 0) continue;
    const happened = `to_timestamp((f ->> 'at')::bigint / 1000.0)`;
    const cellOf = (name: string) =>
      some[0] === 'refused' ? `(d.doc::json #>> '{submittedCell,${name}}')` : `d.${name}`;
    const byRow = rowIs(some);
    if (byRow !== undefined)
      parts.push(
        `select ${COLUMNS}, d.closed_at as happened_at, ${CLOSED_BY_ROW}::bigint as nth, ${ROW_COUNTED_AS}, ${NOT_STOOD}
           from ${dossiers} d
          where not d.recurring and ${byRow} and d.closed_at >= ${from} and d.closed_at < ${until}
            and ${conditions} and ${resolutionIs('row', took)}`,
      );
    parts.push(
      `select ${COLUMNS}, ${happened} as happened_at, nth, ${FLOW_COUNTED_AS}, ${NOT_STOOD}
         from ${dossiers} d cross join lateral json_array_elements(d.doc::json -> 'flows') with ordinality as e(f, nth)
        where d.recurring and f ->> 'kind' = any(${bind(some)}::text[])
          and ${happened} >= ${from} and ${happened} < ${until}
          and ${cellOf('agency')} is not null and ${resolutionIs('flow', took)}
          and ${[...where, ...cell.map(([name, is]) => `${cellOf(name)} = ${is}`)].join(' and ')}`,
    );
  }
  return parts;
}

/** What stood at an instant as one of these stocks. */
export function stockParts(
  scope: PartScope,
  stocks: readonly Stock[],
  instant: Instant,
  more: readonly ((at: string) => string)[] = [],
  countedAs: 'carriedOver' | 'open' = 'open',
): string[] {
  const at = `${scope.bind(new Date(instant))}::timestamptz`;
  const conditions = [
    `(${stocks.map((stock) => stockSql(stock, at)).join(' or ')})`,
    ...more.map((part) => part(at)),
    conditionsOf(scope),
  ];
  const columns = `${COLUMNS}, d.agency, d.procedure, d.channel, d.open, d.state, d.outcome, d.due_soon_from`;
  const pausedOnly = stocks.every((stock) => PAUSED_STOCKS.includes(stock));
  return standingParts(scope.dossiers, at, columns, pausedOnly).map(
    (standing) =>
      `select ${COLUMNS}, null::timestamptz as happened_at,
              ${countedAs === 'open' ? OPEN : CARRIED_OVER}::bigint as nth, '${countedAs}' as counted_as,
              d.stood_overdue_from, d.stood_paused_since
         from (${standing}) d
        where ${conditions.join(' and ')}`,
  );
}

/** Each is a part of what is paused. */
const PAUSED_STOCKS: readonly Stock[] = ['paused', 'paused-in-time', 'past-due-while-paused'];

/** Dossiers, whatever has become of them. */
export const anyPart = (scope: PartScope): string =>
  `select ${COLUMNS}, null::timestamptz as happened_at, ${OPEN}::bigint as nth, null as counted_as, ${NOT_STOOD}
     from ${scope.dossiers} d where ${conditionsOf(scope)}`;

/** Received through one of these channels; the others of a list's parts are not asked. */
export const through = (scope: PartScope, channels: readonly Channel[]): PartScope => ({
  ...scope,
  where: [...scope.where, `d.channel = any(${scope.bind(channels)}::text[])`],
});

const conditionsOf = ({ where, cell }: PartScope): string =>
  [...where, ...cell.map(([column, is]) => `d.${column} = ${is}`)].join(' and ');

const COLUMNS = 'd.source, d.code, d.doc, d.overdue_from, d.accepted_at';
const NOT_STOOD = 'null::timestamptz as stood_overdue_from, null::timestamptz as stood_paused_since';
const ROW_COUNTED_AS = `case when d.outcome is not null then 'resolved' when d.accepted_at is null then 'refused'
                             else 'closedOtherwise' end as counted_as`;
const FLOW_COUNTED_AS = `case when f ->> 'kind' like 'resolved%' then 'resolved'
                              when f ->> 'kind' like 'closed%' then 'closedOtherwise' else f ->> 'kind' end as counted_as`;

const isAfterAcceptance = (kind: FlowKind): boolean => kind !== 'received' && kind !== 'refused';

const OUTCOMES: Partial<Record<FlowKind, string>> = {
  resolvedEarly: 'early',
  resolvedOnTime: 'on-time',
  resolvedLate: 'late',
  resolvedNoDueDate: 'no-due-date',
};
const STATES: Partial<Record<FlowKind, string>> = {
  closedRefused: 'refused',
  closedWithdrawn: 'withdrawn',
  closedStopped: 'stopped',
};

/** The same in words that partial indexes understand; undefined: no row closes so but in its document. */
function rowIs(kinds: readonly FlowKind[]): string | undefined {
  if (kinds.includes('refused'))
    return `d.accepted_at is null and d.state = 'refused' and d.agency is not null`;
  const among = (known: Partial<Record<FlowKind, string>>) =>
    kinds.flatMap((kind) => (known[kind] === undefined ? [] : [`'${known[kind]}'`]));
  const [outcomes, states] = [among(OUTCOMES), among(STATES)];
  const either = [
    ...(outcomes.length === 0
      ? []
      : outcomes.length === Object.keys(OUTCOMES).length
        ? ['d.outcome is not null']
        : [isIn('d.outcome', outcomes)]),
    ...(states.length === 0 ? [] : [`d.accepted_at is not null and ${isIn('d.state', states)}`]),
  ];
  return either.length === 0 ? undefined : `(${either.join(' or ')})`;
}

const isIn = (column: string, values: readonly string[]): string =>
  values.length === 1 ? `${column} = ${values[0]}` : `${column} in (${values.join(', ')})`;
