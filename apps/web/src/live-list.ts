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
  const { timeliness } = dossier;
  if (timeliness === 'overdue') return 'overdue';
  if (timeliness !== 'due-soon' && timeliness !== 'in-time') return null;
  const overdueFrom = parseInstant(dossier.overdueFrom);
  if (overdueFrom !== null && now >= overdueFrom) return 'overdue';
  return timeliness === 'due-soon' ? 'due-soon' : null;
}

export type LiveEvent = readonly [LiveEventType, Dossier];

/** The list after messages of the stream, in their order. */
export function applyEvents(list: LiveList, events: readonly LiveEvent[]): LiveList {
  const next = new Map(list);
  for (const [type, dossier] of events) {
    const stays = type !== 'resolved' && classAt(dossier, Number.NEGATIVE_INFINITY) !== null;
    if (stays) next.set(keyOf(dossier), dossier);
    else next.delete(keyOf(dossier));
  }
  return next;
}

export const listOf = (dossiers: readonly Dossier[]): LiveList =>
  new Map(dossiers.map((dossier) => [keyOf(dossier), dossier]));

interface Placed {
  deadline: number;
  key: string;
  dossier: Dossier;
}
const byDeadline = (a: Placed, b: Placed): number => a.deadline - b.deadline || (a.key < b.key ? -1 : 1);

/** Newly overdue first, and what falls due next first: what moves is at the top. */
export function classify(list: LiveList, now: number): { overdue: Dossier[]; dueSoon: Dossier[] } {
  const overdue: Placed[] = [];
  const dueSoon: Placed[] = [];
  for (const [key, dossier] of list) {
    const state = classAt(dossier, now);
    if (state === null) continue;
    // Parsed once each, not once per comparison: a hundred thousand may fall due at one instant.
    const deadline = parseInstant(dossier.overdueFrom) ?? Number.POSITIVE_INFINITY;
    (state === 'overdue' ? overdue : dueSoon).push({ deadline, key, dossier });
  }
  return {
    overdue: overdue.sort((a, b) => byDeadline(b, a)).map(({ dossier }) => dossier),
    dueSoon: dueSoon.sort(byDeadline).map(({ dossier }) => dossier),
  };
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
