import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { faultsOfCatalogue, faultsOfFuture } from './check-event.js';
import { EVENT_TYPES, type EventType, typeName } from './events.js';
import type { Fault } from './faults.js';
import { type IncomingEvent, parseEvent } from './parse-event.js';

const at = '2018-01-05T08:00:00+07:00';

const GOOD_DATA: Record<EventType, object | undefined> = {
  submitted: { procedure: '1.000123', receivingAgency: 'H13.12', channel: 'online' },
  accepted: {
    procedure: '1.000123',
    receivingAgency: 'H13.12',
    resolvingAgency: 'H13.13',
    channel: 'counter',
    dueAt: '2018-01-12T17:00:00+07:00',
    limit: { amount: 5, unit: 'working-days' },
  },
  refused: { reason: 'Thiếu giấy tờ' },
  'stage-entered': { stage: 'Thẩm định', agency: 'H13.12', stageDueAt: at },
  'supplement-requested': undefined,
  'supplement-received': { newDueAt: at },
  'fee-requested': {},
  'fee-paid': undefined,
  extended: { newDueAt: at, reason: 'Xác minh', apology: true },
  resolved: { outcome: 'granted' },
  returned: { channel: 'post' },
  withdrawn: undefined,
  stopped: { reason: '' },
  reopened: { newDueAt: at, reason: 'Khiếu nại' },
  rated: { score: 5 },
  corrected: {
    event: 'e-0',
    type: typeName('accepted'),
    time: at,
    data: { procedure: '1.000123', receivingAgency: 'H13.12', channel: 'counter' },
  },
  retracted: { event: 'e-0' },
};

const event = (type: EventType, data: unknown = GOOD_DATA[type], more: object = {}) => ({
  specversion: '1.0',
  source: 'urn:vn:cantho:motcua',
  id: 'e-1',
  type: typeName(type),
  subject: 'H13.12-180105-0001',
  time: at,
  ...(data === undefined ? {} : { data }),
  ...more,
});

function taken(raw: unknown): IncomingEvent {
  const parsed = parseEvent(raw, 0);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.event;
}
function refused(raw: unknown, index = 0): Fault[] {
  const parsed = parseEvent(raw, index);
  return parsed.ok ? [] : parsed.faults;
}
const named = (raw: unknown) => refused(raw).map((fault) => `${fault.pointer} ${fault.code}`);

