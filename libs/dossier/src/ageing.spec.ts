import { describe, expect, it } from '@jest/globals';
import {
  accepted,
  at,
  days,
  extended,
  feeRequested,
  feePaid,
  official,
  received,
  reopened,
  replay,
  requested,
  resolved,
} from '../test/histories.fixture.js';
import { bucketBounds, firstDueDay } from './ageing.js';
import { dayOf, formatDay, HOUR_MS, startOfDay } from './instant.js';
import { FEE, SUPPLEMENT } from './state.js';

const HOUR = HOUR_MS;

/** Due on Tuesday 10 March 2026. */
const overdueFrom = at('2026-03-11 00:00');

describe('the buckets of what is overdue', () => {
  it.each([
    ['the day after', '2026-03-11 00:00', 0],
    ['the third working day, before the weekend', '2026-03-13 23:59', 0],
    ['Sunday, its last millisecond', '2026-03-15 23:59', 0],
    ['the fourth working day', '2026-03-16 00:00', 1],
    ['the tenth', '2026-03-24 23:59', 1],
    ['the eleventh', '2026-03-25 00:00', 2],
    ['the thirtieth', '2026-04-21 23:59', 2],
    ['the thirty-first', '2026-04-22 00:00', 3],
  ])('%s', (_, time, bucket) => {
    const { late } = bucketBounds(official, at(time));
    expect([...late, -Infinity].findIndex((bound) => overdueFrom > bound)).toBe(bucket);
  });

  it('are parted by the earliest day with no more working days gone', () => {
    for (let day = dayOf(at('2026-02-10')); day < dayOf(at('2026-05-20')); day += 1) {
      for (const most of [0, 3, 10, 30]) {
        const first = firstDueDay(official, day, most);
        expect(official.workingDaysBetween(first, day)).toBeLessThanOrEqual(most);
        expect(official.workingDaysBetween(first - 1, day)).toBeGreaterThan(most);
      }
    }
  });
});

describe('the buckets of what falls due', () => {
  it.each([
    ['on a Monday', '2026-03-09 10:00', ['2026-03-09', '2026-03-10', '2026-03-15']],
    ['on a Thursday', '2026-03-12 10:00', ['2026-03-12', '2026-03-13', '2026-03-15']],
    ['on a Friday, tomorrow being Monday', '2026-03-13 10:00', ['2026-03-13', '2026-03-16', '2026-03-16']],
    ['on a Sunday', '2026-03-15 23:59', ['2026-03-15', '2026-03-16', '2026-03-16']],
  ])('%s', (_, time, lastDays) => {
    const { due } = bucketBounds(official, at(time));
    expect(due.map((bound) => formatDay(dayOf(bound - 1)))).toEqual(lastDays);
    expect(due.every((bound) => bound === startOfDay(dayOf(bound)))).toBe(true);
  });
});

describe('where the time went', () => {
  const ten = () => accepted('2026-03-02 08:00', { limit: days(10) });
  const spent = (...more: Parameters<typeof replay>) =>
    replay(...more)
      .flows.filter(({ kind }) => kind.startsWith('resolved'))
      .map((flow) => flow.spent);

  it('is the agency’s own while the clock runs, in working hours', () => {
    // Monday from 8:00, 7 hours; Tuesday to 9:00, 2 hours; due on the 16th, nine working days later.
    expect(spent(ten(), resolved('2026-03-03 09:00'))).toEqual([
      {
        ...{ days: -9, own: 9 * HOUR, waiting: 0 },
        ...{ supplements: 0, supplementTime: 0, fees: 0, feeTime: 0, extensions: 0 },
      },
    ]);
  });

  it('is the citizen’s while anything is outstanding; two reasons overlap', () => {
    const [took] = spent(
      ten(),
      requested('2026-03-03 08:00'),
      feeRequested('2026-03-04 08:00'),
      received('2026-03-05 08:00'),
      feePaid('2026-03-06 08:00'),
      resolved('2026-03-06 09:00'),
    );
    expect(took).toMatchObject({
      ...{ own: 9 * HOUR, waiting: 24 * HOUR },
      ...{ supplements: 1, supplementTime: 16 * HOUR, fees: 1, feeTime: 16 * HOUR },
    });
  });

  it('ends with the resolution what was still outstanding', () => {
    const state = replay(ten(), requested('2026-03-03 08:00'), resolved('2026-03-04 08:00'));
    expect(state.waits).toEqual([
      { reason: SUPPLEMENT, from: at('2026-03-03 08:00'), until: at('2026-03-04 08:00') },
    ]);
    expect(state.flows.at(-1)?.spent).toMatchObject({ waiting: 8 * HOUR, supplementTime: 8 * HOUR });
  });

  it('counts days late, extensions, and of a second resolution everything so far but the time between', () => {
    const took = spent(
      ten(),
      extended('2026-03-03', '2026-03-18'),
      resolved('2026-03-20 08:00'),
      reopened('2026-03-23 08:00'),
      resolved('2026-03-23 10:00'),
    );
    expect(took.map((one) => [one?.days, one?.extensions])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    expect(took[1]!.own - took[0]!.own).toBe(2 * HOUR);
  });

  it('knows what is outstanding, reason by reason', () => {
    const state = replay(ten(), requested('2026-03-03'), feeRequested('2026-03-04'), received('2026-03-05'));
    expect(state.waits.map(({ reason, until }) => [reason, until === null])).toEqual([
      [SUPPLEMENT, false],
      [FEE, true],
    ]);
  });

  it('has no days where there is no due date', () => {
    expect(spent(accepted('2026-03-02'), resolved('2026-03-03'))[0]?.days).toBeNull();
  });
});
