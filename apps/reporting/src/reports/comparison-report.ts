import { Inject, Injectable } from '@nestjs/common';
import { AGENCY_KINDS, type AgencyKind, type FormulaRegistry } from '#libs/contracts';
import {
  comparedChange,
  type ComparedChange,
  comparedFigures,
  type ComparedFigures,
  comparedPeriods,
  dayOf,
  FORMULAS,
  type Formula,
  formatDay,
  formatInstant,
  type Instant,
  type PeriodKind,
  ranksOf,
  type ReportRow,
  reportRow,
  SMALL_BELOW,
  type Span,
  type TreeMode,
  type Unranked,
  unrankedBecause,
} from '#libs/dossier';
import { CONFIG, type Config } from '#libs/platform';
import type { Catalogue } from '#libs/store';
import { zeroCounts } from '../counters/counts.js';
import { FORMULA_REGISTRY } from './formulas.js';
import { notesOf, type ReportNote } from './organisation-notes.js';
import {
  type NamedPeriod,
  PERIOD_PARAMETERS,
  QueryReader,
  type RawQuery,
  readReportQuery,
  type ReportQuery,
} from './report-query.js';
import { type PeriodFigures, TimelinessReports } from './timeliness-report.js';

const GROUPINGS = ['agency', 'procedure', 'domain', 'channel'] as const;
const PARAMETERS = [
  ...PERIOD_PARAMETERS,
  'by',
  'procedure',
  'domain',
  'channel',
  'flat',
  'kind',
  'formula',
] as const;
/** 0001-01-01, before which no day can be written. */
const FIRST_DAY = -719_162;

export interface ComparisonQuery {
  report: ReportQuery;
  /** Only agencies of this kind have rows, and are ranked among themselves. */
  kind: AgencyKind | undefined;
  formula: Formula;
}

interface ComparedRow {
  current: ComparedFigures;
  previous: ComparedFigures;
  lastYear: ComparedFigures;
  change: { previous: ComparedChange; lastYear: ComparedChange };
}

interface RankedRow extends ComparedRow {
  key: string;
  name: string;
  rank: number | null;
  previousRank: number | null;
  /** Places gained since the previous period. */
  movement: number | null;
  unranked: Unranked | null;
}

interface ComparedPeriod {
  from: string;
  to: string;
  /** It is over; else its figures still grow. */
  complete: boolean;
}

export interface ComparisonReport {
  period: NamedPeriod;
  from: string;
  to: string;
  asOf: string;
  by: (typeof GROUPINGS)[number] | null;
  kind: AgencyKind | null;
  tree: TreeMode;
  notes: ReportNote[];
  formula: { id: Formula; version: number };
  target: number;
  periodKind: PeriodKind;
  periods: Record<keyof Omit<ComparedRow, 'change'>, ComparedPeriod>;
  ranking: {
    by: 'wilson-lower-bound';
    confidencePercent: 95;
    smallBelow: typeof SMALL_BELOW;
    ranked: number;
    unranked: number;
  };
  total: ComparedRow;
  rows: RankedRow[];
  identities: { violations: string[] };
}

export function readComparisonQuery(raw: RawQuery, catalogue: Catalogue, now: Instant): ComparisonQuery {
  const reader = new QueryReader(raw, PARAMETERS);
  const formula = reader.oneOf('formula', FORMULAS) ?? 'a';
  const kind = reader.oneOf('kind', AGENCY_KINDS);
  if (kind && reader.text('by') !== 'agency')
    reader.fault('kind', 'bad-value', 'Says which agencies have rows; needs by=agency.');
  const report = readReportQuery(raw, catalogue, now, { reader, groupings: GROUPINGS });
  const { previous, lastYear } = comparedPeriods(report);
  if (Math.min(previous.from, lastYear.from) < FIRST_DAY)
    reader.fault('from', 'out-of-range', 'What it is compared with would begin before the year 1.');
  reader.done();
  return { report, kind, formula };
}

/** A period beside the one before it and the same one a year before, and its rows in the order of their rates. */
@Injectable()
export class ComparisonReports {
  constructor(
    @Inject(TimelinessReports) private readonly reports: TimelinessReports,
    @Inject(FORMULA_REGISTRY) private readonly registry: FormulaRegistry,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ONTIME_TARGET_PERCENT'>,
  ) {}