describe('a well-formed event', () => {
  it('is one of 17 types', () => expect(EVENT_TYPES).toHaveLength(17));

  it.each(Object.keys(GOOD_DATA) as EventType[])('of type %s is taken', (type) => {
    const read = taken(event(type));
    expect(read.content.type).toBe(type);
    expect(read.time).toBe(Date.parse(at));
    expect(JSON.parse(read.canonical)).toMatchObject({ type: typeName(type), subject: read.subject });
  });

  it.each(Object.keys(GOOD_DATA) as EventType[])('of type %s reads the same from the log', (type) => {
    const read = taken(event(type, GOOD_DATA[type], { sequence: '7' }));
    expect(taken(JSON.parse(read.canonical))).toEqual(read);
  });

  it('drops what is unknown in data and ignores extension attributes', () => {
    const plain = taken(event('submitted'));
    const more = { ...GOOD_DATA.submitted, applicant: { name: 'Nguyễn Văn A' }, cccd: '092…' };
    const read = taken(event('submitted', more, { traceparent: '00-ab', shard: 3, test: true, gone: null }));
    expect(read).toEqual(plain);
    expect(read.canonical).not.toContain('Nguyễn');
  });

  it('has one canonical text however it is written', () => {
    const one = taken(
      event('extended', { newDueAt: '2018-01-12T10:00:00.0009Z', reason: 'x' }, { sequence: 0 }),
    );
    const other = taken({
      data: { reason: 'x', newDueAt: '2018-01-12t17:00:00+07:00' },
      time: '2018-01-05T01:00:00.000Z',
      ...(({ time: _, data: __, ...rest }) => rest)(event('extended')),
    });
    expect(other.canonical).toBe(one.canonical);
    expect(taken(event('extended', { newDueAt: at, reason: 'y' })).canonical).not.toBe(one.canonical);
  });

  it('may leave data out where every member is optional, inside a correction too', () => {
    expect(taken(event('resolved', {}, { data: undefined })).canonical).toBe(
      taken(event('resolved', {})).canonical,
    );
    const corrected = { event: 'e-0', type: typeName('resolved'), time: at };
    expect(taken(event('corrected', corrected)).content).toEqual({
      type: 'corrected',
      data: { event: 'e-0', time: Date.parse(at), content: { type: 'resolved', data: {} } },
    });
  });

  it.each([
    [undefined, 0],
    [null, 0],
    [0, 0],
    [-0, 0],
    ['0', 0],
    ['007', 7],
    [9007199254740991, 9007199254740991],
    ['9007199254740991', 9007199254740991],
  ])('reads sequence %p as %p', (sequence, expected) => {
    expect(taken(event('resolved', {}, { sequence })).sequence).toBe(expected);
  });

  it.each(['source', 'id', 'subject'])('may have a %s of 256 characters, each counting once', (name) => {
    expect(named(event('resolved', {}, { [name]: 'x'.repeat(256) }))).toEqual([]);
    expect(named(event('resolved', {}, { [name]: '𝔛'.repeat(256) }))).toEqual([]);
    expect(named(event('resolved', {}, { [name]: '𝔛'.repeat(257) }))).toEqual([`/${name} bad-length`]);
    expect(named(event('resolved', {}, { [name]: 'x'.repeat(257) }))).toEqual([`/${name} bad-length`]);
    expect(named(event('resolved', {}, { [name]: '' }))).toEqual([`/${name} bad-length`]);
  });

  it.each([
    [{ amount: 0, unit: 'working-days' }],
    [{ amount: 10000, unit: 'months' }],
    [{ amount: 0.5, unit: 'working-hours' }],
    [{ amount: 9999.5, unit: 'working-hours' }],
  ])('may have the limit %j', (limit) => {
    expect(named(event('accepted', { ...GOOD_DATA.accepted, limit }))).toEqual([]);
  });
});

