import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  formatDay,
  formatInstant,
  type Instant,
  ROW_FIGURES,
  type RowFigure,
  startOfDay,
} from '#libs/dossier';
import { type Catalogue, instantSql, millisSql } from '#libs/store';
import type { CellFilter } from '../reports/figures.js';
import { PACKING_ORIGIN } from '../counters/ledger-entries.js';
import { type ChangedDossier, type DossierChange, explainChanges } from './restatement-causes.js';
import {
  type CellsQuery,
  type DossiersQuery,
  type RestatementsQuery,
  writeCursor,
} from './restatements-query.js';
import type { ReportQuery } from '../reports/report-query.js';
import { filterOf, keysOf, nameOf } from '../reports/timeliness-report.js';

/** A figure of a cell, or of a row of the report, that is another at the later instant. */
export interface RestatedCell {
  key: string | null;
  name: string | null;
  agency: string | null;
  procedure: string | null;
  channel: string | null;
  figure: string;
  before: number;
  after: number;
  difference: number;
  dossiers: { count: number; items: ChangedDossier[]; all: string };
}

interface Answer {
  from: string;
  to: string;
  between: [string, string];
}
export interface RestatementsPage extends Answer {
  by: string | null;
  items: RestatedCell[];
  next: string | null;
}
export interface RestatedDossiersPage extends Answer {
  figure: string;
  items: ChangedDossier[];
  next: string | null;
}

interface CellRow {
  key: [string, string, string];
  nth: number;
  difference: number;
  dossiers: number;
}

/**
 * What was restated between two instants of knowledge, from the ledger. The value of a figure at an instant of
 * knowledge is the sum of the entries recorded by then and in effect by the cut, the earlier of the end of the period
 * and that instant. So two instants differ by the entries recorded between them, and by those known before that came
 * into effect between the cuts: what time alone has changed.
 */
@Injectable()
export class Restatements {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  /** A page of the cells that changed, ordered by key and figure, each with its first dossiers. */
  async cells(query: CellsQuery, catalogue: Catalogue): Promise<RestatementsPage> {
    const { report } = query;
    const look = new Look(query, catalogue);
    return this.atOneMoment(async (manager) => {
      const found = await look.changedCells(manager, query);
      const shown = found.slice(0, query.limit);
      const before = await look.valuesBefore(manager, shown);
      const dossiers = await look.firstDossiers(manager, shown, query.dossiers);
      const explained = await explainChanges(manager, dossiers.flat(), query, catalogue);
      let next = 0;
      const items = shown.map((cell, nth): RestatedCell => {
        const own = dossiers[nth]?.length ?? 0;
        const changed = explained.slice(next, (next += own));
        const value = before[nth] ?? 0;
        return {
          ...namesOf(cell, report, catalogue),
          figure: figureAt(cell.nth).name,
          ...{ before: value, after: value + cell.difference, difference: cell.difference },
          dossiers: { count: cell.dossiers, items: changed, all: hrefOf(cell, query, catalogue) },
        };
      });
      const last = shown.at(-1);
      return {
        ...answerOf(query),
        by: report.by ?? null,
        items,
        next: found.length > shown.length && last ? writeCursor([...last.key, last.nth]) : null,
      };
    });
  }

  /** A page of the dossiers that changed one figure of everything that the filters name. */
  async dossiers(query: DossiersQuery, catalogue: Catalogue): Promise<RestatedDossiersPage> {
    const look = new Look(query, catalogue, EVERYTHING);
    return this.atOneMoment(async (manager) => {
      const found = await look.changedDossiers(manager, query);
      const shown = found.slice(0, query.limit);
      const last = shown.at(-1);
      return {
        ...answerOf(query),
        figure: query.figure.name,
        items: await explainChanges(manager, shown, query, catalogue),
        next: found.length > shown.length && last ? writeCursor([last.source, last.code]) : null,
      };
    });
  }

  /** What is asked in several looks must be answered from one state of the ledger. */
  private atOneMoment<T>(ask: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.database.transaction('REPEATABLE READ', ask);
  }
}

