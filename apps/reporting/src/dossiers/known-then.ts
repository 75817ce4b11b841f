import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ProblemError } from '#libs/contracts';
import { type Fact, fold, formatInstant, type DossierState, type Instant } from '#libs/dossier';
import { type Catalogue, loadFacts } from '#libs/store';
import { columnsOf } from './dossier-columns.js';

/** Dossiers folded anew for one question; more would take longer than anybody waits. */
const MOST_FOLDED = 20_000;

/**
 * Dossiers as they were known at an instant. One that nothing has been recorded of since is its row; of the others
 * the facts recorded by then are folded anew, under the calendar then in force, which gives the row of then.
 */
@Injectable()
export class KnownThen {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /**
   * What was once known is folded and read in one snapshot: a dossier that changed in between would be neither among
   * those that are their rows nor among those folded anew.
   */
  inOneSnapshot<Answer>(
    historical: boolean,
    read: (manager: EntityManager) => Promise<Answer>,
  ): Promise<Answer> {
    return historical ? this.database.transaction('REPEATABLE READ', read) : read(this.database.manager);
  }

  /**
   * The `with` part that defines `known`, a relation with the columns of `reporting.dossier`, to stand first in a query.
   *
   * @param asOf undefined: as known now
   * @param bind takes a parameter of that query and names it
   * @param manager of the snapshot that the query is of
   * @throws ProblemError where too much has changed since to be told dossier by dossier
   */
  async at(
    asOf: Instant | undefined,
    catalogue: Catalogue,
    bind: (value: unknown) => string,
    manager: EntityManager,
  ): Promise<string> {
    if (asOf === undefined) return 'with known as not materialized (select * from reporting.dossier)';
    const rows = await foldedAnew(manager, asOf, catalogue);
    return `with known as not materialized (
              select * from reporting.dossier where recorded_at <= ${bind(new Date(asOf))}::timestamptz
              union all
              select * from json_populate_recordset(null::reporting.dossier, ${bind(JSON.stringify(rows))}::json))`;
  }
}

async function foldedAnew(manager: EntityManager, asOf: Instant, catalogue: Catalogue): Promise<object[]> {
  let changed = await changedSince(manager, asOf);
  // Among so many it is worth asking which were known then at all; whoever is new since then does not count.
  if (changed.length > MOST_FOLDED) changed = await changedSince(manager, asOf, KNOWN_BY_THEN);
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
  for (const { wanted: asked, fact } of await loadFacts(manager, wanted, asOf)) facts[asked.nth]?.push(fact);
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

/** Of whatever was told of it: what is not accepted yet adds nothing to the ledger, and was known all the same. */
const KNOWN_BY_THEN = `exists (select from processing.dossier_event e
                    where e.source = d.source and e.code = d.code and e.recorded_at <= $1)`;

/** No more than it takes to see that they are too many. */
const changedSince = (
  manager: EntityManager,
  asOf: Instant,
  condition = 'true',
): Promise<{ source: string; code: string; record: string }[]> =>
  manager.query(
    `select p.source, p.code, p.record
       from reporting.dossier d join processing.dossier p using (source, code)
      where d.recorded_at > $1 and ${condition} limit ${MOST_FOLDED + 1}`,
    [new Date(asOf)],
  );

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
