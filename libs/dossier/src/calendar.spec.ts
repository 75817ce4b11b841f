import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileCalendar } from './calendar.js';
import type { Calendar, CalendarDay, CalendarDocument } from './calendar.js';
import { at, official, officialDocument } from '../test/histories.fixture.js';
import { HOUR_MS, MAX_INSTANT, dayOf, formatDay, formatInstant, parseDay, startOfDay } from './instant.js';
import type { CivilDay, Instant } from './instant.js';
import { walkingCalendar } from '../test/walking-calendar.fixture.js';

const day = (text: string): CivilDay => parseDay(text)!;

describe('the official calendar', () => {
  it.each(Object.entries(officialDocument.workingDaysPerYear))('%s has %d working days', (year, expected) => {
    expect(official.workingDaysBetween(day(`${year}-01-01`) - 1, day(`${year}-12-31`))).toBe(expected);
  });

  it('has each day once, in order, with a reason and a decision', () => {
    const listed = officialDocument.days.map(({ on }) => on);
    expect(listed).toEqual([...new Set(listed)].sort());
    expect(officialDocument.days.filter(({ reason, decision }) => !reason || !decision)).toEqual([]);
  });

  it('knows what a day is and why', () => {
    expect(official.dayInfo(day('2026-04-27'))).toMatchObject({
      working: false,
      kind: 'off',
      reason: 'Giỗ Tổ Hùng Vương (10/3 ÂL) (bù CN 26/4)',
    });
    expect(official.dayInfo(day('2026-08-22'))).toMatchObject({
      working: true,
      kind: 'work',
      decision: '9441/TB-BNV',
    });
    expect(official.dayInfo(day('2026-08-23'))).toEqual({ working: false, kind: 'weekend' });
    expect(official.dayInfo(day('2026-08-24'))).toEqual({ working: true, kind: 'weekday' });
  });

  it.each([
    ['Friday, none', '2026-03-06', 0, '2026-03-06'],
    ['Saturday, none', '2026-03-07', 0, '2026-03-09'],
    ['Saturday, one', '2026-03-07', 1, '2026-03-09'],
    ['Friday, one', '2026-03-06', 1, '2026-03-09'],
    ['before a make-up Saturday', '2026-08-21', 1, '2026-08-22'],
    ['make-up Saturday itself', '2026-08-22', 0, '2026-08-22'],
  ])('adds working days: %s', (_, from, n, expected) =>
    expect(formatDay(official.addWorkingDays(day(from), n))).toBe(expected),
  );
});

const sessionTexts = fc
  .uniqueArray(fc.integer({ min: 0, max: 1439 }), { minLength: 2, maxLength: 6 })
  .map((minutes) => {
    const sorted = minutes
      .sort((a, b) => a - b)
      .map((m) => formatInstant(startOfDay(0) + m * 60_000).slice(11, 16));
    return sorted.flatMap((from, i): [string, string][] =>
      i % 2 ? [] : sorted[i + 1] ? [[from, sorted[i + 1]!]] : [],
    );
  });
const FIRST = day('2026-01-01');
const dayEntries = fc.uniqueArray(
  fc.record({
    on: fc.integer({ min: -20, max: 80 }).map((offset) => formatDay(FIRST + offset)),
    kind: fc.constantFrom<'off' | 'work'>('off', 'work'),
    reason: fc.constant('x'),
  }),
  { selector: ({ on }) => on, maxLength: 40 },
);
const documents: fc.Arbitrary<CalendarDocument> = fc.record({ sessions: sessionTexts, days: dayEntries });
const someDay = fc.integer({ min: FIRST - 10, max: FIRST + 60 });
const someInstant = fc
  .tuple(someDay, fc.integer({ min: 0, max: 1439 }), fc.constantFrom(0, 0, 1, 59_999))
  .map(([civil, minute, ms]): Instant => startOfDay(civil) + minute * 60_000 + ms);

