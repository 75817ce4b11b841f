import {
  CHANNELS,
  formatInstant,
  LIMIT_UNITS,
  MAX_INSTANT,
  MIN_INSTANT,
  type OrdinaryType,
} from '#libs/dossier';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ORDINARY_TYPES, typeName } from './events.js';
import { exampleOf } from './examples.js';
import { type Member, membersOf } from './members.js';
import { parseBySchema } from './parse-event.js';
import { readPlainEvent } from './read-plain-event.js';

type Json = Record<string, unknown>;

/** Whether the short cut takes an event; if so, it has to read what the schemas read, to the order of members. */
function isTaken(raw: unknown): boolean {
  const event = readPlainEvent(raw);
  if (event === undefined) return false;
  const parsed = parseBySchema(raw, 0);
  expect({ ok: true, event }).toStrictEqual(parsed);
  expect(JSON.stringify({ ok: true, event })).toBe(JSON.stringify(parsed));
  return true;
}

const event = (type: OrdinaryType, data: object, more: Json = {}): Json => ({
  ...exampleOf(type),
  data,
  ...more,
});
const accepted = (more: Json): Json =>
  event('accepted', { procedure: '1.000123', receivingAgency: 'H13.12', channel: 'post', ...more });

const at = '2018-01-05T08:00:00+07:00';
const fancy = '\u{1d51b}';

describe('the short cut takes', () => {
  it.each(ORDINARY_TYPES)('an ordinary event: %s', (type) => {
    expect(isTaken(exampleOf(type))).toBe(true);
    expect(isTaken({ ...exampleOf(type), sequence: 3, datacontenttype: 'application/json' })).toBe(true);
  });

  it.each<[string, Json]>([
    ['members in any order', Object.fromEntries(Object.entries(exampleOf('accepted')).reverse())],
    [
      'data in any order',
      accepted({ limit: { unit: 'months', amount: 2 }, dueAt: at, resolvingAgency: 'H13' }),
    ],
    ['empty data', event('resolved', {})],
    ['digits for a sequence', event('resolved', {}, { sequence: '007' })],
    ['a sequence of minus nothing', event('resolved', {}, { sequence: -0 })],
    ['half an hour', accepted({ limit: { amount: 0.5, unit: 'working-hours' } })],
    ['what JSON escapes', event('stopped', { reason: '"Trả hồ sơ"\n\t\\u0000\u007f\u2028' })],
    ['characters beyond the basic plane', event('stopped', { reason: fancy }, { subject: fancy })],
    ['the longest ids', event('resolved', {}, { id: 'x'.repeat(256), subject: fancy.repeat(128) })],
    ['the longest text', event('stopped', { reason: 'ệ'.repeat(10_000) })],
  ])('%s', (_, raw) => expect(isTaken(raw)).toBe(true));

  it.each([
    at,
    '2018-01-05T08:00:00.120+07:00',
    '2018-01-05t08:00:00.120+07:00',
    '2018-01-05T08:00:00.12+07:00',
    '2018-01-05T08:00:00.1239+07:00',
    '2018-01-05T08:00:00.120+06:00',
    '2018-01-05T08:00:00.120-07:00',
    '2018-01-05T01:00:00Z',
    '2018-01-05T01:00:00.00000000z',
    '1900-01-01T07:00:00+07:00',
    '9999-12-31T23:59:59.999+07:00',
    '9999-12-31T23:59:59.999Z',
  ])('the instant %s', (instant) => {
    expect(isTaken(event('supplement-received', { newDueAt: instant }, { time: instant }))).toBe(true);
  });
});

describe('the short cut leaves to the schemas', () => {
  it.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'x'],
    ['a list', [exampleOf('resolved')]],
    ['corrections', exampleOf('corrected')],
    ['retractions', exampleOf('retracted')],
    ['extension attributes', event('resolved', {}, { traceparent: '00-ab' })],
    ['an attribute that is null', event('resolved', {}, { sequence: null })],
    ['data of another kind', event('resolved', {}, { datacontenttype: 'application/xml' })],
    ['members it does not know', event('stopped', { reason: 'x', applicant: 'Nguyễn Văn A' })],
    ['members of a limit that it does not know', accepted({ limit: { amount: 1, unit: 'months', x: 1 } })],
    [
      'members with a name from the prototype',
      JSON.parse(JSON.stringify(exampleOf('resolved')).replace('"data":{', '"data":{"__proto__":1,')),
    ],
    ['data that is null', { ...exampleOf('resolved'), data: null }],
    ['data that is a list', { ...exampleOf('resolved'), data: [] }],
    ['a missing member', event('submitted', { procedure: 'p', channel: 'post' })],
    ['a choice that there is not', event('returned', { channel: 'fax' })],
    ['NUL', event('stopped', { reason: 'a\0' })],
    ['half of a surrogate pair', event('resolved', {}, { id: 'x\ud800' })],
    ['ids without end', event('resolved', {}, { source: 'x'.repeat(257) })],
    ['ids without beginning', event('resolved', {}, { source: '' })],
    ['texts without end', event('stopped', { reason: 'x'.repeat(10_001) })],
    ['half a day', accepted({ limit: { amount: 0.5, unit: 'working-days' } })],
    ['a quarter of an hour', accepted({ limit: { amount: 0.25, unit: 'working-hours' } })],
    ['a limit below nothing', accepted({ limit: { amount: -1, unit: 'months' } })],
    ['a limit without end', accepted({ limit: { amount: 10_001, unit: 'months' } })],
    ['a score of 6', event('rated', { score: 6 })],
    ['a sequence beyond what is exact', event('resolved', {}, { sequence: 2 ** 53 })],
    ['an instant without an offset', event('resolved', {}, { time: '2018-01-05T08:00:00' })],
  ])('%s', (_, raw) => expect(isTaken(raw)).toBe(false));
});

