import { describe, expect, it } from '@jest/globals';
import type { Fact } from './facts.js';
import {
  accepted,
  at,
  days,
  extended,
  fact,
  hours,
  received,
  reopened,
  replay,
  requested,
  resolved,
  submitted,
} from '../test/histories.fixture.js';
import { MEASURES, ledgerOf } from './ledger.js';
import {
  announcementsOf,
  dossierView,
  pastDueWhilePausedAt,
  stoodOverdue,
  timelinessAt,
} from './timeliness.js';

const ten = (): Fact => accepted('2026-03-02', { limit: days(10) });

describe('a dossier due on Monday 16 March', () => {
  it.each<[string, string, string, ...Fact[]]>([
    ['a millisecond before due soon', '2026-03-11T23:59:59.999+07:00', 'in-time'],
    ['due soon', '2026-03-12T00:00:00.000+07:00', 'due-soon'],
    ['a millisecond later', '2026-03-12T00:00:00.001+07:00', 'due-soon'],
    ['the last millisecond of the due day', '2026-03-16T23:59:59.999+07:00', 'due-soon'],
    ['midnight', '2026-03-17T00:00:00.000+07:00', 'overdue'],
    ['a millisecond after midnight', '2026-03-17T00:00:00.001+07:00', 'overdue'],
    ['paused', '2026-03-10', 'paused', requested('2026-03-09')],
    ['resolved the day before', '2026-05-01', 'early', resolved('2026-03-15T23:59:59.999+07:00')],
    ['resolved at the first moment of the due day', '2026-05-01', 'on-time', resolved('2026-03-16 00:00')],
    ['resolved at its last', '2026-05-01', 'on-time', resolved('2026-03-16T23:59:59.999+07:00')],
    ['resolved at midnight', '2026-05-01', 'late', resolved('2026-03-17 00:00')],
  ])('%s', (_, now, expected, ...then) => {
    const state = replay(accepted('2026-03-02', { limit: days(10) }), ...then);
    expect(timelinessAt(state, at(now))).toBe(expected);
  });

  it.each<[string, string, string, ...Fact[]]>([
    ['at the instant', '2026-03-03T09:00:00.000+07:00', 'due-soon'],
    ['a millisecond after', '2026-03-03T09:00:00.001+07:00', 'overdue'],
    ['resolved at the instant', '2026-05-01', 'on-time', resolved('2026-03-03 09:00')],
    ['resolved a millisecond after', '2026-05-01', 'late', resolved('2026-03-03T09:00:00.001+07:00')],
    ['resolved the day before', '2026-05-01', 'early', resolved('2026-03-02 23:00')],
  ])('by the hour, %s', (_, now, expected, ...then) => {
    const state = replay(accepted('2026-03-02 09:00', { limit: hours(8) }), ...then);
    expect(timelinessAt(state, at(now))).toBe(expected);
  });

  it('has no class without acceptance or when closed otherwise, and says so without a due date', () => {
    const now = at('2026-05-01');
    expect(timelinessAt(replay(submitted('2026-03-01')), now)).toBeNull();
    expect(timelinessAt(replay(ten(), fact('withdrawn', '2026-04-15', {})), now)).toBeNull();
    expect(timelinessAt(replay(accepted('2026-03-02')), now)).toBe('no-due-date');
    expect(timelinessAt(replay(accepted('2026-03-02'), resolved('2026-03-03')), now)).toBe('no-due-date');
    expect(timelinessAt(replay(accepted('2026-03-02'), requested('2026-03-03')), now)).toBe('paused');
  });

  it('is past due while paused from the first millisecond after the deadline', () => {
    const state = replay(accepted('2026-03-02', { limit: days(10) }), requested('2026-03-09'));
    const midnight = at('2026-03-17 00:00');
    expect([-1, 0, 1].map((ms) => pastDueWhilePausedAt(state, midnight + ms))).toEqual([false, true, true]);
  });
});

describe('the view', () => {
  it('has every field of the contract', () => {
    const state = replay(
      submitted('2026-03-01'),
      accepted('2026-03-02', { limit: days(10) }),
      requested('2026-03-09'),
    );
    expect(dossierView(state, at('2026-03-18'))).toEqual({
      procedure: '1.000001',
      receivingAgency: 'A',
      resolvingAgency: 'A',
      channel: 'counter',
      state: 'paused',
      timeliness: 'paused',
      submittedAt: '2026-03-01T09:00:00.000+07:00',
      acceptedAt: '2026-03-02T09:00:00.000+07:00',
      dueOn: '2026-03-16',
      dueAt: null,
      dueSource: 'event',
      dueComputedOn: '2026-03-16',
      dueMismatch: false,
      overdueFrom: '2026-03-17T00:00:00.000+07:00',
      pausedSince: '2026-03-09T09:00:00.000+07:00',
      pastDueWhilePaused: true,
      resolvedAt: null,
      returnedAt: null,
      extensionCount: 0,
      supplementCount: 1,
      score: null,
    });
    expect(Object.values(dossierView(replay(), 0)).filter((value) => value === undefined)).toEqual([]);
  });
});

