import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EVENTS_TOPIC, LARGEST_BODY_BYTES, type QuarantineReason } from '#libs/contracts';
import type { DeliveredMessage } from '#libs/event-log';
import type { DossierRecord } from './dossier-record.js';
import { ProcessingWorld } from './processing.fixture.js';

jest.setTimeout(60_000);

let world: ProcessingWorld;
beforeAll(async () => {
  world = await ProcessingWorld.open();
  await world.catalogues.putAgencies([{ id: 'A', name: 'Xã A', kind: 'commune' }]);
  await world.catalogues.putProcedures([
    {
      ...{ code: 'P', name: 'Thủ tục P', domain: 'd' },
      limits: [{ statutory: { amount: 10, unit: 'working-days' } }],
    },
  ]);
});
afterAll(() => world?.close());

type Written = Partial<DeliveredMessage>;

const accepted = (code: string, rest: object = {}) => ({
  ...{ specversion: '1.0', source: 'urn:foreign', id: `${code}-1`, type: 'vn.tthc.dossier.accepted.v1' },
  ...{ subject: code, time: '2026-03-02T08:00:00+07:00' },
  data: { procedure: 'P', receivingAgency: 'A', channel: 'counter' },
  ...rest,
});
const structured = (event: object, rest: Written = {}): Written => {
  const { source, subject } = event as { source: string; subject: string };
  return { key: `${source}|${subject}`, value: JSON.stringify(event), ...rest };
};
/** The same in binary mode, as CloudEvents' Kafka binding writes it. */
function binary(event: object, rest: Written = {}): Written {
  const { data, ...attributes } = event as { data?: object; source: string; subject: string };
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text]));
  const value = data === undefined ? { value: '', bytes: null } : { value: JSON.stringify(data) };
  return { key: `${attributes.source}|${attributes.subject}`, ...value, headers, ...rest };
}

async function recordOf(code: string): Promise<DossierRecord | undefined> {
  const rows = await world.database.query<{ record: string }[]>(
    `select record from processing.dossier where source = 'urn:foreign' and code = $1`,
    [code],
  );
  return rows[0] && (JSON.parse(rows[0].record) as DossierRecord);
}

interface Kept {
  position: number;
  partition: number;
  topic: string;
  key: string | null;
  key_bytes: Buffer | null;
  value: Buffer | null;
  headers: string;
  reason: string;
  source: string | null;
}
const kept = () =>
  world.database.query<Kept[]>(
    `select position::int, partition, topic, key, key_bytes, value, headers, reason, source
       from processing.quarantine order by id`,
  );

const garbage = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]);
const nested = `${'['.repeat(100)}${']'.repeat(100)}`;
const tomorrow = new Date(Date.now() + 86_400_000).toISOString();

