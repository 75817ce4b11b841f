import { Controller, Get, Inject, Query } from '@nestjs/common';
import {
  type Decision766,
  decision766,
  DECISION_766_DIFFERENCES,
  decision766Violations,
  formatDay,
} from '#libs/dossier';
import { CatalogueStore } from '#libs/store';
import { readFormQuery } from './form-06a.js';
import { IdentityCheck } from '../counters/identity-check.js';
import { measured } from '../measured.js';
import type { NamedPeriod, RawQuery } from './report-query.js';
import { TimelinessReports } from './timeliness-report.js';

export interface Decision766Report {
  indicator: 'QĐ 766/QĐ-TTg, 2.1';
  period: NamedPeriod;
  from: string;
  to: string;
  asOf: string;
  by: 'domain' | 'agency';
  total: Decision766;
  rows: ({ key: string; name: string } & Decision766)[];
  differences: typeof DECISION_766_DIFFERENCES;
  identities: { violations: string[] };
}

/** Inputs of group 2.1 of QĐ 766/QĐ-TTg, for the periods, agencies and rows that form II.06a knows. */
@Controller('v1/reports')
export class Decision766Controller {
  constructor(
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
    @Inject(IdentityCheck) private readonly identityCheck: IdentityCheck,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
  ) {}

  @Get('decision-766')
  decision766(@Query() raw: RawQuery): Promise<Decision766Report> {
    return measured('decision-766', () => this.make(raw));
  }

  private async make(raw: RawQuery): Promise<Decision766Report> {
    const catalogue = await this.catalogues.current();
    const query = readFormQuery(raw, catalogue, Date.now());
    const { asOf, total, rows, identities } = await this.reports.make(query, catalogue);
    const whole = decision766(total);
    const lines = rows.map(({ key, name, ...row }) => ({ key, name, ...decision766(row) }));
    return {
      ...{
        indicator: 'QĐ 766/QĐ-TTg, 2.1',
        period: query.period,
        from: formatDay(query.from),
        to: formatDay(query.to),
        asOf,
      },
      by: query.by === 'agency' ? 'agency' : 'domain',
      ...{ total: whole, rows: lines, differences: DECISION_766_DIFFERENCES },
      identities: {
        violations: [
          ...identities.violations,
          ...decision766Violations(whole, 'total'),
          ...lines.flatMap((line) => decision766Violations(line, line.key)),
          ...this.identityCheck.violations(),
        ],
      },
    };
  }
}
