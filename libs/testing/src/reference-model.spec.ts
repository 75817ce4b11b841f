import { describe, expect, it } from '@jest/globals';
import { accepted, event, EXAMPLE_CALENDAR, EXAMPLE_WORLD, vn, vnInstant, worldOf } from './example-world.js';
import { mergeCalendar } from './reference-calendar.js';
import {
  firstArrivals,
  fullType,
  standingFacts,
  type CloudEventJson,
  type Limit,
} from './reference-events.js';
import { rate, recordsAsOf, type ReportQuery, type World } from './reference-model.js';

const NOW = '2026-11-22 10:00';
const days = (amount: number): { limit: Limit } => ({ limit: { amount, unit: 'working-days' } });
const of = (subject: string): Partial<CloudEventJson> => ({ subject });

/** The ids of the facts that stand, in order. */
const standing = (...events: CloudEventJson[]): string[] =>
  standingFacts(firstArrivals(events.map((one) => ({ event: one, recordedAt: 0 })))).map(({ id }) => id);

describe('the facts that stand', () => {
  it('are ordered by time, then sequence, then the bytes of the id', () => {
    const rated = (id: string, sequence?: number | string) =>
      event('rated', '2026-03-02', { score: 1 }, { id, ...(sequence !== undefined && { sequence }) });
    // U+FF5E is fewer bytes than U+10400, but greater than its first UTF-16 unit.
    const events = [rated('b', '10'), rated('\u{10400}'), rated('\u{ff5e}'), rated('a', 9), rated('Z', 0)];
    expect(standing(...events)).toEqual(['Z', '\u{ff5e}', '\u{10400}', 'a', 'b']);
  });

  it('are the first to arrive of each id', () => {
    const [first, second] = [accepted('2026-03-02'), accepted('2026-03-01')];
    const facts = standingFacts(
      firstArrivals([first, { ...second, id: first.id }].map((one) => ({ event: one, recordedAt: 0 }))),
    );
    expect(facts.map(({ time }) => time)).toEqual([vnInstant('2026-03-02')]);
  });

  const open = accepted('2026-03-02');
  const resolved = event('resolved', '2026-03-04');
  const retract = (time: string, id: string) => event('retracted', time, { event: id });
  const correct = (time: string, id: string, to: string) =>
    event('corrected', time, { event: id, type: fullType('resolved'), time: vn(to), data: {} });
  const resolvedAt = (...events: CloudEventJson[]): number | undefined =>
    standingFacts([open, resolved, ...events].map((one) => ({ event: one, recordedAt: 0 }))).find(
      ({ type }) => type === 'resolved',
    )?.time;

  it('go by the newest correction, wherever it arrives', () => {
    const [older, newer] = [
      correct('2026-03-05', resolved.id, '2026-03-03'),
      correct('2026-03-06', resolved.id, '2026-03-07'),
    ];
    expect(resolvedAt(newer, older)).toBe(vnInstant('2026-03-07'));
    expect(resolvedAt(older, newer, retract('2026-03-08', newer.id))).toBe(vnInstant('2026-03-03'));
  });

  it('leave out what is retracted, whatever corrections it has', () => {
    const corrected = correct('2026-03-06', resolved.id, '2026-03-07');
    const retracted = retract('2026-03-05', resolved.id);
    expect(resolvedAt(corrected, retracted)).toBeUndefined();
    expect(resolvedAt(corrected, retracted, retract('2026-03-07', retracted.id))).toBe(
      vnInstant('2026-03-07'),
    );
  });

  it('take an amendment back only by a newer one', () => {
    const retracted = retract('2026-03-05', resolved.id);
    expect(resolvedAt(retracted, retract('2026-03-04', retracted.id))).toBeUndefined();
    const back = retract('2026-03-06', retracted.id);
    expect(resolvedAt(retracted, back)).toBe(vnInstant('2026-03-04'));
    expect(resolvedAt(retracted, back, retract('2026-03-07', back.id))).toBeUndefined();
  });

  it('do not correct an amendment, and wait for an unknown id', () => {
    const retracted = retract('2026-03-05', resolved.id);
    expect(resolvedAt(retracted, correct('2026-03-06', retracted.id, '2026-03-09'))).toBeUndefined();
    expect(resolvedAt(retract('2026-03-05', 'nobody'))).toBe(vnInstant('2026-03-04'));
  });
});