/** Anything that JSON can carry in a string, halves of pairs included. */
const text = fc
  .array(
    fc.oneof(
      fc.integer({ min: 32, max: 126 }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 0xd83d, 0xde00),
    ),
    { maxLength: 20 },
  )
  .map((units) => String.fromCharCode(...units));
const writable = text.map((any) => any.replace(/[\0\p{Surrogate}]/gu, ''));
const id = writable.map((any) => any || 'x');

const instant = fc
  .tuple(fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT }), fc.nat(4))
  .map(([time, notation]) => {
    const local = formatInstant(time);
    const notations = [
      local,
      local.replace(/\.\d+/, ''),
      new Date(time).toISOString(),
      local.replace('T', 't'),
    ];
    return notations[notation] ?? local.replace('+07:00', '7+07:00');
  });

const goodValue = ({ kind, choices }: Member): fc.Arbitrary<unknown> => {
  switch (kind) {
    case 'choice':
      return fc.constantFrom(...choices);
    case 'instant':
      return instant;
    case 'limit':
      return fc.record({ amount: fc.nat(10_000), unit: fc.constantFrom(...LIMIT_UNITS) });
    case 'number':
      return fc.integer({ min: 1, max: 5 });
    case 'boolean':
      return fc.boolean();
    default:
      return writable;
  }
};

const goodData = (type: OrdinaryType): fc.Arbitrary<Json> => {
  const members = membersOf(type);
  const values = Object.fromEntries(members.map((member) => [member.name, goodValue(member)]));
  const requiredKeys = members.filter(({ required }) => required).map(({ name }) => name);
  return fc.record(values, { requiredKeys, noNullPrototype: true });
};

const good: fc.Arbitrary<Json> = fc.constantFrom(...ORDINARY_TYPES).chain((type) =>
  fc.record(
    {
      specversion: fc.constant('1.0'),
      source: id,
      id,
      type: fc.constant(typeName(type)),
      subject: id,
      time: instant,
      sequence: fc.oneof(fc.maxSafeNat(), fc.nat(3).map(String)),
      data: goodData(type),
    },
    {
      requiredKeys: ['specversion', 'source', 'id', 'type', 'subject', 'time', 'data'],
      noNullPrototype: true,
    },
  ),
);

const strange: fc.Arbitrary<unknown> = fc.oneof(
  text,
  instant,
  fc.constantFrom(
    '',
    'x'.repeat(256),
    'x'.repeat(257),
    fancy.repeat(128),
    fancy.repeat(256),
    fancy.repeat(257),
  ),
  fc.constantFrom('x'.repeat(10_000), 'x'.repeat(10_001), fancy.repeat(10_000), fancy.repeat(10_001)),
  fc.constantFrom('0', '-1', '1e3', ' 1', '9007199254740991', '9007199254740992', '0'.repeat(20)),
  fc.constantFrom(0, -0, -1, 0.5, 1.5, 5, 6, 10_000, 10_000.5, 10_001, 2 ** 53 - 1, 2 ** 53, 1e21, Infinity),
  fc.constantFrom(
    '1.0',
    'application/json',
    'granted',
    ...CHANNELS,
    ...LIMIT_UNITS,
    ...ORDINARY_TYPES.map(typeName),
  ),
  fc.record({ amount: fc.constantFrom(0, -0, -1, 0.5, 2.25, 10_000), unit: fc.constantFrom(...LIMIT_UNITS) }),
  fc.jsonValue({ maxDepth: 1 }),
);

const attributes = ['specversion', 'source', 'id', 'type', 'subject', 'time', 'sequence', 'data'];
const members = [...new Set(ORDINARY_TYPES.flatMap((type) => membersOf(type).map(({ name }) => name)))];
const change = fc.record({
  path: fc.oneof(
    fc.constantFrom(...attributes, 'datacontenttype', 'dataschema', 'data_base64', 'x').map((name) => [name]),
    fc.constantFrom(...members, 'applicant', 'toString').map((name) => ['data', name]),
    fc.constantFrom('amount', 'unit', 'x').map((name) => ['data', 'limit', name]),
  ),
  value: fc.option(strange, { nil: undefined, freq: 4 }),
});

/** A copy with another value at the path, which moves to the end of its object; undefined: without it. */
function changed(raw: unknown, [name, ...deeper]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const { [name]: before, ...rest } = raw as Json;
  const after = changed(before, deeper, value);
  return after === undefined ? rest : { ...rest, [name]: after };
}

describe('any event', () => {
  it('is taken if it is good', () => {
    fc.assert(
      fc.property(good, (raw) => expect(isTaken(raw)).toBe(true)),
      { numRuns: 2_000 },
    );
  });

  it('is read as the schemas read it, or left to them', () => {
    let taken = 0;
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(good, changes, (raw, list) => {
        const spoilt = list.reduce<unknown>((before, { path, value }) => changed(before, path, value), raw);
        if (isTaken(spoilt)) taken++;
      }),
      { numRuns: 10_000 },
    );
    expect(taken).toBeGreaterThan(1_000);
  });
});
