import type { Channel } from './facts.js';
import { formatDay, formatInstant } from './instant.js';
import type { CivilDay, Instant } from './instant.js';
import type { DossierState, DueSource, State } from './state.js';

export const TIMELINESS = [
  'early',
  'on-time',
  'late',
  'no-due-date',
  'paused',
  'overdue',
  'due-soon',
  'in-time',
] as const;
export type Timeliness = (typeof TIMELINESS)[number];

const RESOLVED_AS = {
  resolvedEarly: 'early',
  resolvedOnTime: 'on-time',
  resolvedLate: 'late',
  resolvedNoDueDate: 'no-due-date',
} as const;

/** The class of a dossier at `now`; null before acceptance and when closed without a resolution. */
export function timelinessAt(state: DossierState, now: Instant): Timeliness | null {
  switch (state.state) {
    case 'resolved': {
      // A closed dossier's last flow is the one that closed it.
      const kind = state.flows.at(-1)?.kind;
      return kind !== undefined && kind in RESOLVED_AS ? RESOLVED_AS[kind as keyof typeof RESOLVED_AS] : null;
    }
    case 'paused':
      return 'paused';
    case 'running':
      if (state.overdueFrom === null) return 'no-due-date';
      if (now >= state.overdueFrom) return 'overdue';
      return state.dueSoonFrom !== null && now >= state.dueSoonFrom ? 'due-soon' : 'in-time';
    case 'incomplete':
    case 'submitted':
    case 'refused':
    case 'withdrawn':
    case 'stopped':
      return null;
  }
}

/** Whether a paused dossier's deadline, standing as it did at the request, has passed. */
export const pastDueWhilePausedAt = (state: DossierState, now: Instant): boolean =>
  state.state === 'paused' && state.overdueFrom !== null && now >= state.overdueFrom;

/** A dossier as it is shown, without what the fold does not know: source, code, domain. */
export interface DossierView {
  procedure: string | null;
  receivingAgency: string | null;
  resolvingAgency: string | null;
  channel: Channel | null;
  state: State;
  timeliness: Timeliness | null;
  submittedAt: string | null;
  acceptedAt: string | null;
  dueOn: string | null;
  dueAt: string | null;
  dueSource: DueSource | null;
  dueComputedOn: string | null;
  dueMismatch: boolean;
  overdueFrom: string | null;
  pausedSince: string | null;
  pastDueWhilePaused: boolean;
  resolvedAt: string | null;
  returnedAt: string | null;
  extensionCount: number;
  supplementCount: number;
  score: number | null;
}

const instantText = (instant: Instant | null): string | null =>
  instant === null ? null : formatInstant(instant);
const dayText = (day: CivilDay | null): string | null => (day === null ? null : formatDay(day));

/** The dossier at `now`; instants with Vietnam's offset, days as `YYYY-MM-DD`. */
export function dossierView(state: DossierState, now: Instant): DossierView {
  return {
    procedure: state.procedure,
    receivingAgency: state.receivingAgency,
    resolvingAgency: state.resolvingAgency,
    channel: state.channel,
    state: state.state,
    timeliness: timelinessAt(state, now),
    submittedAt: instantText(state.submittedAt),
    acceptedAt: instantText(state.acceptedAt),
    dueOn: dayText(state.dueDay),
    dueAt: instantText(state.dueAt),
    dueSource: state.dueSource,
    dueComputedOn: dayText(state.dueComputedDay),
    dueMismatch: state.dueMismatch,
    overdueFrom: instantText(state.overdueFrom),
    pausedSince: instantText(state.pausedSince),
    pastDueWhilePaused: pastDueWhilePausedAt(state, now),
    resolvedAt: instantText(state.resolvedAt),
    returnedAt: instantText(state.returnedAt),
    extensionCount: state.extensionCount,
    supplementCount: state.supplementCount,
    score: state.score,
  };
}

/** When time alone makes, or made, a running dossier due soon and overdue under the deadline in force. */
export interface Announcements {
  dueSoonAt: Instant | null;
  overdueAt: Instant | null;
  /** First millisecond after the deadline the two are about; names the deadline. */
  deadline: Instant | null;
}

/** All null unless the dossier is running with a due date; `dueSoonAt` null if it never is only due soon. */
export function announcementsOf(state: DossierState): Announcements {
  const { overdueFrom, dueSoonFrom } = state;
  const segment = state.segments.at(-1);
  if (state.state !== 'running' || overdueFrom === null || !segment)
    return { dueSoonAt: null, overdueAt: null, deadline: null };
  const overdueAt = Math.max(overdueFrom, segment.from);
  const dueSoonAt = dueSoonFrom === null ? overdueAt : Math.max(dueSoonFrom, segment.from);
  return { dueSoonAt: dueSoonAt < overdueAt ? dueSoonAt : null, overdueAt, deadline: overdueFrom };
}

/**
 * Whether the history was overdue under exactly this deadline at an instant not after `now`: in some
 * running stretch, or by a resolution at the very first millisecond after it, which counts as late. If
 * not, an announced overdue is to be withdrawn.
 */
export function stoodOverdue(state: DossierState, overdueFrom: Instant, now: Instant): boolean {
  return state.segments.some((segment, i) => {
    if (segment.status !== 'running' || segment.overdueFrom !== overdueFrom) return false;
    const overdueAt = Math.max(segment.from, overdueFrom);
    if (overdueAt > now) return false;
    const until = state.segments[i + 1]?.from ?? Infinity;
    const lateAt = (at: Instant) =>
      state.flows.some((flow) => flow.kind === 'resolvedLate' && flow.at === at);
    return overdueAt < until || (overdueAt === until && lateAt(until));
  });
}
