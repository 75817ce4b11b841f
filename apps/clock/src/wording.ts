import type { LogMessage } from '#libs/event-log';
import type { Instant } from '#libs/dossier';

/** A timer as the database tells of it; instants in milliseconds. */
export interface ClaimedTimer {
  at: string;
  source: string;
  code: string;
  kind: 'due-soon' | 'overdue';
  deadline: string;
}

/** An `AnnouncementMessage` for the log; JSON by hand, for there can be very many at one instant. */
export const messageOf = (
  { kind, source, code, deadline }: ClaimedTimer,
  announcedAt: Instant,
): LogMessage => ({
  key: `${source}|${code}`,
  value: `{"kind":"${kind}","source":${JSON.stringify(source)},"code":${JSON.stringify(code)},"deadline":${deadline},"announcedAt":${announcedAt}}`,
});