describe('a malformed event', () => {
  it.each<[string, unknown, string[]]>([
    ['not an object', 'x', [' wrong-type']],
    ['an array', [], [' wrong-type']],
    ['null', null, [' wrong-type']],
    [
      'an empty object',
      {},
      [
        '/specversion missing',
        '/source missing',
        '/id missing',
        '/subject missing',
        '/time missing',
        '/type missing',
      ],
    ],
    ['another specversion', event('resolved', {}, { specversion: '1.0.2' }), ['/specversion bad-value']],
    ['a number for specversion', event('resolved', {}, { specversion: 1.0 }), ['/specversion bad-value']],
    ['an unknown type', event('resolved', {}, { type: 'vn.tthc.dossier.lost.v1' }), ['/type unknown-type']],
    [
      'a later major version',
      event('resolved', {}, { type: 'vn.tthc.dossier.resolved.v2' }),
      ['/type unknown-type'],
    ],
    ['a short type', event('resolved', {}, { type: 'resolved' }), ['/type unknown-type']],
    ['a prototype name for type', event('resolved', {}, { type: '__proto__' }), ['/type unknown-type']],
    [
      'a type that is an array',
      event('resolved', {}, { type: [typeName('resolved')] }),
      ['/type wrong-type'],
    ],
    [
      'an unknown type, data that is text',
      event('resolved', 'x', { type: 'x' }),
      ['/type unknown-type', '/data wrong-type'],
    ],
    ['time without an offset', event('resolved', {}, { time: '2018-01-05T08:00:00' }), ['/time bad-instant']],
    ['time at 24:00', event('resolved', {}, { time: '2018-01-05T24:00:00+07:00' }), ['/time bad-instant']],
    ['a leap second', event('resolved', {}, { time: '2016-12-31T23:59:60Z' }), ['/time bad-instant']],
    [
      'a day that does not exist',
      event('resolved', {}, { time: '2018-02-29T08:00:00Z' }),
      ['/time bad-instant'],
    ],
    ['time as a number', event('resolved', {}, { time: 1515114000000 }), ['/time wrong-type']],
    ['a negative sequence', event('resolved', {}, { sequence: -1 }), ['/sequence out-of-range']],
    ['a broken sequence', event('resolved', {}, { sequence: 1.5 }), ['/sequence wrong-type']],
    ['sequence 2^53', event('resolved', {}, { sequence: 9007199254740992 }), ['/sequence out-of-range']],
    ['sequence "2^53"', event('resolved', {}, { sequence: '9007199254740992' }), ['/sequence bad-value']],
    ['a sequence in words', event('resolved', {}, { sequence: 'seven' }), ['/sequence bad-value']],
    ['an empty sequence', event('resolved', {}, { sequence: '' }), ['/sequence bad-value']],
    [
      'a boundless sequence',
      event('resolved', {}, { sequence: JSON.parse('1e400') as number }),
      ['/sequence wrong-type'],
    ],
    ['a sequence that is an object', event('resolved', {}, { sequence: {} }), ['/sequence wrong-type']],
    ['an extension that is an object', event('resolved', {}, { trace: { a: 1 } }), ['/trace wrong-type']],
    ['an extension with an odd name', event('resolved', {}, { 'a/b~c': [] }), ['/a~1b~0c wrong-type']],
    ['binary data', event('resolved', undefined, { data_base64: 'e30=' }), ['/data_base64 wrong-type']],
    ['no data where it is needed', event('submitted', undefined, { data: undefined }), ['/data missing']],
    ['data that is null', event('resolved', null), ['/data wrong-type']],
    ['data that is an array', event('resolved', []), ['/data wrong-type']],
    [
      'empty data',
      event('submitted', {}),
      ['/data/procedure missing', '/data/receivingAgency missing', '/data/channel missing'],
    ],
    [
      'a channel of another world',
      event('submitted', { ...GOOD_DATA.submitted, channel: 'fax' }),
      ['/data/channel bad-value'],
    ],
    ['null for an optional member', event('refused', { reason: null }), ['/data/reason wrong-type']],
    ['a stage without its agency', event('stage-entered', { stage: 'x' }), ['/data/agency missing']],
    [
      'a bad instant inside',
      event('supplement-received', { newDueAt: '2018-01-05' }),
      ['/data/newDueAt bad-instant'],
    ],
    ['an extension without a date', event('extended', undefined, { data: {} }), ['/data/newDueAt missing']],
    [
      'an apology in words',
      event('extended', { newDueAt: at, apology: 'yes' }),
      ['/data/apology wrong-type'],
    ],
    ['an unknown outcome', event('resolved', { outcome: 'maybe' }), ['/data/outcome bad-value']],
    ['a score of 0', event('rated', { score: 0 }), ['/data/score out-of-range']],
    ['a score of 6', event('rated', { score: 6 }), ['/data/score out-of-range']],
    ['a score of 4.5', event('rated', { score: 4.5 }), ['/data/score wrong-type']],
    ['a score in quotes', event('rated', { score: '5' }), ['/data/score wrong-type']],
    ['an endless reason', event('stopped', { reason: 'x'.repeat(10_001) }), ['/data/reason bad-length']],
    ['NUL in a known member', event('stopped', { reason: 'a\0b' }), ['/data/reason bad-text']],
    ['NUL in a dropped member', event('stopped', { x: ['a', 'a\0b'] }), ['/data/x/1 bad-text']],
    ['half a surrogate pair', event('stopped', {}, { subject: 'x\ud800' }), ['/subject bad-text']],
    ['half a surrogate pair in a name', event('stopped', { '\udc00': 1 }), ['/data/\ufffd bad-text']],
    ['a retraction of nothing', event('retracted', { event: '' }), ['/data/event bad-length']],
    ['a retraction without data', event('retracted', undefined, { data: undefined }), ['/data missing']],
  ])('%s is refused by name', (_, raw, expected) => {
    expect(named(raw).sort()).toEqual([...expected].sort());
  });

  it.each<[object, string[]]>([
    [{ amount: 1.5, unit: 'working-days' }, ['/data/limit/amount out-of-range']],
    [{ amount: 0.25, unit: 'working-hours' }, ['/data/limit/amount out-of-range']],
    [{ amount: -1, unit: 'weeks' }, ['/data/limit/amount out-of-range', '/data/limit/unit bad-value']],
    [{ amount: 10_001, unit: 'months' }, ['/data/limit/amount out-of-range']],
    [{ amount: '5', unit: 'months' }, ['/data/limit/amount wrong-type']],
    [{ amount: JSON.parse('1e400') as number, unit: 'months' }, ['/data/limit/amount wrong-type']],
    [{}, ['/data/limit/amount missing', '/data/limit/unit missing']],
    [[], ['/data/limit wrong-type']],
  ])('with the limit %j is refused', (limit, expected) => {
    expect(named(event('accepted', { ...GOOD_DATA.accepted, limit }))).toEqual(expected);
  });

  it('names the place inside a correction', () => {
    const corrected = (data: object) => event('corrected', data);
    expect(named(corrected({}))).toEqual(['/data/event missing', '/data/type missing', '/data/time missing']);
    expect(named(corrected({ event: 'e', type: typeName('corrected'), time: at, data: {} }))).toEqual([
      '/data/type unknown-type',
    ]);
    expect(
      named(corrected({ event: 'e', type: typeName('accepted'), time: 'x', data: { limit: { amount: 1 } } })),
    ).toEqual([
      '/data/time bad-instant',
      '/data/data/procedure missing',
      '/data/data/receivingAgency missing',
      '/data/data/channel missing',
      '/data/data/limit/unit missing',
    ]);
    expect(named(corrected({ event: 'e', type: typeName('extended'), time: at }))).toEqual([
      '/data/data missing',
    ]);
  });

  it('has all its faults named at once', () => {
    const raw = {
      specversion: '0.3',
      source: '',
      id: 7,
      type: typeName('accepted'),
      subject: 'x'.repeat(300),
      time: '2018-13-01T00:00:00Z',
      sequence: 'x',
      extension: [],
      data: { procedure: 5, channel: 'a\0', dueAt: 'soon', limit: { amount: 0.1, unit: 'months' } },
    };
    expect(named(raw).sort()).toEqual(
      [
        '/specversion bad-value',
        '/source bad-length',
        '/id wrong-type',
        '/subject bad-length',
        '/time bad-instant',
        '/sequence bad-value',
        '/extension wrong-type',
        '/data/procedure wrong-type',
        '/data/receivingAgency missing',
        '/data/channel bad-value',
        '/data/channel bad-text',
        '/data/dueAt bad-instant',
        '/data/limit/amount out-of-range',
      ].sort(),
    );
    expect(refused(raw, 42).every((fault) => fault.index === 42)).toBe(true);
  });

  it('is nested 64 levels deep at most', () => {
    // The event and its data are the first two levels.
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    expect(named(event('stopped', { x: nested(62) }))).toEqual([]);
    expect(named(event('stopped', { x: nested(63) }))).toEqual([`/data/x${'/0'.repeat(62)} too-deep`]);
    expect(named(event('stopped', { x: nested(1_000_000) }))).toHaveLength(1);
  });

  it('is answered within bounds however hostile it is', () => {
    const key = 'k'.repeat(1_000_000);
    const faults = refused(event('stopped', { [key]: Array.from({ length: 50_000 }, () => '\0') }));
    expect(JSON.stringify(faults).length).toBeLessThan(5_000_000);
    expect(faults[0]?.pointer).toBe('/data');
    const attributes = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`a${i}`, {}]));
    expect(named({ ...event('stopped'), ...attributes })).toEqual([' bad-length']);
  });

  it('is not helped by members of the prototype', () => {
    expect(named(JSON.parse('{"__proto__":{"specversion":"1.0","id":"x"}}'))).toContain('/id missing');
    const raw = JSON.stringify(event('submitted', {})).replace(
      '"data":{}',
      '"data":{"__proto__":{"procedure":"p"}}',
    );
    expect(named(JSON.parse(raw))).toContain('/data/procedure missing');
  });
});

