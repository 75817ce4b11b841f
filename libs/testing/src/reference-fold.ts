import {
  addMonths,
  dayOf,
  formatDay,
  HOUR_MS,
  parseDay,
  parseInstant,
  startOfDay,
  type Day,
  type Instant,
  type ReferenceCalendar,
} from './reference-calendar.js';
import type { Channel, Fact, Limit } from './reference-events.js';

/**
 * What a dossier's standing facts mean: contract §4, told once from the first fact to the last.
 *
 * A state at an earlier instant is the same fold over the facts up to that instant; nothing is undone or
 * patched here.
 */

/** One procedure of `PUT /v1/catalogue/procedures`. */
export interface Procedure {
  readonly code: string;
  readonly name: string;
  readonly domain: string;
  readonly pausePolicy?: PausePolicy;
  readonly limits: readonly ProcedureLimit[];
}

export type PausePolicy = 'pause' | 'restart' | 'none';

export interface ProcedureLimit {
  readonly channel?: Channel;
  readonly statutory: Limit;
  readonly committed?: Limit;
  readonly validFrom?: string;
}

export interface FoldContext {
  /** The calendar the dossier's deadline is computed with. */
  readonly calendar: ReferenceCalendar;
  /** The calendar in force at an instant of recording. */
  calendarAt(recordedAt: Instant): ReferenceCalendar;
  procedure(code: string): Procedure;
}

export type Phase =
  'incomplete' | 'submitted' | 'running' | 'paused' | 'resolved' | 'refused' | 'withdrawn' | 'stopped';

export type ResolvedClass = 'early' | 'on-time' | 'late' | 'no-due-date';
export type OpenClass = 'paused' | 'overdue' | 'due-soon' | 'in-time' | 'no-due-date';
export type Timeliness = ResolvedClass | OpenClass;

export type ClosedBy = 'refused' | 'withdrawn' | 'stopped';

/** Where a figure counts. */
export interface Cell {
  readonly agency: string;
  readonly procedure: string;
  readonly channel: Channel;
}

/** Something that happened and is counted in the period in which it happened. */
export type Flow = { readonly at: Instant; readonly cell: Cell } & (
  | { readonly kind: 'received' | 'reopened' | 'refused' }
  | { readonly kind: 'resolved'; readonly as: ResolvedClass }
  | { readonly kind: 'closed-otherwise'; readonly as: ClosedBy }
);

/** A limit, or what stands for one when a date was given. */
type FullLimit = Limit | { readonly unit: 'given-days'; readonly amount: number } | SessionLimit;
interface SessionLimit {
  readonly unit: 'sessions';
  readonly ms: number;
}

/** A deadline in force. */
export interface Deadline {
  /** The civil day of the deadline. */
  readonly day: Day;
  /** The exact instant, for a dossier whose limit is in working hours. */
  readonly instant: Instant | null;
  /** Calendar-day and month limits: the due day before rolling forward. */
  readonly unrolled: Day | null;
  readonly full: FullLimit;
  /** Working days before the due day at which "due soon" begins. */
  readonly soonDays: number;
}

/** A pause that is on. */
interface Pause {
  /** When the dossier was paused. */
  readonly since: Instant;
  /** Where the deadline reckons it from: `since`, or an extension during the pause. */
  readonly from: Instant;
  /** Whether the deadline had not passed at `from`. */
  readonly moves: boolean;
  readonly reasons: ReadonlySet<'supplement' | 'fee'>;
}

export interface State {
  readonly phase: Phase;
  readonly accepted: boolean;
  readonly procedure: string | null;
  readonly receivingAgency: string | null;
  readonly resolvingAgency: string | null;
  readonly channel: Channel | null;
  readonly submittedAt: Instant | null;
  readonly acceptedAt: Instant | null;
  readonly resolvedAt: Instant | null;
  readonly returnedAt: Instant | null;
  readonly resolvedAs: ResolvedClass | null;
  readonly closedBy: Fact | null;
  readonly dueSource: 'source' | 'event' | 'catalogue' | 'none' | null;
  readonly dueComputedOn: Day | null;
  readonly dueMismatch: boolean;
  readonly hourLimit: boolean;
  readonly deadline: Deadline | null;
  readonly pause: Pause | null;
  readonly extensionCount: number;
  readonly supplementCount: number;
  readonly score: number | null;
  readonly flows: readonly Flow[];
  /** Ids of events that must be listed as anomalies; others that had no effect may be. */
  readonly anomalies: readonly string[];
  /** Situations on which the contract is silent; the reading taken is in {@link SILENT}. */
  readonly silent: readonly SilentCase[];
}

