import {
  formatInstant,
  type Instant,
  type Limit,
  LIMIT_UNITS,
  type LimitUnit,
  type OrdinaryContent,
  type OrdinaryType,
  parseInstant,
} from '#libs/dossier';
import { memberOf, ORDINARY_TYPES, typeName } from './events.js';
import { LARGEST_AMOUNT, LONGEST_ID, LONGEST_TEXT } from './fields.js';
import { type Member, membersOf } from './members.js';
import type { IncomingEvent, Reference } from './parse-event.js';
import { isWritable } from './text-faults.js';

interface PlainMember extends Member {
  pointer: string;
  /** What surrounds its value in JSON; `first` if no member goes before it. */
  first: string;
  next: string;
  after: string;
}

interface PlainType {
  type: OrdinaryType;
  /** What stands between id and subject in JSON. */
  text: string;
  members: readonly PlainMember[];
}

/** Made beforehand, and in as few pieces as can be: every piece put together costs, for every event. */
const PLAIN_TYPES = new Map<unknown, PlainType>(
  ORDINARY_TYPES.map((type) => [
    typeName(type),
    { type, text: `","type":"${typeName(type)}","subject":"`, members: membersOf(type).map(plainMember) },
  ]),
);

function plainMember(member: Member): PlainMember {
  const { name, kind } = member;
  const after = kind === 'limit' || kind === 'number' || kind === 'boolean' ? '' : '"';
  const first = `"${name}":${after}`;
  return { ...member, pointer: `/data/${name}`, first, next: `,${first}`, after };
}

/**
 * Reads what nearly every event is: an ordinary one, in order and without frills, at a fraction of
 * what the schemas cost. What it takes, it reads as they would; undefined leaves the event to them.
 */
export function readPlainEvent(raw: unknown): IncomingEvent | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const attributes = raw as Partial<Record<string, unknown>>;
  const { source, id, subject } = attributes;
  const plain = PLAIN_TYPES.get(attributes.type);
  if (plain === undefined || attributes.specversion !== '1.0') return undefined;
  if (!isPlainId(source) || !isPlainId(id) || !isPlainId(subject)) return undefined;
  const time = instantOf(attributes.time);
  const sequence = sequenceOf(attributes.sequence);
  if (time === undefined || sequence === undefined || !hasKnownAttributes(attributes)) return undefined;
  const data = readData(plain.members, attributes.data);
  const sourceText = escaped(source);
  const idText = escaped(id);
  const subjectText = escaped(subject);
  if (!data || sourceText === undefined || idText === undefined || subjectText === undefined)
    return undefined;

  const timeText = inOneNotation(attributes.time as string, time);
  const place = sequence === 0 ? '","data":{' : `","sequence":${sequence},"data":{`;
  return {
    source,
    id,
    subject,
    time,
    sequence,
    content: { type: plain.type, data: data.read } as OrdinaryContent,
    canonical: `{"specversion":"1.0","source":"${sourceText}","id":"${idText}${plain.text}${subjectText}","time":"${timeText}${place}${data.text}}}`,
    agencies: data.agencies,
    procedures: data.procedures,
    happenedAt: [{ at: time, pointer: '/time' }],
  };
}

interface PlainData {
  read: Record<string, unknown>;
  /** Its members in JSON. */
  text: string;
  agencies: Reference[];
  procedures: Reference[];
}

function readData(members: readonly PlainMember[], data: unknown = {}): PlainData | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const read: Record<string, unknown> = {};
  let text = '';
  let known = 0;
  let agencies: Reference[] = [];
  let procedures: Reference[] = [];
  for (const member of members) {
    const { name, kind, pointer } = member;
    const sent = (data as Partial<Record<string, unknown>>)[name];
    if (sent === undefined && !member.required) continue;
    const value = valueOf(member, sent);
    const written = value === undefined ? undefined : textOf(kind, sent, value);
    if (written === undefined) return undefined;
    read[name] = value;
    text += (known === 0 ? member.first : member.next) + written + member.after;
    known++;
    if (kind === 'agency') agencies = withOne(agencies, { code: value as string, pointer });
    if (kind === 'procedure') procedures = withOne(procedures, { code: value as string, pointer });
  }
  return numberOfMembers(data) === known ? { read, text, agencies, procedures } : undefined;
}

