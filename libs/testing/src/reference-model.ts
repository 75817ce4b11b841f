import {
  dayOf,
  formatDay,
  formatInstant,
  parseDay,
  ReferenceCalendar,
  startOfDay,
  type CalendarDocument,
  type Day,
  type Instant,
} from './reference-calendar.js';
import {
  compareBytes,
  firstArrivals,
  standingFacts,
  type Arrival,
  type Channel,
  type Fact,
} from './reference-events.js';
import {
  dayOrNull,
  fold,
  overdueFrom,
  pastDueWhilePaused,
  timelinessAt,
  type Cell,
  type Flow,
  type FoldContext,
  type Phase,
  type Procedure,
  type SilentCase,
  type State,
  type Timeliness,
} from './reference-fold.js';

/**
 * The outside contract as a program one can check by reading: what every dossier and every figure must be,
 * given everything that was accepted. Nothing here is kept up to date: each answer is worked out anew.
 */

/** One agency of `PUT /v1/catalogue/agencies`. */
export interface Agency {
  readonly id: string;
  readonly name: string;
  readonly kind: 'province' | 'department' | 'district' | 'commune' | 'centre' | 'office';
  readonly parent?: string;
}

export interface CalendarVersion {
  /** When it was put; the first one of a world holds from the beginning. */
  readonly recordedAt: Instant;
  readonly document: CalendarDocument;
}

/** Everything that was ever accepted. */
export interface World {
  readonly agencies: readonly Agency[];
  readonly procedures: readonly Procedure[];
  /** Oldest first, at least one. */
  readonly calendars: readonly CalendarVersion[];
  /** In order of arrival. */
  readonly arrivals: readonly Arrival[];
}

/** DOSSIER of contract §6; instants and dates as text, exactly as answered. */
export interface Dossier {
  readonly source: string;
  readonly code: string;
  readonly procedure: string | null;
  readonly domain: string | null;
  readonly receivingAgency: string | null;
  readonly resolvingAgency: string | null;
  readonly channel: Channel | null;
  readonly state: Phase;
  readonly timeliness: Timeliness | null;
  readonly submittedAt: string | null;
  readonly acceptedAt: string | null;
  readonly dueOn: string | null;
  readonly dueAt: string | null;
  readonly dueSource: State['dueSource'];
  readonly dueComputedOn: string | null;
  readonly dueMismatch: boolean;
  readonly overdueFrom: string | null;
  readonly pausedSince: string | null;
  readonly pastDueWhilePaused: boolean;
  readonly resolvedAt: string | null;
  readonly returnedAt: string | null;
  readonly extensionCount: number;
  readonly supplementCount: number;
  readonly score: number | null;
}

export interface DossierFilter {
  readonly state?: Phase;
  readonly timeliness?: Timeliness;
  readonly agency?: string;
  readonly procedure?: string;
  readonly channel?: Channel;
}

export type ReportBy = 'agency' | 'procedure' | 'domain' | 'channel' | 'month';

/** The query of `GET /v1/reports/timeliness` without `asOf`, which is the records' own. */
export interface ReportQuery {
  readonly from: string;
  readonly to: string;
  readonly by?: ReportBy;
  readonly agency?: string;
  readonly procedure?: string;
  readonly domain?: string;
  readonly channel?: Channel;
  readonly flat?: boolean;
}

export interface Rate {
  readonly percent: number | null;
  readonly numerator: number;
  readonly denominator: number;
  readonly small: boolean;
}

/** ROW of contract §6. */
export interface Row {
  readonly carriedOver: number;
  readonly received: { total: number; counter: number; online: number; post: number };
  readonly reopened: number;
  readonly resolved: { total: number; early: number; onTime: number; late: number; noDueDate: number };
  readonly closedOtherwise: { total: number; refused: number; withdrawn: number; stopped: number };
  readonly open: {
    total: number;
    inTime: number;
    overdue: number;
    paused: number;
    pausedPastDue: number;
    noDueDate: number;
  };
  readonly refused: number;
  readonly rates: { a: Rate; b: Rate; c: Rate; opencps: Rate };
}

export interface Report {
  readonly total: Row;
  readonly rows: readonly (Row & { readonly key: string })[];
}

/** A dossier as the records of some instant tell it. */
export interface Recorded {
  readonly source: string;
  readonly code: string;
  readonly facts: readonly Fact[];
  readonly calendar: ReferenceCalendar;
  /** The state after all facts up to and including `at`. */
  stateAt(at: Instant): State;
  /** Which of the contract's silences this history runs into. */
  readonly silent: readonly SilentCase[];
}

