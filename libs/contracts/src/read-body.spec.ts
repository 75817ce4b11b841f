import { describe, expect, it } from '@jest/globals';
import { problemOf, titleOf } from './problem.js';
import { mediaTypeOf, readJson } from './read-body.js';

describe('a media type', () => {
  it.each([
    ['application/cloudevents+json', 'application/cloudevents+json'],
    ['Application/CloudEvents+JSON ; charset="UTF-8"; v=1', 'application/cloudevents+json'],
    ['application/json;charset=utf8', 'application/json'],
    ['application/json; charset=iso-8859-1', undefined],
    [undefined, ''],
  ])('%p is %p', (header, expected) => expect(mediaTypeOf(header)).toBe(expected));
});

describe('a body', () => {
  const read = (bytes: string | number[]) => {
    const result = readJson(typeof bytes === 'string' ? Buffer.from(bytes) : Uint8Array.from(bytes));
    return result.ok ? result.value : result.fault.code;
  };
  it.each<[string, string | number[], unknown]>([
    ['JSON', '[1, "Đ"]', [1, 'Đ']],
    ['nothing', '', 'not-json'],
    ['half of it', '{"a":', 'not-json'],
    ['a byte order mark', '\ufeff{}', 'not-json'],
    ['a byte of another encoding', [0x22, 0xd0, 0x22], 'invalid-utf8'],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22], 'invalid-utf8'],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22], 'invalid-utf8'],
    ['a raw NUL', '"\0"', 'not-json'],
    ['NaN', 'NaN', 'not-json'],
  ])('with %s', (_, bytes, expected) => expect(read(bytes)).toEqual(expected));

  it('is not quoted in the refusal', () => {
    const result = readJson(Buffer.from('{"name": Nguyễn Văn A}'));
    expect(JSON.stringify(result)).not.toContain('Nguy');
  });
});

describe('a problem', () => {
  it.each([
    [undefined, 'There is no such thing'],
    ['vi', 'Không tìm thấy'],
    ['vi-VN,vi;q=0.9,en;q=0.8', 'Không tìm thấy'],
    ['en,vi;q=0.5', 'There is no such thing'],
    ['vi;q=0', 'There is no such thing'],
    ['fr, *', 'There is no such thing'],
  ])('asked for in %p is titled %p', (language, title) => expect(titleOf('not-found', language)).toBe(title));

  it('has a stable type and leaves out what it does not know', () => {
    expect(problemOf('too-large')).toEqual({
      type: 'urn:dunghan:problem:too-large',
      title: 'The request is too large',
      status: 413,
    });
  });
});
