import type { Dossier } from './api.js';

/**
 * GET /v1/dossiers/{source}/{code}. Everything beyond DOSSIER is optional here: an explanation that
 * grows or lacks a part must not take the page down with it.
 */
export interface DossierStory extends Dossier {
  events?: StoryEvent[] | null;
  deadline?: DeadlineStory | null;
  anomalies?: Anomaly[] | null;
  overdueCause?: {
    cause: string | null;
    history: { at: string; before: string | null; cause: string | null; by: string }[];
  } | null;
}

interface Words {
  vi?: string | null;
  en?: string | null;
}

export interface StoryEvent extends Words {
  id?: string;
  type?: string;
  time?: string;
  sequence?: number;
  recordedAt?: string;
  data?: Record<string, unknown> | null;
  status?: 'in-force' | 'no-effect' | 'corrected' | 'retracted' | 'superseded' | 'waiting';
  /** Id of the event that corrected, retracted or superseded it. */
  by?: string | null;
  /** The content in force of a corrected event. */
  inForce?: { type?: string; time?: string; data?: Record<string, unknown> | null } | null;
}

export interface DeadlineStory {
  steps?: DeadlineStep[] | null;
}

export interface DeadlineStep extends Words {
  kind?: string;
  event?: string | null;
  at?: string | null;
  law?: string[] | null;
  calendarVersion?: number | null;
  dueOn?: string | null;
  dueAt?: string | null;
  pause?: { from?: string; until?: string; movedBy?: { amount: number; unit: string } | null } | null;
  days?: DayLine[] | null;
  omittedDays?: number | null;
}

export interface DayLine extends Words {
  on?: string;
  until?: string;
  counts?: boolean;
}

export interface Anomaly extends Words {
  event?: string;
  type?: string;
  code?: string;
  detail?: string;
}

/** `vn.tthc.dossier.accepted.v1` → `accepted`. */
export const shortType = (type: string | undefined): string =>
  /^vn\.tthc\.dossier\.(.+)\.v\d+$/.exec(type ?? '')?.[1] ?? type ?? '';
