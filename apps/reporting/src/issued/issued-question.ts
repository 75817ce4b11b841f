import { createHash } from 'node:crypto';
import { FaultsError, type IssueRequest } from '#libs/contracts';
import type { Instant } from '#libs/dossier';
import { Catalogue } from '#libs/store';
import { type Form06aReport, Form06aReports, readFormQuery } from '../reports/form-06a.js';
import { type RawQuery, readReportQuery, type ReportQuery } from '../reports/report-query.js';
import { type TimelinessReport, type TimelinessReports } from '../reports/timeliness-report.js';

/** What a report is issued about: the parameters of its live sister but the instant of knowledge. */
export type Question = Readonly<Record<string, string>>;

export type IssuedKind = IssueRequest['kind'];
export type AnyReport = TimelinessReport | Form06aReport;

/** @throws FaultsError where a rate is asked of a form that has none */
export function questionOf({ kind, formula, asOf: _, flat, ...rest }: IssueRequest): Question {
  if (kind === 'form-06a' && formula !== undefined) {
    const detail = 'Form II.06a has no rate; leave it out.';
    throw new FaultsError([{ index: 0, pointer: '/formula', code: 'bad-value', detail }]);
  }
  const given = Object.entries({ ...rest, flat: flat === undefined ? undefined : String(flat) });
  return Object.fromEntries(
    given.filter((entry): entry is [string, string] => entry[1] !== undefined).sort(),
  );
}

/** Reads a question as its live sister does, as of an instant that is past. */
export function readQuestion(
  kind: IssuedKind,
  question: Question,
  catalogue: Catalogue,
  asOf: Instant,
): ReportQuery {
  const raw: RawQuery = { ...question };
  const query =
    kind === 'form-06a' ? readFormQuery(raw, catalogue, asOf) : readReportQuery(raw, catalogue, asOf);
  // From the ledger, not from the counters, which know no instant of knowledge.
  return { ...query, historical: true };
}

/** The report of a kind. The form is filled by the mapping in force, or by the one of the report given. */
export function makeReport(
  kind: IssuedKind,
  query: ReportQuery,
  catalogue: Catalogue,
  { reports, forms }: { reports: TimelinessReports; forms: Form06aReports },
  like?: AnyReport,
): Promise<AnyReport> {
  if (kind === 'timeliness') return reports.make(query, catalogue);
  const filled = like && 'mapping' in like ? new Form06aReports(reports, like.mapping) : forms;
  return filled.make(query, catalogue);
}

export const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** Agencies and procedures as text: what names, trees and domains a report follows. */
export function writeCatalogue({ agencies, procedures }: Catalogue): string {
  return JSON.stringify({
    agencies: [...agencies.values()],
    procedures: [...procedures.values()].map(({ code, name, domain }) => ({
      code,
      name,
      domain,
      limits: [],
    })),
  });
}

/** The same as a catalogue to make reports with; it has no calendars and no limits. */
export function readFrozenCatalogue(text: string): Catalogue {
  type Documents<Name extends 'agencies' | 'procedures'> =
    Catalogue[Name] extends ReadonlyMap<string, infer Document> ? Document[] : never;
  const { agencies, procedures } = JSON.parse(text) as {
    agencies: Documents<'agencies'>;
    procedures: Documents<'procedures'>;
  };
  return new Catalogue(
    0,
    new Map(agencies.map((agency) => [agency.id, agency])),
    new Map(procedures.map((procedure) => [procedure.code, procedure])),
    new Map(),
    new Map(),
    [],
  );
}