describe('poison in the middle of a batch', () => {
  it.each<[string, QuarantineReason, (code: string) => Written, (string | null)?]>([
    ['garbage bytes', 'invalid-utf8', () => ({ key: 'k', value: '{\uFFFD', bytes: garbage }), null],
    ['a raw NUL', 'not-json', () => ({ key: 'k', value: '{}', bytes: Buffer.from('{"a":"\0"}') }), null],
    ['half an object', 'not-json', () => ({ key: 'urn:x|y', value: '{"specversion":' }), 'urn:x'],
    ['an empty value', 'not-json', () => ({ key: 'k', value: '' }), null],
    ['a tombstone', 'tombstone', () => ({ key: 'urn:x|y', value: '', bytes: null }), 'urn:x'],
    ['an array', 'wrong-type', () => ({ key: 'k', value: '[]' }), null],
    ['nesting without end', 'too-deep', (code) => structured(accepted(code), { value: deep(code) })],
    ['NUL in a text', 'bad-text', (code) => structured(accepted(code, { extra: 'a\0b' }))],
    ['NUL in a name', 'bad-text', (code) => structured(accepted(code, { ['a\0b']: 'x' }))],
    ['half a surrogate pair', 'bad-text', (code) => structured(accepted(code, { extra: '\uD800' }))],
    ['a foreign type', 'unknown-type', (code) => structured(accepted(code, { type: 'com.shop.sold.v1' }))],
    ['version 2', 'unknown-version', (code) => structured(accepted(code, { type: typeOf(2), data: {} }))],
    ['version 2, binary', 'unknown-version', (code) => binary(accepted(code, { type: typeOf(2), data: {} }))],
    ['an unknown agency', 'unknown-agency', (code) => structured(accepted(code, dataWith('X', 'P')))],
    ['an unknown procedure', 'unknown-procedure', (code) => structured(accepted(code, dataWith('A', 'X')))],
    ['a time to come', 'time-in-future', (code) => structured(accepted(code, { time: tomorrow }))],
    [
      'no subject',
      'missing',
      () => ({ key: 'k', value: JSON.stringify(accepted('x', { subject: undefined })) }),
    ],
    ['no key', 'wrong-key', (code) => structured(accepted(code), { key: '', keyBytes: null })],
    ['another key', 'wrong-key', (code) => structured(accepted(code), { key: code })],
    [
      'a key of bytes',
      'wrong-key',
      (code) => structured(accepted(code), { key: '\0\uFFFD', keyBytes: garbage }),
    ],
    ['another partition', 'wrong-partition', (code) => structured(accepted(code), { misplaced: true })],
    ['10 MB and a byte', 'oversized', (code) => structured(accepted(code), { value: large(code) })],
    [
      'the id of another',
      'conflicting-duplicate',
      (code) => structured(accepted(code, { id: 'around-0-1' })),
    ],
    ['binary without a type', 'missing', (code) => binary(accepted(code, { type: undefined }))],
    ['binary data that are none', 'not-json', (code) => binary(accepted(code), { value: 'x' })],
    [
      'binary data of another kind',
      'not-json',
      (code) => withHeader(code, 'content-type', 'application/avro'),
    ],
    [
      'binary data in Latin-1',
      'invalid-utf8',
      (code) => binary(accepted(code), { bytes: Buffer.from('"\xe9"', 'latin1') }),
    ],
  ])(
    '%s goes whole to the quarantine, and the partition goes on',
    async (what, reason, poison, source: string | null = 'urn:foreign') => {
      const before = (await kept()).length;
      const [first, last] = [`around ${what} 1`, `around ${what} 2`];
      await world.arrive([accepted('around-0')]);
      const message = poison(`poison ${what}`);
      const batch = world.batchOfMessages([structured(accepted(first)), message, binary(accepted(last))], 1);
      await world.apply.apply(batch);
      await Promise.all([world.apply.apply(batch), world.apply.apply(batch)]);

      for (const code of [first, last])
        expect((await recordOf(code))?.state).toMatchObject({ state: 'running' });
      expect(await recordOf(`poison ${what}`)).toBeUndefined();
      const rows = (await kept()).slice(before);
      expect(rows.map((row) => row.reason)).toEqual([reason]);
      const [row] = rows as [Kept];
      expect(row).toMatchObject({ topic: EVENTS_TOPIC, partition: 1, position: batch.firstOffset + 1 });
      expect(JSON.parse(row.headers)).toEqual(batch.messages[1]?.headers);
      const bytes = message.bytes === undefined ? Buffer.from(message.value ?? '') : message.bytes;
      expect(row.value === null ? null : row.value.equals(bytes ?? Buffer.alloc(0))).toBe(
        bytes === null ? null : true,
      );
      expect(row.source).toBe(source);
      if (message.keyBytes === null) expect(row.key).toBeNull();
      else if (message.keyBytes) expect(row.key_bytes?.equals(message.keyBytes)).toBe(true);
      else expect([row.key, row.key_bytes]).toEqual([message.key, null]);
    },
  );

  it('of one hostile message does not fill the database with its faults', async () => {
    const names = Array.from({ length: 900 }, (_, nth) => [`${'x'.repeat(200)}${nth}`, {}]);
    const before = (await kept()).length;
    await world.apply.apply(
      world.batchOfMessages([structured(accepted('hostile', Object.fromEntries(names) as object))]),
    );
    expect((await kept()).length).toBe(before + 1);
    const [row] = await world.database.query<{ faults: number; size: number }[]>(
      `select jsonb_array_length(errors) as faults, length(errors::text) as size
         from processing.quarantine order by id desc limit 1`,
    );
    expect(row?.faults).toBeGreaterThan(10);
    expect(row?.size).toBeLessThan(30_000);
  });
});

const typeOf = (version: number) => `vn.tthc.dossier.accepted.v${version}`;
const dataWith = (agency: string, procedure: string) => ({
  data: { procedure, receivingAgency: agency, channel: 'counter' },
});
const deep = (code: string) =>
  JSON.stringify(accepted(code)).replace('"data":{', `"data":{"more":${nested},`);
