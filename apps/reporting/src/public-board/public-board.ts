import { Inject, Injectable } from '@nestjs/common';
import {
  type CivilDay,
  type CountNode,
  dayOf,
  formatDay,
  type Instant,
  LARGEST_SMALL_COUNT,
  namedPeriod,
  rate,
  type ReportRow,
  startOfDay,
  suppressSmallCounts,
} from '#libs/dossier';
import type { PublicCount, PublicRate, PublicReport, PublicRow } from '#libs/contracts';
import type { Catalogue } from '#libs/store';
import { startOfMonth } from '../counters/periods.js';
import { QueryReader, type RawQuery } from '../reports/report-query.js';
import { TimelinessReports } from '../reports/timeliness-report.js';

/** A checked question for the public board. */
export interface PublicQuery {
  /** `2018-10`, a calendar month. */
  month: string;
  from: CivilDay;
  to: CivilDay;
  agency: string | undefined;
  now: Instant;
}

const monthOf = (day: CivilDay): string => formatDay(day).slice(0, 7);

/** Only whole calendar months are told: periods that overlap would tell small counts by their difference. */
export function readPublicQuery(raw: RawQuery, catalogue: Catalogue, now: Instant): PublicQuery {
  const reader = new QueryReader(raw, ['month', 'agency']);
  // The last one that is over.
  const month = reader.text('month') ?? monthOf(dayOf(startOfMonth(now)) - 1);
  const days = /^\d{4}-\d\d$/.test(month) ? namedPeriod(month, 'calendar') : undefined;
  if (!days) reader.fault('month', 'bad-value', 'Must be a calendar month like 2018-10.');
  else if (startOfDay(days.from) > now)
    reader.fault('month', 'out-of-range', `The month begins after ${formatDay(dayOf(now))}.`);
  const agency = reader.known('agency', catalogue.hasAgency, 'unknown-agency');
  reader.done();
  return { month, ...(days ?? { from: 0, to: 0 }), agency, now };
}

/** The months before and after, for turning pages; after: null where it has not begun. */
export function neighbouringMonths({ from, to, now }: PublicQuery): { before: string; after: string | null } {
  return { before: monthOf(from - 1), after: startOfDay(to + 1) > now ? null : monthOf(to + 1) };
}

/** What of an agency's figures the public is told. */
interface Figures {
  received: number;
  resolved: number;
  onTime: number;
  late: number;
  noDueDate: number;
  overdue: number;
}

/** An agency with every one below it, or (`own`) what is its own where it has others below it. */
interface Place {
  key: string;
  own: boolean;
  children: Place[];
  figures: Figures;
}

/** The month's figures per agency as everybody may see them: small counts hidden, no dossiers. */
@Injectable()
export class PublicBoard {
  constructor(@Inject(TimelinessReports) private readonly reports: TimelinessReports) {}

  async make(query: PublicQuery, catalogue: Catalogue): Promise<PublicReport> {
    const { month, from, to, agency, now } = query;
    // Always of the whole tree: what is hidden on one page must not follow from another.
    const { asOf, rows } = await this.reports.make(
      {
        ...{
          period: null,
          from,
          to,
          by: 'agency',
          flat: true,
          tree: 'recorded',
          asOf: now,
          historical: false,
        },
        ...{ agency: undefined, procedure: undefined, domain: undefined, channel: undefined },
      },
      catalogue,
    );
    const root = placesOf(catalogue, rows);
    const show = hiding(root);
    const place = agency === undefined ? root : (find(root, agency) ?? emptyPlace(agency));
    const nameOf = (key: string): string => catalogue.agencies.get(key)?.name ?? key;
    return {
      ...{ month, from: formatDay(from), to: formatDay(to), asOf },
      agency: agency === undefined ? null : { id: agency, name: nameOf(agency) },
      suppressed: { from: 1, to: LARGEST_SMALL_COUNT },
      total: show(place),
      rows: place.children.map((child) => ({
        key: child.key,
        name: nameOf(child.key),
        kind: catalogue.agencies.get(child.key)?.kind ?? null,
        ...show(child),
      })),
    };
  }
}

const NOTHING: Figures = { received: 0, resolved: 0, onTime: 0, late: 0, noDueDate: 0, overdue: 0 };
const emptyPlace = (key: string): Place => ({ key, own: false, children: [], figures: NOTHING });

