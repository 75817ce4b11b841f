import { describe, expect, it } from '@jest/globals';
import {
  formatCount,
  formatDate,
  formatInstant,
  formatMinute,
  formatMonth,
  formatNumber,
  formatPercent,
  parseInstant,
  spanOf,
} from './format.js';

describe('numbers', () => {
  it.each([
    [0, '0', '0'],
    [999, '999', '999'],
    [1_000, '1.000', '1,000'],
    [673_576, '673.576', '673,576'],
    [1_234_567_890, '1.234.567.890', '1,234,567,890'],
    [-1_234, '−1.234', '−1,234'],
  ])('%d is grouped by thousands', (count, vi, en) => {
    expect([formatCount(count, 'vi'), formatCount(count, 'en')]).toEqual([vi, en]);
  });

  it.each([
    [99.93, '99,93\u00a0%'],
    [99.9, '99,90\u00a0%'],
    [100, '100,00\u00a0%'],
    [0, '0,00\u00a0%'],
    [null, '—'],
  ])('%s percent keeps its two decimals', (percent, vi) => {
    expect(formatPercent(percent, 'vi')).toBe(vi);
  });

  it.each([
    [97.5, undefined, '97,5', '97.5'],
    [98, undefined, '98', '98'],
    [1.9, 2, '1,90', '1.90'],
    [0.03, 2, '0,03', '0.03'],
  ])('%s with %s decimals has the comma of its language', (number, decimals, vi, en) => {
    expect([formatNumber(number, 'vi', decimals), formatNumber(number, 'en', decimals)]).toEqual([vi, en]);
  });
});

describe('times are those of Vietnam', () => {
  it('the last millisecond of a day and the first of the next', () => {
    expect(formatInstant(Date.parse('2018-12-31T23:59:59.999+07:00'))).toBe('23:59:59 31/12/2018');
    expect(formatInstant(Date.parse('2018-12-31T17:00:00Z'))).toBe('00:00:00 01/01/2019');
    expect(formatMinute(Date.parse('2018-12-31T16:59:59.999Z'))).toBe('23:59 31/12/2018');
  });

  it('civil dates and months', () => {
    expect([formatDate('2018-03-05'), formatMonth('2018-03')]).toEqual(['05/03/2018', '03/2018']);
  });

  it('unreadable instants are none', () => {
    expect([parseInstant(null), parseInstant(undefined), parseInstant('soon')]).toEqual([null, null, null]);
  });

  it('a span is the same before and after', () => {
    const span = { days: 1, hours: 2, minutes: 3, seconds: 4 };
    expect([spanOf(93_784_999), spanOf(-93_784_000)]).toEqual([span, span]);
  });
});
