import type { EntityManager } from 'typeorm';
import { typeName } from '#libs/contracts';
import { type Fact, formatInstant, type Instant } from '#libs/dossier';
import { type Catalogue, loadDossierFacts } from '#libs/store';

/**
 * Why a dossier counts otherwise than it was known to at the earlier instant.
 * - `retraction`, `correction`: an event was taken back, or its content replaced
 * - `late-arrival`: it happened before the earlier instant, and was told after it
 * - `calendar`: the working calendar was edited and moved its deadline
 * - `event`: it happened since
 * - `time`: nothing new became known; what was known came into effect between the instants
 */
export const CHANGE_CAUSES = [
  'retraction',
  'correction',
  'late-arrival',
  'calendar',
  'event',
  'time',
] as const;
export type ChangeCause = (typeof CHANGE_CAUSES)[number];

/** What the ledger says of a dossier that changed a figure. */
export interface DossierChange {
  source: string;
  code: string;
  difference: number;
  /** Of it, what time alone did. */
  byTime: number;
  /** Instants of recording, in milliseconds, of what did the rest. */
  recorded: (string | number)[] | null;
}

export interface ChangingEvent {
  id: string;
  type: string;
  time: string;
  recordedAt: string;
  cause: Exclude<ChangeCause, 'calendar' | 'time'>;
  /** The event that it corrects or retracts. */
  of: string | null;
}

export interface ChangedDossier {
  source: string;
  code: string;
  difference: number;
  /** The first of `CHANGE_CAUSES` that has a part in it. */
  cause: ChangeCause;
  events: ChangingEvent[];
  calendars: { version: number; recordedAt: string }[];
}

/** Events named with one dossier; a longer history is on the dossier itself. */
const MOST_EVENTS = 20;

/** Puts to each change the events recorded between the instants that brought it about. */
export async function explainChanges(
  manager: EntityManager,
  changes: readonly DossierChange[],
  { since }: { since: Instant },
  catalogue: Catalogue,
): Promise<ChangedDossier[]> {
  const histories = new Map<string, Fact[]>();
  for (const { source, code, recorded } of changes) {
    const key = `${source}\u0000${code}`;
    // What time alone did needs no event; and a dossier changes several figures at once.
    if (!recorded || histories.has(key)) continue;
    histories.set(key, (await loadDossierFacts(manager, source, code))?.facts ?? []);
  }
  return changes.map((change) =>
    explained(change, histories.get(`${change.source}\u0000${change.code}`) ?? [], since, catalogue),
  );
}

function explained(
  { source, code, difference, byTime, recorded }: DossierChange,
  facts: readonly Fact[],
  since: Instant,
  catalogue: Catalogue,
): ChangedDossier {
  // What was learnt cancels out in this figure: time did it.
  const learnt = byTime === difference ? [] : (recorded ?? []).map(Number).sort((a, b) => a - b);
  const events = facts
    .filter(({ recordedAt }) => learnt.includes(recordedAt))
    .map((fact) => changingEvent(fact, since));
  // Only an edit of the calendar makes a dossier anew without an event.
  const calendars = learnt
    .filter((instant) => !facts.some(({ recordedAt }) => recordedAt === instant))
    .map((instant) => ({
      version: catalogue.calendarVersionAt(instant),
      recordedAt: formatInstant(instant),
    }));
  const causes = new Set<ChangeCause>([
    ...events.map(({ cause }) => cause),
    ...(calendars.length > 0 ? (['calendar'] as const) : []),
  ]);
  return {
    ...{ source, code, difference },
    cause: CHANGE_CAUSES.find((cause) => causes.has(cause)) ?? 'time',
    events: events.slice(0, MOST_EVENTS),
    calendars: calendars.slice(0, MOST_EVENTS),
  };
}

function changingEvent(fact: Fact, since: Instant): ChangingEvent {
  const { id, time, recordedAt } = fact;
  const told = {
    ...{ id, type: typeName(fact.type) },
    ...{ time: formatInstant(time), recordedAt: formatInstant(recordedAt) },
  };
  switch (fact.type) {
    case 'corrected':
      return { ...told, cause: 'correction', of: fact.data.event };
    case 'retracted':
      return { ...told, cause: 'retraction', of: fact.data.event };
    default:
      return { ...told, cause: time <= since ? 'late-arrival' : 'event', of: null };
  }
}