const figureAt = (nth: number): RowFigure => ROW_FIGURES[nth] as RowFigure;

const answerOf = ({ report, since }: RestatementsQuery): Answer => ({
  from: formatDay(report.from),
  to: formatDay(report.to),
  between: [formatInstant(since), formatInstant(report.asOf)],
});

/** Last millisecond that counts at an instant of knowledge. */
const cutAt = ({ to }: ReportQuery, known: Instant): Instant => Math.min(startOfDay(to + 1) - 1, known);

/** One question put to the ledger: its filter, its keys, its figures, as statements with parameters. */
class Look {
  private readonly filter: CellFilter;
  private readonly since: Instant;
  private readonly until: Instant;
  private readonly cutBefore: Instant;
  private readonly cut: Instant;

  constructor(
    private readonly query: RestatementsQuery,
    catalogue: Catalogue,
    private readonly keys = keySql(query.report, catalogue),
  ) {
    const { report, since } = query;
    this.filter = aloneOrBelow(report, filterOf(report, catalogue));
    [this.since, this.until] = [since, report.asOf];
    [this.cutBefore, this.cut] = [cutAt(report, since), cutAt(report, this.until)];
  }

  async changedCells(manager: EntityManager, { after, limit }: CellsQuery): Promise<CellRow[]> {
    const sql = new Statement();
    const contributions = this.contributions(sql, undefined);
    const place = after
      ? `where (k1, k2, k3, nth) > (${after.key.map((part) => `${sql.bind(part)}::text collate "C"`).join(', ')}, ${sql.bind(after.figure)}::int)`
      : '';
    const rows = await sql.run<{ k1: string; k2: string; k3: string } & Omit<CellRow, 'key'>>(
      manager,
      `with contribution as (${contributions})
       select k1, k2, k3, nth, sum(difference)::int as difference, count(*)::int as dossiers
         from contribution ${place} group by k1, k2, k3, nth having sum(difference) <> 0
        order by k1, k2, k3, nth limit ${sql.bind(limit + 1)}::int`,
    );
    return rows.map(({ k1, k2, k3, ...rest }) => ({ key: [k1, k2, k3], ...rest }));
  }

  /** Of each of the cells the first dossiers that changed it. */
  async firstDossiers(
    manager: EntityManager,
    cells: readonly CellRow[],
    count: number,
  ): Promise<DossierChange[][]> {
    if (cells.length === 0 || count === 0) return cells.map(() => []);
    const sql = new Statement();
    const rows = await sql.run<DossierChange & { place: number }>(
      manager,
      `with page as (${pageSql(sql, cells)}),
            contribution as (${this.contributions(sql, [...new Set(cells.map(({ nth }) => nth))])})
       select place, source, code, difference, "byTime", recorded
         from (select p.place, c.*, row_number() over (partition by p.place order by source, code) as within
                 from page p join contribution c
                   on (c.k1, c.k2, c.k3, c.nth) = (p.k1, p.k2, p.k3, p.nth)) ranked
        where within <= ${sql.bind(count)}::int order by place, source, code`,
    );
    const dossiers = cells.map((): DossierChange[] => []);
    for (const { place, ...change } of rows) dossiers[place - 1]?.push(change);
    return dossiers;
  }

  async changedDossiers(
    manager: EntityManager,
    { figure, after, limit }: DossiersQuery,
  ): Promise<DossierChange[]> {
    const sql = new Statement();
    const contributions = this.contributions(sql, [ROW_FIGURES.indexOf(figure)]);
    const place = after
      ? `where (source, code) > (${sql.bind(after.source)}::text collate "C", ${sql.bind(after.code)}::text collate "C")`
      : '';
    return sql.run<DossierChange>(
      manager,
      `with contribution as (${contributions})
       select source, code, difference, "byTime", recorded
         from contribution ${place} order by source, code limit ${sql.bind(limit + 1)}::int`,
    );
  }

