import {
  bucketBounds,
  CHANNELS,
  type CivilDay,
  dayOf,
  DUE_BUCKETS,
  formatInstant,
  type Instant,
  LATE_BUCKETS,
  parseDay,
  parseInstant,
  PAUSE_BUCKETS,
  startOfDay,
  STATES,
  TIMELINESS,
} from '#libs/dossier';
import { AWAITED, DAYS_FROM_DUE, FLOW_NAMES, type FlowName, type Stock, STOCKS, TOOK } from '#libs/contracts';
import type { Catalogue } from '#libs/store';
import { causeSql } from './causes.js';
import { type QueryReader, readAsOf, type ReportQuery } from '../reports/report-query.js';
import { figureParts, FLOW_FIGURES, readFigures } from './listed-figures.js';
import { anyPart, type PartScope, stockParts } from './list-parts.js';
import { DAYS_SQL, TOOK_SQL } from './resolution-sql.js';
import { AWAITING_BITS } from './standing.js';
import { readWhose, WHOSE_PARAMETERS } from './whose.js';

/** SQL for a class at the instant $1; `open` keeps the small index of open dossiers usable. */
const CLASS_SQL: Record<(typeof TIMELINESS)[number], string> = {
  early: `outcome = 'early'`,
  'on-time': `outcome = 'on-time'`,
  late: `outcome = 'late'`,
  'no-due-date': `(outcome = 'no-due-date' or (open and state = 'running' and overdue_from is null))`,
  paused: `open and state = 'paused'`,
  overdue: `open and state = 'running' and overdue_from <= $1`,
  'due-soon': `open and state = 'running' and overdue_from > $1 and due_soon_from <= $1`,
  'in-time': `open and state = 'running' and overdue_from > $1 and (due_soon_from is null or due_soon_from > $1)`,
};

/** Every parameter that says which dossiers are meant. */
export const FILTER_PARAMETERS = [
  ...WHOSE_PARAMETERS,
  ...['state', 'timeliness', 'procedure', 'domain', 'channel'],
  ...[
    'flow',
    'figures',
    'from',
    'to',
    'stock',
    'at',
    'late',
    'due',
    'awaiting',
    'pausedFor',
    'cause',
    'asOf',
  ],
  ...['daysFromDue', 'took'],
] as const;

/** Which dossiers are meant, as SQL over `reporting.dossier`, or over `known` where they are meant as once known. */
export interface DossierFilter {
  /** Queries that together give every dossier, each once, or once for each time that it counts (`list-parts.ts`). */
  parts: string[];
  /** The relation that they read. */
  dossiers: string;
  parameters: unknown[];
  /** Instant of knowledge, for which they are shown; it takes the place of now. */
  asOf: Instant;
  /** Somebody asked for it: the queries want what KnownThen says was known. */
  historical: boolean;
  flow: FlowName | undefined;
  stock: Stock | undefined;
  /** Of a report's line, none with a part of another; the list holds what they add up to. */
  figures: readonly string[] | undefined;
  /** The report of timeliness that has the length of the list among its figures, where there is one. */
  report: ReportQuery | undefined;
  /** The rows of that report that hold the list together; undefined: its total does. */
  rows: ReadonlySet<string> | undefined;
}