const large = (code: string) => JSON.stringify(accepted(code)).padEnd(LARGEST_BODY_BYTES + 1, ' ');
function withHeader(code: string, name: string, text: string): Written {
  const message = binary(accepted(code));
  return { ...message, headers: { ...message.headers, [name]: text } };
}

describe('an event of a writer that is not ours', () => {
  it.each<[string, (code: string) => Written]>([
    ['structured, without a header', (code) => structured(accepted(code))],
    [
      'structured, and says so',
      (code) => structured(accepted(code), contentType('application/cloudevents+json; charset=UTF-8')),
    ],
    ['structured, under plain JSON', (code) => structured(accepted(code), contentType('application/json'))],
    [
      'structured, with ce_ headers besides',
      (code) => ({
        ...structured(accepted(code)),
        headers: { ce_specversion: '9', 'content-type': 'application/cloudevents+json' },
      }),
    ],
    ['of 10 MB to the byte', (code) => structured(accepted(code), { value: large(code).slice(0, -1) })],
    ['binary, without a content type', (code) => binary(accepted(code))],
    ['binary, with an empty content type', (code) => withHeader(code, 'content-type', '')],
    ['binary, application/json', (code) => withHeader(code, 'content-type', 'application/json')],
    ['binary, with a charset', (code) => withHeader(code, 'Content-Type', 'application/json; charset=utf-8')],
    ['binary, with a sequence and an extension', (code) => withHeader(code, 'ce_traceparent', '00-1-1-01')],
  ])('is applied once: %s', async (what, write) => {
    const before = (await kept()).length;
    const code = `mode ${what}`;
    const batch = world.batchOfMessages([write(code)]);
    await world.apply.apply(batch);
    await world.apply.apply({ ...world.batchOfMessages([write(code)]) });
    await world.apply.apply(batch);
    expect((await recordOf(code))?.state).toMatchObject({ state: 'running' });
    expect((await recordOf(code))?.ids).toEqual([`${code}-1`]);
    expect(await kept()).toHaveLength(before);
  });

  it('has the same content in either mode', async () => {
    const before = (await kept()).length;
    const event = accepted('both modes', { sequence: 7 });
    await world.apply.apply(world.batchOfMessages([structured(event), binary({ ...event, sequence: '7' })]));
    expect(await kept()).toHaveLength(before);
    expect((await recordOf('both modes'))?.ids).toHaveLength(1);
  });

  it('may have no data in binary mode, and is no tombstone then', async () => {
    const resolved = accepted('no data', { id: 'r', type: 'vn.tthc.dossier.resolved.v1', data: undefined });
    const { data: _none, ...event } = { ...resolved, time: '2026-03-03T08:00:00+07:00' };
    await world.apply.apply(world.batchOfMessages([structured(accepted('no data')), binary(event)]));
    expect((await recordOf('no data'))?.state).toMatchObject({ state: 'resolved' });
  });
});

const contentType = (type: string): Written => ({ headers: { 'content-type': type } });

describe('when an event was recorded', () => {
  const hour = 3_600_000;
  it.each<[string, (now: number) => [number | null, number | undefined], (now: number) => number | null]>([
    ['is what intake says', (now) => [now - hour, undefined], (now) => now - hour],
    ['is what intake says, if the log agrees', (now) => [now - hour, now - hour + 5], (now) => now - hour],
    ['is when the log took it, if nobody says', (now) => [null, now - hour], (now) => now - hour],
    ['is not back-dated', (now) => [now - 24 * hour, now - hour], (now) => now - hour],
    ['is not put off', (now) => [now - 5, now - hour], (now) => now - hour],
    ['is not what a header from the future says', (now) => [now + hour, now - hour], (now) => now - hour],
    ['is now, if the log’s clock is from the future too', (now) => [now + hour, now + hour], () => null],
    ['is now, if nobody knows', () => [null, undefined], () => null],
  ])('%s', async (what, clocks, expected) => {
    const now = Date.now();
    const [stated, appendedAt] = clocks(now);
    const code = `recorded ${what}`;
    await world.apply.apply(
      world.batchOfMessages([
        structured(accepted(code), {
          headers: stated === null ? {} : { recordedat: String(stated) },
          ...(appendedAt === undefined ? {} : { appendedAt }),
        }),
      ]),
    );
    const recordedAt = (await recordOf(code))?.recordedAt ?? 0;
    const exact = expected(now);
    if (exact === null) {
      expect(recordedAt).toBeGreaterThanOrEqual(now);
      expect(recordedAt).toBeLessThanOrEqual(Date.now());
    } else expect(recordedAt).toBe(exact);
  });
});
