import { describe, expect, it } from '@jest/globals';
import { recordedTracesOf, traceIdsOf } from './trace.js';

const id = (nth: number) => nth.toString(16).padStart(32, '0');
const parent = (nth: number, flags = '01', span = '00f067aa0ba902b7') => `00-${id(nth)}-${span}-${flags}`;

describe('the traces of a batch', () => {
  it('are named once, and ten at most', () => {
    const headersOf = (nth: number): Record<string, string> =>
      nth % 5 === 0 ? {} : { traceparent: parent(1 + (nth >> 1)) };
    const messages = Array.from({ length: 50 }, (_, nth) => ({ headers: headersOf(nth) }));
    expect(traceIdsOf(messages.slice(0, 4))).toEqual([id(1), id(2)]);
    expect(traceIdsOf(messages)).toHaveLength(10);
    expect(traceIdsOf([{ headers: { traceparent: 'nonsense' } }])).toEqual([]);
  });

  it('that are recorded are found among the many that are not, by the first span of each', () => {
    const messages = Array.from({ length: 1_000 }, (_, nth) => ({
      headers: { traceparent: parent(1 + nth, nth % 100 === 99 ? '01' : '00') },
    }));
    messages.push({ headers: { traceparent: parent(100, '01', '00f067aa0ba902b8') } });
    expect(recordedTracesOf(messages)).toEqual(
      Array.from({ length: 10 }, (_, nth) => parent(100 * (nth + 1))),
    );
    expect(recordedTracesOf(messages.slice(0, 50))).toEqual([]);
    expect(recordedTracesOf([{ headers: {} }])).toEqual([]);
  });

  it('are looked for once where messages share their headers', () => {
    const headers = { traceparent: parent(7) };
    expect(recordedTracesOf([{ headers }, { headers }, { headers: {} }, { headers }])).toEqual([parent(7)]);
  });
});