/** What the records held at `asOf`: nothing recorded later counts. */
export function recordsAsOf(world: World, asOf: Instant): Records {
  return new Records(world, asOf);
}

export class Records {
  readonly dossiers: readonly Recorded[];
  private readonly asked = new Map<Instant, readonly State[]>();
  private readonly parents: ReadonlyMap<string, string | undefined>;
  private readonly procedures: ReadonlyMap<string, Procedure>;
  private readonly calendars: readonly { recordedAt: Instant; calendar: ReferenceCalendar }[];

  constructor(
    world: World,
    readonly asOf: Instant,
  ) {
    this.parents = new Map(world.agencies.map(({ id, parent }) => [id, parent]));
    this.procedures = new Map(world.procedures.map((procedure) => [procedure.code, procedure]));
    this.calendars = world.calendars
      .filter(({ recordedAt }, index) => index === 0 || recordedAt <= asOf)
      .map(({ recordedAt, document }) => ({ recordedAt, calendar: new ReferenceCalendar(document) }));
    const known = firstArrivals(world.arrivals.filter(({ recordedAt }) => recordedAt <= asOf));
    const own = new Map<string, Arrival[]>();
    for (const arrival of known) {
      const key = JSON.stringify([arrival.event.source, arrival.event.subject]);
      own.set(key, [...(own.get(key) ?? []), arrival]);
    }
    this.dossiers = [...own.values()].map((arrivals) => this.record(arrivals));
  }

  /** Every dossier as shown at `now`, in the order of `GET /v1/dossiers`. */
  list(now: Instant, filter: DossierFilter = {}): Dossier[] {
    const matches = (dossier: Dossier): boolean =>
      (filter.state === undefined || dossier.state === filter.state) &&
      (filter.timeliness === undefined || dossier.timeliness === filter.timeliness) &&
      (filter.agency === undefined || this.isWithin(dossier.resolvingAgency, filter.agency)) &&
      (filter.procedure === undefined || dossier.procedure === filter.procedure) &&
      (filter.channel === undefined || dossier.channel === filter.channel);
    return this.dossiers
      .map((recorded) => this.show(recorded, now))
      .filter(matches)
      .sort(compareListed);
  }

  /** One dossier as shown at `now`. */
  show(recorded: Recorded, now: Instant): Dossier {
    const state = recorded.stateAt(now);
    const { deadline } = state;
    return {
      source: recorded.source,
      code: recorded.code,
      procedure: state.procedure,
      domain: state.procedure === null ? null : this.procedure(state.procedure).domain,
      receivingAgency: state.receivingAgency,
      resolvingAgency: state.resolvingAgency,
      channel: state.channel,
      state: state.phase,
      timeliness: timelinessAt(state, recorded.calendar, now),
      submittedAt: instantOrNull(state.submittedAt),
      acceptedAt: instantOrNull(state.acceptedAt),
      dueOn: dayOrNull(deadline?.day ?? null),
      dueAt: instantOrNull(deadline?.instant ?? null),
      dueSource: state.dueSource,
      dueComputedOn: dayOrNull(state.dueComputedOn),
      dueMismatch: state.dueMismatch,
      overdueFrom: instantOrNull(deadline ? overdueFrom(deadline) : null),
      pausedSince: instantOrNull(state.pause?.since ?? null),
      pastDueWhilePaused: pastDueWhilePaused(state, now),
      resolvedAt: instantOrNull(state.resolvedAt),
      returnedAt: instantOrNull(state.returnedAt),
      extensionCount: state.extensionCount,
      supplementCount: state.supplementCount,
      score: state.score,
    };
  }

  /** The timeliness report, `asOf` these records. Throws when the period begins after that day. */
  report(query: ReportQuery): Report {
    const [from, to] = [parseDay(query.from), parseDay(query.to)];
    const today = dayOf(this.asOf);
    if (from > today || from > to) throw new Error('no such period');
    const cells = this.distinctCells();
    const inScope = (cell: Cell): boolean =>
      (query.agency === undefined || this.isWithin(cell.agency, query.agency)) &&
      (query.procedure === undefined || cell.procedure === query.procedure) &&
      (query.domain === undefined || this.procedure(cell.procedure).domain === query.domain) &&
      (query.channel === undefined || cell.channel === query.channel);

    const total = this.row(from, to, inScope);
    if (query.by === undefined) return { total, rows: [] };
    if (query.by === 'month') {
      const rows = monthsOf(from, Math.min(to, today)).map((month) => ({
        key: formatDay(month.from).slice(0, 7),
        ...this.row(month.from, month.to, inScope),
      }));
      return { total, rows };
    }
    const keyOf = this.keyOf(query, query.by);
    const keys = [...new Set(cells.filter(inScope).map(keyOf))].sort(compareBytes);
    const rows = keys.map((key) => ({
      key,
      ...this.row(from, to, (cell) => inScope(cell) && keyOf(cell) === key),
    }));
    return { total, rows };
  }

