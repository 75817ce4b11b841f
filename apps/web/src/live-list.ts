import type { Dossier } from './api.js';
import { parseInstant } from './format.js';

/** Dossiers that wait for their deadline or have passed it, by key. Plain data, no browser. */
export type LiveList = ReadonlyMap<string, Dossier>;

export type LiveEventType = 'overdue' | 'overdue-withdrawn' | 'due-soon' | 'resolved';
export const LIVE_EVENTS: readonly LiveEventType[] = ['overdue', 'overdue-withdrawn', 'due-soon', 'resolved'];

// U+001F cannot be part of a key that a person typed; it only keeps two parts apart.
export const keyOf = (dossier: { source: string; code: string }): string =>
  `${dossier.source}\u001f${dossier.code}`;

/**
 * Whether an open dossier is overdue or due soon at `now`. What the server said is taken further by
 * time alone: "due soon" becomes overdue at `overdueFrom`, without a message.
 */
export function classAt(dossier: Dossier, now: number): 'overdue' | 'due-soon' | null {
  switch (dossier.timeliness) {
    case 'overdue':
      return 'overdue';
    case 'due-soon':
    case 'in-time': {
      const overdueFrom = parseInstant(dossier.overdueFrom);
      if (overdueFrom !== null && now >= overdueFrom) return 'overdue';
      return dossier.timeliness === 'due-soon' ? 'due-soon' : null;
    }
    default:
      return null;
  }
}

/** The list after one message of the stream. */
export function applyEvent(list: LiveList, type: LiveEventType, dossier: Dossier): LiveList {
  const next = new Map(list);
  const stays = type !== 'resolved' && classAt(dossier, Number.NEGATIVE_INFINITY) !== null;
  if (stays) next.set(keyOf(dossier), dossier);
  else next.delete(keyOf(dossier));
  return next;
}

export const listOf = (dossiers: readonly Dossier[]): LiveList =>
  new Map(dossiers.map((dossier) => [keyOf(dossier), dossier]));

const byDeadline = (a: Dossier, b: Dossier): number =>
  (parseInstant(a.overdueFrom) ?? Number.POSITIVE_INFINITY) -
    (parseInstant(b.overdueFrom) ?? Number.POSITIVE_INFINITY) || (keyOf(a) < keyOf(b) ? -1 : 1);

/** Newly overdue first, and what falls due next first: what moves is at the top. */
export function classify(list: LiveList, now: number): { overdue: Dossier[]; dueSoon: Dossier[] } {
  const overdue: Dossier[] = [];
  const dueSoon: Dossier[] = [];
  for (const dossier of list.values()) {
    const state = classAt(dossier, now);
    if (state === 'overdue') overdue.push(dossier);
    else if (state === 'due-soon') dueSoon.push(dossier);
  }
  return { overdue: overdue.sort((a, b) => byDeadline(b, a)), dueSoon: dueSoon.sort(byDeadline) };
}

/** The next instant at which time alone changes the lists; null: none. */
export function nextChange(list: LiveList, now: number): number | null {
  let next: number | null = null;
  for (const dossier of list.values()) {
    if (classAt(dossier, now) === 'overdue') continue;
    const overdueFrom = parseInstant(dossier.overdueFrom);
    if (overdueFrom !== null && overdueFrom > now && (next === null || overdueFrom < next))
      next = overdueFrom;
  }
  return next;
}
