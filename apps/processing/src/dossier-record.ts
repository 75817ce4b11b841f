import {
  advance,
  announcementsOf,
  type DossierState,
  type Fact,
  fold,
  type Instant,
  stoodOverdue,
} from '#libs/dossier';
import type { Catalogue } from '#libs/store';

export type TimerKind = 'due-soon' | 'overdue';

/** Something that time alone will bring, and when to say so. */
export interface TimerSpec {
  kind: TimerKind;
  at: Instant;
  /** First millisecond after the deadline it speaks of. */
  deadline: Instant;
  /** The deadline had passed before it became known: wait until things are quiet. */
  settling: boolean;
}

/** What processing keeps of a dossier (column `record`). Everything but `state` is fact, not derived. */
export interface DossierRecord {
  state: DossierState;
  /** Event ids in order of arrival. */
  ids: string[];
  /** When the last step was recorded; strictly increasing. */
  recordedAt: Instant;
  /** Calendar edits that reached it while open: when, and which version. */
  moves: [Instant, number][];
  /** When the deadline now in force became known. */
  deadlineKnownAt: Instant;
  /** Timers as last written to the table; one that is gone from there has been announced. */
  timers: TimerSpec[];
  /** What has been announced, by kind and deadline; each comes once. */
  announced: [TimerKind | 'overdue-withdrawn', Instant][];
}

/** One step of a dossier's history: what was recorded together, and when. */
export interface Step {
  recordedAt: Instant;
  facts: Fact[];
  /** What it was part of, for those who follow a request through the logs (`traceparent`). */
  trace?: string | undefined;
}

/** An empty record, before the first step. */
export const emptyRecord = (): Omit<DossierRecord, 'state'> & { state: DossierState | undefined } => ({
  state: undefined,
  ids: [],
  recordedAt: 0,
  moves: [],
  deadlineKnownAt: 0,
  timers: [],
  announced: [],
});

/** The state is open: its clock runs or is paused. */
export const isOpen = (state: DossierState): boolean => state.state === 'running' || state.state === 'paused';

/**
 * State after a step. Open dossiers whose limit is ours go by the calendar in force at the step; a closed one
 * by the calendar that was in force when the event that closed it was recorded.
 *
 * `history` gives all facts up to and including the step; it is asked for only where the step cannot
 * be taken incrementally, and may return undefined to say "load it first".
 */
export function takeStep(
  before: DossierState | undefined,
  step: Step,
  catalogue: Catalogue,
  history: () => readonly Fact[] | undefined,
): DossierState | undefined {
  const current = catalogue.calendarVersionAt(step.recordedAt);
  const { calendar } = catalogue;
  if (!before) return fold(step.facts, { pinned: current, calendar });

  const kept = isOpen(before) || before.closedBy === null ? current : before.calendarVersion;
  const next = advance(before, step.facts, { pinned: kept, calendar });
  if (next && (kept === current || next.closedBy === before.closedBy)) return next;

  const facts = history();
  if (!facts) return undefined;
  const anew = fold(facts, { pinned: current, calendar });
  // It may have been closed long ago and only be seen now, e.g. when a reopening is taken back.
  const closing = facts.find(({ id }) => id === anew.closedBy);
  return closing === undefined || closing.calendarVersion === current
    ? anew
    : fold(facts, { pinned: closing.calendarVersion, calendar });
}

/** Timers that ought to stand for the state, whatever has been announced. */
export function timersFor(
  state: DossierState,
  known: Pick<DossierRecord, 'deadlineKnownAt' | 'recordedAt'>,
  settleMs: number,
): TimerSpec[] {
  const { deadline, dueSoonAt, overdueAt } = announcementsOf(state);
  if (deadline === null || overdueAt === null) return [];
  if (deadline <= known.deadlineKnownAt) {
    return [{ kind: 'overdue', at: known.recordedAt + settleMs, deadline, settling: true }];
  }
  // What was true before it became known can only be said from then on.
  const from = (at: Instant) => Math.max(at, known.recordedAt);
  const timers: TimerSpec[] = [{ kind: 'overdue', at: from(overdueAt), deadline, settling: false }];
  if (dueSoonAt !== null) timers.push({ kind: 'due-soon', at: from(dueSoonAt), deadline, settling: false });
  return timers;
}

export const sameTimer = (a: TimerSpec, b: TimerSpec): boolean =>
  a.at === b.at && a.kind === b.kind && a.deadline === b.deadline && a.settling === b.settling;

/** Announced deadlines that turn out never to have been missed. */
export function withdrawals(record: DossierRecord, now: Instant): Instant[] {
  const said = (kind: string, deadline: Instant) =>
    record.announced.some(([announcedKind, announced]) => announcedKind === kind && announced === deadline);
  return record.announced
    .filter(
      ([kind, deadline]) =>
        kind === 'overdue' &&
        !said('overdue-withdrawn', deadline) &&
        !stoodOverdue(record.state, deadline, now),
    )
    .map(([, deadline]) => deadline);
}
