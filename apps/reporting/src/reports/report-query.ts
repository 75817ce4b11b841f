import { type Fault, ProblemError } from '#libs/contracts';
import {
  CHANNELS,
  type CivilDay,
  dayOf,
  formatDay,
  type Instant,
  namedPeriod,
  parseDay,
  parseInstant,
  PERIOD_BOUNDS,
  type PeriodBounds,
  TREE_MODES,
  type TreeMode,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';

export const GROUPINGS = ['agency', 'procedure', 'domain', 'channel', 'month'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** The name that a period was asked for by; null: two days. */
export type NamedPeriod = { name: string; bounds: PeriodBounds } | null;

/** A checked question for the timeliness report. */
export interface ReportQuery {
  period: NamedPeriod;
  from: CivilDay;
  to: CivilDay;
  by: Grouping | undefined;
  agency: string | undefined;
  procedure: string | undefined;
  domain: string | undefined;
  channel: string | undefined;
  flat: boolean;
  tree: TreeMode;
  /** With `tree` recorded: the day whose tree counts, instead of the last of the period. */
  treeOn?: CivilDay | undefined;
  /** Instant of knowledge; it takes the place of now. */
  asOf: Instant;
  /** Somebody asked for a past state of knowledge. */
  historical: boolean;
  /** With `historical`: from the ledger itself and not from sums of it, which takes seconds per million dossiers. */
  fromLedger?: boolean;
}

export type RawQuery = Record<string, string | string[] | undefined>;

/** Collects every fault of a query before refusing it. */
export class QueryReader {
  readonly faults: Fault[] = [];

  constructor(
    private readonly raw: RawQuery,
    known: readonly string[],
  ) {
    for (const name of Object.keys(raw)) {
      if (!known.includes(name))
        this.fault(name, 'unknown-member', `There is no such parameter; known: ${known.join(', ')}.`);
    }
  }

  /** The value, or undefined where it is absent or empty. */
  text(name: string): string | undefined {
    const value = this.raw[name];
    if (Array.isArray(value)) {
      this.fault(name, 'duplicate', 'Give it once.');
      return undefined;
    }
    return value === '' ? undefined : value;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined || (values as readonly string[]).includes(value)) return value as T | undefined;
    this.fault(name, 'bad-value', `Must be one of ${values.join(', ')}.`);
    return undefined;
  }

  /** A value that must be known, e.g. an agency. */
  known(
    name: string,
    exists: (value: string) => boolean,
    code: Fault['code'] = 'bad-value',
  ): string | undefined {
    const value = this.text(name);
    if (value === undefined || exists(value)) return value;
    this.fault(name, code, 'The catalogue does not know it.');
    return undefined;
  }

  fault(name: string, code: Fault['code'], detail: string): void {
    this.faults.push({ index: 0, pointer: `/${name}`, code, detail });
  }

  /** Refuses the query if anything was wrong with it. */
  done(): void {
    if (this.faults.length === 0) return;
    const words = this.faults.map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`).join(' ');
    throw new ProblemError('bad-request', words, this.faults);
  }
}

/** Parameters of every report on a period of agencies; others add theirs. */
export const PERIOD_PARAMETERS = ['from', 'to', 'period', 'bounds', 'agency', 'tree', 'asOf'] as const;
const PARAMETERS = [...PERIOD_PARAMETERS, 'by', 'procedure', 'domain', 'channel', 'flat'] as const;

/** What another report asks differently: its parameters, its groupings. */
export interface ReportQueryOptions {
  reader?: QueryReader;
  groupings?: readonly Grouping[];
  /** Of a report that is of an instant and takes no period. */
  span?: { from: CivilDay; to: CivilDay };
}

/** The period of `period` and `bounds`, or of `from` and `to`; faults are told, and days given all the same. */
function readPeriod(reader: QueryReader): { period: NamedPeriod; from: CivilDay; to: CivilDay } {
  const name = reader.text('period');
  const bounds = reader.oneOf('bounds', PERIOD_BOUNDS);
  if (name !== undefined) {
    const span = namedPeriod(name, bounds ?? 'calendar');
    if (!span)
      reader.fault('period', 'bad-value', 'Must be like 2018, 2018-H1, 2018-9M, 2018-Q1 or 2018-01.');
    for (const edge of ['from', 'to'] as const) {
      if (reader.text(edge) !== undefined)
        reader.fault(edge, 'bad-value', 'Stands against `period`; give one.');
    }
    return { period: { name, bounds: bounds ?? 'calendar' }, from: span?.from ?? 0, to: span?.to ?? 0 };
  }
  if (bounds) reader.fault('bounds', 'bad-value', 'Says how a named `period` is cut; there is none.');
  const day = (edge: 'from' | 'to'): CivilDay => {
    const text = reader.text(edge);
    const parsed = text === undefined ? undefined : parseDay(text);
    if (parsed === undefined) {
      reader.fault(edge, text === undefined ? 'missing' : 'bad-date', 'A civil date YYYY-MM-DD is required.');
    }
    return parsed ?? 0;
  };
  return { period: null, from: day('from'), to: day('to') };
}

/** The instant of knowledge, not after `now`, which is the default. */
export function readAsOf(
  reader: QueryReader,
  now: Instant,
): { asOf: Instant; /** Somebody asked for it. */ historical: boolean } {
  // An unescaped + in an address reads as a space; nothing else can be meant here.
  const text = reader.text('asOf')?.replace(/ (\d\d:\d\d)$/, '+$1');
  if (text === undefined) return { asOf: now, historical: false };
  const asOf = parseInstant(text);
  if (asOf === undefined) {
    reader.fault('asOf', 'bad-instant', 'Must be an RFC 3339 instant with an offset; write + as %2B.');
  } else if (asOf > now) {
    reader.fault('asOf', 'out-of-range', 'Lies in the future: nothing is known then yet.');
  }
  return { asOf: asOf === undefined || asOf > now ? now : asOf, historical: true };
}

export function readReportQuery(
  raw: RawQuery,
  catalogue: Catalogue,
  now: Instant,
  { reader = new QueryReader(raw, PARAMETERS), groupings = GROUPINGS, span }: ReportQueryOptions = {},
): ReportQuery {
  const { period, from, to } = span ? { period: null, ...span } : readPeriod(reader);
  const { asOf, historical } = readAsOf(reader, now);
  if (reader.faults.length === 0) {
    if (from > to) reader.fault('to', 'out-of-range', 'The period ends before it begins.');
    else if (from > dayOf(asOf)) {
      reader.fault(
        period ? 'period' : 'from',
        'out-of-range',
        `The period begins after ${formatDay(dayOf(asOf))}.`,
      );
    }
  }
  const domains = new Set([...catalogue.procedures.values()].map(({ domain }) => domain));
  const query: ReportQuery = {
    period,
    from,
    to,
    by: reader.oneOf('by', groupings),
    agency: reader.known('agency', catalogue.hasAgency, 'unknown-agency'),
    procedure: reader.known('procedure', catalogue.hasProcedure, 'unknown-procedure'),
    domain: reader.known('domain', (domain) => domains.has(domain)),
    channel: reader.oneOf('channel', CHANNELS),
    flat: reader.oneOf('flat', ['true', 'false']) === 'true',
    tree: reader.oneOf('tree', TREE_MODES) ?? 'recorded',
    asOf,
    historical,
  };
  refuseEnded(reader, catalogue, query);
  reader.done();
  return query;
}

/** The figures of another agency under the name of one that has ended would be a trap. */
export function refuseEnded(
  reader: QueryReader,
  catalogue: Catalogue,
  { tree, agency, asOf }: Pick<ReportQuery, 'tree' | 'agency' | 'asOf'>,
): void {
  if (tree !== 'current' || agency === undefined) return;
  const unit = catalogue.organisation.tree('current', dayOf(asOf)).unitOf(agency);
  if (unit !== agency)
    reader.fault('agency', 'bad-value', `Has ended; its dossiers count under ${unit} in the tree of now.`);
}
