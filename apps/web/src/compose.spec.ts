import { describe, expect, it } from '@jest/globals';
import { type Compose, composeQuery, isPeriodName, parseCompose, questionOf } from './compose.js';

const compose: Compose = { kind: 'timeliness', name: '2018-Q1', bounds: 'reporting', formula: 'a' };
const days = { from: '2018-01-01', to: '2018-03-31' };

describe('a report that is put together', () => {
  it('asks for a named period with its bounds, or for two days without', () => {
    expect(questionOf(compose, days, 'H13', null)).toEqual({
      ...{ period: '2018-Q1', bounds: 'reporting', agency: 'H13', by: 'agency' },
    });
    expect(questionOf({ ...compose, name: null }, days, null, 'channel')).toEqual({ ...days, by: 'channel' });
  });

  it('asks of the form only for the rows that it has', () => {
    const form: Compose = { ...compose, kind: 'form-06a' };
    expect(
      [null, 'agency', 'procedure', 'channel'].map((by) => questionOf(form, days, null, by as never).by),
    ).toEqual(['domain', 'agency', 'domain', 'domain']);
  });

  it.each([
    ['?loai=tien-do&ten=2018-13', { ...compose, name: null, bounds: 'calendar' }],
    ['?loai=tien-do&ten=2018-Q1&cat=ngay-15&cong-thuc=d', compose],
    ['?ten=2018', null],
  ])('is read from %s', (search, expected) => {
    expect(parseCompose(new URLSearchParams(search))).toEqual(expected);
  });

  it('is written as it is read', () => {
    const all: Compose = { ...compose, formula: 'c' };
    expect(parseCompose(new URLSearchParams(composeQuery(all)))).toEqual(all);
  });

  it.each(['2018', '2018-H1', '2018-9M', '2018-Q4', '2018-12'])('knows the period %s', (name) => {
    expect(isPeriodName(name)).toBe(true);
  });
});
