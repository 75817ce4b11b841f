import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type FormulaRegistry, type IssueRequest, ProblemError } from '#libs/contracts';
import { civilDate, dayOf, formatInstant, type Instant, parseInstant } from '#libs/dossier';
import { CatalogueStore, closeKnowledge, instantSql, millisSql } from '#libs/store';
import { Form06aReports } from '../reports/form-06a.js';
import { FORMULA_REGISTRY } from '../reports/formulas.js';
import { IdentityCheck } from '../counters/identity-check.js';
import { checksumOf } from './issued-cells.js';
import {
  type AnyReport,
  type IssuedKind,
  makeReport,
  type Question,
  questionOf,
  readQuestion,
  sha256,
  writeCatalogue,
} from './issued-question.js';
import { Knowledge } from '../reports/knowledge.js';
import { QueryReader, type RawQuery } from '../reports/report-query.js';
import { TimelinessReports } from '../reports/timeliness-report.js';

/** What a report was issued with; the figures themselves are in `report`. */
export interface IssuedSummary {
  /** `BC-2018-0001`: running through the year of issue (Asia/Ho_Chi_Minh) without a gap. */
  number: string;
  kind: IssuedKind;
  issuedAt: string;
  asOf: string;
  question: Question;
  formula: { id: string; version: number } | null;
  /** Of the working calendar, as of the instant of knowledge. */
  calendarVersion: number;
  /** SHA-256 of agencies, procedures and domains as they were. */
  catalogue: string;
  /** SHA-256 of the cells. */
  checksum: string;
}
export interface IssuedReport extends IssuedSummary {
  report: AnyReport;
}

export interface Withdrawal {
  at: string;
  reason: string;
}
export interface ListedReport extends IssuedSummary {
  withdrawn: Withdrawal | null;
}
export interface IssuedPage {
  items: ListedReport[];
  next: string | null;
}

/** A report as it stands in the database. */
export interface StoredReport {
  document: string;
  catalogue: string;
  withdrawn: Withdrawal | null;
}

const NUMBER = /^BC-\d{4}-\d{4,9}$/;

