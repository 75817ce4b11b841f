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
  startOfDay,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';
import { addCounts, zeroCounts } from './counts.js';
import {
  BEGINNING,
  type CellColumn,
  type CellFilter,
  type Figure,
  Figures,
  type Stretch,
} from './figures.js';
import { startOfNextMonth } from './periods.js';
import type { ReportQuery } from './report-query.js';

export interface TimelinessReport {
  from: string;
  to: string;
  asOf: string;
  by: string | null;
  total: ReportRow;
  rows: ({ key: string; name: string } & ReportRow)[];
  identities: { violations: string[] };
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

  async make(query: ReportQuery, catalogue: Catalogue): Promise<TimelinessReport> {
    const begin = startOfDay(query.from);
    // Stocks are those of the last millisecond, or of the instant of knowledge if that comes first.
    const cut = Math.min(startOfDay(query.to + 1) - 1, query.asOf);
    const filter = filterOf(query, catalogue);
    const column = columnOf(query);
    const before: Stretch = { name: 'before', from: BEGINNING, until: begin };
    const months = query.by === 'month' ? monthsBetween(query.from, dayOf(cut), cut) : [];
    const stretches = [
      before,
      ...(months.length > 0 ? months : [{ name: 'within', from: begin, until: cut + 1 }]),
    ];
    const figures = query.historical
      ? await this.figures.asOf(stretches, filter, column, query.asOf)
      : await this.figures.now(stretches, filter, column, cut);

    const total = sum(figures);
    const rows = query.by === 'month' ? monthRows(months, figures) : keyedRows(query, catalogue, figures);
    const totalRow = rowOf(total);
    return {
      from: formatDay(query.from),
      to: formatDay(query.to),
      asOf: formatInstant(query.asOf),
      by: query.by ?? null,
      total: totalRow,
      rows,
      identities: {
        violations: [
          ...identityViolations(totalRow, 'total'),
          ...rows.flatMap((row) => identityViolations(row, row.key)),
          ...sumViolations(totalRow, rows, query.by),
        ],
      },
    };
  }
}

function filterOf(query: ReportQuery, catalogue: Catalogue): CellFilter {
  const subtree = query.agency === undefined ? undefined : catalogue.subtree(query.agency);
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

function sum(figures: readonly Figure[]): Line {
  const line = emptyLine();
  for (const { stretch, counts } of figures)
    addCounts(stretch === 'before' ? line.before : line.within, counts);
  return line;
}

/** Each month a period of its own: what one leaves open the next carries over. */
function monthRows(months: readonly Stretch[], figures: readonly Figure[]): TimelinessReport['rows'] {
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
): TimelinessReport['rows'] {
  if (query.by === undefined) return [];
  const { rowKey, always } = keysOf(query, catalogue);
  const lines = new Map<string, Line>(always.map((key) => [key, emptyLine()]));
  for (const { key, stretch, counts } of figures) {
    const row = rowKey(key);
    let line = lines.get(row);
    if (!line) lines.set(row, (line = emptyLine()));
    addCounts(stretch === 'before' ? line.before : line.within, counts);
  }
  return [...lines]
    .filter(([key, { before, within }]) => always.includes(key) || before.some(counts) || within.some(counts))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, line]) => ({ key, name: nameOf(query, catalogue, key), ...rowOf(line) }));
}

const counts = (count: number): boolean => count !== 0;

/** How a cell's key becomes a row's, and which rows appear even with nothing in them. */
function keysOf(
  query: ReportQuery,
  catalogue: Catalogue,
): { rowKey: (key: string) => string; always: readonly string[] } {
  if (query.by === 'domain') {
    return { rowKey: (code) => catalogue.procedures.get(code)?.domain ?? '', always: [] };
  }
  if (query.by !== 'agency' || query.flat) return { rowKey: (key) => key, always: [] };
  const children = query.agency === undefined ? catalogue.roots() : catalogue.childrenOf(query.agency);
  const rowOfAgency = new Map<string, string>();
  for (const child of children) for (const member of catalogue.subtree(child)) rowOfAgency.set(member, child);
  return { rowKey: (agency) => rowOfAgency.get(agency) ?? agency, always: children };
}

function nameOf(query: ReportQuery, catalogue: Catalogue, key: string): string {
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