/** Reads the filter; every fault is noted with the reader. */
export function readDossierFilter(
  reader: QueryReader,
  catalogue: Catalogue,
  causes: readonly string[],
  actualNow: Instant,
): DossierFilter {
  const { asOf: now, historical } = readAsOf(reader, actualNow);
  const knowledge = { asOf: now, historical };
  const dossiers = historical ? 'known' : 'reporting.dossier';
  const parameters: unknown[] = [new Date(now)];
  const bind = (value: unknown) => `$${parameters.push(value)}`;
  // $1 has no type of its own unless a condition uses it.
  const where = ['$1::timestamptz is not null'];
  const cell: PartScope['cell'][number][] = [];

  const state = reader.oneOf('state', STATES);
  if (state)
    where.push(`d.state = ${bind(state)}`, ...(state === 'running' || state === 'paused' ? ['d.open'] : []));
  const timeliness = reader.oneOf('timeliness', TIMELINESS);
  if (timeliness) where.push(CLASS_SQL[timeliness]);
  const whose = readWhose(reader, catalogue, now);
  const procedure = reader.known('procedure', catalogue.hasProcedure, 'unknown-procedure');
  if (procedure) cell.push(['procedure', bind(procedure)]);
  const procedures = [...catalogue.procedures.values()];
  const domain = reader.known('domain', (name) => procedures.some((one) => one.domain === name));
  if (domain !== undefined) {
    const codes = procedures.filter((one) => one.domain === domain).map(({ code }) => code);
    cell.push(['procedure', `any(${bind(codes)}::text[])`]);
  }
  const channel = reader.oneOf('channel', CHANNELS);
  if (channel) cell.push(['channel', bind(channel)]);
  const cause = reader.oneOf('cause', [...causes, 'none']);
  if (cause) {
    where.push(cause === 'none' ? `${causeSql('$1')} is null` : `${causeSql('$1')} = ${bind(cause)}`);
  }
  const flow = reader.oneOf('flow', FLOW_NAMES);
  const figures = readFigures(reader);
  const period = readPeriod(reader, flow ?? figures, now);
  const standing = readStanding(reader, catalogue, knowledge);
  const took = readTook(reader, flow);
  // As in the figure: agencies are where they were at its end.
  const members = whose.members(period ? period.days[1] : dayOf(standing.at));
  if (members) cell.push(['agency', `any(${bind(members)}::text[])`]);
  const scope: PartScope = { dossiers, where, cell, bind };

  for (const [name, others] of [
    ['flow', standing.stock],
    ['figures', flow ?? standing.stock],
  ] as const) {
    if (reader.text(name) !== undefined && others)
      reader.fault(name, 'bad-value', 'Stands against the other of `flow`, `figures` and `stock`; give one.');
  }

  // Whatever no report can be asked for is counted one by one.
  const cells = {
    period: null,
    ...{ agency: whose.agency, tree: whose.tree, treeOn: whose.treeOn },
    procedure,
    domain,
    channel,
    ...(whose.inPart ? { flat: true, by: 'agency' as const } : { flat: false, by: undefined }),
  };
  const reportOf = (from: CivilDay, to: CivilDay): ReportQuery | undefined =>
    state || timeliness || cause || standing.parts.length + took.length > 0
      ? undefined
      : { ...cells, from, to, ...knowledge };

  const none = {
    ...{ flow: undefined, stock: undefined, figures: undefined, report: undefined },
    ...{ dossiers, rows: whose.inPart ? new Set(members) : undefined },
  };
  if (flow && period) {
    return {
      ...{ ...none, parameters, ...knowledge, flow, report: reportOf(...period.days) },
      parts: figureParts(scope, FLOW_FIGURES[flow], period, took),
    };
  }
  if (figures && period) {
    return {
      ...{ ...none, parameters, ...knowledge, figures, report: reportOf(...period.days) },
      parts: figureParts(scope, figures, period),
    };
  }
  if (standing.stock) {
    return {
      ...{ ...none, parameters, ...knowledge, stock: standing.stock },
      // A report's stocks are of the end of a day, or of now.
      ...((isEndOfDay(standing.at) || standing.at === now) && {
        report: reportOf(dayOf(standing.at), dayOf(standing.at)),
      }),
      parts: stockParts(
        scope,
        [standing.stock],
        standing.at,
        standing.parts.map((part) => (at) => part(bind, at)),
      ),
    };
  }
  return { ...none, parameters, ...knowledge, parts: [anyPart(scope)] };
}

/** The period of a flow or of figures, cut at now as the report's is. */
function readPeriod(
  reader: QueryReader,
  asked: FlowName | readonly string[] | undefined,
  now: Instant,
): { days: [CivilDay, CivilDay]; from: Instant; until: Instant } | undefined {
  const days = (['from', 'to'] as const).map((name) => {
    const text = reader.text(name);
    if (text === undefined) {
      if (asked)
        reader.fault(name, 'missing', 'A flow needs the days of its period, `from` and `to`; so do figures.');
      return undefined;
    }
    if (!asked)
      reader.fault(
        name,
        'bad-value',
        'Says when a `flow` happened, or what `figures` are of; there is neither.',
      );
    const day = parseDay(text);
    if (day === undefined) reader.fault(name, 'bad-date', 'Must be a civil date YYYY-MM-DD.');
    return day;
  });
  const [from, to] = days;
  if (from === undefined || to === undefined) return undefined;
  if (from > to) reader.fault('to', 'out-of-range', 'The period ends before it begins.');
  return { days: [from, to], from: startOfDay(from), until: Math.min(startOfDay(to + 1), now + 1) };
}

