import { describe, expect, it } from '@jest/globals';
import { accepted, event, vn, vnInstant, worldOf } from './example-world.js';
import { formatInstant } from './reference-calendar.js';
import type { CloudEventJson, Limit } from './reference-events.js';
import { recordsAsOf, type Dossier } from './reference-model.js';

/** The dossier `D` as shown at a civil time, from events given in any order. */
function shown(now: string, ...events: CloudEventJson[]): Dossier {
  const records = recordsAsOf(worldOf(events), vnInstant('2026-11-22 10:00'));
  const [recorded] = records.dossiers;
  if (!recorded) throw new Error('no dossier');
  return records.show(recorded, vnInstant(now));
}

const days = (amount: number): { limit: Limit } => ({ limit: { amount, unit: 'working-days' } });
const calendarDays = (amount: number): { limit: Limit } => ({ limit: { amount, unit: 'calendar-days' } });
const months = (amount: number): { limit: Limit } => ({ limit: { amount, unit: 'months' } });
const hours = (amount: number): { limit: Limit } => ({ limit: { amount, unit: 'working-hours' } });
const LATER = '2026-11-20 08:00';
const at = (text: string): string => formatInstant(vnInstant(text));

describe('the deadline a limit gives', () => {
  it.each([
    ['working days', '2026-03-02', days(10), '2026-03-16'],
    ['none on a working day', '2026-03-02', days(0), '2026-03-02'],
    ['none on a Saturday', '2026-03-07', days(0), '2026-03-09'],
    ['working days from a Saturday', '2026-03-07', days(1), '2026-03-09'],
    ['calendar days, rolled', '2026-04-17', calendarDays(10), '2026-04-28'],
    ['no calendar day, on a Sunday', '2026-03-08', calendarDays(0), '2026-03-09'],
    ['a month, rolled', '2026-01-31', months(1), '2026-03-02'],
  ])('%s', (_, acceptedOn, limit, due) => {
    const dossier = shown(LATER, accepted(acceptedOn, limit));
    expect(dossier).toMatchObject({ dueOn: due, dueComputedOn: due, dueSource: 'event', dueAt: null });
  });

  it('runs to 24:00 of the due day', () => {
    const open = accepted('2026-03-02', days(10));
    expect(shown('2026-03-16 23:59:59.999', open).timeliness).toBe('due-soon');
    expect(shown('2026-03-17 00:00', open).timeliness).toBe('overdue');
    expect(shown('2026-03-17 00:00', open).overdueFrom).toBe('2026-03-17T00:00:00.000+07:00');
  });

  it('in hours ends with the session and is overdue a millisecond later', () => {
    const open = accepted('2026-03-06 15:00', hours(2));
    const dossier = shown('2026-03-06 17:00', open);
    expect(dossier).toMatchObject({ dueAt: at('2026-03-06 17:00'), dueOn: '2026-03-06' });
    expect(dossier.timeliness).toBe('due-soon');
    expect(shown('2026-03-06 17:00:00.001', open).timeliness).toBe('overdue');
  });

  it.each([
    ['over the counter: committed goes first', '2026-02-27', 'counter', '2026-03-11'],
    ['the latest limit valid that day', '2026-03-02', 'counter', '2026-03-10'],
    ['the channel goes before a later general one', '2026-03-02', 'online', '2026-03-06'],
    ['before the channel has one', '2026-01-26', 'online', '2026-02-05'],
  ] as const)('of the catalogue, %s', (_, acceptedOn, channel, due) => {
    const dossier = shown(LATER, accepted(acceptedOn, { procedure: 'limits', channel }));
    expect(dossier).toMatchObject({ dueOn: due, dueSource: 'catalogue' });
  });

  it('of the event itself is set against ours', () => {
    const own = { procedure: 'limits', dueAt: vn('2026-03-20 17:00') };
    expect(shown(LATER, accepted('2026-03-02', own))).toMatchObject({
      dueOn: '2026-03-20',
      dueAt: null,
      dueSource: 'source',
      dueComputedOn: '2026-03-10',
      dueMismatch: true,
    });
    expect(shown(LATER, accepted('2026-03-02', { ...own, ...days(14) }))).toMatchObject({
      dueComputedOn: '2026-03-20',
      dueMismatch: false,
    });
  });

  it('may be missing', () => {
    expect(shown(LATER, accepted('2026-03-02'))).toMatchObject({
      dueSource: 'none',
      dueOn: null,
      overdueFrom: null,
      timeliness: 'no-due-date',
    });
  });
});

