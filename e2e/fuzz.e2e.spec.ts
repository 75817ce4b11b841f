import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chainAt, type Standalone, startStandalone } from '#libs/testing';

/**
 * 10,000 bodies against a running system. What is wrong with each is known, so the answer is checked
 * to the letter: the right 4xx, every fault named, never a 5xx, and nothing of a refused body stored.
 */
const BODIES = 10_000;
const SEED = 20_180_101;
const IN_FLIGHT = 12;

const SINGLE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

interface Case {
  body: Buffer;
  type: string;
  status: number;
  /** `index pointer` of every fault, sorted; absent where the answer names none. */
  places?: string[];
  /** Dossiers that a taken body makes known. */
  codes?: string[];
}

type Json = Record<string, unknown>;
const event = (subject: string, id = 'e'): Json => ({
  specversion: '1.0',
  source: 'urn:test:fuzz',
  id: `${subject}-${id}`,
  type: 'vn.tthc.dossier.accepted.v1',
  subject,
  time: '2018-01-05T08:00:00+07:00',
  sequence: 1,
  data: {
    procedure: 'p',
    receivingAgency: 'a',
    resolvingAgency: 'a',
    channel: 'counter',
    dueAt: '2018-01-12T17:00:00+07:00',
    limit: { amount: 5, unit: 'working-days' },
    applicant: 'dropped',
  },
});

// ── What can be done to an event ─────────────────────────────────────────────────────────────────

const UNSET = Symbol('unset');
/** Stands for a number that JSON can write and JavaScript cannot hold. */
const HUGE = '@1e400@';
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

/** Place → values that are at fault there by form, and values that only catalogue or clock refuse. */
const WRONGS: [pointer: string, form: unknown[], semantic?: unknown[]][] = [
  ['/specversion', [UNSET, null, 1, '0.3', '1.0 ', {}]],
  ['/source', [UNSET, null, '', 5, 'x'.repeat(257), 'a\0b', '\ud800', ['urn:test']]],
  ['/id', [UNSET, null, '', true, 'đ'.repeat(257), 'a\0b', '\udc00x', {}]],
  ['/subject', [UNSET, null, '', -1, 'x'.repeat(2_000), '\0', 'x\ud83d', []]],
  ['/type', [UNSET, null, '', 7, 'accepted', 'vn.tthc.dossier.accepted.v2', 'vn.tthc.dossier.eaten.v1', {}]],
  [
    '/time',
    [
      UNSET,
      null,
      0,
      'now',
      '2018-01-05T08:00:00',
      '2018-01-05',
      '2018-01-05T24:00:00+07:00',
      '2016-12-31T23:59:60Z',
      '2018-02-29T00:00:00Z',
      '2018-01-05T08:00:00+0700',
    ],
    ['9000-01-01T00:00:00Z', '2199-12-31T23:59:59.999+07:00'],
  ],
  ['/sequence', [-1, 1.5, HUGE, 9007199254740992, '9007199254740992', '-1', '1e3', '', 'x', {}, [], true]],
  ['/anything', [{}, [], { toString: 1 }]],
  ['/data', [UNSET, null, 5, 'x', [], true]],
  ['/data/procedure', [UNSET, null, 5, {}, ['p']], ['unknown', '', '__proto__', 'x'.repeat(2_000)]],
  ['/data/receivingAgency', [UNSET, null, false, []], ['unknown', 'A', 'constructor']],
  ['/data/resolvingAgency', [null, 0, {}], ['unknown', ' a']],
  ['/data/channel', [UNSET, null, 'fax', 'COUNTER', 1, ['post']]],
  ['/data/dueAt', [null, '2018-01-12', '2018-01-12T17:00:00', '20180112T170000Z', 1515751200, {}]],
  ['/data/limit/amount', [UNSET, null, -1, 0.3, 1.5, 10_001, HUGE, '5', {}]],
  ['/data/limit/unit', [UNSET, null, 'weeks', 5, '']],
  ['/data/applicant', ['a\0b', '\ud800', '\udfff\ud800']],
];

interface Wrong {
  pointer: string;
  value: unknown;
  isForm: boolean;
}
const wrong = fc.constantFrom(
  ...WRONGS.flatMap(([pointer, form, semantic = []]) => [
    ...form.map((value): Wrong => ({ pointer, value, isForm: true })),
    ...semantic.map((value): Wrong => ({ pointer, value, isForm: false })),
  ]),
);
const wrongs = fc
  .uniqueArray(wrong, { minLength: 1, maxLength: 6, selector: (one) => one.pointer })
  .map((chosen) => {
    const has = (pointer: string) => chosen.some((one) => one.pointer === pointer);
    // What the data means is only judged where type and data are legible; absent data is only at
    // fault if the type is known to need them.
    const kept = chosen.filter(
      ({ pointer, value }) =>
        !(pointer.startsWith('/data/') && (has('/type') || has('/data'))) &&
        !(pointer === '/data' && value === UNSET && has('/type')),
    );
    // Half a step is only wrong for a unit that is known.
    return kept.filter(
      ({ pointer, value }) => !(pointer === '/data/limit/amount' && value === 1.5 && has('/data/limit/unit')),
    );
  });

