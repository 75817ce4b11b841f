import { describe, expect, it } from '@jest/globals';
import { mayBeSampled, readTrace, traceOf, writeTrace } from './traceparent.js';

const id = (nth: number) => nth.toString(16).padStart(32, '0');
const parent = (nth: number, flags = '01') => `00-${id(nth)}-00f067aa0ba902b7-${flags}`;

describe('a trace', () => {
  it.each([
    ['is followed', parent(7), parent(7)],
    ['of another version is not', `01-${id(7)}-00f067aa0ba902b7-01`, undefined],
    ['without an id is not', parent(0), undefined],
    ['in capitals is not', parent(10).toUpperCase(), undefined],
    ['with more behind it is not', `${parent(7)}\nx`, undefined],
    ['that is not there is not', undefined, undefined],
  ])('%s', (_, given, followed) => {
    expect(traceOf(given)).toBe(followed);
    expect(readTrace(given) !== undefined).toBe(followed !== undefined);
  });

  it('is recorded or not by the lowest bit of its flags', () => {
    const headers = ['00', '01', '02', '03', '0a', '0b', 'ff'].map((flags) => parent(7, flags));
    const sampled = [false, true, false, true, false, true, true];
    expect(headers.map((header) => readTrace(header)?.sampled)).toEqual(sampled);
    expect(headers.map(mayBeSampled)).toEqual(sampled);
    expect(mayBeSampled('')).toBe(false);
  });

  it.each(['00', '01'])('is written as it is read, with flags %s', (flags) => {
    const read = readTrace(parent(7, flags));
    expect(read && writeTrace(read)).toBe(parent(7, flags));
  });
});