const report = (world: World, query: Partial<ReportQuery>, asOf = NOW) =>
  recordsAsOf(world, vnInstant(asOf)).report({ from: '2026-03-01', to: '2026-03-31', ...query });

describe('a report', () => {
  const application = { procedure: 'keeps', receivingAgency: 'T.S', channel: 'online' as const };
  const world = worldOf([
    accepted('2026-02-27', days(10), of('1')),
    event('resolved', '2026-03-10', {}, of('1')),
    accepted('2026-03-02', { ...days(3), resolvingAgency: 'T.H' }, of('2')),
    event('resolved', '2026-03-06 00:00', {}, of('2')),
    event('reopened', '2026-03-10', {}, of('2')),
    accepted('2026-03-02', { procedure: 'keeps', channel: 'post', ...days(3) }, of('3')),
    event('fee-requested', '2026-03-05 23:59:59.999', {}, of('3')),
    accepted('2026-03-31', { ...days(0), receivingAgency: 'T' }, of('4')),
    event('submitted', '2026-03-03', application, of('5')),
    event('refused', '2026-03-04', {}, of('5')),
    accepted('2026-03-05', {}, of('6')),
    event('stopped', '2026-04-01 00:00', {}, of('6')),
    event('resolved', '2026-03-05', {}, of('7')),
  ]);

  it('counts what happened in the period and what stood at its ends', () => {
    const { total } = report(world, {});
    expect(total).toMatchObject({
      carriedOver: 1,
      received: { total: 4, counter: 3, online: 0, post: 1 },
      reopened: 1,
      resolved: { total: 2, early: 1, onTime: 0, late: 1, noDueDate: 0 },
      closedOtherwise: { total: 0, refused: 0, withdrawn: 0, stopped: 0 },
      open: { total: 4, inTime: 1, overdue: 1, paused: 1, pausedPastDue: 1, noDueDate: 1 },
      refused: 1,
    });
    expect(total.rates).toEqual({
      a: { percent: 50, numerator: 1, denominator: 2, small: true },
      b: { percent: 16.67, numerator: 1, denominator: 6, small: true },
      c: { percent: 40, numerator: 2, denominator: 5, small: true },
      opencps: { percent: 50, numerator: 1, denominator: 2, small: true },
    });
  });

  it.each([
    [{ by: 'agency' }, { T: 4 }],
    [
      { by: 'agency', agency: 'T' },
      { T: 1, 'T.H': 3, 'T.S': 0 },
    ],
    [
      { by: 'agency', agency: 'T.H' },
      { 'T.H': 1, 'T.H.X': 2 },
    ],
    [
      { by: 'agency', flat: true },
      { T: 1, 'T.H': 1, 'T.H.X': 2, 'T.S': 0 },
    ],
    [
      { by: 'agency', flat: true, agency: 'T.H' },
      { 'T.H': 1, 'T.H.X': 2 },
    ],
    [{ by: 'procedure' }, { none: 3, keeps: 1 }],
    [{ by: 'domain' }, { 'đất đai': 3, 'hộ tịch': 1 }],
    [{ by: 'channel' }, { counter: 3, post: 1, online: 0 }],
    [{ by: 'channel', agency: 'T.H.X', procedure: 'keeps' }, { post: 1 }],
  ] as [Partial<ReportQuery>, Record<string, number>][])('received, %j', (query, expected) => {
    const rows = report(world, query).rows.map(({ key, received }) => [key, received.total]);
    expect(Object.fromEntries(rows)).toEqual(expected);
  });

  it('by month cuts to the period and to today', () => {
    const { rows } = report(world, { from: '2026-02-28', to: '2026-05-31', by: 'month' }, '2026-11-22 10:00');
    expect(rows.map(({ key, carriedOver, open }) => [key, carriedOver, open.total])).toEqual([
      ['2026-02', 1, 1],
      ['2026-03', 1, 4],
      ['2026-04', 4, 3],
      ['2026-05', 3, 3],
    ]);
  });

  it('asOf knows nothing recorded later, and takes the place of now', () => {
    const [first, ...others] = world.arrivals;
    if (!first) throw new Error('no arrivals');
    const before = { ...world, arrivals: [{ ...first, recordedAt: vnInstant('2026-03-01') }, ...others] };
    const { total, rows } = report(before, { by: 'month', to: '2026-12-31' }, '2026-03-14 00:00');
    expect(total).toMatchObject({ carriedOver: 1, received: { total: 0 }, open: { overdue: 1, total: 1 } });
    expect(rows.map(({ key }) => key)).toEqual(['2026-03']);
    expect(() => report(before, {}, '2026-02-28 23:59')).toThrow();
  });

  it.each([
    [673_576, 674_062, 99.93],
    [99_999, 100_000, 99.99],
    [1, 8, 12.5],
    [1, 800, 0.13],
    [0, 0, null],
    [3, 3, 100],
  ])('shows %i of %i as %d', (numerator, denominator, percent) => {
    expect(rate(numerator, denominator).percent).toBe(percent);
  });
});

