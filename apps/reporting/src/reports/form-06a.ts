import { Inject, Injectable } from '@nestjs/common';
import {
  FORM_06A_COLUMNS,
  type Form06aColumn,
  form06aColumns,
  type Form06aMapping,
  type Form06aRow,
  form06aRow,
  form06aViolations,
  type Instant,
  type TreeMode,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { FORM_06A_MAPPING } from './form-06a-mapping.js';
import type { ReportNote } from './organisation-notes.js';
import {
  type NamedPeriod,
  PERIOD_PARAMETERS,
  QueryReader,
  type RawQuery,
  readReportQuery,
  type ReportQuery,
} from './report-query.js';
import { TimelinessReports } from './timeliness-report.js';

const GROUPINGS = ['domain', 'agency'] as const;
const PARAMETERS = [...PERIOD_PARAMETERS, 'by'] as const;

export interface Form06aReport {
  form: 'II.06a/VPCP/KSTT';
  unit: 'hồ sơ';
  period: NamedPeriod;
  from: string;
  to: string;
  asOf: string;
  by: (typeof GROUPINGS)[number];
  tree: TreeMode;
  notes: ReportNote[];
  mapping: Form06aMapping;
  columns: Form06aColumn[];
  total: Form06aRow;
  rows: ({ key: string; name: string } & Form06aRow)[];
  identities: { violations: string[] };
}

export function readFormQuery(raw: RawQuery, catalogue: Catalogue, now: Instant): ReportQuery {
  const reader = new QueryReader(raw, PARAMETERS);
  const query = readReportQuery(raw, catalogue, now, { reader, groupings: GROUPINGS });
  return { ...query, by: query.by ?? 'domain' };
}

/** Form II.06a (TT 01/2020/TT-VPCP), from the lines of the timeliness report. */
@Injectable()
export class Form06aReports {
  constructor(
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
    @Inject(FORM_06A_MAPPING) private readonly mapping: Form06aMapping,
  ) {}

  async make(query: ReportQuery, catalogue: Catalogue): Promise<Form06aReport> {
    const { period, from, to, asOf, tree, notes, total, rows, identities } = await this.reports.make(
      query,
      catalogue,
    );
    const columns = form06aColumns(this.mapping);
    const form = form06aRow(total, columns);
    const lines = rows.map(({ key, name, ...row }) => ({ key, name, ...form06aRow(row, columns) }));
    return {
      ...{ form: 'II.06a/VPCP/KSTT', unit: 'hồ sơ', period, from, to, asOf },
      by: query.by === 'agency' ? 'agency' : 'domain',
      ...{ tree, notes },
      mapping: this.mapping,
      columns,
      total: form,
      rows: lines,
      identities: {
        violations: [
          ...identities.violations,
          ...form06aViolations(form, 'total'),
          ...lines.flatMap((line) => form06aViolations(line, line.key)),
          ...sumViolations(form, lines),
        ],
      },
    };
  }
}

/** Every dossier has one domain and one agency, so each column is the sum of its rows. */
function sumViolations(total: Form06aRow, rows: readonly Form06aRow[]): string[] {
  const of = (row: Form06aRow, { group, name }: (typeof FORM_06A_COLUMNS)[number]): number =>
    (row[group] as Record<string, number>)[name] ?? 0;
  return FORM_06A_COLUMNS.flatMap((column) => {
    const [whole, parts] = [of(total, column), rows.reduce((sum, row) => sum + of(row, column), 0)];
    return whole === parts ? [] : [`column ${column.number}: total ≠ sum of rows (${whole} ≠ ${parts})`];
  });
}