/** What the contract leaves open, with the reading this model takes. */
export const SILENT = {
  'submitted-again': 'a second `submitted` before acceptance changes nothing',
  'closed-unknown': 'refused, withdrawn or stopped before anything made the dossier known changes nothing',
  'closed-again': 'a second refused, withdrawn or stopped before acceptance changes nothing',
  'returned-again': 'of several `returned` while closed the first counts',
  'restart-of-nothing': 'restart of a given date with no working day in it: as a limit of 0 working days',
} as const;

export type SilentCase = keyof typeof SILENT;

/** A dossier of which nothing is known. */
export const UNKNOWN: State = {
  phase: 'incomplete',
  accepted: false,
  procedure: null,
  receivingAgency: null,
  resolvingAgency: null,
  channel: null,
  submittedAt: null,
  acceptedAt: null,
  resolvedAt: null,
  returnedAt: null,
  resolvedAs: null,
  closedBy: null,
  dueSource: null,
  dueComputedOn: null,
  dueMismatch: false,
  hourLimit: false,
  deadline: null,
  pause: null,
  extensionCount: 0,
  supplementCount: 0,
  score: null,
  flows: [],
  anomalies: [],
  silent: [],
};

/** The state after `facts`, which are in order. */
export const fold = (facts: readonly Fact[], context: FoldContext): State =>
  facts.reduce((state, fact) => apply(state, fact, context), UNKNOWN);

/** The first millisecond after the deadline. */
export const overdueFrom = (deadline: Deadline): Instant =>
  deadline.instant === null ? startOfDay(deadline.day + 1) : deadline.instant + 1;

/** The class of a state at `now`. The state must hold no fact later than `now`. */
export function timelinessAt(state: State, calendar: ReferenceCalendar, now: Instant): Timeliness | null {
  if (state.phase === 'resolved') return state.resolvedAs;
  if (state.phase === 'paused') return 'paused';
  if (state.phase !== 'running') return null;
  const { deadline } = state;
  if (!deadline) return 'no-due-date';
  if (now >= overdueFrom(deadline)) return 'overdue';
  return now >= dueSoonFrom(deadline, calendar) ? 'due-soon' : 'in-time';
}

/** Paused, and the deadline as it stands has passed. */
export const pastDueWhilePaused = (state: State, now: Instant): boolean =>
  state.phase === 'paused' && state.deadline !== null && now >= overdueFrom(state.deadline);

/** When "due soon" begins, which may be before the acceptance. */
export function dueSoonFrom(deadline: Deadline, calendar: ReferenceCalendar): Instant {
  if (deadline.instant === null || deadline.full.unit !== 'sessions') {
    return startOfDay(calendar.workingDayBefore(deadline.day, deadline.soonDays));
  }
  // 20 % of whole milliseconds: the earliest instant is where no more than the whole part is left.
  return calendar.whenLeftIs(deadline.instant, Math.floor(deadline.full.ms / 5));
}

function apply(state: State, fact: Fact, context: FoldContext): State {
  switch (fact.type) {
    case 'submitted':
      return submitted(state, fact);
    case 'accepted':
      return accepted(state, fact, context);
    case 'refused':
    case 'withdrawn':
    case 'stopped':
      return closedOtherwise(state, fact, fact.type, context);
    case 'supplement-requested':
      return requested(state, fact, 'supplement');
    case 'fee-requested':
      return requested(state, fact, 'fee');
    case 'supplement-received':
      return ended(state, fact, 'supplement', context);
    case 'fee-paid':
      return ended(state, fact, 'fee', context);
    case 'extended':
      return isOpen(state)
        ? { ...replaceDeadline(state, fact, context), extensionCount: state.extensionCount + 1 }
        : anomaly(state, fact);
    case 'resolved':
      return isOpen(state) ? resolve(state, fact, context) : anomaly(state, fact);
    case 'returned':
      return returned(state, fact, context);
    case 'reopened':
      return reopened(state, fact, context);
    case 'rated':
      return { ...state, score: fact.data.score ?? null };
    case 'stage-entered':
      return state;
  }
}

