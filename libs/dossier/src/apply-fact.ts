import type { Calendar, Calendars } from './calendar.js';
import { beginPause, endPause, extend, limitEnd, putGiven, putLimit, warningOfLimit } from './deadline.js';
import type { Fact, FactData, OrdinaryFact } from './facts.js';
import { dayOf } from './instant.js';
import type { Instant } from './instant.js';
import { timeSpent } from './spent.js';
import { FEE, SUPPLEMENT } from './state.js';
import type { Clock, DossierState, Flow, Segment, Wait } from './state.js';

/** What an event did. */
export type Effect =
  | 'submitted'
  | 'accepted'
  | 'ended-before-acceptance'
  | 'noted'
  | 'paused'
  | 'reason-added'
  | 'reason-ended'
  | 'resumed'
  | 'extended'
  | 'resolved'
  | 'handed-over'
  | 'closed'
  | 'reopened'
  | 'rated'
  /** A request or its answer before acceptance: usual, and it does not touch the clock. */
  | 'clock-not-started';

/** Why an event did not fit and changed nothing. */
export const ANOMALIES = [
  'already-submitted',
  'already-accepted',
  'not-accepted',
  'already-closed',
  'not-closed',
  'already-requested',
  'not-requested',
  'already-returned',
] as const;
export type AnomalyCode = (typeof ANOMALIES)[number];
export type Outcome = Effect | AnomalyCode;

/** Ends the current stretch where status or deadline changed; stretches without length leave no trace. */
function mark(state: DossierState, at: Instant, status: Segment['status']): void {
  const { segments, overdueFrom } = state;
  if (segments.at(-1)?.from === at) segments.pop();
  const last = segments.at(-1);
  if (last?.status !== status || last.overdueFrom !== overdueFrom)
    segments.push({ from: at, status, overdueFrom });
}

const count = (state: DossierState, at: Instant, kind: Flow['kind']): void => {
  state.flows.push({ at, kind });
};

function submit(state: DossierState, fact: OrdinaryFact & { type: 'submitted' }): Outcome {
  if (state.acceptedAt !== null) return 'already-accepted';
  if (state.submittedAt !== null) return 'already-submitted';
  const { procedure, receivingAgency, channel } = fact.data;
  state.submittedAt = fact.time;
  state.procedure = procedure;
  state.receivingAgency = receivingAgency;
  state.resolvingAgency = receivingAgency;
  state.channel = channel;
  state.submittedCell = { agency: receivingAgency, procedure, channel };
  state.state = state.fold.ended ?? 'submitted';
  return 'submitted';
}

/** The clock starts with the acceptance of a complete dossier (Decree 61/2018 Art. 17(1)–(2)). */
function accept(
  state: DossierState,
  fact: OrdinaryFact & { type: 'accepted' },
  calendars: Calendars,
): Outcome {
  if (state.acceptedAt !== null) return 'already-accepted';
  const { time, data, rule } = fact;
  const agency = data.resolvingAgency ?? data.receivingAgency;
  const limit = data.limit ?? rule?.limit ?? null;
  state.acceptedAt = time;
  state.procedure = data.procedure;
  state.receivingAgency = data.receivingAgency;
  state.resolvingAgency = agency;
  state.channel = data.channel;
  state.cell = { agency, procedure: data.procedure, channel: data.channel };
  state.dueSource = data.dueAt !== undefined ? 'source' : data.limit ? 'event' : limit ? 'catalogue' : 'none';
  state.ours = state.dueSource === 'event' || state.dueSource === 'catalogue';
  const clock: Clock = {
    policy: rule?.pausePolicy ?? 'pause',
    limit,
    given: null,
    unrolled: null,
    warning: 0,
    awaiting: 0,
    pausedFrom: null,
    moves: false,
  };
  state.fold.clock = clock;

  if (limit !== null || data.dueAt !== undefined) {
    const calendar = calendarFor(state, fact, calendars);
    if (limit !== null) {
      const end = limitEnd(limit, time, calendar);
      state.dueComputedDay = end.day;
      if (data.dueAt === undefined) {
        clock.warning = warningOfLimit(limit, time, end, calendar);
        putLimit(state, clock, end, calendar);
      }
    }
    if (data.dueAt !== undefined) {
      putGiven(state, clock, data.dueAt, calendar);
      state.dueMismatch = state.dueComputedDay !== null && state.dueComputedDay !== state.dueDay;
    }
  }
  state.fold.ended = null;
  state.state = 'running';
  count(state, time, 'received');
  mark(state, time, 'running');
  return 'accepted';
}