/** Freezes reports, finds them again, withdraws them. Nothing here changes one: the database would refuse it. */
@Injectable()
export class IssuedReports {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
    @Inject(Form06aReports) private readonly forms: Form06aReports,
    @Inject(FORMULA_REGISTRY) private readonly registry: FormulaRegistry,
    @Inject(IdentityCheck) private readonly identityCheck: IdentityCheck,
    @Inject(Knowledge) private readonly knowledge: Pick<Knowledge, 'isComplete'>,
  ) {}

  /**
   * Issues a report, once for each idempotency key; without one, once for each question as of a given instant.
   *
   * @returns the document as it is kept, and whether it was issued by this very call
   * @throws ProblemError faults of the question; `conflict`: the key belongs to another question, or the figures do
   *   not close; `unavailable`: what was recorded before has not all reached the figures, or the clock is far ahead
   */
  async issue(
    request: IssueRequest,
    idempotencyKey: string | null,
  ): Promise<{ document: string; number: string; fresh: boolean }> {
    const { kind } = request;
    const question = questionOf(request);
    const asked = sha256(JSON.stringify([kind, question, request.formula ?? null, request.asOf ?? null]));
    const known = { idempotencyKey, asked, asOfGiven: request.asOf !== undefined };
    const catalogue = await this.catalogues.current();
    const now = Date.now();
    // Faults are told before anything is waited for.
    const asOf = readAsOf(request, now);
    const query = readQuestion(kind, question, catalogue, asOf);
    const before = await findIssued(this.database.manager, known);
    if (before) return { ...before, fresh: false };

    if (!(await this.database.transaction((manager) => closeKnowledge(manager, asOf)))) {
      const detail =
        'The clock of this process is more than a minute ahead of the database’s; nothing was issued. Mend time synchronisation.';
      throw new ProblemError('unavailable', detail);
    }
    // From here on nothing more is recorded by then; what was is waited for.
    if (!(await this.knowledge.isComplete())) {
      const detail =
        'Not everything recorded by now has reached the figures (GET /v1/progress); nothing was issued. Try again.';
      throw new ProblemError('unavailable', detail);
    }
    const report = await makeReport(kind, query, catalogue, { reports: this.reports, forms: this.forms });
    const violations = [...report.identities.violations, ...this.identityCheck.violations()];
    if (violations.length > 0) {
      const detail = `The figures do not close, so nothing was issued: ${violations.slice(0, 5).join('; ')}.`;
      throw new ProblemError('conflict', detail);
    }
    const frozen = writeCatalogue(catalogue);
    const content = {
      asOf: formatInstant(asOf),
      question,
      formula: this.formulaOf(request),
      calendarVersion: catalogue.calendarVersionAt(asOf),
      catalogue: sha256(frozen),
      checksum: checksumOf(kind, report, report.total),
    };
    return this.database.transaction(async (manager) => {
      // One at a time: whoever comes second with the same key finds the first, and numbers have no gaps.
      await manager.query(`select pg_advisory_xact_lock(hashtext('dunghan issuing'))`);
      const meanwhile = await findIssued(manager, known);
      if (meanwhile) return { ...meanwhile, fresh: false };
      const issuedAt = Date.now();
      const { year } = civilDate(dayOf(issuedAt));
      const sequence = await nextNumber(manager, year);
      const number = `BC-${year}-${String(sequence).padStart(4, '0')}`;
      const summary: IssuedSummary = { number, kind, issuedAt: formatInstant(issuedAt), ...content };
      const document = JSON.stringify({ ...summary, report } satisfies IssuedReport);
      await manager.query(
        `insert into issued.catalogue (checksum, document) values ($1, $2) on conflict do nothing`,
        [content.catalogue, frozen],
      );
      await manager.query(
        `insert into issued.report (year, sequence, number, kind, issued_at, as_of, agency, request, as_of_given,
                                    idempotency_key, catalogue, summary, document)
         values ($1, $2, $3, $4, ${instantSql('$5::bigint')}, ${instantSql('$6::bigint')}, $7, $8, $9, $10, $11, $12, $13)`,
        [
          ...[year, sequence, number, kind, issuedAt, asOf, question.agency ?? null],
          ...[asked, known.asOfGiven, idempotencyKey, content.catalogue, JSON.stringify(summary), document],
        ],
      );
      return { document, number, fresh: true };
    });
  }

  /** The newest first. */
  async page(raw: RawQuery): Promise<IssuedPage> {
    const reader = new QueryReader(raw, ['kind', 'agency', 'year', 'withdrawn', 'cursor', 'limit']);
    const parameters: unknown[] = [];
    const bind = (value: unknown) => `$${parameters.push(value)}`;
    const where = ['true'];
    const kind = reader.oneOf('kind', ['timeliness', 'form-06a']);
    if (kind) where.push(`r.kind = ${bind(kind)}`);
    const agency = reader.text('agency');
    if (agency !== undefined) {
      if (agency.includes('\u0000')) reader.fault('agency', 'bad-text', 'Holds NUL.');
      else where.push(`r.agency = ${bind(agency)}`);
    }
    const year = reader.text('year');
    if (year !== undefined) {
      if (/^\d{4}$/.test(year)) where.push(`r.year = ${bind(Number(year))}`);
      else reader.fault('year', 'bad-value', 'Must be a year such as 2018.');
    }
    const withdrawn = reader.oneOf('withdrawn', ['true', 'false']);
    if (withdrawn) where.push(`w.number is ${withdrawn === 'true' ? 'not ' : ''}null`);
    const [, cursorYear, cursorSequence] = /^(\d{4})\.(\d{1,9})$/.exec(reader.text('cursor') ?? '') ?? [];
    if (cursorYear !== undefined)
      where.push(`(r.year, r.sequence) < (${bind(Number(cursorYear))}, ${bind(Number(cursorSequence))})`);
    else if (reader.text('cursor') !== undefined)
      reader.fault('cursor', 'bad-value', 'Is not a cursor that this list gave.');
    const limitText = reader.text('limit') ?? '50';
    const limit = /^\d{1,3}$/.test(limitText) ? Number(limitText) : 0;
    if (limit < 1 || limit > 500)
      reader.fault('limit', 'out-of-range', 'Must be a whole number from 1 to 500.');
    reader.done();

    const rows = await this.database.query<
      ({ year: number; sequence: number; summary: string } & WithdrawalRow)[]
    >(
      `select r.year, r.sequence, r.summary, ${WITHDRAWAL_COLUMNS}
         from issued.report r left join issued.withdrawal w on w.number = r.number
        where ${where.join(' and ')} order by r.year desc, r.sequence desc limit ${limit + 1}`,
      parameters,
    );
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      items: shown.map((row) => ({
        ...(JSON.parse(row.summary) as IssuedSummary),
        withdrawn: withdrawalOf(row),
      })),
      next: rows.length > limit && last ? `${last.year}.${last.sequence}` : null,
    };
  }

  /** @throws ProblemError `not-found` */
  async find(number: string): Promise<StoredReport> {
    const rows = NUMBER.test(number)
      ? await this.database.query<({ document: string; frozen: string } & WithdrawalRow)[]>(
          `select r.document, c.document as frozen, ${WITHDRAWAL_COLUMNS}
             from issued.report r join issued.catalogue c on c.checksum = r.catalogue
             left join issued.withdrawal w on w.number = r.number
            where r.number = $1`,
          [number],
        )
      : [];
    const [row] = rows;
    if (!row) throw new ProblemError('not-found', 'No report was issued under this number.');
    return { document: row.document, catalogue: row.frozen, withdrawn: withdrawalOf(row) };
  }

  /**
   * Marks a report as not to be used any more; it stays as it is. The same once more changes nothing.
   *
   * @throws ProblemError `not-found`; `conflict`: withdrawn already, for another reason
   */
  async withdraw(number: string, reason: string): Promise<ListedReport> {
    const { document } = await this.find(number);
    await this.database.query(
      `insert into issued.withdrawal (number, withdrawn_at, reason)
       values ($1, ${instantSql('$2::bigint')}, $3) on conflict do nothing`,
      [number, Date.now(), reason],
    );
    const { withdrawn } = await this.find(number);
    if (withdrawn?.reason !== reason) {
      throw new ProblemError('conflict', `It was withdrawn already, at ${withdrawn?.at ?? ''}.`);
    }
    const { report: _, ...summary } = JSON.parse(document) as IssuedReport;
    return { ...summary, withdrawn };
  }

  private formulaOf({ kind, formula = 'a' }: IssueRequest): IssuedSummary['formula'] {
    if (kind === 'form-06a') return null;
    const { id, version } = this.registry.formulas.find((one) => one.id === formula)!;
    return { id, version };
  }
}