const isOpen = (state: State): boolean => state.phase === 'running' || state.phase === 'paused';

const anomaly = (state: State, fact: Fact): State => ({
  ...state,
  anomalies: [...state.anomalies, fact.id],
});

const silently = (state: State, which: SilentCase): State => ({ ...state, silent: [...state.silent, which] });

const flowing = (state: State, flow: Flow): State => ({ ...state, flows: [...state.flows, flow] });

function cellOf(state: State): Cell {
  const { resolvingAgency, procedure, channel } = state;
  if (resolvingAgency === null || procedure === null || channel === null) throw new Error('no cell');
  return { agency: resolvingAgency, procedure, channel };
}

function submitted(state: State, fact: Fact): State {
  if (state.accepted) return state;
  if (state.phase !== 'incomplete') return silently(state, 'submitted-again');
  const { procedure = null, receivingAgency = null, channel = null } = fact.data;
  return {
    ...state,
    phase: 'submitted',
    procedure,
    receivingAgency,
    resolvingAgency: receivingAgency,
    channel,
    submittedAt: fact.time,
  };
}

function accepted(state: State, fact: Fact, context: FoldContext): State {
  if (state.accepted) return anomaly(state, fact);
  const { procedure, receivingAgency, channel, limit, dueAt } = fact.data;
  if (!procedure || !receivingAgency || !channel) throw new Error('accepted without its data');
  const ours = limit ?? catalogueLimit(context.procedure(procedure), channel, dayOf(fact.time));
  const hourLimit = ours?.unit === 'working-hours';
  const known: State = {
    ...state,
    phase: 'running',
    accepted: true,
    procedure,
    receivingAgency,
    resolvingAgency: fact.data.resolvingAgency ?? receivingAgency,
    channel,
    acceptedAt: fact.time,
    hourLimit,
    dueSource: dueAt ? 'source' : limit ? 'event' : ours ? 'catalogue' : 'none',
  };
  const received = flowing(known, { kind: 'received', at: fact.time, cell: cellOf(known) });
  if (dueAt) {
    // "Set against it at acceptance and kept": with the calendar of then, whatever is edited later.
    const computed = ours ? fromLimit(ours, fact.time, context.calendarAt(fact.recordedAt)).day : null;
    const deadline = given(received, parseInstant(dueAt), context);
    return {
      ...received,
      deadline,
      dueComputedOn: computed,
      dueMismatch: computed !== null && computed !== deadline.day,
    };
  }
  if (!ours) return received;
  const deadline = fromLimit(ours, fact.time, context.calendar);
  return { ...received, deadline, dueComputedOn: deadline.day };
}

/** One for the channel before a general one; among those the latest that is valid on `day`. */
function catalogueLimit(procedure: Procedure, channel: Channel, day: Day): Limit | null {
  const began = (limit: ProcedureLimit): Day =>
    limit.validFrom === undefined ? -Infinity : parseDay(limit.validFrom);
  const valid = procedure.limits.filter((limit) => began(limit) <= day);
  const own = valid.filter((limit) => limit.channel === channel);
  const general = valid.filter((limit) => limit.channel === undefined);
  const latest = (own.length > 0 ? own : general).toSorted((a, b) => (began(a) < began(b) ? -1 : 1)).at(-1);
  return latest ? (latest.committed ?? latest.statutory) : null;
}

