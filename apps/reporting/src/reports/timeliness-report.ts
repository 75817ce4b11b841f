import { Inject, Injectable } from '@nestjs/common';
import {
  type Counts,
  type CivilDay,
  dayOf,
  formatDay,
  formatInstant,
  identityViolations,
  type Instant,
  type ReportRow,
  reportRow,
  type Span,
  startOfDay,
  type TreeMode,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { existsNow, notesOf, type ReportNote, treeOf } from './organisation-notes.js';
import { addCounts, zeroCounts } from '../counters/counts.js';
import {
  BEGINNING,
  type CellColumn,
  type CellFilter,
  type Figure,
  Figures,
  type Stretch,
} from './figures.js';
import { startOfNextMonth } from '../counters/periods.js';
import { Term } from '../counters/term.js';
import type { NamedPeriod, ReportQuery } from './report-query.js';

export interface TimelinessReport {
  period: NamedPeriod;
  from: string;
  to: string;
  asOf: string;
  by: string | null;
  tree: TreeMode;
  notes: ReportNote[];
  total: ReportRow;
  rows: KeyedRow[];
  identities: { violations: string[] };
}

export type KeyedRow = { key: string; name: string } & ReportRow;

/** What a question finds in one period. */
export interface PeriodFigures {
  total: ReportRow;
  rows: KeyedRow[];
  violations: string[];
}

/** What is summed up for one line: before the period, and within it. */
interface Line {
  before: Counts;
  within: Counts;
}

const emptyLine = (): Line => ({ before: zeroCounts(), within: zeroCounts() });

/** Sums up the figures of a period (contract: timeliness report). */
@Injectable()
export class TimelinessReports {
  constructor(@Inject(Figures) private readonly figures: Figures) {}

  /** @param term told how long the figures stay as they are; what depends on the day alone is not in it */
  async make(query: ReportQuery, catalogue: Catalogue, term = new Term()): Promise<TimelinessReport> {
    const { total, rows, violations } =
      query.by === 'month'
        ? await this.months(query, catalogue, term)
        : ((await this.ofPeriods(query, catalogue, [query], term))[0] as PeriodFigures);
    return {
      period: query.period,
      from: formatDay(query.from),
      to: formatDay(query.to),
      asOf: formatInstant(query.asOf),
      by: query.by ?? null,
      tree: query.tree,
      notes: notesOf(query, catalogue, query, rows),
      total,
      rows,
      identities: { violations },
    };
  }

  /**
   * The same question about several periods, none of which ends after that of the question, in one reading: they
   * all tell of one moment. Agencies are where they are in the question's own period.
   */
  async ofPeriods(
    query: ReportQuery,
    catalogue: Catalogue,
    spans: readonly Span[],
    term = new Term(),
  ): Promise<PeriodFigures[]> {
    const stretches = spans.flatMap(({ from, to }, nth) => [
      { name: `before ${nth}`, from: BEGINNING, until: startOfDay(from) },
      { name: `within ${nth}`, from: startOfDay(from), until: cutOf(query, to) + 1 },
    ]);
    const figures = await this.read(query, catalogue, stretches, term);
    return spans.map((_, nth) => {
      const lines: PeriodLines = { before: `before ${nth}`, within: `within ${nth}` };
      return closing(rowOf(sum(figures, lines)), keyedRows(query, catalogue, figures, lines), query.by);
    });
  }

  private async months(query: ReportQuery, catalogue: Catalogue, term: Term): Promise<PeriodFigures> {
    const cut = cutOf(query, query.to);
    const before = { name: 'before', from: BEGINNING, until: startOfDay(query.from) };
    const months = monthsBetween(query.from, dayOf(cut), cut);
    const figures = await this.read(query, catalogue, [before, ...months], term);
    return closing(rowOf(sum(figures, { before: 'before' })), monthRows(months, figures), query.by);
  }

  private read(
    query: ReportQuery,
    catalogue: Catalogue,
    stretches: readonly Stretch[],
    term: Term,
  ): Promise<Figure[]> {
    const [filter, column] = [filterOf(query, catalogue), columnOf(query)];
    if (!query.historical) return this.figures.now(stretches, filter, column, cutOf(query, query.to), term);
    return query.fromLedger
      ? this.figures.fromLedger(stretches, filter, column, query.asOf)
      : this.figures.asOf(stretches, filter, column, query.asOf);
  }
}

/** Stocks are those of the last millisecond, or of the instant of knowledge if that comes first. */
const cutOf = ({ asOf }: ReportQuery, to: CivilDay): Instant => Math.min(startOfDay(to + 1) - 1, asOf);

/** The stretch before a period, and the one within it; without the latter everything else is. */
interface PeriodLines {
  before: string;
  within?: string;
}

function closing(total: ReportRow, rows: KeyedRow[], by: string | undefined): PeriodFigures {
  return {
    total,
    rows,
    violations: [
      ...identityViolations(total, 'total'),
      ...rows.flatMap((row) => identityViolations(row, row.key)),
      ...sumViolations(total, rows, by),
    ],
  };
}

export function filterOf(query: ReportQuery, catalogue: Catalogue): CellFilter {
  const subtree = query.agency === undefined ? undefined : treeOf(query, catalogue).subtree(query.agency);
  // The whole tree is no filter; the roll-ups over all agencies then answer.
  const agencies = subtree && subtree.length < catalogue.agencies.size ? subtree : undefined;
  const { procedure, domain } = query;
  const procedures =
    procedure === undefined && domain === undefined
      ? undefined
      : [...catalogue.procedures.values()]
          .filter((other) => procedure === undefined || other.code === procedure)
          .filter((other) => domain === undefined || other.domain === domain)
          .map(({ code }) => code);
  return { agencies, procedures, channel: query.channel };
}

function columnOf({ by }: ReportQuery): CellColumn | undefined {
  switch (by) {
    case 'agency':
    case 'procedure':
    case 'channel':
      return by;
    case 'domain':
      return 'procedure';
    case 'month':
    case undefined:
      return undefined;
  }
}

const rowOf = ({ before, within }: Line): ReportRow => {
  const open = zeroCounts();
  addCounts(open, before);
  addCounts(open, within);
  return reportRow(before, within, open);
};

function sum(figures: readonly Figure[], { before, within }: PeriodLines): Line {
  const line = emptyLine();
  for (const { stretch, counts } of figures) {
    if (stretch === before) addCounts(line.before, counts);
    else if (within === undefined || stretch === within) addCounts(line.within, counts);
  }
  return line;
}

/** Each month a period of its own: what one leaves open the next carries over. */
function monthRows(months: readonly Stretch[], figures: readonly Figure[]): KeyedRow[] {
  const before = zeroCounts();
  for (const { counts } of figures.filter(({ stretch }) => stretch === 'before')) addCounts(before, counts);
  return months.map(({ name }) => {
    const line: Line = { before: [...before], within: zeroCounts() };
    for (const { counts } of figures.filter(({ stretch }) => stretch === name))
      addCounts(line.within, counts);
    addCounts(before, line.within);
    return { key: name, name: `${name.slice(5)}/${name.slice(0, 4)}`, ...rowOf(line) };
  });
}

function monthsBetween(from: CivilDay, to: CivilDay, cut: Instant): Stretch[] {
  const months: Stretch[] = [];
  for (let day = from; day <= to;) {
    const nextStart = startOfNextMonth(startOfDay(day));
    months.push({
      name: formatDay(day).slice(0, 7),
      from: startOfDay(day),
      until: Math.min(nextStart, startOfDay(to + 1), cut + 1),
    });
    day = dayOf(nextStart);
  }
  return months;
}

function keyedRows(
  query: ReportQuery,
  catalogue: Catalogue,
  figures: readonly Figure[],
  { before, within }: PeriodLines,
): KeyedRow[] {
  if (query.by === undefined) return [];
  const { rowKey, always } = keysOf(query, catalogue);
  const lines = new Map<string, Line>(always.map((key) => [key, emptyLine()]));
  const shown = new Set(always);
  for (const { key, stretch, counts } of figures) {
    if (stretch !== before && stretch !== within) continue;
    const row = rowKey(key);
    let line = lines.get(row);
    if (!line) lines.set(row, (line = emptyLine()));
    addCounts(stretch === before ? line.before : line.within, counts);
  }
  return [...lines]
    .filter(([key, { before, within }]) => shown.has(key) || before.some(counts) || within.some(counts))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, line]) => ({ key, name: nameOf(query, catalogue, key), ...rowOf(line) }));
}

