import { describe, expect, it } from '@jest/globals';
import { civilDateOf, isCivilDate, monthWithin, periodOf, trendOf } from './period.js';

describe('a preset', () => {
  // 00:30 on New Year's Day in Vietnam is still the old year in Greenwich.
  const newYear = Date.parse('2027-01-01T00:30:00+07:00');
  it.each([
    ['thang-nay', '2027-01-01', '2027-01-31'],
    ['thang-truoc', '2026-12-01', '2026-12-31'],
    ['quy-nay', '2027-01-01', '2027-03-31'],
    ['nam-nay', '2027-01-01', '2027-12-31'],
    ['nam-truoc', '2026-01-01', '2026-12-31'],
    ['nam-2018', '2018-01-01', '2018-12-31'],
  ] as const)('%s on the first of January', (preset, from, to) => {
    expect(periodOf(preset, newYear)).toEqual({ from, to });
  });

  it('knows leap years and the last quarter', () => {
    expect(periodOf('thang-nay', Date.parse('2028-02-29T12:00:00+07:00')).to).toBe('2028-02-29');
    expect(periodOf('quy-nay', Date.parse('2026-11-22T12:00:00+07:00'))).toEqual({
      from: '2026-10-01',
      to: '2026-12-31',
    });
  });
});

describe('the monthly chart', () => {
  it('covers thirteen months where the period is too short for a trend', () => {
    expect(trendOf({ from: '2026-11-01', to: '2026-11-30' })).toEqual({
      from: '2025-11-01',
      to: '2026-11-30',
    });
    expect(trendOf({ from: '2026-12-15', to: '2027-01-10' }).from).toBe('2026-01-01');
  });
  it('covers the period itself from three months on', () => {
    const quarter = { from: '2026-10-01', to: '2026-12-31' };
    expect(trendOf(quarter)).toEqual(quarter);
  });
  it('knows which days of a month it covers', () => {
    const span = { from: '2027-12-15', to: '2028-03-10' };
    expect(monthWithin(span, '2027-12')).toEqual({ from: '2027-12-15', to: '2027-12-31' });
    expect(monthWithin(span, '2028-02')).toEqual({ from: '2028-02-01', to: '2028-02-29' });
    expect(monthWithin(span, '2028-03')).toEqual({ from: '2028-03-01', to: '2028-03-10' });
  });
});

describe('civil dates', () => {
  it.each(['2018-02-29', '2018-13-01', '2018-1-1', '20180101', ''])('%s is none', (text) => {
    expect(isCivilDate(text)).toBe(false);
  });
  it('change at midnight in Vietnam', () => {
    const midnight = Date.parse('2018-03-05T00:00:00+07:00');
    expect([civilDateOf(midnight - 1), civilDateOf(midnight)]).toEqual(['2018-03-04', '2018-03-05']);
  });
});
