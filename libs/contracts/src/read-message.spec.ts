import { describe, expect, it } from '@jest/globals';
import { readMessage } from './read-message.js';

const BINARY = { ce_specversion: '1.0', ce_id: '1', ce_source: 'urn:x', ce_type: 't', ce_subject: 's' };
const event = { specversion: '1.0', id: '1', source: 'urn:x', type: 't', subject: 's' };

describe('a message of the events topic', () => {
  it.each<[string, Record<string, string>, string | null, unknown]>([
    ['structured without a header', {}, '{"a":1}', { a: 1 }],
    ['structured and said so', { 'content-type': 'application/cloudevents+json' }, '{"a":1}', { a: 1 }],
    [
      'structured whatever ce_ headers say',
      { ...BINARY, 'Content-Type': 'application/cloudevents+json' },
      '{}',
      {},
    ],
    ['structured with ce_ headers but no ce_specversion', { ce_id: '1' }, '{"a":1}', { a: 1 }],
    ['binary', BINARY, '{"a":1}', { ...event, data: { a: 1 } }],
    ['binary, names in any case', { ...BINARY, CE_Time: 'x' }, '1', { ...event, time: 'x', data: 1 }],
    [
      'binary with the data’s media type',
      { ...BINARY, 'content-type': 'application/json' },
      'null',
      { ...event, data: null },
    ],
    [
      'binary with a media type on JSON',
      { ...BINARY, 'content-type': 'application/x.dossier+json' },
      '{}',
      { ...event, data: {} },
    ],
    ['binary without a value', BINARY, null, event],
    ['binary with an empty value', { ...BINARY, 'content-type': 'text/plain' }, '', event],
    ['binary with a header that would be data', { ...BINARY, ce_data: 'x' }, '', event],
    ['binary with names that are none', { ...BINARY, ce___proto__: 'x', ce_: 'y', ce_a_b: 'z' }, '', event],
  ])('%s is read', (_name, headers, value, expected) => {
    expect(readMessage({ value, headers })).toEqual({ ok: true, raw: expected });
    if (value === null) return;
    expect(readMessage({ value: Buffer.from(value), headers })).toEqual({ ok: true, raw: expected });
  });

  it.each<[string, Record<string, string>, string | Buffer | null, object]>([
    ['no value', {}, null, { reason: 'tombstone' }],
    ['no value, and headers of others', { trace: '1', ce_id: '1' }, null, { reason: 'tombstone' }],
    ['an empty value', {}, '', { fault: { code: 'not-json' } }],
    ['text', {}, 'hello', { fault: { code: 'not-json' } }],
    ['a byte order mark', {}, '\uFEFF{}', { fault: { code: 'not-json' } }],
    ['bytes', {}, Buffer.from([0xc3]), { fault: { code: 'invalid-utf8' } }],
    ['binary data that are not JSON', BINARY, 'x', { fault: { code: 'not-json' } }],
    [
      'Avro',
      { ...BINARY, 'content-type': 'application/avro' },
      '{}',
      { fault: { code: 'not-json', pointer: '/datacontenttype' } },
    ],
    [
      'Latin-1',
      { ...BINARY, 'content-type': 'application/json; charset=latin1' },
      '{}',
      { fault: { code: 'not-json' } },
    ],
  ])('%s is refused', (_name, headers, value, expected) => {
    expect(readMessage({ value, headers })).toMatchObject({ ok: false, ...expected });
  });
});
