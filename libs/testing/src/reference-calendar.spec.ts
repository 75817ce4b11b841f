import { describe, expect, it } from '@jest/globals';
import { EXAMPLE_CALENDAR, vnInstant } from './example-world.js';
import {
  addMonths,
  dayOf,
  formatDay,
  formatInstant,
  HOUR_MS,
  mergeCalendar,
  parseDay,
  parseInstant,
  ReferenceCalendar,
} from './reference-calendar.js';

const calendar = new ReferenceCalendar(EXAMPLE_CALENDAR);

describe('an instant', () => {
  it('is cut to milliseconds and shown in Vietnamese time', () => {
    expect(formatInstant(parseInstant('2026-11-22T03:00:00.0009999Z'))).toBe('2026-11-22T10:00:00.000+07:00');
  });

  it('needs an offset', () => {
    expect(() => parseInstant('2026-11-22T10:00:00')).toThrow();
  });

  it.each([
    ['2026-04-28T16:59:59.999Z', '2026-04-28'],
    ['2026-04-28T17:00:00.000Z', '2026-04-29'],
    ['2026-04-28T17:00:00.001Z', '2026-04-29'],
  ])('%s belongs to %s', (instant, day) => {
    expect(formatDay(dayOf(parseInstant(instant)))).toBe(day);
  });
});

describe('working days', () => {
  it.each([
    ['2018-02-09', 5, '2018-02-23'],
    ['2018-12-27', 3, '2019-01-03'],
    ['2024-04-26', 3, '2024-05-04'],
    ['2025-01-24', 5, '2025-02-07'],
    ['2025-04-24', 5, '2025-05-05'],
    ['2026-01-08', 2, '2026-01-10'],
    ['2026-08-20', 5, '2026-08-26'],
    ['2026-04-24', 3, '2026-05-04'],
    ['2026-11-23', 1, '2026-11-25'],
  ])('after %s, the %i. is %s', (from, n, due) => {
    expect(formatDay(calendar.workingDayAfter(parseDay(from), n))).toBe(due);
    expect(calendar.workingDaysIn(parseDay(from), parseDay(due))).toBe(n);
  });

  it('are counted backwards over the same days off', () => {
    expect(formatDay(calendar.workingDayBefore(parseDay('2026-05-04'), 3))).toBe('2026-04-24');
  });

  it('change with an edit and back with `normal`', () => {
    const edit = (kind: 'off' | 'normal') => ({
      sessions: EXAMPLE_CALENDAR.sessions,
      days: [{ on: '2026-11-25', kind, reason: 'thử' }],
    });
    const edited = mergeCalendar(EXAMPLE_CALENDAR, edit('off'));
    const day = parseDay('2026-11-25');
    expect(new ReferenceCalendar(edited).isWorking(day)).toBe(false);
    expect(new ReferenceCalendar(mergeCalendar(edited, edit('normal'))).isWorking(day)).toBe(true);
  });
});

describe('months', () => {
  it.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2026-11-30', 3, '2027-02-28'],
    ['2026-05-15', 12, '2027-05-15'],
  ])('%s + %i is %s', (from, n, due) => {
    expect(formatDay(addMonths(parseDay(from), n))).toBe(due);
  });
});

describe('session time', () => {
  it.each([
    ['within a session', '2026-03-02 08:00', 2, '2026-03-02 10:00'],
    ['to the end of a session, not the next beginning', '2026-03-02 08:00', 3, '2026-03-02 11:00'],
    ['over noon', '2026-03-02 08:00', 3.5, '2026-03-02 13:30'],
    ['over the weekend', '2026-03-06 16:00', 2, '2026-03-09 08:00'],
    ['from a day off', '2026-03-07 09:00', 0.5, '2026-03-09 07:30'],
    ['nothing, at night', '2026-03-07 22:00', 0, '2026-03-07 22:00'],
    ['on a make-up Saturday', '2026-01-09 16:00', 2, '2026-01-10 08:00'],
  ])('%s', (_, from, hours, until) => {
    const [begin, end] = [vnInstant(from), vnInstant(until)];
    expect(formatInstant(calendar.afterSessionTime(begin, hours * HOUR_MS))).toBe(formatInstant(end));
    expect(calendar.sessionTime(begin, end)).toBe(hours * HOUR_MS);
  });

  it.each([
    ['an hour left within a session', '2026-03-02 10:00', 1, '2026-03-02 09:00'],
    ['all of the morning left: since the evening before', '2026-03-03 11:00', 4, '2026-03-02 17:00'],
    ['a little more: during the afternoon before', '2026-03-03 11:00', 4.5, '2026-03-02 16:30'],
    ['nothing left at night: since the evening', '2026-03-02 23:00', 0, '2026-03-02 17:00'],
  ])('%s', (_, due, hours, since) => {
    expect(formatInstant(calendar.whenLeftIs(vnInstant(due), hours * HOUR_MS))).toBe(
      formatInstant(vnInstant(since)),
    );
  });
});
