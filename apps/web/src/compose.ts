import type { Breakdown } from './address.js';
import type { Period } from './period.js';

export const REPORT_KINDS = ['timeliness', 'form-06a'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];
export const BOUNDS = ['reporting', 'calendar'] as const;
export type Bounds = (typeof BOUNDS)[number];
export const FORMULAS = ['a', 'b', 'c'] as const;
export type Formula = (typeof FORMULAS)[number];

/** What a report is put together from, besides agency and dates, which every view has. */
export interface Compose {
  kind: ReportKind;
  /** A named period such as 2018-Q1; null: the dates of the address. */
  name: string | null;
  /** How a named period is cut. */
  bounds: Bounds;
  formula: Formula;
}

const KIND_WORDS: Record<ReportKind, string> = { timeliness: 'tien-do', 'form-06a': 'bieu-06a' };
const NAME = /^(?:19|20|21)\d\d(?:-(?:0[1-9]|1[0-2]|Q[1-4]|H[12]|9M))?$/;

export const isPeriodName = (text: string): boolean => NAME.test(text);

export function parseCompose(query: URLSearchParams): Compose | null {
  const kind = REPORT_KINDS.find((one) => KIND_WORDS[one] === query.get('loai'));
  if (kind === undefined) return null;
  const name = query.get('ten') ?? '';
  return {
    kind,
    name: isPeriodName(name) ? name : null,
    bounds: query.get('cat') === 'ngay-15' ? 'reporting' : 'calendar',
    formula: FORMULAS.find((one) => one === query.get('cong-thuc')) ?? 'a',
  };
}

export function composeQuery({ kind, name, bounds, formula }: Compose): [string, string][] {
  const query: [string, string][] = [['loai', KIND_WORDS[kind]]];
  if (name !== null) query.push(['ten', name]);
  if (name !== null && bounds === 'reporting') query.push(['cat', 'ngay-15']);
  if (formula !== 'a') query.push(['cong-thuc', formula]);
  return query;
}

/** Parameters of the live report; the same members make the body of an issue request. */
export function questionOf(
  { kind, name, bounds }: Compose,
  period: Period,
  agency: string | null,
  by: Breakdown | null,
): Record<string, string> {
  const rows = kind === 'form-06a' ? (by === 'agency' ? by : 'domain') : (by ?? 'agency');
  return {
    ...(name === null ? { from: period.from, to: period.to } : { period: name, bounds }),
    ...(agency !== null && { agency }),
    by: rows,
  };
}