/** `push` would make room for sixteen more. */
const withOne = <T>(list: T[], item: T): T[] => (list.length === 0 ? [item] : [...list, item]);

/** What a member's schema would make of what was sent; undefined if there is any doubt. */
function valueOf({ kind, choices, schema }: Member, sent: unknown): unknown {
  switch (kind) {
    case 'agency':
    case 'procedure':
      return typeof sent === 'string' ? sent : undefined;
    case 'text':
      return typeof sent === 'string' && sent.length <= LONGEST_TEXT ? sent : undefined;
    case 'choice':
      return typeof sent === 'string' && choices.includes(sent) ? sent : undefined;
    case 'instant':
      return instantOf(sent);
    case 'limit':
      return limitOf(sent);
    case 'number':
    case 'boolean':
      return typeof sent === kind && schema.safeParse(sent).success ? sent : undefined;
    case undefined:
      return undefined;
  }
}

/** A member's value as JSON, without quotes; undefined if it cannot be stored. */
function textOf(kind: Member['kind'], sent: unknown, value: unknown): string | undefined {
  switch (kind) {
    case 'instant':
      return inOneNotation(sent as string, value as Instant);
    case 'limit': {
      const { amount, unit } = value as Limit;
      return `{"amount":${amount},"unit":"${unit}"}`;
    }
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return escaped(value as string);
  }
}

function limitOf(sent: unknown): Limit | undefined {
  const amount = memberOf(sent, 'amount');
  const unit = memberOf(sent, 'unit') as LimitUnit;
  if (typeof amount !== 'number' || !(amount >= 0 && amount <= LARGEST_AMOUNT)) return undefined;
  if (!Number.isInteger(unit === 'working-hours' ? amount * 2 : amount)) return undefined;
  return LIMIT_UNITS.includes(unit) && numberOfMembers(sent as object) === 2 ? { amount, unit } : undefined;
}

/** In parsed JSON nothing is inherited. Cheaper than `Object.keys`, which makes a list. */
function numberOfMembers(value: object): number {
  let count = 0;
  for (const _ in value) count++;
  return count;
}

/** Whether there are no others than these; those that are required have been seen already. */
function hasKnownAttributes(attributes: Partial<Record<string, unknown>>): boolean {
  const { sequence, datacontenttype, data } = attributes;
  if (datacontenttype !== undefined && datacontenttype !== 'application/json') return false;
  let known = 6;
  if (sequence !== undefined) known++;
  if (datacontenttype !== undefined) known++;
  if (data !== undefined) known++;
  return numberOfMembers(attributes) === known;
}

const isPlainId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= LONGEST_ID;

const instantOf = (value: unknown): Instant | undefined =>
  typeof value === 'string' ? parseInstant(value) : undefined;

function sequenceOf(sent: unknown = 0): number | undefined {
  const value = typeof sent === 'string' && /^\d+$/.test(sent) ? Number(sent) : sent;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? Math.abs(value) : undefined;
}

/** What JSON writes as it is, but for characters beyond the basic plane, which are looked at closer. */
const AS_IT_IS = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/** A text as it stands between quotes in JSON; undefined if it cannot be stored. */
function escaped(text: string): string | undefined {
  if (AS_IT_IS.test(text)) return text;
  return isWritable(text) ? JSON.stringify(text).slice(1, -1) : undefined;
}

/** As `formatInstant` writes it, without the effort in the notations that nearly everybody uses. */
function inOneNotation(text: string, at: Instant): string {
  if (text.charCodeAt(10) === 84 && text.endsWith('+07:00')) {
    if (text.length === 29) return text;
    if (text.length === 25) return `${text.slice(0, 19)}.000+07:00`;
  }
  return formatInstant(at);
}