describe('a pause', () => {
  const asked = event('supplement-requested', '2026-03-04');
  const complete = event('supplement-received', '2026-03-11');

  it.each([
    ['pause', 'none', '2026-03-23'],
    ['restart', 'restarts', '2026-03-25'],
    ['none', 'keeps', '2026-03-16'],
  ])('under policy %s', (_, procedure, due) => {
    const open = accepted('2026-03-02', { procedure, ...days(10) });
    expect(shown(LATER, open, asked, complete).dueOn).toBe(due);
    expect(shown('2026-03-10', open, asked, complete)).toMatchObject({
      dueOn: '2026-03-16',
      state: 'paused',
      timeliness: 'paused',
      pausedSince: at('2026-03-04'),
    });
  });

  it('moves calendar days by days, added up unrolled', () => {
    // 7 March is a Saturday; one day of pause leaves the unrolled day on Sunday, two on Monday, three on Tuesday.
    const open = accepted('2026-03-02', calendarDays(5));
    const one = [event('fee-requested', '2026-03-02'), event('fee-paid', '2026-03-03')];
    const two = [event('fee-requested', '2026-03-04'), event('fee-paid', '2026-03-06')];
    expect(shown(LATER, open).dueOn).toBe('2026-03-09');
    expect(shown(LATER, open, ...one).dueOn).toBe('2026-03-09');
    expect(shown(LATER, open, ...one, ...two).dueOn).toBe('2026-03-10');
  });

  it.each([
    ['calendar days', calendarDays(5), '2026-03-16'],
    ['months', months(1), '2026-04-13'],
  ])('restarts %s in full', (_, limit, due) => {
    // From Wednesday 11 March: the 16th; a month later is Saturday 11 April, rolled to Monday.
    const open = accepted('2026-03-02', { procedure: 'restarts', ...limit });
    expect(shown(LATER, open, asked, complete).dueOn).toBe(due);
  });

  it('lets the session time left run on, or all of it again', () => {
    const pause = [event('fee-requested', '2026-03-02 10:00'), event('fee-paid', '2026-03-03 16:00')];
    const due = (procedure: string) =>
      shown(LATER, accepted('2026-03-02 08:00', { procedure, ...hours(4) }), ...pause).dueAt;
    expect(due('none')).toBe(at('2026-03-04 08:00'));
    expect(due('restarts')).toBe(at('2026-03-04 10:00'));
    expect(due('keeps')).toBe(at('2026-03-02 14:00'));
  });

  it('with nothing left makes the resumption the deadline', () => {
    const open = accepted('2026-03-02 08:00', hours(3));
    const pause = [event('fee-requested', '2026-03-02 11:00'), event('fee-paid', '2026-03-02 20:15')];
    expect(shown(LATER, open, ...pause).dueAt).toBe(at('2026-03-02 20:15'));
  });

  it('lasts until the last of its reasons ends', () => {
    const open = accepted('2026-03-02', days(10));
    const both = [asked, event('fee-requested', '2026-03-05'), complete, event('fee-paid', '2026-03-13')];
    expect(shown('2026-03-12', open, ...both).state).toBe('paused');
    expect(shown(LATER, open, ...both).dueOn).toBe('2026-03-25');
  });

  it.each(['none', 'restarts'])('that begins past the deadline moves nothing (%s)', (procedure) => {
    const open = accepted('2026-03-02', { procedure, ...days(1) });
    expect(shown(LATER, open, asked, complete).dueOn).toBe('2026-03-03');
    expect(shown('2026-03-05', open, asked, complete).pastDueWhilePaused).toBe(true);
  });

  it('that begins in the last millisecond still moves', () => {
    const open = accepted('2026-03-02', days(1));
    const pause = [event('fee-requested', '2026-03-03 23:59:59.999'), event('fee-paid', '2026-03-05')];
    expect(shown('2026-03-04 00:00', open, ...pause)).toMatchObject({
      timeliness: 'paused',
      pastDueWhilePaused: true,
    });
    expect(shown(LATER, open, ...pause).dueOn).toBe('2026-03-05');
  });

  it('ends with a given date, whatever the policy and however late', () => {
    const given = event('supplement-received', '2026-03-11', { newDueAt: vn('2026-03-14 10:00') });
    for (const procedure of ['none', 'restarts', 'keeps']) {
      const open = accepted('2026-03-02', { procedure, ...days(1) });
      expect(shown(LATER, open, asked, given).dueOn).toBe('2026-03-14');
    }
  });

  it('counts a date given while the other reason is outstanding like an extension', () => {
    const open = accepted('2026-03-02', days(10));
    const given = event('supplement-received', '2026-03-11', { newDueAt: vn('2026-03-20') });
    const events = [
      open,
      asked,
      event('fee-requested', '2026-03-05'),
      given,
      event('fee-paid', '2026-03-13'),
    ];
    // Two working days in (11, 13], on top of the 20th.
    expect(shown(LATER, ...events)).toMatchObject({ dueOn: '2026-03-24', extensionCount: 0 });
  });

  it('ends with a closing event as with a resumption', () => {
    const open = accepted('2026-03-02', days(3));
    const resolved = event('resolved', '2026-03-09');
    // Three working days in (4, 9], on top of the 5th: due on the 10th.
    expect(shown(LATER, open, asked, resolved)).toMatchObject({
      dueOn: '2026-03-10',
      timeliness: 'early',
      pausedSince: null,
    });
  });

  it('does not begin before acceptance, nor end what did not begin', () => {
    const early = event('supplement-requested', '2026-03-01');
    const open = accepted('2026-03-02', days(10));
    const paid = event('fee-paid', '2026-03-05', { newDueAt: vn('2026-05-05') });
    expect(shown(LATER, early, open, paid)).toMatchObject({ dueOn: '2026-03-16', supplementCount: 0 });
  });

  it('restarts a given date with its working days from acceptance', () => {
    const open = accepted('2026-03-02', { procedure: 'restarts', dueAt: vn('2026-03-07') });
    // Four working days in (2, 7]; again from the 11th.
    expect(shown(LATER, open, asked, complete).dueOn).toBe('2026-03-17');
  });
});