  /** Whether `agency` is `top` or anywhere below it. */
  isWithin(agency: string | null, top: string): boolean {
    return agency !== null && this.lineOf(agency).includes(top);
  }

  /** A dossier's own arrivals, told under the calendar that holds for it. */
  private record(arrivals: readonly Arrival[]): Recorded {
    const facts = standingFacts(arrivals);
    const calendar = this.calendarFor(facts);
    // stateAt is asked for thousands of instants; the fold over the same facts is the same state.
    const folded = new Map<number, State>();
    const stateAfter = (count: number): State => {
      const state = folded.get(count) ?? fold(facts.slice(0, count), this.context(calendar));
      folded.set(count, state);
      return state;
    };
    const first = arrivals[0]?.event;
    const last = stateAfter(facts.length);
    return {
      source: first?.source ?? '',
      code: first?.subject ?? '',
      facts,
      calendar,
      stateAt: (at) => stateAfter(facts.filter(({ time }) => time <= at).length),
      silent: last.phase === 'incomplete' ? [] : last.silent,
    };
  }

  /**
   * Open dossiers go by the newest calendar, closed ones keep the one in force when the closing event was
   * recorded. Whether a dossier is open does not depend on a calendar, so any will do to find out.
   */
  private calendarFor(facts: readonly Fact[]): ReferenceCalendar {
    const { closedBy } = fold(facts, this.context(this.calendarAt(this.asOf)));
    return this.calendarAt(closedBy?.recordedAt ?? this.asOf);
  }

  private calendarAt(recordedAt: Instant): ReferenceCalendar {
    const found = this.calendars.findLast(
      (version, index) => index === 0 || version.recordedAt <= recordedAt,
    );
    if (!found) throw new Error('a world needs a calendar');
    return found.calendar;
  }

  private context(calendar: ReferenceCalendar): FoldContext {
    return {
      calendar,
      calendarAt: (recordedAt) => this.calendarAt(recordedAt),
      procedure: (code) => this.procedure(code),
    };
  }

  private procedure(code: string): Procedure {
    const procedure = this.procedures.get(code);
    if (!procedure) throw new Error(`unknown procedure ${code}`);
    return procedure;
  }

  /** An agency and everything above it, itself first. */
  private lineOf(agency: string): string[] {
    const line: string[] = [];
    for (let at: string | undefined = agency; at !== undefined; at = this.parents.get(at)) line.push(at);
    return line;
  }

  private keyOf(query: ReportQuery, by: Exclude<ReportBy, 'month'>): (cell: Cell) => string {
    switch (by) {
      case 'procedure':
        return (cell) => cell.procedure;
      case 'domain':
        return (cell) => this.procedure(cell.procedure).domain;
      case 'channel':
        return (cell) => cell.channel;
      case 'agency':
        return (cell) => {
          const line = this.lineOf(cell.agency);
          const own = query.flat
            ? 0
            : query.agency === undefined
              ? line.length - 1
              : line.indexOf(query.agency) - 1;
          // Below zero: the agency asked for itself, a row of its own key.
          return line[Math.max(0, own)] ?? cell.agency;
        };
    }
  }

  private distinctCells(): Cell[] {
    const cells = this.statesAt(this.asOf).flatMap(({ flows }) => flows.map(({ cell }) => cell));
    return [...new Map(cells.map((cell) => [JSON.stringify(cell), cell])).values()];
  }

  /** Every dossier's state at an instant; kept, since the rows of a report ask for the same two instants. */
  private statesAt(at: Instant): readonly State[] {
    const states = this.asked.get(at) ?? this.dossiers.map((recorded) => recorded.stateAt(at));
    this.asked.set(at, states);
    return states;
  }

  /** One row, dossier by dossier: flows of the period, stocks at its two ends. */
  private row(from: Day, to: Day, counts: (cell: Cell) => boolean): Row {
    const begin = startOfDay(from);
    const end = Math.min(startOfDay(to + 1) - 1, this.asOf);
    const row = emptyRow();
    for (const state of this.statesAt(begin - 1)) if (openCell(state, counts)) row.carriedOver++;
    for (const [index, state] of this.statesAt(end).entries()) {
      const calendar = this.dossiers[index]?.calendar;
      if (!calendar) throw new Error('a state of no dossier');
      for (const flow of state.flows) if (flow.at >= begin && counts(flow.cell)) countFlow(row, flow);
      if (openCell(state, counts)) countOpen(row, state, calendar, end);
    }
    return { ...row, rates: ratesOf(row) };
  }
}