  async make(
    { report: query, kind, formula }: ComparisonQuery,
    catalogue: Catalogue,
  ): Promise<ComparisonReport> {
    const { kind: periodKind, previous, lastYear } = comparedPeriods(query);
    const spans = [query, previous, lastYear] as const;
    const figures = await this.reports.ofPeriods(query, catalogue, spans);
    const wanted = (key: string) => kind === undefined || catalogue.agencies.get(key)?.kind === kind;
    const rows = ranked(figures, formula, wanted);
    const compared = { from: Math.min(previous.from, lastYear.from), to: query.to };
    const [now, before, yearBefore] = spans.map((span) => periodOf(span, query.asOf)) as [
      ComparedPeriod,
      ComparedPeriod,
      ComparedPeriod,
    ];
    const placed = rows.filter(({ rank }) => rank !== null).length;
    return {
      period: query.period,
      ...{ from: now.from, to: now.to, asOf: formatInstant(query.asOf) },
      by: GROUPINGS.find((by) => by === query.by) ?? null,
      kind: kind ?? null,
      tree: query.tree,
      notes: notesOf(query, catalogue, compared, rows),
      formula: {
        id: formula,
        version: this.registry.formulas.find(({ id }) => id === formula)?.version ?? 1,
      },
      target: this.config.ONTIME_TARGET_PERCENT,
      periodKind,
      periods: { current: now, previous: before, lastYear: yearBefore },
      ranking: {
        ...({ by: 'wilson-lower-bound', confidencePercent: 95, smallBelow: SMALL_BELOW } as const),
        ...{ ranked: placed, unranked: rows.length - placed },
      },
      total: comparedRow(
        figures.map(({ total }) => total),
        formula,
      ),
      rows,
      identities: {
        violations: figures.flatMap(({ violations }, nth) =>
          violations.map((violation) => `${PERIOD_NAMES[nth]}: ${violation}`),
        ),
      },
    };
  }
}

const PERIOD_NAMES = ['current', 'previous', 'lastYear'] as const;

const periodOf = ({ from, to }: Span, asOf: Instant): ComparedPeriod => ({
  ...{ from: formatDay(from), to: formatDay(to) },
  complete: to < dayOf(asOf),
});

function comparedRow(rows: readonly ReportRow[], formula: Formula): ComparedRow {
  const [current, previous, lastYear] = rows.map((row) => comparedFigures(row, formula)) as [
    ComparedFigures,
    ComparedFigures,
    ComparedFigures,
  ];
  return {
    ...{ current, previous, lastYear },
    change: { previous: comparedChange(current, previous), lastYear: comparedChange(current, lastYear) },
  };
}

/** A row for whatever has one in any of the periods: what is gone or new is compared with nothing. */
function ranked(
  figures: readonly PeriodFigures[],
  formula: Formula,
  wanted: (key: string) => boolean,
): RankedRow[] {
  const byKey = figures.map(({ rows }) => new Map(rows.map((row) => [row.key, row])));
  const names = new Map(figures.flatMap(({ rows }) => rows.map(({ key, name }) => [key, name] as const)));
  const keys = [...names.keys()].filter(wanted).sort((a, b) => (a < b ? -1 : 1));
  const rows = keys.map((key) =>
    comparedRow(
      byKey.map((of) => of.get(key) ?? NOTHING),
      formula,
    ),
  );
  const ranks = ranksOf(rows.map(({ current }) => current.rate));
  const before = ranksOf(rows.map(({ previous }) => previous.rate));
  return rows
    .map((row, nth): RankedRow => {
      const [rank, previousRank] = [ranks[nth] ?? null, before[nth] ?? null];
      return {
        ...{ key: keys[nth] as string, name: names.get(keys[nth] as string) as string },
        ...row,
        ...{ rank, previousRank },
        movement: rank === null || previousRank === null ? null : previousRank - rank,
        unranked: unrankedBecause(row.current.rate),
      };
    })
    .sort((a, b) => (a.rank ?? keys.length + 1) - (b.rank ?? keys.length + 1));
}

const NOTHING: ReportRow = reportRow(zeroCounts(), zeroCounts(), zeroCounts());