/** @throws ProblemError where it is no instant of the past */
function readAsOf({ asOf }: IssueRequest, now: Instant): Instant {
  if (asOf === undefined) return now;
  const reader = new QueryReader({}, []);
  const instant = parseInstant(asOf);
  if (instant === undefined)
    reader.fault('asOf', 'bad-instant', 'Must be an RFC 3339 instant with an offset.');
  else if (instant > now)
    reader.fault('asOf', 'out-of-range', 'Lies in the future: nothing is known then yet.');
  reader.done();
  return instant ?? now;
}

/** What was issued for the same key, or for the same question as of the same instant and stands. */
async function findIssued(
  manager: EntityManager,
  known: { idempotencyKey: string | null; asked: string; asOfGiven: boolean },
): Promise<{ document: string; number: string } | undefined> {
  const { idempotencyKey, asked, asOfGiven } = known;
  if (idempotencyKey !== null) {
    const [row] = await manager.query<{ document: string; number: string; request: string }[]>(
      'select document, number, request from issued.report where idempotency_key = $1',
      [idempotencyKey],
    );
    if (row && row.request !== asked) {
      const detail = `Under this Idempotency-Key ${row.number} was issued, for another question.`;
      throw new ProblemError('conflict', detail);
    }
    return row && { document: row.document, number: row.number };
  }
  if (!asOfGiven) return undefined;
  const [row] = await manager.query<{ document: string; number: string }[]>(
    `select document, number from issued.report r
      where request = $1 and as_of_given and not exists (select from issued.withdrawal w where w.number = r.number)
      order by year, sequence limit 1`,
    [asked],
  );
  return row;
}

async function nextNumber(manager: EntityManager, year: number): Promise<number> {
  const [row] = await manager.query<{ last_number: number }[]>(
    `insert into issued.year as y (year, last_number) values ($1, 1)
     on conflict (year) do update set last_number = y.last_number + 1 returning last_number`,
    [year],
  );
  return row!.last_number;
}

interface WithdrawalRow {
  withdrawn_at: string | null;
  reason: string | null;
}
const WITHDRAWAL_COLUMNS = `${millisSql('w.withdrawn_at')} as withdrawn_at, w.reason`;

const withdrawalOf = ({ withdrawn_at, reason }: WithdrawalRow): Withdrawal | null =>
  withdrawn_at === null || reason === null ? null : { at: formatInstant(Number(withdrawn_at)), reason };