function openCell(state: State, counts: (cell: Cell) => boolean): boolean {
  if (state.phase !== 'running' && state.phase !== 'paused') return false;
  const { resolvingAgency: agency, procedure, channel } = state;
  return agency !== null && procedure !== null && channel !== null && counts({ agency, procedure, channel });
}

type Counts = Omit<Row, 'rates' | 'carriedOver' | 'reopened' | 'refused'> & {
  carriedOver: number;
  reopened: number;
  refused: number;
};

const emptyRow = (): Counts => ({
  carriedOver: 0,
  received: { total: 0, counter: 0, online: 0, post: 0 },
  reopened: 0,
  resolved: { total: 0, early: 0, onTime: 0, late: 0, noDueDate: 0 },
  closedOtherwise: { total: 0, refused: 0, withdrawn: 0, stopped: 0 },
  open: { total: 0, inTime: 0, overdue: 0, paused: 0, pausedPastDue: 0, noDueDate: 0 },
  refused: 0,
});

/** A row nothing counts in. */
export const ZERO_ROW: Row = { ...emptyRow(), rates: ratesOf(emptyRow()) };

const FIELD_OF = { early: 'early', 'on-time': 'onTime', late: 'late', 'no-due-date': 'noDueDate' } as const;

function countFlow(row: Counts, flow: Flow): void {
  switch (flow.kind) {
    case 'received':
      row.received.total++;
      row.received[flow.cell.channel]++;
      return;
    case 'reopened':
      row.reopened++;
      return;
    case 'refused':
      row.refused++;
      return;
    case 'resolved':
      row.resolved.total++;
      row.resolved[FIELD_OF[flow.as]]++;
      return;
    case 'closed-otherwise':
      row.closedOtherwise.total++;
      row.closedOtherwise[flow.as]++;
      return;
  }
}

function countOpen(row: Counts, state: State, calendar: ReferenceCalendar, at: Instant): void {
  row.open.total++;
  if (pastDueWhilePaused(state, at)) row.open.pausedPastDue++;
  switch (timelinessAt(state, calendar, at)) {
    case 'paused':
      row.open.paused++;
      return;
    case 'overdue':
      row.open.overdue++;
      return;
    case 'no-due-date':
      row.open.noDueDate++;
      return;
    default:
      row.open.inTime++;
  }
}

function ratesOf({ carriedOver, received, reopened, resolved, open }: Counts): Row['rates'] {
  const good = resolved.early + resolved.onTime;
  return {
    a: rate(good, good + resolved.late),
    b: rate(good, carriedOver + received.total + reopened),
    c: rate(
      good + open.inTime + open.paused - open.pausedPastDue,
      resolved.total - resolved.noDueDate + open.total - open.noDueDate,
    ),
    opencps: {
      percent:
        resolved.total === 0 ? 100 : Math.floor((100 * (resolved.total - resolved.late)) / resolved.total),
      numerator: resolved.total - resolved.late,
      denominator: resolved.total,
      small: resolved.total < 30,
    },
  };
}

/** Two decimals, half up, from whole numbers; what is below 100 % is never shown as 100. */
export function rate(numerator: number, denominator: number): Rate {
  const small = denominator < 30;
  if (denominator === 0) return { percent: null, numerator, denominator, small };
  const hundredths = Math.floor((20_000 * numerator + denominator) / (2 * denominator));
  const shown = numerator < denominator ? Math.min(hundredths, 9_999) : hundredths;
  return { percent: shown / 100, numerator, denominator, small };
}

/** The calendar months that touch from–to, each cut to it. */
function monthsOf(from: Day, to: Day): { from: Day; to: Day }[] {
  const months: { from: Day; to: Day }[] = [];
  for (let day = from; day <= to; day++) {
    const last = months.at(-1);
    const sameMonth = last && formatDay(last.from).slice(0, 7) === formatDay(day).slice(0, 7);
    if (sameMonth) last.to = day;
    else months.push({ from: day, to: day });
  }
  return months;
}

const instantOrNull = (instant: Instant | null): string | null =>
  instant === null ? null : formatInstant(instant);

/** (overdueFrom, source, code), bytewise, none last. All shown instants have one offset, so text order is time order. */
function compareListed(left: Dossier, right: Dossier): number {
  const [a, b] = [left.overdueFrom ?? '~', right.overdueFrom ?? '~'];
  return compareBytes(a, b) || compareBytes(left.source, right.source) || compareBytes(left.code, right.code);
}