/** Conditions on what a resolution took: the buckets of the report on durations. */
function readTook(reader: QueryReader, flow: FlowName | undefined): string[] {
  const days = reader.oneOf('daysFromDue', DAYS_FROM_DUE);
  const took = reader.oneOf('took', TOOK);
  const part = days?.startsWith('early') ? 'resolved-early' : 'resolved-late';
  if (days && flow !== 'resolved' && flow !== part)
    reader.fault('daysFromDue', 'bad-value', `Is a part of the flow ${part} or resolved.`);
  if (took && !flow?.startsWith('resolved'))
    reader.fault('took', 'bad-value', 'Is a part of the flow resolved, or of one of its parts.');
  return [...(days ? [DAYS_SQL[days]] : []), ...(took ? [TOOK_SQL[took]] : [])];
}

const isEndOfDay = (at: Instant): boolean => startOfDay(dayOf(at + 1)) === at + 1;

type Part = (bind: (value: unknown) => string, at: string) => string;

/** A stock, the instant it is of, and the bucket of a report on ageing. */
function readStanding(
  reader: QueryReader,
  catalogue: Catalogue,
  { asOf, historical }: { asOf: Instant; historical: boolean },
): { stock: Stock | undefined; at: Instant; parts: Part[] } {
  const at = readAt(reader, asOf);
  const calendarVersion = historical ? catalogue.calendarVersionAt(asOf) : catalogue.newestCalendarVersion();
  const { late, due } = bucketBounds(catalogue.calendar(calendarVersion), at);
  let stock = reader.oneOf('stock', STOCKS);
  const parts: Part[] = [];
  /** A part of a stock says which one it is of; another one would be empty. */
  const of = (name: string, stocks: readonly Stock[]): void => {
    stock ??= stocks[0];
    if (stock && !stocks.includes(stock))
      reader.fault(name, 'bad-value', `Is a part of the stock ${stocks.join(' or ')}.`);
  };
  const between = (column: string, low: Instant | undefined, high: Instant | undefined): Part => {
    return (bind) =>
      [
        ...(low === undefined ? [] : [`${column} > ${bind(new Date(low))}`]),
        ...(high === undefined ? [] : [`${column} <= ${bind(new Date(high))}`]),
      ].join(' and ') || 'true';
  };
  const lateBucket = reader.oneOf('late', LATE_BUCKETS);
  if (lateBucket) {
    of('late', ['overdue', 'past-due-while-paused']);
    const i = LATE_BUCKETS.indexOf(lateBucket);
    parts.push(between('stood_overdue_from', late[i], i === 0 ? undefined : late[i - 1]));
  }
  const dueBucket = reader.oneOf('due', DUE_BUCKETS);
  if (dueBucket) {
    of('due', ['in-time']);
    const i = DUE_BUCKETS.indexOf(dueBucket);
    parts.push(between('stood_overdue_from', i === 0 ? undefined : due[i - 1], due[i]));
  }
  const pausedFor = reader.oneOf('pausedFor', PAUSE_BUCKETS);
  if (pausedFor) {
    of('pausedFor', ['paused', 'past-due-while-paused']);
    const i = PAUSE_BUCKETS.indexOf(pausedFor);
    // A pause that began at the very bound still belongs to the younger bucket: one millisecond earlier is older.
    const bound = (n: number) => (late[n] === undefined ? undefined : late[n] - 1);
    parts.push(between('stood_paused_since', bound(i), i === 0 ? undefined : bound(i - 1)));
  }
  const awaiting = reader.oneOf('awaiting', AWAITED);
  if (awaiting) {
    of('awaiting', ['paused', 'past-due-while-paused']);
    parts.push((bind) => `stood_awaiting = ${bind(AWAITING_BITS[awaiting])}::int`);
  }
  if (!stock && reader.text('at') !== undefined)
    reader.fault('at', 'bad-value', 'Says when a `stock` stood; there is none.');
  return { stock, at, parts };
}

/** The instant of a stock, not after `now`, which is the default. */
export function readAt(reader: QueryReader, now: Instant): Instant {
  // An unescaped + in an address reads as a space; nothing else can be meant here.
  const text = reader.text('at')?.replace(/ (\d\d:\d\d)$/, '+$1');
  if (text === undefined) return now;
  const at = parseInstant(text);
  if (at === undefined) {
    reader.fault('at', 'bad-instant', 'Must be an RFC 3339 instant with an offset; write + as %2B.');
  } else if (at > now) {
    reader.fault('at', 'out-of-range', `Lies after ${formatInstant(now)}: nothing has stood then yet.`);
  }
  return at === undefined || at > now ? now : at;
}
