import { describe, expect, it } from '@jest/globals';
import type { Calendars } from './calendar.js';
import type { Fact } from './facts.js';
import { fold } from './fold.js';
import {
  accepted,
  at,
  calendarDays,
  calendarsOf,
  days,
  extended,
  fact,
  feePaid,
  feeRequested,
  hours,
  months,
  official,
  officialWith,
  received,
  reopened,
  replay,
  requested,
  resolved,
  underOfficial,
} from '../test/histories.fixture.js';
import { formatDay, formatInstant, parseDay } from './instant.js';
import type { DossierState } from './state.js';

const dueOn = (state: DossierState): string | null =>
  state.dueDay === null ? null : formatDay(state.dueDay);
/** The instant of an hour limit, as on the clock in Vietnam. */
const dueAt = (state: DossierState): string | null =>
  state.dueAt === null
    ? null
    : formatInstant(state.dueAt).slice(0, 23).replace('T', ' ').replace(':00.000', '');

describe('a limit, acceptance day not counted', () => {
  it.each([
    ['2018-02-09', days(5), '2018-02-23', 'Tết'],
    ['2018-12-27', days(3), '2019-01-03', 'swap at year end'],
    ['2024-04-26', days(3), '2024-05-04', 'due on a make-up Saturday'],
    ['2025-01-24', days(5), '2025-02-07', 'Tết'],
    ['2025-04-24', days(5), '2025-05-05', 'make-up Saturday counted'],
    ['2026-01-08', days(2), '2026-01-10', 'make-up'],
    ['2026-08-20', days(5), '2026-08-26', 'make-up Saturday'],
    ['2026-04-24', days(3), '2026-05-04', 'compensation and holidays'],
    ['2026-11-23', days(1), '2026-11-25', 'new holiday'],
    ['2026-04-17', calendarDays(10), '2026-04-28', 'roll forward'],
    ['2026-01-31', months(1), '2026-03-02', 'month end and roll'],
    ['2026-03-02', days(10), '2026-03-16', 'plain'],
    ['2026-03-03', days(0), '2026-03-03', 'no days on a working day'],
    ['2026-03-07', days(0), '2026-03-09', 'no days on a Saturday'],
    ['2026-03-07', days(1), '2026-03-09', 'one day on a Saturday'],
    ['2026-03-07', calendarDays(0), '2026-03-09', 'no calendar days on a Saturday'],
    ['2026-03-07', months(0), '2026-03-09', 'no months on a Saturday'],
    ['2024-01-31', months(1), '2024-02-29', 'leap day'],
  ])('%s + %j is due %s (%s)', (on, limit, expected) => {
    expect(dueOn(replay(accepted(on, { limit })))).toBe(expected);
  });

  it.each([
    ['2026-03-02 09:00', 4, '2026-03-02 15:00', 'over lunch'],
    ['2026-03-02 09:00', 2, '2026-03-02 11:00', 'the end of a session, not the next beginning'],
    ['2026-03-02 09:00', 8, '2026-03-03 09:00', 'over night'],
    ['2026-03-02 12:00', 0.5, '2026-03-02 13:30', 'inside lunch'],
    ['2026-03-02 05:00', 1, '2026-03-02 08:00', 'before opening'],
    ['2026-03-02 18:00', 1, '2026-03-03 08:00', 'after closing'],
    ['2026-03-07 10:00', 1, '2026-03-09 08:00', 'on a Saturday'],
    ['2026-03-02 12:00', 0, '2026-03-02 12:00', 'no hours: the acceptance'],
    ['2026-08-21 16:00', 2, '2026-08-22 08:00', 'into a make-up Saturday'],
  ])('%s + %d working hours is due %s (%s)', (on, amount, expected) => {
    const state = replay(accepted(on, { limit: hours(amount) }));
    expect(dueAt(state)).toBe(expected);
    expect(dueOn(state)).toBe(expected.slice(0, 10));
    expect(state.overdueFrom).toBe(state.dueAt! + 1);
  });
});