describe('any calendar', () => {
  it('counts working days like someone walking from day to day', () => {
    fc.assert(
      fc.property(documents, someDay, someDay, fc.nat(40), (document, a, b, n) => {
        const calendar = compileCalendar(1, document);
        const walker = walkingCalendar(1, document);
        expect(calendar.isWorkingDay(a)).toBe(walker.isWorkingDay(a));
        expect(calendar.addWorkingDays(a, n)).toBe(walker.addWorkingDays(a, n));
        expect(calendar.subtractWorkingDays(a, n)).toBe(walker.subtractWorkingDays(a, n));
        expect(calendar.workingDaysBetween(a, b)).toBe(walker.workingDaysBetween(a, b));
        expect(calendar.rollForward(a)).toBe(walker.rollForward(a));
      }),
      { numRuns: 500 },
    );
  });

  it('counts session time like someone walking from minute to minute', () => {
    fc.assert(
      fc.property(documents, someInstant, someInstant, fc.nat(12 * 60), (document, a, b, share) => {
        const calendar = compileCalendar(1, document);
        const walker = walkingCalendar(1, document);
        // Up to a week's worth, so that the walk is not endless where sessions are short.
        const ms = Math.floor(calendar.sessionTimeBetween(a, startOfDay(dayOf(a) + 9)) * (share / 720));
        expect(calendar.sessionTimeBetween(a, b)).toBe(walker.sessionTimeBetween(a, b));
        expect(calendar.addSessionTime(a, ms)).toBe(walker.addSessionTime(a, ms));
        expect(calendar.subtractSessionTime(a, ms)).toBe(walker.subtractSessionTime(a, ms));
      }),
      { numRuns: 40 },
    );
  });

  it('adds up: time from a to c is that from a to b and from b to c', () => {
    fc.assert(
      fc.property(documents, fc.tuple(someInstant, someInstant, someInstant), (document, instants) => {
        const [a, b, c] = instants.sort((x, y) => x - y);
        const calendar = compileCalendar(1, document);
        const time = (from: Instant, until: Instant): number => calendar.sessionTimeBetween(from, until);
        expect(time(a, b) + time(b, c)).toBe(time(a, c));
      }),
    );
  });

  it('finds the earliest instant: the time has passed then and not a millisecond before', () => {
    fc.assert(
      fc.property(
        documents,
        someInstant,
        fc.integer({ min: 1, max: 100 * HOUR_MS }),
        (document, from, ms) => {
          const calendar = compileCalendar(1, document);
          const until = calendar.addSessionTime(from, ms);
          expect(calendar.sessionTimeBetween(from, until)).toBe(ms);
          expect(calendar.sessionTimeBetween(from, until - 1)).toBe(ms - 1);
          const since = calendar.subtractSessionTime(from, ms);
          expect(calendar.sessionTimeBetween(since, from)).toBe(ms);
          expect(calendar.sessionTimeBetween(since - 1, from)).toBe(ms + 1);
        },
      ),
    );
  });

  it('never moves an end earlier for one more day off', () => {
    fc.assert(
      fc.property(documents, someDay, someInstant, fc.nat(30), someDay, (document, from, instant, n, off) => {
        const without = compileCalendar(1, document);
        const onThatDay = ({ on }: CalendarDay): boolean => on !== formatDay(off);
        const withOff = compileCalendar(2, {
          ...document,
          days: [...document.days.filter(onThatDay), { on: formatDay(off), kind: 'off', reason: 'x' }],
        });
        const later = (f: (calendar: Calendar) => number): void =>
          expect(f(withOff)).toBeGreaterThanOrEqual(f(without));
        later((calendar) => calendar.addWorkingDays(from, n));
        later((calendar) => calendar.rollForward(from + n));
        later((calendar) => calendar.addSessionTime(instant, n * HOUR_MS));
      }),
    );
  });
});

describe('absurd questions', () => {
  it('get an answer at once', () => {
    expect(formatDay(official.addWorkingDays(day('2026-11-23'), 10_000))).toBe('2065-04-09');
    expect(official.workingDaysBetween(day('1900-01-01'), day('9999-12-31'))).toBeGreaterThan(2_000_000);
    expect(dayOf(official.addSessionTime(at('2026-11-23'), 10_000 * HOUR_MS))).toBeLessThan(
      day('2032-01-01'),
    );
    expect(official.addSessionTime(at('9999-12-01'), 1e9 * HOUR_MS)).toBeGreaterThan(MAX_INSTANT);
  });

  it('and a calendar without sessions has no session time', () => {
    const idle = compileCalendar(1, { sessions: [], days: [] });
    expect(idle.addSessionTime(0, 1)).toBe(MAX_INSTANT);
    expect(idle.sessionTimeBetween(0, MAX_INSTANT)).toBe(0);
  });

  it('and what cannot be read is refused', () => {
    expect(() => compileCalendar(1, { sessions: [['7:00', '11:00']], days: [] })).toThrow(RangeError);
    const days: CalendarDay[] = [{ on: '2026-02-30', kind: 'off', reason: '' }];
    expect(() => compileCalendar(1, { sessions: [], days })).toThrow(RangeError);
  });
});