function spoil(target: Json, list: readonly Wrong[]): Json {
  for (const { pointer, value } of list) {
    const path = pointer.slice(1).split('/');
    const last = path.pop() as string;
    const holder = path.reduce<Json>((at, key) => at[key] as Json, target);
    if (value === UNSET) Reflect.deleteProperty(holder, last);
    else holder[last] = value;
  }
  return target;
}
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value).replaceAll(`"${HUGE}"`, '1e400'));
const statusOf = (list: readonly Wrong[]): number => (list.some(({ isForm }) => isForm) ? 400 : 422);

// ── Bodies ───────────────────────────────────────────────────────────────────────────────────────

let serial = 0;
const good = () => `ok-${++serial}`;
const bad = () => `bad-${++serial}`;

const oneTaken = fc
  .constantFrom(SINGLE, `${SINGLE}; charset=utf-8`, 'Application/CloudEvents+JSON;Charset="UTF-8"')
  .map((type): Case => {
    const code = good();
    return { body: bytes(event(code)), type, status: 202, codes: [code] };
  });
const batchTaken = fc.integer({ min: 0, max: 10 }).map((count): Case => {
  const codes = Array.from({ length: count }, good);
  return { body: bytes(codes.map((code) => event(code))), type: BATCH, status: 202, codes };
});
const oneSpoilt = wrongs.map((list): Case => ({
  body: bytes(spoil(event(bad()), list)),
  type: SINGLE,
  status: statusOf(list),
  places: list.map(({ pointer }) => `0 ${pointer}`).sort(),
}));
const batchSpoilt = fc
  .array(fc.option(wrongs, { freq: 3 }), { minLength: 1, maxLength: 6 })
  .map((lists): Case => {
    const all = lists.flatMap((list) => list ?? []);
    const codes = lists.map(all.length > 0 ? bad : good);
    const body = bytes(lists.map((list, index) => spoil(event(codes[index] as string), list ?? [])));
    if (all.length === 0) return { body, type: BATCH, status: 202, codes };
    const places = lists.flatMap((list, index) => (list ?? []).map(({ pointer }) => `${index} ${pointer}`));
    return { body, type: BATCH, status: statusOf(all), places: places.sort() };
  });
const cut = fc.tuple(fc.constantFrom(SINGLE, BATCH), fc.nat({ max: 300 })).map(([type, at]): Case => {
  return { body: bytes([event(bad())]).subarray(0, at), type, status: 400, places: ['0 '] };
});
const notUtf8 = fc
  .tuple(fc.nat({ max: 300 }), fc.constantFrom(0xff, 0xc0, 0x80, 0xed))
  .map(([at, byte]): Case => {
    const body = bytes(event(bad()));
    return {
      body: Buffer.concat([body.subarray(0, at), Buffer.from([byte]), body.subarray(at)]),
      type: SINGLE,
      status: 400,
      places: ['0 '],
    };
  });
const notEvents = fc.tuple(fc.constantFrom(SINGLE, BATCH), fc.json()).map(([type, text]): Case => {
  const value = JSON.parse(text) as unknown;
  const empty = type === BATCH && Array.isArray(value) && value.length === 0;
  return { body: Buffer.from(text), type, status: empty ? 202 : 400 };
});
const deep = fc.integer({ min: 63, max: 5_000 }).map((levels): Case => {
  const body = event(bad());
  body['data'] = { ...(body['data'] as Json), x: '@' };
  // The event and its data are levels, too.
  const text = JSON.stringify(body).replace('"@"', '['.repeat(levels) + ']'.repeat(levels));
  return { body: Buffer.from(text), type: SINGLE, status: 400, places: [`0 /data/x${'/0'.repeat(62)}`] };
});
const otherMedia = fc
  .constantFrom(
    'application/json',
    'text/plain',
    `${SINGLE}; charset=latin1`,
    'application/cloudevents+avro',
    'x',
    '',
  )
  .map((type): Case => ({ body: bytes(event(bad())), type, status: 415 }));

const anyBody = fc.oneof(
  { weight: 6, arbitrary: oneSpoilt },
  { weight: 4, arbitrary: batchSpoilt },
  { weight: 2, arbitrary: oneTaken },
  { weight: 1, arbitrary: batchTaken },
  { weight: 1, arbitrary: cut },
  { weight: 1, arbitrary: notUtf8 },
  { weight: 2, arbitrary: notEvents },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: otherMedia },
);

