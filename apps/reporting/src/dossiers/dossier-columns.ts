import { type DossierState, type Spent, timelinessAt } from '#libs/dossier';

/** The columns of `reporting.dossier` that follow from a state; instants in milliseconds. */
export interface DossierColumns {
  agency: string | null;
  procedure: string | null;
  channel: string | null;
  state: string;
  open: boolean;
  outcome: string | null;
  dueSoonFrom: number | null;
  overdueFrom: number | null;
  extended: boolean;
  acceptedAt: number | null;
  closedAt: number | null;
  pausedSince: number | null;
  awaiting: number;
  steady: boolean;
  recurring: boolean;
  spent: Spent | undefined;
}

export function columnsOf(state: DossierState): DossierColumns {
  const { flows, segments } = state;
  const open = state.state === 'running' || state.state === 'paused';
  const closings = flows.filter(({ kind }) => kind !== 'received' && kind !== 'reopened');
  const closing = open ? undefined : closings.at(-1);
  const [first, second] = segments;
  return {
    agency: state.resolvingAgency,
    procedure: state.procedure,
    channel: state.channel,
    state: state.state,
    open,
    outcome: state.state === 'resolved' ? timelinessAt(state, 0) : null,
    dueSoonFrom: state.dueSoonFrom,
    overdueFrom: state.overdueFrom,
    extended: state.extensionCount > 0,
    acceptedAt: state.acceptedAt,
    closedAt: closing?.at ?? null,
    pausedSince: state.pausedSince,
    // Snapshots of a version that did not keep the waits may still be on their way.
    awaiting: ((state.waits as DossierState['waits'] | undefined) ?? []).reduce(
      (sum, { reason, until }) => (until === null ? sum | reason : sum),
      0,
    ),
    steady:
      first?.status === 'running' &&
      segments.length <= 2 &&
      (second === undefined || second.status === 'closed') &&
      first.overdueFrom === state.overdueFrom,
    // A refusal at the door before an acceptance counts as well as what came of the acceptance.
    recurring:
      flows.some(({ kind }) => kind === 'reopened') || (closings[0]?.kind === 'refused' && flows.length > 1),
    spent: closing?.spent,
  };
}