describe('announcements', () => {
  const of = (...facts: Fact[]): unknown =>
    announcementsOf(replay(accepted('2026-03-02', { limit: days(10) }), ...facts));
  const deadline = at('2026-03-17 00:00');

  it('are at the beginning of due soon and of overdue', () =>
    expect(of()).toEqual({ dueSoonAt: at('2026-03-12 00:00'), overdueAt: deadline, deadline }));
  it('are not before the deadline was set', () => {
    expect(of(extended('2026-03-19', '2026-03-18'))).toEqual({
      dueSoonAt: null,
      overdueAt: at('2026-03-19'),
      deadline: at('2026-03-19 00:00'),
    });
    expect(of(resolved('2026-03-03'), reopened('2026-03-13'))).toEqual({
      dueSoonAt: at('2026-03-13'),
      overdueAt: deadline,
      deadline,
    });
  });
  it('are none while paused, closed or without a due date', () => {
    const none = { dueSoonAt: null, overdueAt: null, deadline: null };
    expect(of(requested('2026-03-03'))).toEqual(none);
    expect(of(resolved('2026-03-03'))).toEqual(none);
    expect(announcementsOf(replay(accepted('2026-03-02')))).toEqual(none);
    expect(announcementsOf(replay())).toEqual(none);
  });

  it('of overdue stand if some running stretch was overdue under that deadline', () => {
    const state = (...facts: Fact[]): Parameters<typeof stoodOverdue>[0] =>
      replay(accepted('2026-03-02', { limit: days(10) }), ...facts);
    const now = at('2026-05-01');
    expect([-1, 0, 1].map((ms) => stoodOverdue(state(), deadline, deadline + ms))).toEqual([
      false,
      true,
      true,
    ]);
    expect(stoodOverdue(state(), deadline + 1, now)).toBe(false);
    expect(stoodOverdue(state(resolved('2026-03-16T23:59:59.999+07:00')), deadline, now)).toBe(false);
    // Late by a millisecond is late: what was said stays said.
    expect(stoodOverdue(state(resolved('2026-03-17 00:00')), deadline, now)).toBe(true);
    expect(stoodOverdue(state(extended('2026-03-17 00:00', '2026-06-01')), deadline, now)).toBe(false);
    expect(stoodOverdue(state(resolved('2026-03-17T00:00:00.001+07:00')), deadline, now)).toBe(true);
    expect(stoodOverdue(state(requested('2026-03-16'), resolved('2026-03-20')), deadline, now)).toBe(false);
    expect(stoodOverdue(state(extended('2026-03-18', '2026-06-01')), deadline, now)).toBe(true);
    const late = [requested('2026-03-20'), received('2026-03-25')];
    expect(stoodOverdue(state(...late), deadline, now)).toBe(true);
  });
});

describe('the ledger', () => {
  const of = (...facts: Fact[]): string[] =>
    ledgerOf(replay(...facts)).map(
      ({ at: when, measure, delta, cell }) =>
        `${new Date(when + 7 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')} ${MEASURES[measure]} ${delta > 0 ? '+' : ''}${delta}${cell === 'submitted' ? ' submitted' : ''}`,
    );
  const accept = accepted('2026-03-02', { limit: days(10) });

  it('knows today what will be overdue', () =>
    expect(of(accept)).toEqual([
      '2026-03-02 09:00 receivedCounter +1',
      '2026-03-02 09:00 inTime +1',
      '2026-03-17 00:00 inTime -1',
      '2026-03-17 00:00 overdue +1',
    ]));

  it('cancels what will not come', () =>
    expect(of(accept, resolved('2026-03-10'))).toEqual([
      '2026-03-02 09:00 receivedCounter +1',
      '2026-03-02 09:00 inTime +1',
      '2026-03-10 09:00 resolvedEarly +1',
      '2026-03-10 09:00 inTime -1',
    ]));

  it('keeps a pause apart, and what falls due meanwhile', () =>
    expect(of(accept, requested('2026-03-10'), received('2026-03-20'))).toEqual([
      '2026-03-02 09:00 receivedCounter +1',
      '2026-03-02 09:00 inTime +1',
      '2026-03-10 09:00 inTime -1',
      '2026-03-10 09:00 paused +1',
      '2026-03-17 00:00 pausedPastDue +1',
      '2026-03-20 09:00 inTime +1',
      '2026-03-20 09:00 paused -1',
      '2026-03-20 09:00 pausedPastDue -1',
      '2026-03-27 00:00 inTime -1',
      '2026-03-27 00:00 overdue +1',
    ]));

  it('counts a dossier without a due date', () =>
    expect(of(accepted('2026-03-02'), resolved('2026-03-03'))).toEqual([
      '2026-03-02 09:00 receivedCounter +1',
      '2026-03-02 09:00 noDueDate +1',
      '2026-03-03 09:00 resolvedNoDueDate +1',
      '2026-03-03 09:00 noDueDate -1',
    ]));

  it('counts a refusal before acceptance where it was submitted, if it was', () => {
    const refused = fact('refused', '2026-03-02', {});
    expect(of(submitted('2026-03-01'), refused)).toEqual(['2026-03-02 09:00 refused +1 submitted']);
    expect(of(refused)).toEqual([]);
    expect(of(submitted('2026-03-01'), fact('withdrawn', '2026-03-02', {}))).toEqual([]);
  });

  it('has its measures in their order for good', () =>
    expect(MEASURES.join()).toBe(
      'receivedCounter,receivedOnline,receivedPost,reopened,resolvedEarly,resolvedOnTime,resolvedLate,resolvedNoDueDate,closedRefused,closedWithdrawn,closedStopped,refused,inTime,overdue,paused,pausedPastDue,noDueDate',
    ));
});
