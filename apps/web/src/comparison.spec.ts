import { describe, expect, it } from '@jest/globals';
import { axisStart, comparisonPath, ends, thresholdsOf } from './comparison.js';
import { TEXTS } from './texts.js';

describe('a comparison', () => {
  it('is asked for with what is set', () => {
    const asked = {
      from: '2018-01-01',
      to: '2018-12-31',
      by: 'agency',
      agency: 'H13',
      procedure: null,
    } as const;
    expect(comparisonPath({ ...asked, kind: null, flat: false, tree: 'recorded' })).toBe(
      '/v1/reports/comparison?from=2018-01-01&to=2018-12-31&by=agency&agency=H13',
    );
    expect(comparisonPath({ ...asked, kind: 'commune', flat: true, tree: 'current' })).toContain(
      '&flat=true&kind=commune&tree=current',
    );
  });

  it.each([
    [98, 98, 95],
    [97.5, 97.5, 94.5],
    [99.99, 99.99, 96.99],
    [2, 2, 0],
  ])('with a target of %s is good from %s, fair from %s', (target, good, fair) =>
    expect(thresholdsOf(target)).toEqual({ good, fair }),
  );

  it.each([
    [
      ['1', '2', '3', '4', '5', '6'],
      [['1', '2', '3', '4', '5', '6'], 0, []],
    ],
    [
      ['1', '2', '3', '4', '5', '6', '7'],
      [['1', '2'], 3, ['6', '7']],
    ],
  ])('of %j rows shows both ends', (rows, expected) =>
    expect(Object.values(ends(rows, 2))).toEqual(expected),
  );

  it.each([
    [99.2, 95],
    [95, 90],
    [2, 0],
    [0, 0],
  ])('whose lowest end is %s has an axis from %s', (low, start) =>
    expect(axisStart([{ current: { interval: { low, high: 100 } } as never }])).toBe(start),
  );
});

describe('the name of a period', () => {
  it.each([
    ['month', '01/10/2018', '31/10/2018', 'Tháng 10/2018', 'Month 10/2018'],
    ['month', '15/12/2017', '14/01/2018', 'Tháng 01/2018', 'Month 01/2018'],
    ['quarter', '15/12/2017', '14/03/2018', 'Quý 1/2018', 'Quarter 1/2018'],
    ['quarter', '01/10/2018', '31/12/2018', 'Quý 4/2018', 'Quarter 4/2018'],
    ['half-year', '01/01/2018', '30/06/2018', '6 tháng đầu năm 2018', 'First half of 2018'],
    ['half-year', '01/07/2018', '31/12/2018', '6 tháng cuối năm 2018', 'Second half of 2018'],
    ['nine-months', '01/01/2018', '30/09/2018', '9 tháng đầu năm 2018', 'First nine months of 2018'],
    ['year', '15/12/2017', '14/12/2018', 'Năm 2018', 'Year 2018'],
    ['days', '01/02/2018', '01/02/2018', 'Ngày 01/02/2018', 'Day 01/02/2018'],
    ['days', '01/02/2018', '05/02/2018', 'Từ 01/02/2018 đến 05/02/2018', 'From 01/02/2018 to 05/02/2018'],
  ] as const)('%s of %s to %s', (kind, from, to, vi, en) => {
    expect(TEXTS.vi.periodName(kind, from, to)).toBe(vi);
    expect(TEXTS.en.periodName(kind, from, to)).toBe(en);
  });
});
