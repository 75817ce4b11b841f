import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  DAY_MS,
  HOUR_MS,
  MAX_DAY,
  MAX_INSTANT,
  MIN_INSTANT,
  addMonths,
  civilDate,
  civilDay,
  dayOf,
  formatDay,
  formatInstant,
  parseDay,
  parseInstant,
  startOfDay,
} from './instant.js';

describe('an RFC 3339 instant', () => {
  it.each([
    ['2026-11-22T10:00:00+07:00', Date.UTC(2026, 10, 22, 3)],
    ['2026-11-22T03:00:00Z', Date.UTC(2026, 10, 22, 3)],
    ['2026-11-22t03:00:00z', Date.UTC(2026, 10, 22, 3)],
    ['2026-11-22T03:00:00.1Z', Date.UTC(2026, 10, 22, 3, 0, 0, 100)],
    ['2026-11-22T03:00:00.123999999Z', Date.UTC(2026, 10, 22, 3, 0, 0, 123)],
    ['2026-11-21T23:30:00-03:30', Date.UTC(2026, 10, 22, 3)],
    ['2026-11-22T03:00:00-00:00', Date.UTC(2026, 10, 22, 3)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['1969-12-31T23:59:59.9999Z', -1],
    ['1900-01-01T07:00:00+07:00', MIN_INSTANT],
    ['9999-12-31T23:59:59.999Z', MAX_INSTANT],
  ])('%s is read', (text, expected) => expect(parseInstant(text)).toBe(expected));

  it.each([
    '2026-11-22T10:00:00',
    '2026-11-22',
    '2026-11-22T24:00:00Z',
    '2026-12-31T23:59:60Z',
    '2026-11-22T10:60:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-11-22 10:00:00Z',
    '2026-11-22T10:00Z',
    '2026-11-22T10:00:00.Z',
    '2026-11-22T10:00:00,5Z',
    '2026-11-22T10:00:00+0700',
    '2026-11-22T10:00:00+07',
    '2026-11-22T10:00:00+24:00',
    '2026-11-22T10:00:00+07:60',
    '2026-11-22T10:00:00Zz',
    ' 2026-11-22T10:00:00Z',
    '2026-11-22T10:00:00Z ',
    '+02026-11-22T10:00:00Z',
    '2026-1-22T10:00:00Z',
    '２026-11-22T10:00:00Z',
    '1899-12-31T23:59:59.999Z',
    '1900-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '',
    'Z',
  ])('%j is refused', (text) => expect(parseInstant(text)).toBeUndefined());

  it('is written with the offset of Vietnam and read back', () => {
    expect(formatInstant(Date.UTC(2026, 10, 22, 3))).toBe('2026-11-22T10:00:00.000+07:00');
    fc.assert(
      fc.property(fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT }), (instant) => {
        expect(parseInstant(formatInstant(instant))).toBe(instant);
        expect(parseInstant(new Date(instant).toISOString())).toBe(instant);
      }),
    );
  });

  it('is written the same again after days that are remembered in its place', () => {
    const spread = Array.from({ length: 8 }, (_, nth) => Date.UTC(2018, 0, 5) + nth * 1024 * DAY_MS);
    const texts = spread.map((instant) =>
      new Date(instant + 7 * HOUR_MS).toISOString().replace('Z', '+07:00'),
    );
    for (let round = 0; round < 2; round++) expect(spread.map(formatInstant)).toEqual(texts);
  });

  it('is written in UTC where Vietnam is already in the year 10000', () => {
    expect(formatInstant(startOfDay(MAX_DAY + 1) - 1)).toBe('9999-12-31T23:59:59.999+07:00');
    expect(formatInstant(startOfDay(MAX_DAY + 1))).toBe('9999-12-31T17:00:00.000Z');
  });
});

describe('a civil day', () => {
  it('begins at midnight in Vietnam', () => {
    const midnight = parseInstant('2026-11-22T00:00:00+07:00')!;
    const day = parseDay('2026-11-22')!;
    expect([midnight - 1, midnight, midnight + 1].map(dayOf)).toEqual([day - 1, day, day]);
    expect(startOfDay(day)).toBe(midnight);
  });

  it('is read, written and taken apart like the Gregorian calendar', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: MAX_DAY }), (day) => {
        const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
        expect(formatDay(day)).toBe(text);
        expect(parseDay(text)).toBe(day);
        const date = civilDate(day);
        expect(civilDay(date.year, date.month, date.day)).toBe(day);
      }),
    );
  });

  it.each(['2026-02-29', '2026-1-01', '2026-01-01T00:00:00Z', '0000-01-01', '20260101', ''])(
    '%j is refused',
    (text) => expect(parseDay(text)).toBeUndefined(),
  );

  it.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2026-11-30', 3, '2027-02-28'],
    ['2026-11-15', 2, '2027-01-15'],
    ['2026-03-31', 0, '2026-03-31'],
    ['2026-03-31', 10_000, '2859-07-31'],
  ])('%s and %d months make %s', (from, months, expected) =>
    expect(formatDay(addMonths(parseDay(from)!, months))).toBe(expected),
  );
});
