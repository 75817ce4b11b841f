import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ProblemError } from '#libs/contracts';
import { type Fact, fold, formatInstant, type DossierState, type Instant } from '#libs/dossier';
import { CONFIG, type Config } from '#libs/platform';
import { type Catalogue, loadFacts, textArray } from '#libs/store';
import { ByteMemory } from '../counters/byte-memory.js';
import { columnsOf } from './dossier-columns.js';

/** Bytes of rows that are remembered: seven instants with 5,000 dossiers changed since, or one with 35,000. */
const MOST_BYTES = 64_000_000;
/** What a row takes besides its texts. */
const ENTRY_BYTES = 200;

interface DossierKey {
  source: string;
  code: string;
}

/** A row of then as JSON, outside of the heap; null: nothing of it was known then. */
type RowThen = Buffer | null;

/** By dossier. Never changed, only replaced by more. */
interface RowsThen {
  readonly rows: ReadonlyMap<string, RowThen>;
  readonly bytes: number;
}

/**
 * Dossiers as they were known at an instant. One that nothing has been recorded of since is its row; of the others
 * the facts recorded by then are folded anew, under the calendar then in force, which gives the row of then.
 *
 * Such a row is for good: the steps of a dossier are recorded at ever later instants, and it has one after `asOf`
 * already, so neither an event, late or replayed, nor a calendar move can bring one from before it any more. What a
 * rebuild makes anew it makes of the same facts. Only a version of the calendar may still be recorded before an
 * `asOf` of just now. So rows are remembered by `asOf` and the calendar's version of then; which dossiers have
 * changed since is asked every time.
 */
@Injectable()
export class KnownThen {
  private readonly remembered = new ByteMemory<RowsThen>(MOST_BYTES);
  /** What is being folded, by what it is remembered by. */
  private readonly folding = new Map<string, Promise<unknown>>();

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(CONFIG) private readonly config: Pick<Config, 'AS_OF_MOST_CHANGED'>,
  ) {}

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
    const changed = await this.changedSince(manager, asOf);
    const rows = await this.inTurn(manager, changed, asOf, catalogue);
    return `with known as not materialized (
              select * from reporting.dossier where recorded_at <= ${bind(new Date(asOf))}::timestamptz
              union all
              select * from json_populate_recordset(null::reporting.dossier, ${bind(listOf(rows))}::json))`;
  }

  private async changedSince(manager: EntityManager, asOf: Instant): Promise<DossierKey[]> {
    const most = this.config.AS_OF_MOST_CHANGED;
    let changed = await changedSince(manager, asOf, most + 1);
    // Among so many it is worth asking which were known then at all; whoever is new since then does not count.
    if (changed.length > most) changed = await changedSince(manager, asOf, most + 1, KNOWN_BY_THEN);
    if (changed.length <= most) return changed;
    const detail = `More than ${most} of the dossiers known at ${formatInstant(asOf)} have changed since; what they were then cannot be told one by one. Ask for a later instant; the report of timeliness answers for any.`;
    throw new ProblemError('bad-request', `asOf: ${detail}`, [
      { index: 0, pointer: '/asOf', code: 'out-of-range', detail },
    ]);
  }

  /** Questions about the same instant wait for each other: what one has folded the next has not to fold again. */
  private async inTurn(
    manager: EntityManager,
    changed: readonly DossierKey[],
    asOf: Instant,
    catalogue: Catalogue,
  ): Promise<Buffer[]> {
    const key = `${asOf} ${catalogue.calendarVersionAt(asOf)}`;
    const turn = (this.folding.get(key) ?? Promise.resolve())
      // The fault of another question is told to that one.
      .catch(() => undefined)
      .then(() => this.rowsThen(manager, key, changed, asOf, catalogue));
    this.folding.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.folding.get(key) === turn) this.folding.delete(key);
    }
  }

  private async rowsThen(
    manager: EntityManager,
    key: string,
    changed: readonly DossierKey[],
    asOf: Instant,
    catalogue: Catalogue,
  ): Promise<Buffer[]> {
    const known = this.remembered.get(key);
    const missing = changed.filter((one) => known?.rows.has(keyOf(one)) !== true);
    const folded = await foldedAnew(manager, missing, asOf, catalogue);
    const rows = new Map([...(known?.rows ?? []), ...folded]);
    if (folded.size > 0) this.remembered.set(key, { rows, bytes: (known?.bytes ?? 0) + bytesOf(folded) });
    return changed.map((one) => rows.get(keyOf(one)) ?? null).filter((row) => row !== null);
  }
}

const keyOf = ({ source, code }: DossierKey): string => `${source}\u0000${code}`;

/** As JSON text, which PostgreSQL takes as bytes. */
const listOf = (rows: readonly Buffer[]): Buffer =>
  Buffer.concat([
    ...rows.flatMap((row, nth) => [Buffer.from(nth === 0 ? '[' : ','), row]),
    Buffer.from(rows.length === 0 ? '[]' : ']'),
  ]);

const bytesOf = (rows: ReadonlyMap<string, RowThen>): number =>
  [...rows].reduce((sum, [key, row]) => sum + 2 * key.length + (row?.length ?? 0) + ENTRY_BYTES, 0);

async function foldedAnew(
  manager: EntityManager,
  dossiers: readonly DossierKey[],
  asOf: Instant,
  catalogue: Catalogue,
): Promise<Map<string, RowThen>> {
  if (dossiers.length === 0) return new Map();
  const records = (await recordsOf(manager, dossiers)).map((row) => ({
    ...row,
    ...(JSON.parse(row.record) as { ids: string[]; moves: [Instant, number][] }),
  }));
  const wanted = records.flatMap(({ source, ids }, nth) => ids.map((id) => ({ source, id, nth })));
  const facts: Fact[][] = records.map(() => []);
  for (const { wanted: asked, fact } of await loadFacts(manager, wanted, asOf)) facts[asked.nth]?.push(fact);
  return new Map(
    records.map(({ source, code, moves }, nth): [string, RowThen] => {
      const known = facts[nth] as Fact[];
      if (known.length === 0) return [keyOf({ source, code }), null];
      const recordedAt = Math.max(
        ...known.map((fact) => fact.recordedAt),
        ...moves.map(([movedAt]) => movedAt).filter((movedAt) => movedAt <= asOf),
      );
      const row = rowOf(source, code, recordedAt, stateOf(known, recordedAt, catalogue));
      return [keyOf({ source, code }), Buffer.from(JSON.stringify(row))];
    }),
  );
}

/** Of whatever was told of it: what is not accepted yet adds nothing to the ledger, and was known all the same. */
const KNOWN_BY_THEN = `exists (select from processing.dossier_event e
                    where e.source = d.source and e.code = d.code and e.recorded_at <= $1)`;

/** @param most no more than it takes to see that they are too many */
const changedSince = (
  manager: EntityManager,
  asOf: Instant,
  most: number,
  condition = 'true',
): Promise<DossierKey[]> =>
  manager.query(
    `select d.source, d.code from reporting.dossier d where d.recorded_at > $1 and ${condition} limit $2`,
    [new Date(asOf), most],
  );

const recordsOf = (
  manager: EntityManager,
  dossiers: readonly DossierKey[],
): Promise<(DossierKey & { record: string })[]> =>
  manager.query(
    `select p.source, p.code, p.record
       from unnest($1::text[], $2::text[]) as k(source, code) join processing.dossier p using (source, code)`,
    [textArray(dossiers.map(({ source }) => source)), textArray(dossiers.map(({ code }) => code))],
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
