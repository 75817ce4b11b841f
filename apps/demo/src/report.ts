import type { HttpClient } from './http.js';

/** A row of `GET /v1/reports/timeliness`, as far as the demo reads it. */
export interface ReportRow {
  carriedOver: number;
  received: { total: number; counter: number; online: number; post: number };
  reopened: number;
  resolved: { total: number; early: number; onTime: number; late: number; noDueDate: number };
  closedOtherwise: { total: number; refused: number; withdrawn: number; stopped: number };
  open: {
    total: number;
    inTime: number;
    overdue: number;
    paused: number;
    pausedPastDue: number;
    noDueDate: number;
  };
  refused: number;
  rates: Record<'a' | 'b' | 'c', { percent: number | null; numerator: number; denominator: number }>;
}

export interface KeyedRow extends ReportRow {
  key: string;
  name?: string;
}

export interface TimelinessReport {
  total: ReportRow;
  rows: KeyedRow[];
  identities: { violations: unknown[] };
}

export type UnitLevel = 'department' | 'district' | 'commune';

/** Everything the demo prints, all of it from the API. */
export interface YearFigures {
  /** Every unit by itself. */
  units: TimelinessReport;
  /** The same year along the other dimensions: each must add up to the same total. */
  cuts: Record<'procedure' | 'domain' | 'channel' | 'month', TimelinessReport>;
  nextYear: TimelinessReport;
  kindOf: Map<string, string>;
}

export const YEAR = 'from=2018-01-01&to=2018-12-31';
/** The city: the root of the tree, with every unit below. */
const CITY = 'H13';

/** Asks the API for the figures of 2018. */
export async function fetchYear(client: HttpClient, intake: HttpClient): Promise<YearFigures> {
  const report = (query: string) => client.get<TimelinessReport>(`/v1/reports/timeliness?${query}`);
  const { agencies } = await intake.get<{ agencies: { id: string; kind: string }[] }>(
    '/v1/catalogue/agencies',
  );
  return {
    units: await report(`${YEAR}&by=agency&agency=${CITY}&flat=true`),
    cuts: {
      procedure: await report(`${YEAR}&by=procedure`),
      domain: await report(`${YEAR}&by=domain`),
      channel: await report(`${YEAR}&by=channel`),
      month: await report(`${YEAR}&by=month`),
    },
    nextYear: await report('from=2019-01-01&to=2019-12-31'),
    kindOf: new Map(agencies.map(({ id, kind }) => [id, kind])),
  };
}

/** The figures of a row that add up over units; rates do not. */
export function sumsOf(row: ReportRow) {
  return {
    carriedOver: row.carriedOver,
    received: row.received.total,
    reopened: row.reopened,
    resolved: row.resolved.total,
    early: row.resolved.early,
    onTime: row.resolved.onTime,
    late: row.resolved.late,
    noDueDate: row.resolved.noDueDate,
    closedOtherwise: row.closedOtherwise.total,
    open: row.open.total,
    inTime: row.open.inTime,
    overdue: row.open.overdue,
    paused: row.open.paused,
    pausedPastDue: row.open.pausedPastDue,
    openNoDueDate: row.open.noDueDate,
    refused: row.refused,
  };
}
export type Sums = ReturnType<typeof sumsOf>;

/** The sums of several rows; of none, zeros in every field of `like`. */
export function addUp(rows: readonly ReportRow[], like: Sums): Sums {
  const sums = { ...like };
  const names = Object.keys(sums) as (keyof Sums)[];
  for (const name of names) sums[name] = 0;
  for (const row of rows.map(sumsOf)) for (const name of names) sums[name] += row[name];
  return sums;
}