describe('codes', () => {
  const known = {
    hasAgency: (id: string) => id === 'H13.12',
    hasProcedure: (code: string) => code === '1.000123',
  };
  const unknown = (raw: unknown) => {
    const parsed = parseEvent(raw, 3);
    return faultsOfCatalogue(parsed.ok ? parsed.event : parsed.legible, 3, known).map(
      (fault) => `${fault.index} ${fault.pointer} ${fault.code}`,
    );
  };
  it.each<[string, unknown, string[]]>([
    ['all known', event('submitted'), []],
    ['the resolving agency', event('accepted'), ['3 /data/resolvingAgency unknown-agency']],
    [
      "a stage's agency",
      event('stage-entered', { stage: 'x', agency: '' }),
      ['3 /data/agency unknown-agency'],
    ],
    [
      'all of them, inside a correction',
      event('corrected', {
        event: 'e',
        type: typeName('submitted'),
        time: at,
        data: { procedure: 'p', receivingAgency: 'a', channel: 'post' },
      }),
      ['3 /data/data/receivingAgency unknown-agency', '3 /data/data/procedure unknown-procedure'],
    ],
    [
      'of an event that is malformed too',
      event('submitted', { procedure: 'p' }),
      ['3 /data/procedure unknown-procedure'],
    ],
    ['but not what is at fault already', event('submitted', { procedure: 'p\0' }), []],
  ])('are looked up: %s', (_, raw, expected) => expect(unknown(raw)).toEqual(expected));
});