describe('an extension', () => {
  const open = accepted('2026-03-02', days(3));
  const extended = (time: string, to: string) => event('extended', time, { newDueAt: vn(to) });

  it('replaces the date, without rolling', () => {
    expect(shown(LATER, open, extended('2026-03-04', '2026-03-14'))).toMatchObject({
      dueOn: '2026-03-14',
      dueSource: 'event',
      dueComputedOn: '2026-03-05',
      extensionCount: 1,
    });
  });

  it('in a pause moves from there on', () => {
    const pause = [event('fee-requested', '2026-03-04'), event('fee-paid', '2026-03-12')];
    expect(shown('2026-03-11', open, ...pause, extended('2026-03-10', '2026-03-20')).dueOn).toBe(
      '2026-03-20',
    );
    expect(shown(LATER, open, ...pause, extended('2026-03-10', '2026-03-20')).dueOn).toBe('2026-03-24');
    expect(shown(LATER, open, ...pause, extended('2026-03-10', '2026-03-09')).dueOn).toBe('2026-03-09');
  });

  it('in a pause that began too late makes it move after all', () => {
    const pause = [event('fee-requested', '2026-03-10'), event('fee-paid', '2026-03-12')];
    expect(shown(LATER, open, ...pause, extended('2026-03-11', '2026-03-20')).dueOn).toBe('2026-03-23');
  });

  it('of an hour limit is an instant', () => {
    const byHours = accepted('2026-03-02 08:00', hours(2));
    expect(shown(LATER, byHours, extended('2026-03-02 09:00', '2026-03-02 16:00')).dueAt).toBe(
      at('2026-03-02 16:00'),
    );
  });

  it('of a closed dossier has no effect', () => {
    const closed = [open, event('resolved', '2026-03-04'), extended('2026-03-05', '2026-03-20')];
    expect(shown(LATER, ...closed)).toMatchObject({ dueOn: '2026-03-05', extensionCount: 0 });
  });
});

describe('due soon', () => {
  it.each([
    // Ten days: two working days before Monday the 16th.
    ['ten working days', days(10), [], '2026-03-12'],
    ['eleven working days: three before Tuesday', days(11), [], '2026-03-12'],
    // Due Monday the 16th, ten working days away.
    ['calendar days count as working days', calendarDays(14), [], '2026-03-12'],
    ['a given date too', { dueAt: vn('2026-03-16') }, [], '2026-03-12'],
    [
      'a pause moves the day, not the length',
      days(10),
      [event('fee-requested', '2026-03-04'), event('fee-paid', '2026-03-11')],
      '2026-03-19',
    ],
    // Twenty working days from acceptance to the new date: four before it.
    [
      'an extension counts from acceptance',
      days(10),
      [event('extended', '2026-03-04', { newDueAt: vn('2026-03-30') })],
      '2026-03-24',
    ],
  ])('%s', (_, limit, more, since) => {
    const open = accepted('2026-03-02 08:00', limit);
    const midnight = vnInstant(`${since} 00:00`);
    const [day = '', clock = ''] = formatInstant(midnight - 1).split('T');
    expect(shown(`${day} ${clock.slice(0, 12)}`, open, ...more).timeliness).toBe('in-time');
    expect(shown(`${since} 00:00`, open, ...more).timeliness).toBe('due-soon');
  });

  it('is at least a working day long, so at once for a limit of one day', () => {
    expect(shown('2026-03-02 08:00', accepted('2026-03-02 08:00', days(1))).timeliness).toBe('due-soon');
  });

  it('in hours begins with a fifth of them left', () => {
    const open = accepted('2026-03-02 08:00', hours(10));
    // Three hours, four, and three of the next day: due at 10:00, two hours of ten left at 08:00.
    const [before, since] = ['2026-03-03 07:59:59.999', '2026-03-03 08:00'];
    expect(shown(before, open)).toMatchObject({ timeliness: 'in-time', dueAt: at('2026-03-03 10:00') });
    expect(shown(since, open).timeliness).toBe('due-soon');
  });
});

