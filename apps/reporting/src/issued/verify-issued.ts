import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '#libs/contracts';
import { formatInstant, type Instant, parseInstant } from '#libs/dossier';
import { type Catalogue, CatalogueStore } from '#libs/store';
import { Form06aReports } from '../reports/form-06a.js';
import { type CellDifferences, checksumOf, differencesOf } from './issued-cells.js';
import {
  type AnyReport,
  makeReport,
  type Question,
  readFrozenCatalogue,
  readQuestion,
} from './issued-question.js';
import { type IssuedReport, IssuedReports, type IssuedSummary, type Withdrawal } from './issued-reports.js';
import { RESTATEMENT_GROUPINGS } from '../restatements/restatements-query.js';
import { TimelinessReports } from '../reports/timeliness-report.js';

interface Compared {
  matches: boolean;
  checksum: string;
  differences: CellDifferences;
}

export interface Verification extends Pick<
  IssuedSummary,
  'number' | 'kind' | 'issuedAt' | 'asOf' | 'checksum'
> {
  verifiedAt: string;
  withdrawn: Withdrawal | null;
  /** The document still has the checksum that it was issued with. */
  stored: { matches: boolean; checksum: string };
  /** The same question, knowledge, organisation and mapping, computed anew. */
  recomputed: Compared;
  /** The same question and knowledge by today's organisation; `unanswerable`: it knows what was asked for no more. */
  organisation: Omit<Compared, 'checksum'> & { unanswerable: string | null };
  /** The same question and organisation by what is known now. */
  since: { restated: boolean; asOf: string; checksum: string; differences: CellDifferences } & {
    report: string;
    restatements: string;
  };
}

/** Holds issued reports against what the ledger says: of then, and of now. */
@Injectable()
export class VerifyIssued {
  constructor(
    @Inject(IssuedReports) private readonly issued: IssuedReports,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
    @Inject(Form06aReports) private readonly forms: Form06aReports,
  ) {}

  async verify(number: string, now: Instant): Promise<Verification> {
    const stored = await this.issued.find(number);
    const document = JSON.parse(stored.document) as IssuedReport;
    const { kind, issuedAt, asOf, checksum, question, report, formula } = document;
    const asOfInstant = parseInstant(asOf)!;
    const frozen = readFrozenCatalogue(stored.catalogue);

    const compared = async (catalogue: Catalogue, known: Instant, fromLedger = false): Promise<Compared> => {
      const query = { ...readQuestion(kind, question, catalogue, known), fromLedger };
      const other = await makeReport(
        kind,
        query,
        catalogue,
        { reports: this.reports, forms: this.forms },
        report,
      );
      const own = checksumOf(kind, other, report.total);
      return {
        matches: own === checksum,
        checksum: own,
        differences: differencesOf(report, other, formula?.id ?? null),
      };
    };
    // What sums are made of: they could be wrong in the same way as when the report was issued.
    const recomputed = await compared(frozen, asOfInstant, true);
    const since = await compared(frozen, now);
    const ofStored = checksumOf(kind, report, report.total);
    return {
      ...{ number, kind, issuedAt, asOf, checksum, verifiedAt: formatInstant(now) },
      withdrawn: stored.withdrawn,
      stored: { matches: ofStored === checksum, checksum: ofStored },
      recomputed,
      organisation: await this.byTodaysOrganisation(compared, asOfInstant),
      since: {
        restated: since.differences.count > 0,
        ...{ asOf: formatInstant(now), checksum: since.checksum, differences: since.differences },
        report: liveHref(document, formatInstant(now)),
        restatements: restatementsHref(question, report, asOf, formatInstant(now)),
      },
    };
  }

  private async byTodaysOrganisation(
    compared: (catalogue: Catalogue, known: Instant) => Promise<Compared>,
    asOf: Instant,
  ): Promise<Verification['organisation']> {
    try {
      const { differences } = await compared(await this.catalogues.current(), asOf);
      return { matches: differences.count === 0, differences, unanswerable: null };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { matches: false, differences: { count: 0, items: [] }, unanswerable: error.message };
    }
  }
}

const liveHref = ({ kind, question }: IssuedReport, asOf: string): string =>
  `/v1/reports/${kind}?${new URLSearchParams({ ...question, asOf }).toString()}`;

/** By the same rows where the list has them; by month, or in the tree of now, cell by cell. */
function restatementsHref(
  { agency, procedure, domain, channel, tree }: Question,
  { from, to, by }: AnyReport,
  asOf: string,
  now: string,
): string {
  const grouped = (RESTATEMENT_GROUPINGS as readonly (string | null)[]).includes(by) && tree !== 'current';
  const search = Object.entries({
    ...{ from, to, between: `${asOf},${now}`, by: grouped ? by : undefined },
    ...{ agency, procedure, domain, channel },
  }).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return `/v1/reports/restatements?${new URLSearchParams(search).toString()}`;
}
