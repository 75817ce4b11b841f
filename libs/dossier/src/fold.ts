import { compareFacts, effectiveFacts, isAmendment, withoutDuplicates } from './amendments.js';
import { applyFact } from './apply-fact.js';
import type { Outcome } from './apply-fact.js';
import type { Calendars } from './calendar.js';
import type { Fact, OrdinaryFact } from './facts.js';
import type { DossierState } from './state.js';

function emptyState(pinned: number): DossierState {
  return {
    state: 'incomplete',
    procedure: null,
    receivingAgency: null,
    resolvingAgency: null,
    channel: null,
    submittedAt: null,
    acceptedAt: null,
    dueDay: null,
    dueAt: null,
    dueSource: null,
    dueComputedDay: null,
    dueMismatch: false,
    dueSoonFrom: null,
    overdueFrom: null,
    pausedSince: null,
    resolvedAt: null,
    returnedAt: null,
    extensionCount: 0,
    supplementCount: 0,
    score: null,
    cell: null,
    submittedCell: null,
    segments: [],
    flows: [],
    waits: [],
    calendarVersion: pinned,
    ours: false,
    closedBy: null,
    fold: { last: null, amended: false, ended: null, clock: null },
  };
}

/** Called after each fact with what it did; the state is the running one and must not be kept. */
export type Observer = (fact: OrdinaryFact, outcome: Outcome, state: Readonly<DossierState>) => void;

/**
 * Folds a whole history: any order, any repetition gives the same dossier; of several facts with one id
 * the first given counts. Pure; instants are absolute, civil days those of Asia/Ho_Chi_Minh.
 * @throws whatever `calendars.calendar` throws for a version it does not have
 */
export function fold(facts: readonly Fact[], calendars: Calendars, observe?: Observer): DossierState {
  const state = emptyState(calendars.pinned);
  const history = withoutDuplicates(facts).sort(compareFacts);
  const newest = history.at(-1);
  if (newest) state.fold.last = [newest.time, newest.sequence, newest.id];
  state.fold.amended = history.some(isAmendment);
  const effective = state.fold.amended
    ? effectiveFacts(history)
        .filter(({ status }) => status === 'in-force' || status === 'corrected')
        .map(({ fact }) => fact)
    : history;
  for (const fact of effective) {
    if (isAmendment(fact)) continue;
    const outcome = applyFact(state, fact, calendars);
    observe?.(fact, outcome, state);
  }
  return state;
}

/**
 * Continues a fold with facts that come after all folded so far and are not among them. Gives exactly
 * what `fold` over everything would, or undefined where only that is right: corrections and
 * retractions, facts that belong further back, a deadline of ours under another calendar.
 * `state` is left as it was.
 */
export function advance(
  state: DossierState,
  newFacts: readonly Fact[],
  calendars: Calendars,
): DossierState | undefined {
  if (state.fold.amended) return undefined;
  // Folded by a version that did not keep them: they are in the history only.
  if ((state.waits as DossierState['waits'] | undefined) === undefined) return undefined;
  if (state.ours && state.calendarVersion !== calendars.pinned) return undefined;
  const facts = newFacts.length > 1 ? withoutDuplicates(newFacts).sort(compareFacts) : newFacts;
  const { last, clock } = state.fold;
  const first = facts[0];
  if (first && last && compareFacts({ time: last[0], sequence: last[1], id: last[2] }, first) >= 0)
    return undefined;
  if (facts.some(isAmendment)) return undefined;

  const next: DossierState = {
    ...state,
    segments: state.segments.slice(),
    flows: state.flows.slice(),
    waits: state.waits.slice(),
    calendarVersion: calendars.pinned,
    fold: { ...state.fold, clock: clock && { ...clock } },
  };
  for (const fact of facts) if (!isAmendment(fact)) applyFact(next, fact, calendars);
  const newest = facts.at(-1);
  if (newest) next.fold.last = [newest.time, newest.sequence, newest.id];
  return next;
}