describe('where the deadline comes from', () => {
  it('prefers the given date to the event’s limit to the catalogue’s', () => {
    const given = accepted('2026-03-02', { dueAt: '2026-03-10', limit: days(3), catalogue: days(10) });
    expect(replay(given)).toMatchObject({ dueSource: 'source', ours: false, dueMismatch: true });
    expect(replay(given).dueComputedDay).toBe(parseDay('2026-03-05'));
    expect(dueOn(replay(given))).toBe('2026-03-10');
    expect(replay(accepted('2026-03-02', { limit: days(3), catalogue: days(10) }))).toMatchObject({
      dueSource: 'event',
      ours: true,
      dueMismatch: false,
      dueDay: parseDay('2026-03-05'),
      dueComputedDay: parseDay('2026-03-05'),
    });
    expect(replay(accepted('2026-03-02', { catalogue: days(10) }))).toMatchObject({
      dueSource: 'catalogue',
      ours: true,
      dueDay: parseDay('2026-03-16'),
    });
    expect(replay(accepted('2026-03-02'))).toMatchObject({
      dueSource: 'none',
      ours: false,
      dueDay: null,
      overdueFrom: null,
      dueSoonFrom: null,
      dueComputedDay: null,
    });
  });

  it('sets the catalogue’s limit against a given date', () => {
    const state = replay(accepted('2026-03-02', { dueAt: '2026-03-16 23:59', catalogue: days(10) }));
    expect(state).toMatchObject({ dueMismatch: false, dueComputedDay: parseDay('2026-03-16') });
  });

  it('has nothing to set against a given date without a limit', () => {
    const state = replay(accepted('2026-03-02', { dueAt: '2026-03-16' }));
    expect(state).toMatchObject({ dueMismatch: false, dueComputedDay: null });
  });

  it('takes a given date as a civil day, even on a day off, and keeps what was computed', () => {
    const state = replay(
      accepted('2026-03-02', { limit: days(10) }),
      extended('2026-03-03', '2026-03-21 08:00'),
    );
    expect(dueOn(state)).toBe('2026-03-21');
    expect(state).toMatchObject({
      dueSource: 'event',
      dueComputedDay: parseDay('2026-03-16'),
      extensionCount: 1,
    });
    expect(formatInstant(state.overdueFrom!)).toBe('2026-03-22T00:00:00.000+07:00');
  });

  it('takes a given date as an instant where the limit is in working hours', () => {
    const first = accepted('2026-03-02', { dueAt: '2026-03-05 20:00', catalogue: hours(8) });
    expect(dueAt(replay(first))).toBe('2026-03-05 20:00');
    expect(replay(first)).toMatchObject({ dueMismatch: true, dueComputedDay: parseDay('2026-03-03') });
    expect(dueAt(replay(first, extended('2026-03-03', '2026-03-06 10:15')))).toBe('2026-03-06 10:15');
  });
});

