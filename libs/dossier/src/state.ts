import type { Channel, Limit, PausePolicy } from './facts.js';
import type { CivilDay, Instant } from './instant.js';

export const STATES = [
  'incomplete',
  'submitted',
  'running',
  'paused',
  'resolved',
  'refused',
  'withdrawn',
  'stopped',
] as const;
export type State = (typeof STATES)[number];

export type DueSource = 'source' | 'event' | 'catalogue' | 'none';

/** A stretch of the clock's life with one status and one deadline; ends where the next begins. */
export interface Segment {
  from: Instant;
  status: 'running' | 'paused' | 'closed';
  /** First millisecond after the deadline in force during the stretch; null: no due date. */
  overdueFrom: Instant | null;
}

/** A countable happening; becomes one flow entry of the ledger. */
export interface Flow {
  at: Instant;
  kind:
    | 'received'
    | 'reopened'
    | 'resolvedEarly'
    | 'resolvedOnTime'
    | 'resolvedLate'
    | 'resolvedNoDueDate'
    | 'closedRefused'
    | 'closedWithdrawn'
    | 'closedStopped'
    /** refused before acceptance; counted in the cell of `submitted` */
    | 'refused';
  /** How long it took; on resolutions only. States of older versions lack it. */
  spent?: Spent;
}

/** Bits of what is awaited. */
export const SUPPLEMENT = 1;
export const FEE = 2;

/** A stretch during which one thing was outstanding; two may overlap, the dossier is paused while one is. */
export interface Wait {
  reason: typeof SUPPLEMENT | typeof FEE;
  from: Instant;
  /** null: still outstanding. */
  until: Instant | null;
}

/**
 * Where the time went from acceptance to a resolution, in milliseconds of working sessions under the calendar
 * of the resolution. Time between a closing and a reopening is nobody's.
 */
export interface Spent {
  /** Working days from the due day to the day of resolution, negative if earlier; null: no due date. */
  days: number | null;
  /** The clock ran: the agency's own time. */
  own: number;
  /** Paused: waiting for the citizen. */
  waiting: number;
  /** Requests that took effect, and how long each kind was outstanding; the two overlap. */
  supplements: number;
  supplementTime: number;
  fees: number;
  feeTime: number;
  extensions: number;
}

export interface Cell {
  agency: string;
  procedure: string;
  channel: Channel;
}

/**
 * A dossier folded from its facts: plain JSON, a pure function of (facts, calendars). It holds what
 * time alone will change (`dueSoonFrom`, `overdueFrom`), so every question about an instant is
 * answered without another event.
 */
export interface DossierState {
  state: State;
  /** What `submitted` said, until and unless acceptance says otherwise. */
  procedure: string | null;
  receivingAgency: string | null;
  resolvingAgency: string | null;
  channel: Channel | null;
  submittedAt: Instant | null;
  acceptedAt: Instant | null;
  /** Civil day of the deadline now in force; null before acceptance and without a due date. */
  dueDay: CivilDay | null;
  /** The deadline's instant, for limits in working hours only. */
  dueAt: Instant | null;
  dueSource: DueSource | null;
  dueComputedDay: CivilDay | null;
  dueMismatch: boolean;
  dueSoonFrom: Instant | null;
  overdueFrom: Instant | null;
  pausedSince: Instant | null;
  resolvedAt: Instant | null;
  returnedAt: Instant | null;
  extensionCount: number;
  supplementCount: number;
  score: number | null;
  /** Cell of `received` and all later figures; null before acceptance. */
  cell: Cell | null;
  /** Cell of `submitted`, for refusals before acceptance. */
  submittedCell: Cell | null;
  segments: Segment[];
  flows: Flow[];
  /** What was asked of the citizen, in order of the requests. */
  waits: Wait[];
  /** Calendar version under which an "ours" deadline was last computed. */
  calendarVersion: number;
  /** Whether a calendar edit may move it: the limit is ours (event or catalogue). */
  ours: boolean;
  /** Id of the event that closed it; null while open or never accepted. */
  closedBy: string | null;
  /** What the incremental path needs; private to the fold. */
  fold: FoldMemory;
}

/** Private memory of the incremental path; the fold may shape it as it likes, as plain JSON. */
export interface FoldMemory {
  /** Key (time, sequence, id) of the newest fact folded; null before the first. */
  last: [Instant, number, string] | null;
  /** A correction or retraction is part of the history: only the full fold is right then. */
  amended: boolean;
  /** How the dossier ended before acceptance. */
  ended: 'refused' | 'withdrawn' | 'stopped' | null;
  /** What the deadline runs by; null before acceptance. */
  clock: Clock | null;
}

/** What the deadline runs by. Civil days, or instants for a limit in working hours. */
export interface Clock {
  policy: PausePolicy;
  /** Ours: the event's, else the catalogue's. Its unit also says how a given date is read. */
  limit: Limit | null;
  /** The civil day, or instant, given by an event, as it was given; null while the limit decides. */
  given: number | null;
  /** Calendar-day and month limits: the due day before rolling forward, pauses included. */
  unrolled: CivilDay | null;
  /** When it becomes due soon: w working days, or milliseconds of session time left. */
  warning: number;
  /** Reasons outstanding: 1 supplement, 2 fee; 0 while running. */
  awaiting: number;
  /** Since when the pause counts; later than the request if the date was extended meanwhile. */
  pausedFrom: Instant | null;
  /** The pause began before the deadline passed, so it moves it. */
  moves: boolean;
}
