import { ApiError, type Report } from './api.js';
import type { ReportKind } from './compose.js';
import type { Row } from './figures.js';

/** Issued reports and restatements, as the API gives them. */

export interface FormRow {
  received: Record<string, number>;
  resolved: Record<string, number>;
  open: Record<string, number>;
}
export interface FormReport {
  from: string;
  to: string;
  asOf: string;
  by: string;
  columns: {
    number: number;
    title: string;
    group: keyof FormRow;
    name: string;
    is: string | null;
    /** Figures of a report's line that it adds up; older issued reports do not tell. */
    figures?: string[];
  }[];
  notes: Report['notes'];
  total: FormRow;
  rows: (FormRow & { key: string; name: string })[];
  identities: { violations: unknown[] };
}
export interface TimelinessReport extends Report {
  by: string | null;
  total: Row;
}
export type AnyReport = TimelinessReport | FormReport;
export const isForm = (report: AnyReport): report is FormReport => 'columns' in report;

export interface IssuedSummary {
  number: string;
  kind: ReportKind;
  issuedAt: string;
  asOf: string;
  question: Record<string, string>;
  formula: { id: 'a' | 'b' | 'c'; version: number } | null;
  calendarVersion: number;
  checksum: string;
}
export interface IssuedReport extends IssuedSummary {
  report: AnyReport;
}
export type Withdrawn = { at: string; reason: string } | null;
export interface IssuedPage {
  items: (IssuedSummary & { withdrawn: Withdrawn })[];
  next: string | null;
}

export interface Differences {
  count: number;
  items: {
    key: string | null;
    name: string | null;
    figure: string;
    issued: number | null;
    other: number | null;
  }[];
}
export interface Verification {
  verifiedAt: string;
  withdrawn: Withdrawn;
  checksum: string;
  stored: { matches: boolean };
  recomputed: { matches: boolean; checksum: string; differences: Differences };
  organisation: { matches: boolean; differences: Differences; unanswerable: string | null };
  since: { restated: boolean; asOf: string; differences: Differences; restatements: string };
}

export type Cause = 'retraction' | 'correction' | 'late-arrival' | 'calendar' | 'event' | 'time';
export interface ChangedDossier {
  source: string;
  code: string;
  difference: number;
  cause: Cause;
  events: { id: string; type: string; time: string; recordedAt: string; cause: Cause }[];
  calendars: { version: number; recordedAt: string }[];
}
export interface RestatementsPage {
  items: {
    key: string | null;
    name: string | null;
    agency: string | null;
    procedure: string | null;
    channel: string | null;
    figure: string;
    before: number;
    after: number;
    difference: number;
    dossiers: { count: number; items: ChangedDossier[]; all: string };
  }[];
  next: string | null;
}

export const ISSUED_PATH = '/v1/reports/issued';
export const issuedPath = (number: string): string => `${ISSUED_PATH}/${encodeURIComponent(number)}`;

export const livePath = (kind: ReportKind, question: Record<string, string>): string =>
  `/v1/reports/${kind}?${new URLSearchParams(question).toString()}`;

export const exportPath = (
  kind: ReportKind,
  format: 'xlsx' | 'csv' | 'pdf',
  question: Record<string, string>,
): string => `/v1/reports/${kind}/export?${new URLSearchParams({ format, ...question }).toString()}`;

/** Sends JSON; the answer's own words where it is refused. */
export async function postJson<T>(
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new ApiError(0, '');
  });
  const answer = (await response.json().catch(() => null)) as { detail?: string } | null;
  if (!response.ok || answer === null) throw new ApiError(response.status, answer?.detail ?? '');
  return answer as T;
}

/** A key that nobody else will choose. `crypto.randomUUID` is missing where the page does not come over TLS. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