describe('closing and reopening', () => {
  const open = accepted('2026-03-02', days(3));
  const resolved = (time: string) => event('resolved', time);

  it.each([
    ['the day before', '2026-03-04 23:59:59.999', 'early'],
    ['the due day', '2026-03-05 00:00', 'on-time'],
    ['its last millisecond', '2026-03-05 23:59:59.999', 'on-time'],
    ['the next day', '2026-03-06 00:00', 'late'],
  ])('resolved on %s', (_, time, timeliness) => {
    expect(shown(LATER, open, resolved(time))).toMatchObject({ state: 'resolved', timeliness });
  });

  it('a return of an open dossier resolves it, one of a resolved dossier only returns it', () => {
    const returned = event('returned', '2026-03-06');
    expect(shown(LATER, open, returned)).toMatchObject({
      resolvedAt: at('2026-03-06'),
      returnedAt: at('2026-03-06'),
      timeliness: 'late',
    });
    expect(shown(LATER, open, resolved('2026-03-04'), returned)).toMatchObject({
      resolvedAt: at('2026-03-04'),
      returnedAt: at('2026-03-06'),
      timeliness: 'early',
    });
    expect(shown(LATER, open, event('withdrawn', '2026-03-04'), returned)).toMatchObject({
      state: 'withdrawn',
      timeliness: null,
      returnedAt: null,
    });
  });

  it('reopening keeps the deadline unless it brings one, and clears what closed it', () => {
    const closed = [open, resolved('2026-03-04'), event('returned', '2026-03-04 09:00')];
    expect(shown('2026-03-05', ...closed, event('reopened', '2026-03-05'))).toMatchObject({
      state: 'running',
      timeliness: 'due-soon',
      dueOn: '2026-03-05',
      resolvedAt: null,
      returnedAt: null,
    });
    const later = event('reopened', '2026-03-05', { newDueAt: vn('2026-03-15') });
    expect(shown(LATER, ...closed, later).dueOn).toBe('2026-03-15');
  });

  it('what does not fit changes nothing', () => {
    const late = [resolved('2026-03-06'), accepted('2026-03-07', days(9)), event('refused', '2026-03-08')];
    const dossier = shown(LATER, open, resolved('2026-03-04'), ...late, event('submitted', '2026-03-09'));
    expect(dossier).toMatchObject({
      state: 'resolved',
      resolvedAt: at('2026-03-04'),
      acceptedAt: at('2026-03-02'),
      submittedAt: null,
    });
  });
});

describe('before acceptance', () => {
  const application = { procedure: 'keeps', receivingAgency: 'T.S', channel: 'online' as const };
  const submitted = event('submitted', '2026-03-01', application);

  it('a submission is known by its own data', () => {
    expect(shown(LATER, submitted)).toMatchObject({
      state: 'submitted',
      timeliness: null,
      domain: 'hộ tịch',
      resolvingAgency: 'T.S',
      dueSource: null,
      submittedAt: at('2026-03-01'),
    });
  });

  it.each(['refused', 'withdrawn', 'stopped'] as const)('%s, then accepted after all', (type) => {
    const closed = event(type, '2026-03-02');
    expect(shown(LATER, submitted, closed)).toMatchObject({ state: type, acceptedAt: null });
    expect(shown(LATER, submitted, closed, event('reopened', '2026-03-03')).state).toBe(type);
    const open = accepted('2026-03-03', { resolvingAgency: 'T.H' });
    expect(shown(LATER, submitted, closed, open)).toMatchObject({ state: 'running', resolvingAgency: 'T.H' });
  });

  it('nothing but later events leaves it incomplete', () => {
    expect(shown(LATER, event('resolved', '2026-03-02'), event('fee-paid', '2026-03-01'))).toMatchObject({
      state: 'incomplete',
      procedure: null,
      resolvedAt: null,
    });
  });
});