/** The deadline a limit gives from `at` on. */
function fromLimit(limit: Limit, at: Instant, calendar: ReferenceCalendar): Deadline {
  if (limit.unit === 'working-hours') {
    const ms = limit.amount * HOUR_MS;
    const instant = calendar.afterSessionTime(at, ms);
    return {
      day: dayOf(instant),
      instant,
      unrolled: null,
      full: { unit: 'sessions', ms },
      soonDays: 0,
    };
  }
  const { day, unrolled } = dueDay(limit, dayOf(at), calendar);
  const length = limit.unit === 'working-days' ? limit.amount : calendar.workingDaysIn(dayOf(at), day);
  return { day, instant: null, unrolled, full: limit, soonDays: soonDaysOf(length) };
}

function dueDay(limit: Limit, from: Day, calendar: ReferenceCalendar): { day: Day; unrolled: Day | null } {
  if (limit.unit === 'working-days') {
    const day =
      limit.amount === 0 ? calendar.rollForward(from) : calendar.workingDayAfter(from, limit.amount);
    return { day, unrolled: null };
  }
  const unrolled = limit.unit === 'months' ? addMonths(from, limit.amount) : from + limit.amount;
  return { day: calendar.rollForward(unrolled), unrolled };
}

/** max(1, a fifth rounded up), in whole numbers: 0.2 × 15 is not 3 in floating point. */
const soonDaysOf = (workingDays: number): number => Math.max(1, Math.floor((workingDays + 4) / 5));

/** The deadline a given date makes for this dossier. */
function given(state: State, at: Instant, { calendar }: FoldContext): Deadline {
  const acceptedAt = state.acceptedAt ?? at;
  if (state.hourLimit) {
    const ms = calendar.sessionTime(acceptedAt, at);
    return { day: dayOf(at), instant: at, unrolled: null, full: { unit: 'sessions', ms }, soonDays: 0 };
  }
  const amount = calendar.workingDaysIn(dayOf(acceptedAt), dayOf(at));
  return {
    day: dayOf(at),
    instant: null,
    unrolled: null,
    full: { unit: 'given-days', amount },
    soonDays: soonDaysOf(amount),
  };
}

const hasPassed = (deadline: Deadline | null, at: Instant): boolean =>
  deadline !== null && at >= overdueFrom(deadline);

/** `extended`, and a `newDueAt` that comes while the other reason is outstanding. */
function replaceDeadline(state: State, fact: Fact, context: FoldContext): State {
  if (fact.data.newDueAt === undefined) return state;
  const deadline = given(state, parseInstant(fact.data.newDueAt), context);
  if (!state.pause) return { ...state, deadline };
  const pause = { ...state.pause, from: fact.time, moves: !hasPassed(deadline, fact.time) };
  return { ...state, deadline, pause };
}

function requested(state: State, fact: Fact, reason: 'supplement' | 'fee'): State {
  if (!isOpen(state)) return state;
  if (state.pause?.reasons.has(reason)) return anomaly(state, fact);
  const pause: Pause = state.pause
    ? { ...state.pause, reasons: new Set([...state.pause.reasons, reason]) }
    : {
        since: fact.time,
        from: fact.time,
        moves: !hasPassed(state.deadline, fact.time),
        reasons: new Set([reason]),
      };
  const supplementCount = state.supplementCount + (reason === 'supplement' ? 1 : 0);
  return { ...state, phase: 'paused', pause, supplementCount };
}

function ended(state: State, fact: Fact, reason: 'supplement' | 'fee', context: FoldContext): State {
  if (!isOpen(state)) return state;
  if (!state.pause?.reasons.has(reason)) return anomaly(state, fact);
  const reasons = new Set([...state.pause.reasons].filter((other) => other !== reason));
  if (reasons.size > 0) {
    return replaceDeadline({ ...state, pause: { ...state.pause, reasons } }, fact, context);
  }
  if (fact.data.newDueAt === undefined) return resume(state, fact.time, context);
  return replaceDeadline({ ...state, phase: 'running', pause: null }, fact, context);
}

/** The pause ends at `at` and moves the deadline as the procedure's policy says. */
function resume(state: State, at: Instant, context: FoldContext): State {
  const { pause, deadline } = state;
  if (!pause) return state;
  const running: State = { ...state, phase: 'running', pause: null };
  if (!deadline || !pause.moves) return running;
  const policy = context.procedure(state.procedure ?? '').pausePolicy ?? 'pause';
  switch (policy) {
    case 'none':
      return running;
    case 'restart':
      return restart(running, deadline, at, context.calendar);
    case 'pause':
      return { ...running, deadline: moved(deadline, pause.from, at, context.calendar) };
  }
}