const calendarFor = (state: DossierState, fact: Fact, calendars: Calendars): Calendar =>
  calendars.calendar(state.ours ? calendars.pinned : fact.calendarVersion);

const isOpen = (state: DossierState): boolean => state.state === 'running' || state.state === 'paused';

/** What keeps an event that needs an open dossier from acting. */
const notOpen = (state: DossierState): AnomalyCode =>
  state.acceptedAt === null ? 'not-accepted' : 'already-closed';

function request(state: DossierState, at: Instant, reason: Wait['reason']): Outcome {
  if (!isOpen(state)) return state.acceptedAt === null ? 'clock-not-started' : 'already-closed';
  const clock = state.fold.clock!;
  if (clock.awaiting & reason) return 'already-requested';
  if (reason === SUPPLEMENT) state.supplementCount += 1;
  clock.awaiting |= reason;
  state.waits.push({ reason, from: at, until: null });
  if (state.state === 'paused') return 'reason-added';
  beginPause(state, clock, at);
  state.state = 'paused';
  state.pausedSince = at;
  mark(state, at, 'paused');
  return 'paused';
}

/** Waits are shared with the state before, so an ended one is a new one. */
function endWaits(state: DossierState, until: Instant, reason?: Wait['reason']): void {
  state.waits = state.waits.map((wait) =>
    wait.until === null && (reason === undefined || wait.reason === reason) ? { ...wait, until } : wait,
  );
}

function answer(
  state: DossierState,
  fact: OrdinaryFact & { type: 'supplement-received' | 'fee-paid' },
  calendars: Calendars,
): Outcome {
  if (!isOpen(state)) return state.acceptedAt === null ? 'clock-not-started' : 'already-closed';
  const clock = state.fold.clock!;
  const reason = fact.type === 'fee-paid' ? FEE : SUPPLEMENT;
  if (!(clock.awaiting & reason)) return 'not-requested';
  const { time } = fact;
  const { newDueAt } = fact.data;
  const calendar = calendarFor(state, fact, calendars);
  clock.awaiting &= ~reason;
  endWaits(state, time, reason);
  if (clock.awaiting !== 0) {
    if (newDueAt !== undefined) {
      extend(state, clock, time, newDueAt, calendar);
      mark(state, time, 'paused');
    }
    return 'reason-ended';
  }
  endPause(state, clock, time, newDueAt, calendar);
  state.state = 'running';
  state.pausedSince = null;
  mark(state, time, 'running');
  return 'resumed';
}

/** Closing ends a pause like a resumption at that instant. */
function close(
  state: DossierState,
  fact: OrdinaryFact,
  as: 'resolved' | 'refused' | 'withdrawn' | 'stopped',
  calendars: Calendars,
): void {
  const { time } = fact;
  const clock = state.fold.clock!;
  if (state.state === 'paused') {
    clock.awaiting = 0;
    endWaits(state, time);
    endPause(state, clock, time, undefined, calendarFor(state, fact, calendars));
    state.pausedSince = null;
  }
  state.state = as;
  state.closedBy = fact.id;
  if (as === 'resolved') {
    state.resolvedAt = time;
    const spent = timeSpent(state, time, calendarFor(state, fact, calendars));
    state.flows.push({ at: time, kind: resolutionOf(state, time), spent });
  } else {
    count(
      state,
      time,
      as === 'refused' ? 'closedRefused' : as === 'withdrawn' ? 'closedWithdrawn' : 'closedStopped',
    );
  }
  mark(state, time, 'closed');
}

