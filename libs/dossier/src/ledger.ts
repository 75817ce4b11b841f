import type { Instant } from './instant.js';
import type { DossierState, Flow } from './state.js';

/** What the ledger counts. An index is stored, so the order is for good; new ones go to the end. */
export const MEASURES = [
  'receivedCounter',
  'receivedOnline',
  'receivedPost',
  'reopened',
  'resolvedEarly',
  'resolvedOnTime',
  'resolvedLate',
  'resolvedNoDueDate',
  'closedRefused',
  'closedWithdrawn',
  'closedStopped',
  'refused',
  'inTime',
  'overdue',
  'paused',
  'pausedPastDue',
  'noDueDate',
] as const;
export type Measure = (typeof MEASURES)[number];

/** A change of one figure by `delta` from `at` on. */
export interface Entry {
  at: Instant;
  /** Index into `MEASURES`. */
  measure: number;
  delta: number;
  /** Whether it counts where the dossier is resolved or, before acceptance, where it was submitted. */
  cell: 'resolving' | 'submitted';
}

const INDEX = Object.fromEntries(MEASURES.map((measure, i) => [measure, i])) as Record<Measure, number>;
const RECEIVED = { counter: INDEX.receivedCounter, online: INDEX.receivedOnline, post: INDEX.receivedPost };

function measureOf(flow: Flow, state: DossierState): number {
  return flow.kind === 'received' ? RECEIVED[state.cell!.channel] : INDEX[flow.kind];
}

/**
 * Everything the dossier adds to the figures, past and future, netted and sorted by (at, measure):
 * flows at their instant, stocks as +1 where a class begins and −1 where it ends. What time alone will
 * change is in it with an instant to come, so a figure at T is the sum of the entries with at ≤ T.
 * At every instant received + reopened − resolved − closed otherwise = in time + overdue + paused +
 * no due date.
 */
export function ledgerOf(state: DossierState): Entry[] {
  const entries: Entry[] = [];
  /** Keeps `entries` sorted and netted; they are few, and come nearly in order. */
  function add(at: Instant, measure: number, delta: number, cell: Entry['cell'] = 'resolving'): void {
    let i = entries.length;
    for (; i > 0; i--) {
      const other = entries[i - 1]!;
      if (other.at < at || (other.at === at && other.measure < measure)) break;
      if (other.at === at && other.measure === measure) {
        other.delta += delta;
        if (other.delta === 0) entries.splice(i - 1, 1);
        return;
      }
    }
    entries.splice(i, 0, { at, measure, delta, cell });
  }

  for (const flow of state.flows) {
    if (flow.kind === 'refused') {
      // Without a standing `submitted` there is no cell to count it in.
      if (state.submittedCell) add(flow.at, INDEX.refused, 1, 'submitted');
    } else {
      add(flow.at, measureOf(flow, state), 1);
    }
  }

  state.segments.forEach((segment, i) => {
    if (segment.status === 'closed') return;
    const until = state.segments[i + 1]?.from ?? Infinity;
    const span = (measure: number, from: Instant, to: Instant): void => {
      if (from >= to) return;
      add(from, measure, 1);
      if (to !== Infinity) add(to, measure, -1);
    };
    const { from } = segment;
    const passed = Math.max(from, segment.overdueFrom ?? Infinity);
    if (segment.status === 'paused') {
      span(INDEX.paused, from, until);
      span(INDEX.pausedPastDue, passed, until);
    } else if (segment.overdueFrom === null) {
      span(INDEX.noDueDate, from, until);
    } else {
      span(INDEX.inTime, from, Math.min(passed, until));
      span(INDEX.overdue, passed, until);
    }
  });
  return entries;
}
