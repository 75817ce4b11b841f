import {
  type AmendmentContent,
  formatInstant,
  type Instant,
  type OrdinaryContent,
  type OrdinaryType,
  parseInstant,
} from '#libs/dossier';
import { memberOf, ORDINARY_TYPES, type ReadEvent, schemaOfEvent, typeName } from './events.js';
import { type Fault, faultsOfIssues } from './faults.js';
import { membersOf } from './members.js';
import { readPlainEvent } from './read-plain-event.js';
import { textFaults } from './text-faults.js';

/** A code an event names, and where. */
export interface Reference {
  code: string;
  pointer: string;
}

/** What of an event can be held against catalogue and clock; of a malformed event, what is legible. */
export interface Checkable {
  agencies: Reference[];
  procedures: Reference[];
  /** Instants that must not lie in the future. */
  happenedAt: { at: Instant; pointer: string }[];
}

/** A well-formed event. */
export interface IncomingEvent extends Checkable {
  source: string;
  id: string;
  subject: string;
  time: Instant;
  sequence: number;
  content: OrdinaryContent | AmendmentContent;
  /**
   * The event as JSON text with known members only, in fixed order, instants in one notation. It is
   * what the log keeps, and two events have the same content exactly if these texts are equal.
   */
  canonical: string;
}

export type ParsedEvent =
  { ok: true; event: IncomingEvent } | { ok: false; faults: Fault[]; legible: Checkable };

/** Each attribute beyond reason could become a fault of its own; a sender has a dozen. */
export const MOST_ATTRIBUTES = 1_000;

/**
 * Reads one CloudEvents event from parsed JSON. Never throws. A refusal names every fault of form;
 * codes and future times are judged by `faultsOfCatalogue` and `faultsOfFuture`.
 */
export function parseEvent(raw: unknown, index: number): ParsedEvent {
  const event = readPlainEvent(raw);
  return event ? { ok: true, event } : parseBySchema(raw, index);
}

/** The rule, of which `readPlainEvent` is but a short cut. */
export function parseBySchema(raw: unknown, index: number): ParsedEvent {
  if (typeof raw === 'object' && raw !== null && Object.keys(raw).length > MOST_ATTRIBUTES) {
    const detail = `Must not have more than ${MOST_ATTRIBUTES} members.`;
    return {
      ok: false,
      faults: [{ index, pointer: '', code: 'bad-length', detail }],
      legible: { agencies: [], procedures: [], happenedAt: [] },
    };
  }
  const read = schemaOfEvent(raw).safeParse(raw);
  const faults = textFaults(raw, index);
  if (read.success && faults.length === 0) return { ok: true, event: incoming(read.data) };
  if (!read.success) faults.unshift(...faultsOfIssues(raw, index, read.error.issues));
  return { ok: false, faults, legible: legibleIn(raw, new Set(faults.map((fault) => fault.pointer))) };
}

const shortNames = new Map<unknown, OrdinaryType>(ORDINARY_TYPES.map((type) => [typeName(type), type]));

function incoming(read: ReadEvent): IncomingEvent {
  const { source, id, type, subject, time, sequence } = read;
  const checkable: Checkable = { agencies: [], procedures: [], happenedAt: [{ at: time, pointer: '/time' }] };
  let content: OrdinaryContent | AmendmentContent;
  let data: object;
  const ordinary = shortNames.get(type);
  if (ordinary) {
    content = { type: ordinary, data: read.data ?? {} } as OrdinaryContent;
    data = written(content);
    collectCodes(ordinary, content.data, '/data', checkable);
  } else if (type === typeName('corrected')) {
    const correction = read.data as { event: string; type: string; time: Instant; data?: object };
    const corrected = shortNames.get(correction.type) as OrdinaryType;
    const replacement = { type: corrected, data: correction.data ?? {} } as OrdinaryContent;
    content = {
      type: 'corrected',
      data: { event: correction.event, time: correction.time, content: replacement },
    };
    data = {
      event: correction.event,
      type: correction.type,
      time: formatInstant(correction.time),
      data: written(replacement),
    };
    checkable.happenedAt.push({ at: correction.time, pointer: '/data/time' });
    collectCodes(corrected, replacement.data, '/data/data', checkable);
  } else {
    content = { type: 'retracted', data: read.data as { event: string } };
    data = content.data;
  }
  const { agencies, procedures, happenedAt } = checkable;
  const canonical = textOf(read, data);
  return { source, id, subject, time, sequence, content, canonical, agencies, procedures, happenedAt };
}

/** Put together by hand: a third faster than writing out an object that holds the same. */
function textOf({ source, id, type, subject, time, sequence }: ReadEvent, data: object): string {
  // Absent and 0 mean the same, so they read the same.
  const place = sequence === 0 ? '' : `,"sequence":${String(sequence)}`;
  return `{"specversion":"1.0","source":${JSON.stringify(source)},"id":${JSON.stringify(id)},"type":"${type}","subject":${JSON.stringify(subject)},"time":"${formatInstant(time)}"${place},"data":${JSON.stringify(data)}}`;
}

/** Data as it goes to the log: the schema's order of members, instants in one notation. */
function written({ type, data }: OrdinaryContent): object {
  let text: object = data;
  for (const { name, kind } of membersOf(type)) {
    const at = kind === 'instant' ? memberOf(data, name) : undefined;
    if (typeof at === 'number') text = { ...text, [name]: formatInstant(at) };
  }
  return text;
}

function collectCodes(type: OrdinaryType, data: unknown, at: string, into: Checkable): void {
  for (const { name, kind } of membersOf(type)) {
    if (kind !== 'agency' && kind !== 'procedure') continue;
    const code = memberOf(data, name);
    const place = kind === 'agency' ? into.agencies : into.procedures;
    if (typeof code === 'string') place.push({ code, pointer: `${at}/${name}` });
  }
}

/**
 * Codes and times of a malformed event, as far as they can be made out: its sender gets to know of
 * an unknown agency now, not after having mended the rest. What is at fault already is left out.
 */
function legibleIn(raw: unknown, faulty: ReadonlySet<string>): Checkable {
  const found: Checkable = { agencies: [], procedures: [], happenedAt: [] };
  const collectTime = (value: unknown, pointer: string) => {
    const at = typeof value === 'string' ? parseInstant(value) : undefined;
    if (at !== undefined) found.happenedAt.push({ at, pointer });
  };
  collectTime(memberOf(raw, 'time'), '/time');
  const type = memberOf(raw, 'type');
  const data = memberOf(raw, 'data');
  const ordinary = shortNames.get(type);
  if (ordinary) collectCodes(ordinary, data, '/data', found);
  if (type === typeName('corrected')) {
    collectTime(memberOf(data, 'time'), '/data/time');
    const corrected = shortNames.get(memberOf(data, 'type'));
    if (corrected) collectCodes(corrected, memberOf(data, 'data'), '/data/data', found);
  }
  const sound = (place: { pointer: string }) => !faulty.has(place.pointer);
  return {
    agencies: found.agencies.filter(sound),
    procedures: found.procedures.filter(sound),
    happenedAt: found.happenedAt.filter(sound),
  };
}