  /** What each of the cells showed at the earlier instant. */
  async valuesBefore(manager: EntityManager, cells: readonly CellRow[]): Promise<number[]> {
    if (cells.length === 0) return [];
    const sql = new Statement();
    const [k1, k2, k3] = this.keys.sql;
    const figures = this.figures(sql, [...new Set(cells.map(({ nth }) => nth))]);
    const rows = await sql.run<{ place: number; value: number }>(
      manager,
      `with page as (${pageSql(sql, cells)})
       select p.place, sum(case when e % 2 = 0 then 1 else -1 end)::int as value
         from reporting.ledger l ${this.keySource(sql)} cross join lateral unnest(l.entries) as e
         join (${figures}) f on f.measure = (e / 2) % 32 and e / 64 >= f.low and e / 64 <= f.high_before
         join page p on p.k1 = ${k1} and p.k2 = ${k2} and p.k3 = ${k3} and p.nth = f.nth
        where l.recorded_at <= ${instantSql(`${sql.bind(this.since)}::bigint`)} and ${this.filterSql(sql)}
        group by p.place`,
    );
    const values = cells.map(() => 0);
    for (const { place, value } of rows) values[place - 1] = value;
    return values;
  }

  /**
   * What each dossier adds to the difference of each figure of each cell. `recorded`: when the snapshots came that
   * did it; `byTime`: the part that was known before and came into effect since.
   */
  private contributions(sql: Statement, only: readonly number[] | undefined): string {
    const [k1, k2, k3] = this.keys.sql;
    const since = instantSql(`${sql.bind(this.since)}::bigint`);
    const until = instantSql(`${sql.bind(this.until)}::bigint`);
    const sign = 'case when e % 2 = 0 then 1 else -1 end';
    // Where the period was over at both instants, time changes nothing, and older rows need not be read.
    const timePasses = this.cutBefore < this.cut;
    const older = timePasses
      ? `(l.recorded_at > ${since} or e / 64 > ${sql.bind(packed(this.cutBefore))}::bigint)`
      : `l.recorded_at > ${since}`;
    return `
      select ${k1} collate "C" as k1, ${k2} collate "C" as k2, ${k3} collate "C" as k3, f.nth,
             l.source, l.code, sum(${sign})::int as difference,
             coalesce(sum(${sign}) filter (where l.recorded_at <= ${since}), 0)::int as "byTime",
             array_agg(distinct ${millisSql('l.recorded_at')}) filter (where l.recorded_at > ${since}) as recorded
        from reporting.ledger l ${this.keySource(sql)} cross join lateral unnest(l.entries) as e
        join (${this.figures(sql, only)}) f on f.measure = (e / 2) % 32 and e / 64 >= f.low and e / 64 <= f.high
       where l.recorded_at <= ${until} and ${older} and ${this.filterSql(sql)}
       group by 1, 2, 3, 4, 5, 6 having sum(${sign}) <> 0`;
  }

  /** Which measures make up which figure, and over which stretch of effective time at either instant. */
  private figures(sql: Statement, only: readonly number[] | undefined): string {
    const begin = packed(startOfDay(this.query.report.from));
    const rows = ROW_FIGURES.flatMap(({ span, measures }, nth) => {
      if (only && !only.includes(nth)) return [];
      const low = span === 'within' ? begin : 0;
      const [highBefore, high] =
        span === 'before' ? [begin - 1, begin - 1] : [packed(this.cutBefore), packed(this.cut)];
      return measures.map((measure) => ({ nth, measure, low, highBefore, high }));
    });
    return `select * from unnest(${sql.bind(rows.map(({ nth }) => nth))}::int[],
      ${sql.bind(rows.map(({ measure }) => measure))}::int[], ${sql.bind(rows.map(({ low }) => low))}::bigint[],
      ${sql.bind(rows.map(({ highBefore }) => highBefore))}::bigint[],
      ${sql.bind(rows.map(({ high }) => high))}::bigint[]) as f(nth, measure, low, high_before, high)`;
  }

  private keySource(sql: Statement): string {
    const [from, to] = this.keys.values;
    return from === undefined
      ? this.keys.from
      : `left join unnest(${sql.bind(from)}::text[], ${sql.bind(to)}::text[]) as m(value, key) on ${this.keys.from}`;
  }