describe('a pause', () => {
  const ten = (policy: 'pause' | 'restart' | 'none' = 'pause'): Fact =>
    accepted('2026-03-02', { limit: days(10), policy });

  it.each([
    ['pause', '2026-03-23'],
    ['restart', '2026-03-25'],
    ['none', '2026-03-16'],
  ] as const)('with policy %s, asked on 4 March and answered on 11 March, ends %s', (policy, expected) => {
    expect(dueOn(replay(ten(policy), requested('2026-03-04'), received('2026-03-11')))).toBe(expected);
  });

  it('leaves the deadline as it was while it lasts', () => {
    const state = replay(ten(), requested('2026-03-04'));
    expect(state).toMatchObject({ state: 'paused', pausedSince: at('2026-03-04') });
    expect(dueOn(state)).toBe('2026-03-16');
  });

  it.each([
    ['within a day', '2026-03-04 10:00', '2026-03-04 16:00', '2026-03-16'],
    ['over a weekend only', '2026-03-06 18:00', '2026-03-08 10:00', '2026-03-16'],
    ['from Friday to Monday', '2026-03-06 18:00', '2026-03-09 07:00', '2026-03-17'],
    ['begun on the due day', '2026-03-16 23:59', '2026-03-18', '2026-03-18'],
  ])('%s moves a working-day deadline by its working days', (_, from, until, expected) => {
    expect(dueOn(replay(ten(), requested(from), received(until)))).toBe(expected);
  });

  it.each(['pause', 'restart', 'none'] as const)(
    'that begins after the deadline moves nothing under policy %s',
    (policy) => {
      const late = replay(ten(policy), requested('2026-03-17 00:00'), received('2026-03-27'));
      expect(dueOn(late)).toBe('2026-03-16');
      const inTime = replay(ten(policy), requested('2026-03-16T23:59:59.999+07:00'), received('2026-03-27'));
      expect(dueOn(inTime)).toBe({ pause: '2026-03-27', restart: '2026-04-10', none: '2026-03-16' }[policy]);
    },
  );

  it('lasts as long as one of two reasons is outstanding', () => {
    const story = [
      ten(),
      requested('2026-03-04'),
      feeRequested('2026-03-05'),
      received('2026-03-09'),
      feePaid('2026-03-11'),
    ];
    expect(replay(...story.slice(0, 4))).toMatchObject({ state: 'paused', pausedSince: at('2026-03-04') });
    const state = replay(...story);
    expect(state).toMatchObject({ state: 'running', pausedSince: null, supplementCount: 1 });
    expect(dueOn(state)).toBe('2026-03-23');
  });

  it('after a pause moves on from where that one left the deadline', () => {
    const state = replay(
      ten(),
      requested('2026-03-04'),
      received('2026-03-11'),
      feeRequested('2026-03-12'),
      feePaid('2026-03-13'),
    );
    expect(dueOn(state)).toBe('2026-03-24');
  });

  it('moves a given date by working days, off a day off too', () => {
    const given = accepted('2026-03-02', { dueAt: '2026-03-14' });
    expect(dueOn(replay(given, requested('2026-03-04'), received('2026-03-04 17:00')))).toBe('2026-03-14');
    expect(dueOn(replay(given, requested('2026-03-04'), received('2026-03-05')))).toBe('2026-03-16');
  });

  it('adds calendar days to the unrolled day, over all pauses, and rolls last', () => {
    // Friday 17 April + 9 = Sunday 26; Monday 27 is a day off, so Tuesday 28.
    const nine = accepted('2026-04-17', { limit: calendarDays(9) });
    expect(dueOn(replay(nine))).toBe('2026-04-28');
    const once = [nine, requested('2026-04-18'), received('2026-04-19')];
    expect(dueOn(replay(...once))).toBe('2026-04-28');
    expect(dueOn(replay(...once, requested('2026-04-20'), received('2026-04-21')))).toBe('2026-04-28');
    expect(dueOn(replay(...once, requested('2026-04-20'), received('2026-04-22')))).toBe('2026-04-29');
    const month = accepted('2026-01-31', { limit: months(1) });
    expect(dueOn(replay(month, requested('2026-02-02'), received('2026-02-04')))).toBe('2026-03-02');
    expect(dueOn(replay(month, requested('2026-02-02'), received('2026-02-05')))).toBe('2026-03-03');
  });

  it('restarts calendar days and months from the resumption', () => {
    const restart = (limit = calendarDays(10)): DossierState =>
      replay(
        accepted('2026-03-02', { limit, policy: 'restart' }),
        requested('2026-03-04'),
        received('2026-03-11'),
      );
    expect(dueOn(restart())).toBe('2026-03-23');
    expect(dueOn(restart(months(1)))).toBe('2026-04-13');
  });

  it('runs the session time left on from the resumption', () => {
    const eight = accepted('2026-03-02 09:00', { limit: hours(8) });
    // 2 h until lunch were used, 6 h are left.
    expect(dueAt(replay(eight, requested('2026-03-02 12:00'), received('2026-03-04 12:00')))).toBe(
      '2026-03-05 09:00',
    );
    expect(dueAt(replay(eight, requested('2026-03-02 10:00'), received('2026-03-02 10:00')))).toBe(
      '2026-03-03 09:00',
    );
    // Nothing left at the very deadline: the resumption is the deadline.
    expect(dueAt(replay(eight, requested('2026-03-03 09:00'), received('2026-03-07 10:20')))).toBe(
      '2026-03-07 10:20',
    );
    const passed = replay(eight, requested('2026-03-03T09:00:00.001+07:00'), received('2026-03-07 10:20'));
    expect(dueAt(passed)).toBe('2026-03-03 09:00');
    const restarted = accepted('2026-03-02 09:00', { limit: hours(8), policy: 'restart' });
    expect(dueAt(replay(restarted, requested('2026-03-02 10:00'), received('2026-03-04 10:00')))).toBe(
      '2026-03-05 10:00',
    );
  });

  it('restarts a given date with what lay between acceptance and it, however often', () => {
    const given = accepted('2026-03-02', { dueAt: '2026-03-05', policy: 'restart' });
    const once = [given, requested('2026-03-03'), received('2026-03-10')];
    expect(dueOn(replay(...once))).toBe('2026-03-13');
    expect(dueOn(replay(...once, requested('2026-03-11'), received('2026-03-16')))).toBe('2026-03-19');
    const hourly = accepted('2026-03-02 09:00', {
      dueAt: '2026-03-02 15:00',
      catalogue: hours(1),
      policy: 'restart',
    });
    expect(dueAt(replay(hourly, requested('2026-03-02 10:00'), received('2026-03-04 08:00')))).toBe(
      '2026-03-04 14:00',
    );
  });

  it.each(['pause', 'restart', 'none'] as const)(
    'ends with a new date that replaces all policy %s would do',
    (policy) => {
      const inTime = replay(ten(policy), requested('2026-03-04'), received('2026-03-11', '2026-03-14'));
      expect(dueOn(inTime)).toBe('2026-03-14');
      expect(inTime.extensionCount).toBe(0);
      const late = replay(ten(policy), requested('2026-03-20'), received('2026-03-23', '2026-04-01'));
      expect(dueOn(late)).toBe('2026-04-01');
    },
  );

  it('takes a new date from an event that leaves the other reason outstanding like an extension', () => {
    const state = replay(
      ten(),
      requested('2026-03-03'),
      feeRequested('2026-03-03'),
      received('2026-03-05', '2026-03-10'),
    );
    expect(state).toMatchObject({ state: 'paused', extensionCount: 0, pausedSince: at('2026-03-03') });
    expect(dueOn(state)).toBe('2026-03-10');
    const resumed = fold(
      [
        ten(),
        requested('2026-03-03'),
        feeRequested('2026-03-03'),
        received('2026-03-05', '2026-03-10'),
        feePaid('2026-03-09'),
      ],
      underOfficial,
    );
    expect(dueOn(resumed)).toBe('2026-03-12');
  });

  it('goes on from an extension as if it had begun then', () => {
    const paused = [ten(), requested('2026-03-04'), extended('2026-03-06', '2026-03-20')];
    expect(replay(...paused)).toMatchObject({
      state: 'paused',
      pausedSince: at('2026-03-04'),
      extensionCount: 1,
    });
    expect(dueOn(replay(...paused))).toBe('2026-03-20');
    expect(dueOn(replay(...paused, received('2026-03-11')))).toBe('2026-03-25');
  });

  it('begun too late moves the new date of an extension all the same, unless that has passed too', () => {
    const late = [ten(), requested('2026-03-18')];
    expect(dueOn(replay(...late, extended('2026-03-19', '2026-03-25'), received('2026-03-20')))).toBe(
      '2026-03-26',
    );
    expect(dueOn(replay(...late, extended('2026-03-19', '2026-03-18'), received('2026-03-20')))).toBe(
      '2026-03-18',
    );
  });

  it('ends with a closing event like a resumption at that instant', () => {
    const state = replay(ten(), requested('2026-03-16'), resolved('2026-03-18'));
    expect(dueOn(state)).toBe('2026-03-18');
    expect(state).toMatchObject({ state: 'resolved', pausedSince: null });
    expect(state.flows.at(-1)!.kind).toBe('resolvedOnTime');
    const tooLate = replay(ten(), requested('2026-03-17'), resolved('2026-03-18'));
    expect(tooLate.flows.at(-1)!.kind).toBe('resolvedLate');
    const withdrawn = replay(ten(), requested('2026-03-04'), fact('withdrawn', '2026-03-11', {}));
    expect(dueOn(withdrawn)).toBe('2026-03-23');
  });

  it('has nothing to move without a due date, until one is given', () => {
    const open = [accepted('2026-03-02'), requested('2026-03-04')];
    expect(replay(...open, received('2026-03-05')).dueDay).toBeNull();
    expect(dueOn(replay(...open, extended('2026-03-05', '2026-03-10'), received('2026-03-06')))).toBe(
      '2026-03-11',
    );
  });
});

