import { describe, expect, it } from '@jest/globals';
import { traceIdsOf, traceOf } from './trace.js';

const id = (nth: number) => nth.toString(16).padStart(32, '0');
const parent = (nth: number) => `00-${id(nth)}-00f067aa0ba902b7-01`;

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
  });

  it('is named once a batch, and ten at most', () => {
    const headersOf = (nth: number): Record<string, string> =>
      nth % 5 === 0 ? {} : { traceparent: parent(1 + (nth >> 1)) };
    const messages = Array.from({ length: 50 }, (_, nth) => ({ headers: headersOf(nth) }));
    expect(traceIdsOf(messages.slice(0, 4))).toEqual([id(1), id(2)]);
    expect(traceIdsOf(messages)).toHaveLength(10);
    expect(traceIdsOf([{ headers: { traceparent: 'nonsense' } }])).toEqual([]);
  });
});
