import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ProblemError } from '#libs/contracts';
import { type Fact, fold, formatInstant, type DossierState, type Instant } from '#libs/dossier';
import { type Catalogue, CatalogueStore, loadFacts } from '#libs/store';
import { columnsOf } from './dossier-columns.js';

/** Dossiers folded anew for one question; more would take longer than anybody waits. */
const MOST_FOLDED = 20_000;

/** A relation of dossiers with the columns of `reporting.dossier`, and what its SQL needs. */
export interface KnownDossiers {
  /** `with` part that defines `known`, to stand first in a query. */
  sql: string;
  parameters: unknown[];
}

/**
 * Dossiers as they were known at an instant. One that nothing has been recorded of since is its row; of the others
 * the facts recorded by then are folded anew, under the calendar then in force, which gives the row of then.
 */
@Injectable()
export class KnownThen {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
  ) {}

  /**
   * @param asOf undefined: as known now
   * @throws ProblemError where too much has changed since to be told dossier by dossier
   */
  async at(asOf: Instant | undefined): Promise<KnownDossiers> {
    if (asOf === undefined)
      return { sql: 'with known as not materialized (select * from reporting.dossier)', parameters: [] };
    const rows = await this.foldedAnew(asOf, await this.catalogues.current());
    return {
      sql: `with known as not materialized (
              select * from reporting.dossier where recorded_at <= $1
              union all select * from json_populate_recordset(null::reporting.dossier, $2::json))`,
      parameters: [new Date(asOf), JSON.stringify(rows)],
    };
  }

  private async foldedAnew(asOf: Instant, catalogue: Catalogue): Promise<object[]> {
    const changed = await this.database.query<{ source: string; code: string; record: string }[]>(
      `select p.source, p.code, p.record
         from (select d.source, d.code from reporting.dossier d where d.recorded_at > $1) d
         join (select distinct source, code from reporting.ledger where recorded_at <= $1) l using (source, code)
         join processing.dossier p using (source, code) limit ${MOST_FOLDED + 1}`,
      [new Date(asOf)],
    );
    if (changed.length > MOST_FOLDED) {
      const detail = `More than ${MOST_FOLDED} of the dossiers known at ${formatInstant(asOf)} have changed since; what they were then cannot be told one by one. Ask for a later instant; the report of timeliness answers for any.`;
      throw new ProblemError('bad-request', `asOf: ${detail}`, [
        { index: 0, pointer: '/asOf', code: 'out-of-range', detail },
      ]);
    }
    const records = changed.map((row) => ({
      ...row,
      ...(JSON.parse(row.record) as { ids: string[]; moves: [Instant, number][] }),
    }));
    const wanted = records.flatMap(({ source, ids }, nth) => ids.map((id) => ({ source, id, nth })));
    const facts: Fact[][] = records.map(() => []);
    for (const { wanted: asked, fact } of await loadFacts(this.database.manager, wanted)) {
      if (fact.recordedAt <= asOf) facts[asked.nth]?.push(fact);
    }
    return records.flatMap(({ source, code, moves }, nth) => {
      const known = facts[nth] as Fact[];
      if (known.length === 0) return [];
      const recordedAt = Math.max(
        ...known.map((fact) => fact.recordedAt),
        ...moves.map(([movedAt]) => movedAt).filter((movedAt) => movedAt <= asOf),
      );
      return [rowOf(source, code, recordedAt, stateOf(known, recordedAt, catalogue))];
    });
  }
}

/** As processing folds a whole history: a closed dossier keeps the calendar it was closed under. */
function stateOf(facts: readonly Fact[], recordedAt: Instant, catalogue: Catalogue): DossierState {
  const { calendar } = catalogue;
  const current = catalogue.calendarVersionAt(recordedAt);
  const state = fold(facts, { pinned: current, calendar });
  const closing = facts.find(({ id }) => id === state.closedBy);
  return closing === undefined || closing.calendarVersion === current
    ? state
    : fold(facts, { pinned: closing.calendarVersion, calendar });
}

/** As the table's row, in JSON. */
function rowOf(source: string, code: string, recordedAt: Instant, state: DossierState): object {
  const { dueSoonFrom, overdueFrom, acceptedAt, closedAt, pausedSince, spent, ...rest } = columnsOf(state);
  const at = (instant: Instant | null) => (instant === null ? null : new Date(instant).toISOString());
  return {
    ...{ source, code, ...rest, doc: JSON.stringify(state) },
    ...{ recorded_at: at(recordedAt), due_soon_from: at(dueSoonFrom), overdue_from: at(overdueFrom) },
    ...{ accepted_at: at(acceptedAt), closed_at: at(closedAt), paused_since: at(pausedSince) },
    ...(spent && {
      ...{ days_from_due: spent.days, own_ms: spent.own, waiting_ms: spent.waiting },
      ...{ supplement_count: spent.supplements, supplement_ms: spent.supplementTime },
      ...{ fee_count: spent.fees, fee_ms: spent.feeTime, extension_count: spent.extensions },
    }),
  };
}
