import { describe, expect, it } from '@jest/globals';
import { compileCalendar } from './calendar.js';
import { explain } from './explain.js';
import type { Fact } from './facts.js';
import { advance, fold } from './fold.js';
import {
  accepted,
  at,
  calendarDays,
  calendarsOf,
  days,
  extended,
  hours,
  official,
  officialDocument,
  officialWith,
  received,
  reopened,
  replay,
  requested,
  resolved,
  retracted,
  underOfficial,
} from '../test/histories.fixture.js';
import { HOUR_MS, formatDay, formatInstant } from './instant.js';
import { rate } from './rates.js';
import type { DossierState } from './state.js';
import { announcementsOf, stoodOverdue, timelinessAt } from './timeliness.js';

const due = (state: DossierState): string =>
  state.dueAt === null ? formatDay(state.dueDay!) : formatInstant(state.dueAt).slice(0, 16).replace('T', ' ');
const ten = (): Fact => accepted('2026-03-02', { limit: days(10) });
const storm = { on: '2026-03-10', kind: 'off', reason: 'Bão', decision: '1/QĐ' } as const;
const both = (pinned: number): ReturnType<typeof calendarsOf> =>
  calendarsOf(pinned, official, officialWith(2, storm));

/** Deadline bugs other projects had; each is named by what went wrong there. */
describe('bugs others had', () => {
  it.each([
    ['before opening', '2026-03-02 05:30', '2026-03-02 08:00'],
    ['after closing', '2026-03-02 19:00', '2026-03-03 08:00'],
    ['inside lunch', '2026-03-02 11:30', '2026-03-02 14:00'],
    ['at the end of a session', '2026-03-02 11:00', '2026-03-02 14:00'],
    ['at the beginning of one', '2026-03-02 13:00', '2026-03-02 14:00'],
  ])('1: one hour, created %s', (_, from, expected) =>
    expect(due(replay(accepted(from, { limit: hours(1) })))).toBe(expected),
  );

  it('2: one day is not 24 working hours', () => {
    expect(due(replay(accepted('2026-03-02', { limit: days(1) })))).toBe('2026-03-03');
    expect(due(replay(accepted('2026-03-02', { limit: hours(24) })))).toBe('2026-03-05 09:00');
  });

  it('3: a pause over a weekend counts once and not by the clock on the wall', () => {
    const pause = [requested('2026-03-06 16:00'), received('2026-03-09 08:00')];
    expect(due(replay(ten(), ...pause))).toBe('2026-03-17');
    const byHour = accepted('2026-03-06 14:00', { limit: hours(8) });
    expect(due(replay(byHour))).toBe('2026-03-09 14:00');
    expect(due(replay(byHour, ...pause))).toBe('2026-03-09 16:00');
  });

  it('4: a pause survives a change of the rule midway', () => {
    const story = [ten(), requested('2026-03-04'), received('2026-03-11')];
    expect(due(fold(story, both(1)))).toBe('2026-03-23');
    // The storm takes a day from the pause and gives one to the limit: the work to be done is the same.
    expect(due(fold(story, both(2)))).toBe('2026-03-23');
    expect(fold(story.slice(0, 2), both(2))).toMatchObject({
      state: 'paused',
      pausedSince: at('2026-03-04'),
    });
  });

  it('5: a warning does not land at midnight where sessions are split', () => {
    const overLunch = replay(accepted('2026-03-02 07:30', { limit: hours(5) })); // until 14:30
    expect(formatInstant(overLunch.dueSoonFrom!)).toBe('2026-03-02T13:30:00.000+07:00');
    const overNight = replay(accepted('2026-03-02 15:30', { limit: hours(10) })); // until 07:30 two days on
    expect(formatInstant(overNight.dueSoonFrom!)).toBe('2026-03-03T15:30:00.000+07:00');
    const state = replay(accepted('2026-03-02 10:00', { limit: hours(5) })); // until 17:00
    expect(formatInstant(state.dueSoonFrom!)).toBe('2026-03-02T16:00:00.000+07:00');
  });

  it('6: an extension taken back while paused gives back the old deadline, pause included', () => {
    const extension = extended('2026-03-05', '2026-04-30');
    const paused = [ten(), requested('2026-03-04'), extension, retracted(extension.id, '2026-03-06')];
    expect(due(replay(...paused))).toBe('2026-03-16');
    expect(due(replay(...paused, received('2026-03-11')))).toBe('2026-03-23');
  });

  it('7: a holiday announced late moves open deadlines, not closed ones, and withdraws flags', () => {
    const oldDeadline = fold([ten()], both(1)).overdueFrom!;
    const now = oldDeadline + HOUR_MS;
    expect(stoodOverdue(fold([ten()], both(1)), oldDeadline, now)).toBe(true);
    const moved = fold([ten()], both(2));
    expect(due(moved)).toBe('2026-03-17');
    expect(stoodOverdue(moved, oldDeadline, now)).toBe(false);
    expect(timelinessAt(moved, now)).toBe('due-soon');
    const closed = fold([ten(), resolved('2026-03-17')], both(1));
    expect(timelinessAt(closed, now)).toBe('late');
    expect(due(closed)).toBe('2026-03-16');
  });

  it('8: a due day on a day off rolls forward, and the rule is named', () => {
    const story = [accepted('2026-04-17', { limit: calendarDays(10) })];
    expect(due(replay(...story))).toBe('2026-04-28');
    const step = explain(story, underOfficial).deadline!.steps[0]!;
    expect(step.law).toContain('BLDS 2015 Đ.148(5)');
    expect(step.days.at(-2)).toMatchObject({ on: '2026-04-27', counts: true, kind: 'off' });
    expect(step.days.at(-1)).toMatchObject({ on: '2026-04-28', counts: false, kind: 'weekday' });
  });

  it('9: the last day is not lost', () => {
    const midnight = at('2026-03-17 00:00');
    expect([-1, 0, 1].map((ms) => timelinessAt(replay(ten()), midnight + ms))).toEqual([
      'due-soon',
      'overdue',
      'overdue',
    ]);
  });

  it('10: reopened, it is overdue at once if its deadline has passed, and no more once closed', () => {
    const story = [ten(), resolved('2026-03-10'), reopened('2026-03-20')];
    expect(announcementsOf(replay(...story))).toEqual({
      dueSoonAt: null,
      overdueAt: at('2026-03-20'),
      deadline: at('2026-03-17 00:00'),
    });
    expect(timelinessAt(replay(...story), at('2026-03-20'))).toBe('overdue');
    expect(timelinessAt(replay(...story, resolved('2026-03-21')), at('2026-03-22'))).toBe('late');
    expect(announcementsOf(replay(...story, resolved('2026-03-21'))).overdueAt).toBeNull();
  });

  it('11: a day off is never accepted and ignored', () => {
    expect(due(fold([accepted('2026-03-09', { limit: days(1) })], both(2)))).toBe('2026-03-11');
    expect(due(fold([accepted('2026-03-08', { limit: calendarDays(2) })], both(2)))).toBe('2026-03-11');
    expect(due(fold([accepted('2026-03-09 16:00', { limit: hours(2) })], both(2)))).toBe('2026-03-11 08:00');
  });

  it('12: due soon begins on a working day, though at midnight', () => {
    const state = replay(accepted('2026-04-24', { limit: days(3) })); // due Monday 4 May
    expect(formatInstant(state.dueSoonFrom!)).toBe('2026-04-29T00:00:00.000+07:00');
  });

  it('13: dossiers and calendars worked out in turns share nothing', () => {
    const morning = compileCalendar(2, { ...officialDocument, sessions: [['08:00', '12:00']] });
    const calendars = calendarsOf(1, official, morning);
    const one = fold([accepted('2026-03-02', { limit: hours(8) })], { ...calendars, pinned: 1 });
    const other = fold([accepted('2026-03-02', { limit: hours(8) })], { ...calendars, pinned: 2 });
    expect([due(one), due(other)]).toEqual(['2026-03-03 09:00', '2026-03-04 09:00']);
    const before = structuredClone(one);
    advance(one, [requested('2026-03-02 10:00')], calendars);
    expect(one).toEqual(before);
  });

  // 14, a host in another zone: zones.spec.ts

  it('15: without due date there is no class to be counted in, without cases no percentage, never 100 below all', () => {
    expect(timelinessAt(replay(accepted('2026-03-02'), resolved('2026-03-03')), at('2026-04-01'))).toBe(
      'no-due-date',
    );
    expect(rate(0, 0).percent).toBeNull();
    expect(rate(673_576, 674_062).percent).toBe(99.93);
    expect(rate(99_999, 100_000).percent).toBe(99.99);
  });

  it('16: from Friday half past four to Monday half past seven one hour was worked', () => {
    expect(official.sessionTimeBetween(at('2026-03-06 16:30'), at('2026-03-09 07:30'))).toBe(HOUR_MS);
  });
});