const counts = (count: number): boolean => count !== 0;

/** How a cell's key becomes a row's, and which rows appear even with nothing in them. */
export function keysOf(
  query: ReportQuery,
  catalogue: Catalogue,
): { rowKey: (key: string) => string; always: readonly string[] } {
  if (query.by === 'domain') {
    return { rowKey: (code) => catalogue.procedures.get(code)?.domain ?? '', always: [] };
  }
  if (query.by !== 'agency') return { rowKey: (key) => key, always: [] };
  const tree = treeOf(query, catalogue);
  if (query.flat) return { rowKey: tree.unitOf, always: [] };
  const children = tree.childrenOf(query.agency);
  const rowOfAgency = new Map<string, string>();
  for (const child of children) for (const member of tree.subtree(child)) rowOfAgency.set(member, child);
  return {
    rowKey: (agency) => rowOfAgency.get(agency) ?? tree.unitOf(agency),
    // Restated, those that are not there any more, or not yet, appear only if something counts at them.
    always:
      query.tree === 'current' ? children.filter((child) => existsNow(child, query, catalogue)) : children,
  };
}

export function nameOf(query: ReportQuery, catalogue: Catalogue, key: string): string {
  if (query.by === 'agency') return catalogue.agencies.get(key)?.name ?? key;
  if (query.by === 'procedure') return catalogue.procedures.get(key)?.name ?? key;
  if (query.by === 'channel') return CHANNEL_NAMES[key] ?? key;
  return key;
}

const CHANNEL_NAMES: Record<string, string> = {
  counter: 'Trực tiếp',
  online: 'Trực tuyến',
  post: 'Bưu chính công ích',
};

/** Total = sum of the rows; by month for flows only. */
function sumViolations(total: ReportRow, rows: readonly ReportRow[], by: string | undefined): string[] {
  if (by === undefined) return [];
  const parts: [string, (row: ReportRow) => number][] = [
    ['received', (row) => row.received.total],
    ['reopened', (row) => row.reopened],
    ['resolved', (row) => row.resolved.total],
    ['closedOtherwise', (row) => row.closedOtherwise.total],
    ['refused', (row) => row.refused],
  ];
  if (by !== 'month') {
    parts.push(['carriedOver', (row) => row.carriedOver], ['open', (row) => row.open.total]);
  }
  return parts.flatMap(([name, of]) => {
    const added = rows.reduce((result, row) => result + of(row), 0);
    return added === of(total) ? [] : [`total: ${name} = sum of the rows (${of(total)} ≠ ${added})`];
  });
}
