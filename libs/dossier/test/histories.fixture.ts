import { readFileSync } from 'node:fs';
import { compileCalendar } from '../src/calendar.js';
import type { Calendar, CalendarDay, CalendarDocument, Calendars } from '../src/calendar.js';
import type {
  CatalogueRule,
  FactData,
  OrdinaryFact,
  OrdinaryType,
  Fact,
  Limit,
  PausePolicy,
} from '../src/facts.js';
import { fold } from '../src/fold.js';
import { parseInstant } from '../src/instant.js';
import type { Instant } from '../src/instant.js';
import type { DossierState } from '../src/state.js';

/** Facts, calendars and short names for the specs. */

export const officialDocument = JSON.parse(
  readFileSync(new URL('../../../data/calendars/default.json', import.meta.url), 'utf8'),
) as CalendarDocument & { workingDaysPerYear: Record<string, number> };
export const official = compileCalendar(1, officialDocument);

/** The official calendar with more days. */
export const officialWith = (version: number, ...days: CalendarDay[]): Calendar =>
  compileCalendar(version, { ...officialDocument, days: [...officialDocument.days, ...days] });

export const calendarsOf = (pinned: number, ...calendars: Calendar[]): Calendars => ({
  pinned,
  calendar(version) {
    const found = calendars.find((calendar) => calendar.version === version);
    if (!found) throw new Error(`no calendar ${version}`);
    return found;
  },
});
export const underOfficial = calendarsOf(1, official);

/** `2026-03-02` (09:00 in Vietnam), `2026-03-02 14:30`, or a whole RFC 3339 instant. */
export function at(text: string): Instant {
  const full = text.includes('T')
    ? text
    : `${text.slice(0, 10)}T${text.slice(11) || '09:00'}${text.length > 16 ? '' : ':00'}+07:00`;
  const instant = parseInstant(full);
  if (instant === undefined) throw new Error(`not an instant: ${text}`);
  return instant;
}

export interface More {
  id?: string;
  sequence?: number;
  calendarVersion?: number;
}
let counter = 0;

/** A fact as told; without an id it gets one that sorts in the order of making. */
export function fact<T extends OrdinaryType>(
  type: T,
  time: string,
  data: FactData[T],
  more: More = {},
): OrdinaryFact {
  counter += 1;
  return {
    type,
    id: `e${String(counter).padStart(8, '0')}`,
    time: at(time),
    sequence: 0,
    recordedAt: at('2026-11-01') + counter,
    calendarVersion: 1,
    data,
    ...more,
  } as OrdinaryFact;
}

export function corrected(event: string, time: string, content: OrdinaryFact, more: More = {}): Fact {
  const { type, data, rule } = content;
  return {
    ...fact('stopped', time, {}, more),
    type: 'corrected',
    data: { event, time: content.time, content: { type, data, rule } },
  } as Fact;
}
export const retracted = (event: string, time: string, more: More = {}): Fact => ({
  ...fact('stopped', time, {}, more),
  type: 'retracted',
  data: { event },
});

interface Acceptance extends More {
  limit?: Limit;
  catalogue?: Limit;
  dueAt?: string;
  policy?: PausePolicy;
}
/** An acceptance at agency A of procedure 1.000001 at the counter. */
export function accepted(
  time: string,
  { limit, catalogue, dueAt, policy, ...more }: Acceptance = {},
): OrdinaryFact {
  const rule: CatalogueRule = {
    limit: catalogue ?? null,
    basis: catalogue ? 'statutory' : null,
    pausePolicy: policy ?? 'pause',
  };
  const data: FactData['accepted'] = {
    procedure: '1.000001',
    receivingAgency: 'A',
    channel: 'counter',
    ...(dueAt === undefined ? {} : { dueAt: at(dueAt) }),
    ...(limit === undefined ? {} : { limit }),
  };
  return { ...fact('accepted', time, data, more), rule };
}
export const submitted = (time: string, more: More = {}): OrdinaryFact =>
  fact('submitted', time, { procedure: '1.000002', receivingAgency: 'S', channel: 'online' }, more);

export const requested = (time: string, more?: More): OrdinaryFact =>
  fact('supplement-requested', time, {}, more);
export const feeRequested = (time: string, more?: More): OrdinaryFact =>
  fact('fee-requested', time, {}, more);
const due = (newDueAt: string | undefined): { newDueAt?: Instant } =>
  newDueAt === undefined ? {} : { newDueAt: at(newDueAt) };
export const received = (time: string, newDueAt?: string, more?: More): OrdinaryFact =>
  fact('supplement-received', time, due(newDueAt), more);
export const feePaid = (time: string, newDueAt?: string, more?: More): OrdinaryFact =>
  fact('fee-paid', time, due(newDueAt), more);
export const extended = (time: string, newDueAt: string, more?: More): OrdinaryFact =>
  fact('extended', time, { newDueAt: at(newDueAt) }, more);
export const resolved = (time: string, more?: More): OrdinaryFact => fact('resolved', time, {}, more);
export const reopened = (time: string, newDueAt?: string, more?: More): OrdinaryFact =>
  fact('reopened', time, due(newDueAt), more);

export const days = (amount: number): Limit => ({ amount, unit: 'working-days' });
export const calendarDays = (amount: number): Limit => ({ amount, unit: 'calendar-days' });
export const months = (amount: number): Limit => ({ amount, unit: 'months' });
export const hours = (amount: number): Limit => ({ amount, unit: 'working-hours' });

export const replay = (...facts: Fact[]): DossierState => fold(facts, underOfficial);
