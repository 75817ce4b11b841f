import { Inject, Injectable } from '@nestjs/common';
import {
  dayOf,
  FORM_06A_COLUMNS,
  type Form06aMapping,
  type Form06aRow,
  form06aRow,
  form06aViolations,
  formatDay,
  type Instant,
  namedPeriod,
  PERIOD_BOUNDS,
  type PeriodBounds,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { FORM_06A_MAPPING } from './form-06a-mapping.js';
import { QueryReader, type RawQuery, readReportQuery, type ReportQuery } from './report-query.js';
import { TimelinessReports } from './timeliness-report.js';

const GROUPINGS = ['domain', 'agency'] as const;
const PARAMETERS = ['from', 'to', 'period', 'bounds', 'by', 'agency', 'asOf'] as const;

/** A checked question for the form. */
export interface FormQuery {
  report: ReportQuery;
  /** The name that the period was asked for by; null: two days. */
  period: { name: string; bounds: PeriodBounds } | null;
}

export interface Form06aReport {
  form: 'II.06a/VPCP/KSTT';
  unit: 'hồ sơ';
  period: FormQuery['period'];
  from: string;
  to: string;
  asOf: string;
  by: (typeof GROUPINGS)[number];
  mapping: Form06aMapping;
  columns: typeof FORM_06A_COLUMNS;
  total: Form06aRow;
  rows: ({ key: string; name: string } & Form06aRow)[];
  identities: { violations: string[] };
}

export function readFormQuery(raw: RawQuery, catalogue: Catalogue, now: Instant): FormQuery {
  const reader = new QueryReader(raw, PARAMETERS);
  const name = reader.text('period');
  const bounds = reader.oneOf('bounds', PERIOD_BOUNDS);
  const named = name === undefined ? undefined : namedPeriod(name, bounds ?? 'calendar');
  if (name === undefined) {
    if (bounds) reader.fault('bounds', 'bad-value', 'Says how a named `period` is cut; there is none.');
  } else {
    if (!named)
      reader.fault('period', 'bad-value', 'Must be like 2018, 2018-H1, 2018-9M, 2018-Q1 or 2018-01.');
    for (const edge of ['from', 'to'] as const) {
      if (reader.text(edge) !== undefined)
        reader.fault(edge, 'bad-value', 'Stands against `period`; give one.');
    }
  }
  const report = readReportQuery(raw, catalogue, now, {
    reader,
    groupings: GROUPINGS,
    // Its fault is told already.
    ...(name !== undefined && { named: named ?? { from: dayOf(now), to: dayOf(now) } }),
  });
  return {
    report: { ...report, by: report.by ?? 'domain' },
    period: name === undefined ? null : { name, bounds: bounds ?? 'calendar' },
  };
}

/** Form II.06a (TT 01/2020/TT-VPCP), from the lines of the timeliness report. */
@Injectable()
export class Form06aReports {
  constructor(
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
    @Inject(FORM_06A_MAPPING) private readonly mapping: Form06aMapping,
  ) {}

  async make({ report: query, period }: FormQuery, catalogue: Catalogue): Promise<Form06aReport> {
    const { asOf, total, rows, identities } = await this.reports.make(query, catalogue);
    const form = form06aRow(total, this.mapping);
    const lines = rows.map(({ key, name, ...row }) => ({ key, name, ...form06aRow(row, this.mapping) }));
    return {
      ...{ form: 'II.06a/VPCP/KSTT', unit: 'hồ sơ', period },
      ...{ from: formatDay(query.from), to: formatDay(query.to), asOf },
      by: query.by === 'agency' ? 'agency' : 'domain',
      mapping: this.mapping,
      columns: FORM_06A_COLUMNS,
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
