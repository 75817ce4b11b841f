import type { Bounds, FormChoice } from './form-address.js';
import type { Rate } from './figures.js';
import type { Period } from './period.js';

/** Form II.06a as the API gives it (GET /v1/reports/form-06a). */
export interface FormRow {
  received: { total: number; online: number; direct: number; carriedOver: number };
  resolved: { total: number; early: number; onTime: number; late: number };
  open: { total: number; inTime: number; overdue: number };
}
export interface Form06a {
  form: string;
  period: { name: string; bounds: Bounds } | null;
  from: string;
  to: string;
  asOf: string;
  by: 'domain' | 'agency';
  mapping: Record<string, string>;
  columns: { number: number; group: keyof FormRow; name: string; is: string | null; figures: string[] }[];
  notes: readonly { kind: string; on: string }[];
  total: FormRow;
  rows: (FormRow & { key: string; name: string })[];
  identities: { violations: string[] };
}

export interface FormQuestion {
  choice: FormChoice;
  /** Where the choice names none. */
  period: Period;
  by: 'domain' | 'agency';
  agency: string | null;
}

function searchOf({ choice, period, by, agency }: FormQuestion): URLSearchParams {
  const search = new URLSearchParams(
    choice.period
      ? { period: choice.period.name, bounds: choice.period.bounds }
      : { from: period.from, to: period.to },
  );
  search.set('by', by);
  if (agency !== null) search.set('agency', agency);
  if (choice.asOf !== null) search.set('asOf', choice.asOf);
  return search;
}

export const formPath = (question: FormQuestion): string =>
  `/v1/reports/form-06a?${searchOf(question).toString()}`;

/** Inputs of group 2.1 of QĐ 766/QĐ-TTg (GET /v1/reports/decision-766). */
export interface Decision766 {
  asOf: string;
  total: {
    inputs: { name: string; count: number; decision: CountedIn; rateA: CountedIn }[];
    ratio: Rate;
    points: number | null;
    rateA: Rate;
    difference: number | null;
  };
  differences: { code: string; vi: string; en: string }[];
  identities: { violations: string[] };
}
export type CountedIn = 'both' | 'denominator' | 'none';

export const decision766Path = (question: FormQuestion): string =>
  `/v1/reports/decision-766?${searchOf(question).toString()}`;

/** The file of exactly the figures that are on the page: as of the same instant. */
export function formFilePath(question: FormQuestion, asOf: string, format: string): string {
  const search = searchOf({ ...question, choice: { ...question.choice, asOf } });
  search.set('format', format);
  return `/v1/reports/form-06a/export?${search.toString()}`;
}

export const valueOf = (row: FormRow, group: keyof FormRow, name: string): number =>
  (row[group] as Record<string, number>)[name] ?? 0;

/** An identity of the form with its figures in the total: `left` and the columns that make it up. */
export interface Identity {
  left: number;
  parts: number[];
}
export const IDENTITIES: readonly Identity[] = [
  { left: 3, parts: [4, 5, 6] },
  { left: 7, parts: [8, 9, 10] },
  { left: 11, parts: [12, 13] },
  { left: 3, parts: [7, 11] },
];