/** Bodies too large to be many. */
function largeBodies(): Case[] {
  const many = (count: number): Json[] => Array.from({ length: count }, () => event(bad()));
  const oneBad = many(5_000);
  spoil(oneBad[4_321] as Json, [{ pointer: '/data/channel', value: 'fax', isForm: true }]);
  const oneUnknown = many(5_000);
  spoil(oneUnknown[4_999] as Json, [{ pointer: '/data/procedure', value: '?', isForm: false }]);
  const megabytes = (count: number): Buffer => Buffer.alloc(count * 1024 * 1024, 0x20);
  return [
    { body: bytes(oneBad), type: BATCH, status: 400, places: ['4321 /data/channel'] },
    { body: bytes(oneUnknown), type: BATCH, status: 422, places: ['4999 /data/procedure'] },
    { body: bytes(many(5_001)), type: BATCH, status: 413 },
    { body: bytes(many(30_000)), type: BATCH, status: 413 },
    { body: megabytes(11), type: SINGLE, status: 413 },
    { body: Buffer.concat([bytes(event(bad())), megabytes(11)]), type: SINGLE, status: 413 },
    { body: megabytes(9), type: BATCH, status: 400, places: ['0 '] },
    { body: megabytes(9), type: 'text/plain', status: 415 },
    {
      body: bytes(Array.from({ length: 5_000 }, () => 0)),
      type: BATCH,
      status: 400,
      places: Array.from({ length: 5_000 }, (_, i) => `${i} `).sort(),
    },
    { body: bytes({ ...event(bad()), data: nested(1_000) }), type: SINGLE, status: 400 },
    { body: bytes(Array.from({ length: 900_000 }, () => ({}))), type: SINGLE, status: 400, places: ['0 '] },
  ];
}

// ── The run ──────────────────────────────────────────────────────────────────────────────────────

interface Answer {
  status: number;
  type: string | null;
  body: {
    accepted?: number;
    status?: number;
    errors?: { index: number; pointer: string; code: string; detail: string }[];
  };
}

describe('bodies of every kind', () => {
  let standalone: Standalone | undefined;
  const url = () => standalone?.url ?? '';
  beforeAll(async () => {
    standalone = await startStandalone();
    const chain = chainAt(url());
    await chain.putAgencies([{ id: 'a', name: 'A', kind: 'office' }]);
    await chain.putProcedures([{ code: 'p', name: 'P', domain: 'd', limits: [] }]);
  }, 90_000);
  afterAll(() => standalone?.stop(), 30_000);

  const send = async ({ body, type }: Case): Promise<Answer> => {
    const response = await fetch(`${url()}/v1/events`, {
      method: 'POST',
      headers: type === '' ? {} : { 'content-type': type },
      body: Uint8Array.from(body),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: (await response.json()) as Answer['body'],
    };
  };

  /** What is wrong with an answer, in words; undefined if it is right. */
  function objection(expected: Case, answer: Answer): string | undefined {
    const { status, body } = answer;
    if (status !== expected.status) return `status ${status}, not ${expected.status}`;
    if (status === 202) {
      const count = expected.codes?.length ?? 0;
      return body.accepted === count ? undefined : `accepted ${body.accepted}, not ${count}`;
    }
    if (!answer.type?.startsWith('application/problem+json')) return `media type ${answer.type}`;
    if (body.status !== status) return `status ${body.status} in the body`;
    if (status !== 400 && status !== 422) return undefined;
    const errors = body.errors ?? [];
    if (errors.length === 0 || errors.some(({ code, detail }) => !code || !detail))
      return 'faults without a name';
    const places = [...new Set(errors.map(({ index, pointer }) => `${index} ${pointer}`))].sort();
    if (!expected.places || places.join('\n') === expected.places.join('\n')) return undefined;
    return `faults at ${places.slice(0, 20).join(', ')}, not at ${expected.places.slice(0, 20).join(', ')}`;
  }

  it('are taken whole or refused by name, and what is refused leaves no trace', async () => {
    const cases = fc.sample(anyBody, { numRuns: BODIES, seed: SEED });
    for (const [index, large] of largeBodies().entries()) cases.splice(index * 700, 0, large);

    const objections: string[] = [];
    let next = 0;
    const sender = async (): Promise<void> => {
      for (let at = next++; at < cases.length && objections.length < 20; at = next++) {
        const sent = cases[at] as Case;
        const found = objection(sent, await send(sent));
        if (found)
          objections.push(`body ${at}: ${found}: ${sent.type}: ${sent.body.subarray(0, 1_000).toString()}`);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
    expect(objections).toEqual([]);

    const chain = chainAt(url());
    await chain.caughtUp();
    const stored = (await chain.list({}, 500)).map(({ code }) => code);
    const taken = cases.flatMap(({ codes }) => codes ?? []);
    expect(taken.length).toBeGreaterThan(500);
    expect(stored.sort()).toEqual(taken.sort());

    expect(await (await fetch(`${url()}/v1/quarantine`)).json()).toMatchObject({ items: [] });
    expect(await chain.status('/health/live')).toBe(200);
  }, 120_000);
});
