import type { DossierState, Instant } from '#libs/dossier';

/** What a dossier is after one step of its history; written by processing. */
export interface SnapshotMessage {
  kind: 'snapshot';
  source: string;
  code: string;
  /** When the step was recorded; strictly increasing within a dossier. */
  recordedAt: Instant;
  state: Omit<DossierState, 'fold'>;
}

export const ANNOUNCEMENT_KINDS = ['due-soon', 'overdue', 'overdue-withdrawn'] as const;
export type AnnouncementKind = (typeof ANNOUNCEMENT_KINDS)[number];

/** What time alone has made true (or a late event untrue again); once per deadline and kind. */
export interface AnnouncementMessage {
  kind: AnnouncementKind;
  source: string;
  code: string;
  /** First millisecond after the deadline it speaks of. */
  deadline: Instant;
  announcedAt: Instant;
}

export type TimelinessMessage = SnapshotMessage | AnnouncementMessage;