describe('reopening', () => {
  const closed = [accepted('2026-03-02', { limit: days(10) }), resolved('2026-03-05')];
  it('leaves the deadline as it was', () =>
    expect(dueOn(replay(...closed, reopened('2026-03-20')))).toBe('2026-03-16'));
  it('takes a new date, from then on a given one', () => {
    const again = [...closed, reopened('2026-03-20', '2026-03-28')];
    expect(dueOn(replay(...again))).toBe('2026-03-28');
    expect(dueOn(replay(...again, requested('2026-03-23'), received('2026-03-24')))).toBe('2026-03-30');
  });
});

describe('due soon begins', () => {
  const from = (...facts: Fact[]): string => formatInstant(replay(...facts).dueSoonFrom!).slice(0, 16);
  it.each([
    [days(0), '2026-02-27'],
    [days(1), '2026-03-02'],
    [days(5), '2026-03-06'],
    [days(6), '2026-03-06'],
    [days(10), '2026-03-12'],
    [days(11), '2026-03-12'],
    // Wednesday 1 April is 22 working days off: w = 5.
    [calendarDays(30), '2026-03-25'],
    // Thursday 2 April is 23 off: w = 5.
    [months(1), '2026-03-26'],
  ])('for %j from 2 March at 00:00 of %s', (limit, expected) =>
    expect(from(accepted('2026-03-02', { limit }))).toBe(`${expected}T00:00`),
  );

  it('by a given date as working days from acceptance to it, by an extension’s anew, unmoved by pauses', () => {
    const given = accepted('2026-03-02', { dueAt: '2026-03-16' });
    expect(from(given)).toBe('2026-03-12T00:00');
    const more = [given, extended('2026-03-03', '2026-04-06')]; // 25 working days
    expect(from(...more)).toBe('2026-03-30T00:00');
    expect(from(...more, requested('2026-03-04'), received('2026-03-18'))).toBe('2026-04-13T00:00');
  });

  it('for hours at the earliest instant with a fifth left', () => {
    expect(from(accepted('2026-03-02 09:00', { limit: hours(5) }))).toBe('2026-03-02T15:00');
    // Due at 08:00, 1.2 hours before that.
    expect(from(accepted('2026-03-02 10:00', { limit: hours(6) }))).toBe('2026-03-02T16:48');
    expect(from(accepted('2026-03-02 08:00', { limit: hours(8) }))).toBe('2026-03-02T16:24');
    // Due at 14:00; an hour is left from 13:00 on, and as well since 11:00.
    expect(from(accepted('2026-03-02 07:00', { limit: hours(5) }))).toBe('2026-03-02T11:00');
  });

  it('for a given instant by the session time from acceptance to it', () => {
    const given = accepted('2026-03-02 07:00', { dueAt: '2026-03-06 20:00', catalogue: hours(8) });
    expect(from(given)).toBe('2026-03-05T17:00'); // 40 h, 8 left: the end of the day before
  });
});

