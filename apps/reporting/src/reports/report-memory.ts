import { Inject, Injectable } from '@nestjs/common';
import { dayOf, formatInstant, type Instant } from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { ByteMemory } from '../counters/byte-memory.js';
import { Counting } from '../counters/counting.js';
import { IdentityCheck } from '../counters/identity-check.js';
import type { ReportQuery } from './report-query.js';
import { Term } from '../counters/term.js';
import { TimelinessReports } from './timeliness-report.js';

/** Bytes of texts that are remembered. */
const MOST_BYTES = 24_000_000;

/** A report as text, cut where its `asOf` stands. */
interface Remembered {
  stamp: string;
  /** Instants at which it is answered, half open. */
  from: Instant;
  until: Instant;
  parts: Buffer[];
  bytes: number;
}

/**
 * The timeliness report as JSON text. One that many ask for is made once for each state of the ledger: summing two
 * thousand rows up and writing them takes many times as long as finding out that nothing has changed.
 */
@Injectable()
export class ReportMemory {
  private readonly remembered = new ByteMemory<Remembered>(MOST_BYTES);
  private readonly making = new Map<string, Promise<Remembered>>();

  constructor(
    @Inject(Counting) private readonly counting: Counting,
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
    @Inject(IdentityCheck) private readonly identityCheck: IdentityCheck,
  ) {}

  /** The report with everything that was in the ledger when it was called, and what the running check has found. */
  async text(query: ReportQuery, catalogue: Catalogue): Promise<Buffer> {
    const state = await this.counting.standing();
    const violations = this.identityCheck.violations();
    // While so much is waiting that it must be counted first, nothing lasts.
    if (!state) return joined(await this.make(query, catalogue, '', violations), query.asOf);
    const stamp = `${state.stamp} ${violations.join()}`;
    const key = keyOf(query, catalogue);
    const known = this.remembered.get(key);
    if (known && answers(known, stamp, query)) return joined(known, query.asOf);
    const makingKey = `${key} ${stamp}`;
    let making = this.making.get(makingKey);
    if (!making) {
      making = this.make(query, catalogue, stamp, violations).finally(() => this.making.delete(makingKey));
      this.making.set(makingKey, making);
    }
    const made = await making;
    // Somebody else's may have been made for an instant that this question lies before, or too far behind.
    if (!answers(made, stamp, query)) {
      return joined(await this.make(query, catalogue, stamp, violations), query.asOf);
    }
    this.remembered.set(key, made);
    return joined(made, query.asOf);
  }

  private async make(
    query: ReportQuery,
    catalogue: Catalogue,
    stamp: string,
    violations: readonly string[],
  ): Promise<Remembered> {
    const term = new Term();
    const report = await this.reports.make(query, catalogue, term);
    report.identities.violations.push(...violations);
    const parts = JSON.stringify(report)
      .split(markOf(query.asOf))
      .map((part) => Buffer.from(part));
    const bytes = parts.reduce((sum, { length }) => sum + length, 500);
    return { ...{ stamp, parts, bytes }, from: query.asOf, until: term.until };
  }
}

const answers = (report: Remembered, stamp: string, { asOf }: ReportQuery): boolean =>
  report.stamp === stamp && asOf >= report.from && asOf < report.until;

/** The day tells which agencies there are; names and the tree are the catalogue's. */
function keyOf(query: ReportQuery, { revision }: Catalogue): string {
  const { asOf, historical } = query;
  return JSON.stringify({ ...query, asOf: historical ? asOf : undefined, revision, day: dayOf(asOf) });
}

const markOf = (asOf: Instant): string => `"asOf":${JSON.stringify(formatInstant(asOf))}`;

function joined({ parts }: Remembered, asOf: Instant): Buffer {
  const mark = Buffer.from(markOf(asOf));
  return Buffer.concat(parts.flatMap((part, nth) => (nth === 0 ? [part] : [mark, part])));
}
