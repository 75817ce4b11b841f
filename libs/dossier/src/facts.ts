import type { Instant } from './instant.js';

export const CHANNELS = ['counter', 'online', 'post'] as const;
export type Channel = (typeof CHANNELS)[number];

export const LIMIT_UNITS = ['working-days', 'working-hours', 'calendar-days', 'months'] as const;
export type LimitUnit = (typeof LIMIT_UNITS)[number];
export interface Limit {
  amount: number;
  unit: LimitUnit;
}

/** What the clock does while a supplement or fee is awaited (contract: pause policy). */
export const PAUSE_POLICIES = ['pause', 'restart', 'none'] as const;
export type PausePolicy = (typeof PAUSE_POLICIES)[number];

/**
 * What the catalogue said about an acceptance when it arrived. Kept with the fact, so that later
 * edits of the catalogue never reach back.
 */
export interface CatalogueRule {
  /** The catalogue's limit for procedure and channel on the day of acceptance; null: it has none. */
  limit: Limit | null;
  basis: 'committed' | 'statutory' | null;
  pausePolicy: PausePolicy;
}

/** Payload of each ordinary event type; instants are already parsed, unknown members dropped. */
export interface FactData {
  submitted: { procedure: string; receivingAgency: string; channel: Channel };
  accepted: {
    procedure: string;
    receivingAgency: string;
    resolvingAgency?: string;
    channel: Channel;
    dueAt?: Instant;
    limit?: Limit;
  };
  refused: { reason?: string };
  'stage-entered': { stage: string; agency: string; stageDueAt?: Instant };
  'supplement-requested': { reason?: string };
  'supplement-received': { newDueAt?: Instant };
  'fee-requested': { reason?: string };
  'fee-paid': { newDueAt?: Instant };
  extended: { newDueAt: Instant; reason?: string; apology?: boolean };
  resolved: { outcome?: 'granted' | 'rejected' };
  returned: { channel?: string };
  withdrawn: { reason?: string };
  stopped: { reason?: string };
  reopened: { newDueAt?: Instant; reason?: string };
  rated: { score: number };
}
export type OrdinaryType = keyof FactData;

interface FactEnvelope {
  /** CloudEvents id, unique in the source. */
  id: string;
  /** When it happened. */
  time: Instant;
  /** Breaks ties in `time`; absent counts as 0. */
  sequence: number;
  /** When it reached us; strictly increasing from step to step of one dossier. */
  recordedAt: Instant;
  /** Version of the working calendar in force when it was recorded. */
  calendarVersion: number;
}

export type OrdinaryContent = {
  [T in OrdinaryType]: {
    type: T;
    data: FactData[T];
    /** Only on an acceptance. */
    rule?: CatalogueRule;
  };
}[OrdinaryType];

export type AmendmentContent =
  | {
      type: 'corrected';
      /** The new content, whole; the corrected event keeps its own id and sequence. */
      data: { event: string; time: Instant; content: OrdinaryContent };
    }
  | { type: 'retracted'; data: { event: string } };

/** One thing that happened to a dossier, as a source told it. */
export type Fact = FactEnvelope & (OrdinaryContent | AmendmentContent);

/** A fact that is neither a correction nor a retraction. */
export type OrdinaryFact = FactEnvelope & OrdinaryContent;