const figuresOf = ({ received, resolved, open }: ReportRow): Figures => ({
  received: received.total,
  resolved: resolved.total,
  onTime: resolved.early + resolved.onTime,
  late: resolved.late,
  noDueDate: resolved.noDueDate,
  overdue: open.overdue,
});

/** The tree of agencies with the figures of each, from what is each one's own. */
function placesOf(catalogue: Catalogue, own: readonly ({ key: string } & ReportRow)[]): Place {
  const ownFigures = new Map(own.map((row) => [row.key, figuresOf(row)]));
  const above = (key: string, children: Place[]): Place => ({
    ...{ key, own: false, children },
    figures: children.map(({ figures }) => figures).reduce(add, NOTHING),
  });
  const placeOf = (key: string): Place => {
    const figures = ownFigures.get(key);
    const below = [...catalogue.childrenOf(key)].sort().map(placeOf);
    if (below.length === 0) return { ...emptyPlace(key), figures: figures ?? NOTHING };
    return above(key, [...(figures ? [{ ...emptyPlace(key), own: true, figures }] : []), ...below]);
  };
  const unknown = [...ownFigures.keys()].filter((key) => !catalogue.hasAgency(key));
  return above('', [...catalogue.roots(), ...unknown].sort().map(placeOf));
}

const add = (a: Figures, b: Figures): Figures => ({
  received: a.received + b.received,
  resolved: a.resolved + b.resolved,
  onTime: a.onTime + b.onTime,
  late: a.late + b.late,
  noDueDate: a.noDueDate + b.noDueDate,
  overdue: a.overdue + b.overdue,
});

function find(place: Place, key: string): Place | undefined {
  if (place.key === key && !place.own) return place;
  for (const child of place.children) {
    const found = find(child, key);
    if (found) return found;
  }
  return undefined;
}

/** How each place is shown. What was resolved, with and without a due date, is hidden together: each follows from the others. */
function hiding(root: Place): (place: Place) => PublicRow {
  const received = hidden(root, ({ received }) => [received]);
  const resolved = hidden(root, ({ resolved, onTime, late, noDueDate }) => [
    resolved,
    onTime + late,
    noDueDate,
  ]);
  // No more can be late than are shown as resolved with a due date.
  const late = hidden(
    root,
    ({ late }) => [late],
    (place) => (resolved(place) ? { hidden: true } : { atMost: dueOf(place) }),
  );
  const overdue = hidden(root, ({ overdue }) => [overdue]);
  const count = (value: number, isHidden: boolean): PublicCount =>
    isHidden ? { count: null, suppressed: true } : { count: value, suppressed: false };
  return (place) => {
    const { figures } = place;
    const mostLate = late(place)?.[0]?.most;
    return {
      received: count(figures.received, received(place) !== undefined),
      resolved: count(figures.resolved, resolved(place) !== undefined),
      late: count(figures.late, mostLate !== undefined),
      overdue: count(figures.overdue, overdue(place) !== undefined),
      rates: { a: rateOf(place, resolved(place) !== undefined, mostLate) },
    };
  };
}

const dueOf = ({ figures }: Place): number => figures.onTime + figures.late;

/** The rate would tell how many were late; where that is hidden, only what everybody can find out is said of it. */
function rateOf(place: Place, isDueHidden: boolean, mostLate: number | undefined): PublicRate {
  const due = dueOf(place);
  if (isDueHidden)
    return { percent: null, numerator: null, denominator: null, suppressed: true, atLeast: null };
  if (mostLate === undefined) return { ...rate(place.figures.onTime, due), suppressed: false, atLeast: null };
  // Rounded down: a bound must hold.
  const atLeast = Math.floor(((due - Math.min(mostLate, due)) * 10_000) / due) / 100;
  return { percent: null, numerator: null, denominator: due, suppressed: true, atLeast: atLeast || null };
}

/** Which places are hidden in some columns, and what can still be found out about each. */
function hidden(
  root: Place,
  columns: (figures: Figures) => number[],
  known: (place: Place) => Pick<CountNode, 'hidden' | 'atMost'> = () => ({}),
) {
  const nodes = new Map<Place, CountNode>();
  const nodeOf = (place: Place): CountNode => {
    const node = { counts: columns(place.figures), children: place.children.map(nodeOf), ...known(place) };
    nodes.set(place, node);
    return node;
  };
  const ranges = suppressSmallCounts(nodeOf(root));
  return (place: Place) => {
    const node = nodes.get(place);
    return node && ranges.get(node);
  };
}