describe('a time after arrival', () => {
  const arrivedAt = Date.parse('2018-01-05T08:00:00.000+07:00');
  const future = (raw: unknown) => {
    const parsed = parseEvent(raw, 0);
    return faultsOfFuture(parsed.ok ? parsed.event : parsed.legible, 0, arrivedAt).map(
      (fault) => fault.pointer,
    );
  };
  it.each([
    ['a millisecond less than 5 minutes', '2018-01-05T08:04:59.999+07:00', []],
    ['5 minutes', '2018-01-05T08:05:00.000+07:00', []],
    ['a microsecond more, which is cut off', '2018-01-05T08:05:00.000001+07:00', []],
    ['a millisecond more', '2018-01-05T08:05:00.001+07:00', ['/time']],
  ])('by %s', (_, time, expected) => expect(future(event('resolved', {}, { time }))).toEqual(expected));

  it('is looked for inside a correction, not in deadlines', () => {
    const later = '2018-01-05T08:05:00.001+07:00';
    expect(future(event('corrected', { event: 'e', type: typeName('resolved'), time: later }))).toEqual([
      '/data/time',
    ]);
    expect(future(event('extended', { newDueAt: later }))).toEqual([]);
    expect(future(event('resolved', [], { time: later }))).toEqual(['/time']);
  });
});

describe('anything', () => {
  const names = ['specversion', 'source', 'id', 'type', 'subject', 'time', 'sequence', 'data', 'x'];
  const good = fc.constantFrom(...(Object.keys(GOOD_DATA) as EventType[])).map((type) => event(type));
  const mutated = fc
    .tuple(good, fc.constantFrom(...names), fc.jsonValue())
    .map(([raw, name, value]) => ({ ...raw, [name]: value }));
  const dataMutated = fc
    .tuple(
      good,
      fc.constantFrom(
        'procedure',
        'channel',
        'limit',
        'newDueAt',
        'reason',
        'event',
        'type',
        'data',
        'score',
      ),
      fc.jsonValue(),
    )
    .map(([raw, name, value]) => ({ ...raw, data: { ...raw.data, [name]: value } }));

  it('is taken or refused, never thrown at; what is taken reads the same again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), good, mutated, dataMutated), (value) => {
        const raw = JSON.parse(JSON.stringify(value)) as unknown;
        const parsed = parseEvent(raw, 0);
        if (parsed.ok) expect(taken(JSON.parse(parsed.event.canonical))).toEqual(parsed.event);
        else expect(parsed.faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 10_000 },
    );
  });
});