describe('the calendar a deadline goes by', () => {
  const off = officialWith(2, { on: '2026-03-10', kind: 'off', reason: 'Bão', decision: '1/QĐ' });
  const under = (pinned: number): Calendars => calendarsOf(pinned, official, off);

  it('is the pinned one where the limit is ours', () => {
    const facts = [accepted('2026-03-02', { limit: days(10) })];
    expect(dueOn(fold(facts, under(1)))).toBe('2026-03-16');
    expect(dueOn(fold(facts, under(2)))).toBe('2026-03-17');
    expect(fold(facts, under(2)).calendarVersion).toBe(2);
  });

  it('is the one recorded with each fact where it is not', () => {
    const story = (version: number): Fact[] => [
      accepted('2026-03-02', { dueAt: '2026-03-20' }),
      requested('2026-03-04'),
      received('2026-03-11', undefined, { calendarVersion: version }),
    ];
    expect([1, 2].map((pinned) => dueOn(fold(story(1), under(pinned))))).toEqual([
      '2026-03-27',
      '2026-03-27',
    ]);
    expect([1, 2].map((pinned) => dueOn(fold(story(2), under(pinned))))).toEqual([
      '2026-03-26',
      '2026-03-26',
    ]);
  });
});

describe('absurd amounts and dates', () => {
  it.each([days(10_000), calendarDays(10_000), months(10_000), hours(10_000)])(
    '%j are worked out',
    (limit) => {
      const story = [accepted('2026-03-02', { limit }), requested('2026-03-04'), received('2026-03-05')];
      expect(replay(...story).overdueFrom).toBeGreaterThan(at('2030-01-01'));
    },
  );

  it('stop at the last day that can be written', () => {
    const far = accepted('2026-03-02', { dueAt: '9999-12-31T23:59:59Z', policy: 'pause' });
    const state = replay(far, requested('2026-03-04'), received('2026-04-04'));
    expect(dueOn(state)).toBe('9999-12-31');
    expect(formatInstant(state.overdueFrom!)).toBe('9999-12-31T17:00:00.000Z');
    const hourly = accepted('2026-03-02', { dueAt: '9999-12-31T23:59:59Z', catalogue: hours(1) });
    expect(dueOn(replay(hourly, requested('2026-03-04'), received('2026-04-04')))).toBe('9999-12-31');
  });
});