  private filterSql(sql: Statement): string {
    const { agencies, procedures, channel } = this.filter;
    return [
      agencies && `l.agency = any(${sql.bind(agencies)}::text[])`,
      procedures && `l.procedure = any(${sql.bind(procedures)}::text[])`,
      channel && `l.channel = ${sql.bind(channel)}::text`,
      'true',
    ]
      .filter(Boolean)
      .join(' and ');
  }
}

/** A statement in the making; values go in as parameters. */
class Statement {
  private readonly parameters: unknown[] = [];

  bind(value: unknown): string {
    return `$${this.parameters.push(value)}`;
  }

  run<Row>(manager: EntityManager, text: string): Promise<Row[]> {
    return manager.query<Row[]>(text, this.parameters);
  }
}

const packed = (instant: Instant): number => instant - PACKING_ORIGIN;

const pageSql = (sql: Statement, cells: readonly CellRow[]): string =>
  `select * from unnest(${[0, 1, 2].map((part) => `${sql.bind(cells.map(({ key }) => key[part]))}::text[]`).join(', ')},
     ${sql.bind(cells.map(({ nth }) => nth))}::int[]) with ordinality as p(k1, k2, k3, nth, place)`;

/** `flat` names the agency's own dossiers alone. */
const aloneOrBelow = ({ agency, flat }: ReportQuery, filter: CellFilter): CellFilter =>
  flat && agency !== undefined ? { ...filter, agencies: [agency] } : filter;

interface KeySql {
  sql: [string, string, string];
  from: string;
  values: unknown[];
}

/** All that the filters name is one cell. */
const EVERYTHING: KeySql = { sql: [`''::text`, `''::text`, `''::text`], from: '', values: [] };

/** The three parts of a key, and where they come from: the cell itself, or the row that the report puts it in. */
function keySql(report: ReportQuery, catalogue: Catalogue): KeySql {
  const { by } = report;
  if (by === undefined) return { sql: ['l.agency', 'l.procedure', 'l.channel'], from: '', values: [] };
  if (by === 'procedure' || by === 'channel')
    return { sql: [`l.${by}`, `''::text`, `''::text`], from: '', values: [] };
  const column = by === 'agency' ? 'agency' : 'procedure';
  const known = [...(by === 'agency' ? catalogue.agencies : catalogue.procedures).keys()];
  const { rowKey } = keysOf(report, catalogue);
  return {
    sql: [by === 'agency' ? 'coalesce(m.key, l.agency)' : `coalesce(m.key, '')`, `''::text`, `''::text`],
    from: `m.value = l.${column}`,
    values: [known, known.map((value) => rowKey(value))],
  };
}

function namesOf(
  { key: [first, procedure, channel] }: CellRow,
  report: ReportQuery,
  catalogue: Catalogue,
): Pick<RestatedCell, 'key' | 'name' | 'agency' | 'procedure' | 'channel'> {
  if (report.by === undefined) return { key: null, name: null, agency: first, procedure, channel };
  return {
    ...{ key: first, name: nameOf(report, catalogue, first) },
    ...{ agency: null, procedure: null, channel: null },
  };
}

/** Where all dossiers behind a cell are listed. */
function hrefOf(
  { key: [first, procedure, channel], nth }: CellRow,
  query: CellsQuery,
  catalogue: Catalogue,
): string {
  const { report } = query;
  const { from, to, between } = answerOf(query);
  const own = (): Record<string, string> => {
    switch (report.by) {
      case undefined:
        return { agency: first, flat: 'true', procedure, channel };
      case 'agency':
        // A row of its own beside its children, or one that stands nowhere in the tree.
        return { agency: first, ...(!keysOf(report, catalogue).always.includes(first) && { flat: 'true' }) };
      default:
        return { [report.by]: first };
    }
  };
  const filters = Object.fromEntries(
    (['agency', 'procedure', 'domain', 'channel'] as const).flatMap((name) => {
      const value = report[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const search = { from, to, between: between.join(','), figure: figureAt(nth).name, ...filters, ...own() };
  return `/v1/reports/restatements/dossiers?${new URLSearchParams(search).toString()}`;
}
