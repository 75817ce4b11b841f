import { parseInstant, type Instant } from './reference-calendar.js';

/**
 * From raw CloudEvents to the facts that stand: contract §3 (first arrival counts, corrections and
 * retractions, the order of facts).
 */

/** What `data` may hold; which members a type has is the contract's §3. */
export interface EventData {
  readonly procedure?: string;
  readonly receivingAgency?: string;
  readonly resolvingAgency?: string;
  readonly channel?: Channel;
  readonly dueAt?: string;
  readonly limit?: Limit;
  readonly reason?: string;
  readonly stage?: string;
  readonly agency?: string;
  readonly stageDueAt?: string;
  readonly newDueAt?: string;
  readonly apology?: boolean;
  readonly outcome?: 'granted' | 'rejected';
  readonly score?: number;
  readonly event?: string;
  readonly type?: string;
  readonly time?: string;
  readonly data?: EventData;
}

export type Channel = 'counter' | 'online' | 'post';

export interface Limit {
  readonly amount: number;
  readonly unit: 'working-days' | 'working-hours' | 'calendar-days' | 'months';
}

/** A CloudEvent in structured JSON, as posted. */
export interface CloudEventJson {
  readonly specversion: '1.0';
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly sequence?: number | string;
  readonly data?: EventData;
}

/** An event with the instant intake took it. Arrivals are listed in the order in which they came. */
export interface Arrival {
  readonly event: CloudEventJson;
  readonly recordedAt: Instant;
}

/** The types that say something about a dossier itself, as opposed to about another event. */
export const ORDINARY_TYPES = [
  'submitted',
  'accepted',
  'refused',
  'stage-entered',
  'supplement-requested',
  'fee-requested',
  'supplement-received',
  'fee-paid',
  'extended',
  'resolved',
  'returned',
  'withdrawn',
  'stopped',
  'reopened',
  'rated',
] as const;

export type OrdinaryType = (typeof ORDINARY_TYPES)[number];
export type ShortType = OrdinaryType | 'corrected' | 'retracted';

/** `submitted` to `vn.tthc.dossier.submitted.v1`. */
export const fullType = (type: ShortType): string => `vn.tthc.dossier.${type}.v1`;

/** An ordinary event that stands, with its content as now known. */
export interface Fact {
  readonly id: string;
  readonly type: OrdinaryType;
  readonly time: Instant;
  readonly sequence: number;
  readonly data: EventData;
  /** When it could first be known like this: its own arrival, or its correction's if that came later. */
  readonly recordedAt: Instant;
  readonly corrected: boolean;
}

const TYPE = /^vn\.tthc\.dossier\.([a-z-]+)\.v1$/;

/** `vn.tthc.dossier.submitted.v1` to `submitted`. */
export function shortType(type: string): ShortType {
  const short = TYPE.exec(type)?.[1];
  const known = [...ORDINARY_TYPES, 'corrected', 'retracted'] as const;
  const found = known.find((name) => name === short);
  if (!found) throw new Error(`not a type of the contract: ${type}`);
  return found;
}

/** Of several arrivals with one (source, id), the first. */
export function firstArrivals(arrivals: readonly Arrival[]): Arrival[] {
  const seen = new Set<string>();
  return arrivals.filter(({ event }) => {
    const key = JSON.stringify([event.source, event.id]);
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
}

/** Unsigned byte order of the UTF-8 form; it differs from JavaScript's own order beyond U+FFFF. */
export const compareBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8'));

interface Placed {
  readonly time: Instant;
  readonly sequence: number;
  readonly id: string;
}

/** The order of facts: (time, sequence, id in byte order). */
export const compareFacts = (left: Placed, right: Placed): number =>
  left.time - right.time || left.sequence - right.sequence || compareBytes(left.id, right.id);

/**
 * The facts of one dossier that stand, in order.
 *
 * @param arrivals the dossier's own, each (source, id) once
 */
export function standingFacts(arrivals: readonly Arrival[]): Fact[] {
  const placed = arrivals.map(({ event, recordedAt }) => ({
    id: event.id,
    type: shortType(event.type),
    time: parseInstant(event.time),
    sequence: Number(event.sequence ?? 0),
    data: event.data ?? {},
    recordedAt,
  }));
  const amendments = placed.filter(({ type }) => type === 'corrected' || type === 'retracted');
  const amendmentOf = new Map(amendments.map((amendment) => [amendment.id, amendment]));

  const takenBack = new Set<string>();
  const corrections = new Map<string, (typeof placed)[number]>();
  for (const amendment of amendments.toSorted(compareFacts).toReversed()) {
    if (takenBack.has(amendment.id)) continue;
    const target = amendment.data.event ?? '';
    const older = amendmentOf.get(target);
    if (older) {
      // An amendment as target: none corrects one, and only a newer one takes it back.
      if (amendment.type === 'retracted' && compareFacts(older, amendment) < 0) takenBack.add(target);
    } else if (amendment.type === 'retracted') {
      takenBack.add(target);
    } else if (!corrections.has(target)) {
      corrections.set(target, amendment);
    }
  }

  const facts: Fact[] = [];
  for (const { type, ...event } of placed) {
    if (type === 'corrected' || type === 'retracted' || takenBack.has(event.id)) continue;
    const correction = corrections.get(event.id);
    if (!correction) {
      facts.push({ ...event, type, corrected: false });
      continue;
    }
    const replaced = shortType(correction.data.type ?? '');
    if (replaced === 'corrected' || replaced === 'retracted') throw new Error('not an ordinary type');
    facts.push({
      ...event,
      type: replaced,
      time: parseInstant(correction.data.time ?? ''),
      data: correction.data.data ?? {},
      recordedAt: Math.max(event.recordedAt, correction.recordedAt),
      corrected: true,
    });
  }
  return facts.sort(compareFacts);
}