describe('the list of dossiers', () => {
  const world = worldOf([
    accepted('2026-03-02', {}, of('none')),
    accepted('2026-03-02', days(3), of('b')),
    accepted('2026-03-02', { ...days(3), receivingAgency: 'T.S' }, of('B')),
    accepted('2026-03-02', days(1), of('é')),
  ]);
  const codes = (...filter: Parameters<ReturnType<typeof recordsAsOf>['list']>): string[] =>
    recordsAsOf(world, vnInstant(NOW))
      .list(...filter)
      .map(({ code }) => code);

  it('is ordered by overdueFrom, bytewise, none last', () => {
    expect(codes(vnInstant(NOW))).toEqual(['é', 'B', 'b', 'none']);
  });

  it('filters by class at the instant and by subtree', () => {
    expect(codes(vnInstant('2026-03-04 10:00'), { timeliness: 'overdue' })).toEqual(['é']);
    expect(codes(vnInstant('2026-03-03 10:00'), { timeliness: 'in-time' })).toEqual(['B', 'b']);
    expect(codes(vnInstant('2026-03-03 10:00'), { timeliness: 'due-soon' })).toEqual(['é']);
    expect(codes(vnInstant(NOW), { agency: 'T.H' })).toEqual(['é', 'b', 'none']);
  });
});

describe('a calendar edit', () => {
  const edited = mergeCalendar(EXAMPLE_CALENDAR, {
    sessions: EXAMPLE_CALENDAR.sessions,
    days: [{ on: '2026-03-04', kind: 'off', reason: 'bão' }],
  });
  const open = accepted('2026-03-02', days(3));
  const resolved = event('resolved', '2026-03-04 10:00');
  const dueOn = (closedAt: string | null, asOf: string): string | null | undefined => {
    const world: World = {
      ...EXAMPLE_WORLD,
      calendars: [
        ...EXAMPLE_WORLD.calendars,
        { recordedAt: vnInstant('2026-03-04 12:00'), document: edited },
      ],
      arrivals: [
        { event: open, recordedAt: vnInstant('2026-03-02') },
        ...(closedAt ? [{ event: resolved, recordedAt: vnInstant(closedAt) }] : []),
      ],
    };
    return recordsAsOf(world, vnInstant(asOf)).list(vnInstant(asOf))[0]?.dueOn;
  };

  it('moves what is open, and only from then on', () => {
    expect(dueOn(null, '2026-03-04 11:59')).toBe('2026-03-05');
    expect(dueOn(null, '2026-03-04 12:00')).toBe('2026-03-06');
  });

  it('leaves what had closed as it was', () => {
    expect(dueOn('2026-03-04 11:00', '2026-03-05')).toBe('2026-03-05');
    expect(dueOn('2026-03-04 13:00', '2026-03-05')).toBe('2026-03-06');
  });
});