/** Shorter than, equal to or longer than the limit (Circular 01/2018/TT-VPCP Art. 13(1)), by civil day. */
function resolutionOf(state: DossierState, at: Instant): Flow['kind'] {
  if (state.overdueFrom === null) return 'resolvedNoDueDate';
  if (at >= state.overdueFrom) return 'resolvedLate';
  return dayOf(at) < state.dueDay! ? 'resolvedEarly' : 'resolvedOnTime';
}

function endBeforeAcceptance(
  state: DossierState,
  fact: OrdinaryFact,
  as: NonNullable<DossierState['fold']['ended']>,
): Outcome {
  if (state.fold.ended !== null) return 'already-closed';
  state.fold.ended = as;
  // Nothing may have been submitted yet; then it stays incomplete until that is known.
  if (state.submittedAt !== null) state.state = as;
  if (as === 'refused') count(state, fact.time, 'refused');
  return 'ended-before-acceptance';
}

function reopen(
  state: DossierState,
  fact: OrdinaryFact & { type: 'reopened' },
  calendars: Calendars,
): Outcome {
  if (state.acceptedAt === null) return 'not-accepted';
  if (isOpen(state)) return 'not-closed';
  const { time, data } = fact;
  state.state = 'running';
  state.resolvedAt = null;
  state.returnedAt = null;
  state.closedBy = null;
  if (data.newDueAt !== undefined)
    putGiven(state, state.fold.clock!, data.newDueAt, calendarFor(state, fact, calendars));
  count(state, time, 'reopened');
  mark(state, time, 'running');
  return 'reopened';
}

function handOver(state: DossierState, fact: OrdinaryFact, calendars: Calendars): Outcome {
  if (isOpen(state)) {
    close(state, fact, 'resolved', calendars);
    state.returnedAt = fact.time;
    return 'resolved';
  }
  if (state.state !== 'resolved') return notOpen(state);
  if (state.returnedAt !== null) return 'already-returned';
  state.returnedAt = fact.time;
  return 'handed-over';
}

function extension(
  state: DossierState,
  time: Instant,
  data: FactData['extended'],
  calendar: () => Calendar,
): Outcome {
  if (!isOpen(state)) return notOpen(state);
  state.extensionCount += 1;
  extend(state, state.fold.clock!, time, data.newDueAt, calendar());
  mark(state, time, state.state === 'paused' ? 'paused' : 'running');
  return 'extended';
}

/**
 * Lets one fact act on the dossier, which it changes; facts come in their order. What does not fit
 * changes nothing at all.
 */
export function applyFact(state: DossierState, fact: OrdinaryFact, calendars: Calendars): Outcome {
  switch (fact.type) {
    case 'submitted':
      return submit(state, fact);
    case 'accepted':
      return accept(state, fact, calendars);
    case 'stage-entered':
      return 'noted';
    case 'supplement-requested':
      return request(state, fact.time, SUPPLEMENT);
    case 'fee-requested':
      return request(state, fact.time, FEE);
    case 'supplement-received':
    case 'fee-paid':
      return answer(state, fact, calendars);
    case 'extended':
      return extension(state, fact.time, fact.data, () => calendarFor(state, fact, calendars));
    case 'resolved':
      if (!isOpen(state)) return notOpen(state);
      close(state, fact, 'resolved', calendars);
      return 'resolved';
    case 'returned':
      return handOver(state, fact, calendars);
    case 'refused':
    case 'withdrawn':
    case 'stopped':
      if (state.acceptedAt === null) return endBeforeAcceptance(state, fact, fact.type);
      if (!isOpen(state)) return 'already-closed';
      close(state, fact, fact.type, calendars);
      return 'closed';
    case 'reopened':
      return reopen(state, fact, calendars);
    case 'rated':
      state.score = fact.data.score;
      return 'rated';
  }
}