function moved(deadline: Deadline, from: Instant, to: Instant, calendar: ReferenceCalendar): Deadline {
  if (deadline.instant !== null) {
    const left = calendar.sessionTime(from, deadline.instant);
    const instant = calendar.afterSessionTime(to, left);
    return { ...deadline, instant, day: dayOf(instant) };
  }
  const [P, R] = [dayOf(from), dayOf(to)];
  if (deadline.unrolled !== null) {
    const unrolled = deadline.unrolled + (R - P);
    return { ...deadline, unrolled, day: calendar.rollForward(unrolled) };
  }
  return { ...deadline, day: calendar.workingDayAfter(deadline.day, calendar.workingDaysIn(P, R)) };
}

function restart(state: State, deadline: Deadline, at: Instant, calendar: ReferenceCalendar): State {
  const { full } = deadline;
  if (full.unit === 'sessions') {
    const instant = calendar.afterSessionTime(at, full.ms);
    return { ...state, deadline: { ...deadline, instant, day: dayOf(instant) } };
  }
  const limit: Limit = full.unit === 'given-days' ? { unit: 'working-days', amount: full.amount } : full;
  const restarted = { ...state, deadline: { ...deadline, ...dueDay(limit, dayOf(at), calendar) } };
  const open = full.unit === 'given-days' && full.amount === 0 && !calendar.isWorking(dayOf(at));
  return open ? silently(restarted, 'restart-of-nothing') : restarted;
}

function resolve(state: State, fact: Fact, context: FoldContext): State {
  const resumed = resume(state, fact.time, context);
  const resolvedAs = resolvedClass(resumed.deadline, fact.time);
  return flowing(
    { ...resumed, phase: 'resolved', resolvedAt: fact.time, resolvedAs, closedBy: fact },
    { kind: 'resolved', at: fact.time, cell: cellOf(resumed), as: resolvedAs },
  );
}

function resolvedClass(deadline: Deadline | null, at: Instant): ResolvedClass {
  if (!deadline) return 'no-due-date';
  if (hasPassed(deadline, at)) return 'late';
  return dayOf(at) < deadline.day ? 'early' : 'on-time';
}

function returned(state: State, fact: Fact, context: FoldContext): State {
  if (isOpen(state)) return { ...resolve(state, fact, context), returnedAt: fact.time };
  if (state.phase !== 'resolved') return state;
  if (state.returnedAt !== null) return silently(state, 'returned-again');
  return { ...state, returnedAt: fact.time };
}

function closedOtherwise(state: State, fact: Fact, as: ClosedBy, context: FoldContext): State {
  if (isOpen(state)) {
    const resumed = resume(state, fact.time, context);
    return flowing(
      { ...resumed, phase: as, closedBy: fact },
      { kind: 'closed-otherwise', at: fact.time, cell: cellOf(resumed), as },
    );
  }
  if (state.accepted) return anomaly(state, fact);
  if (state.phase === 'incomplete') return silently(state, 'closed-unknown');
  if (state.phase !== 'submitted') return silently(state, 'closed-again');
  const closed: State = { ...state, phase: as };
  return as === 'refused' ? flowing(closed, { kind: 'refused', at: fact.time, cell: cellOf(state) }) : closed;
}

function reopened(state: State, fact: Fact, context: FoldContext): State {
  if (!state.accepted || isOpen(state)) return anomaly(state, fact);
  const open: State = {
    ...state,
    phase: 'running',
    resolvedAt: null,
    returnedAt: null,
    resolvedAs: null,
    closedBy: null,
  };
  return flowing(replaceDeadline(open, fact, context), {
    kind: 'reopened',
    at: fact.time,
    cell: cellOf(state),
  });
}

/** A day as the contract shows it, or null. */
export const dayOrNull = (day: Day | null): string | null => (day === null ? null : formatDay(day));
