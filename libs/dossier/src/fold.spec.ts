import { describe, expect, it } from '@jest/globals';
import { compareBytewise, compareFacts, effectiveFacts } from './amendments.js';
import { explain } from './explain.js';
import type { Fact, OrdinaryFact } from './facts.js';
import { advance, fold } from './fold.js';
import {
  accepted,
  at,
  calendarsOf,
  corrected,
  days,
  extended,
  fact,
  feePaid,
  feeRequested,
  official,
  officialWith,
  received,
  reopened,
  replay,
  requested,
  resolved,
  retracted,
  submitted,
  underOfficial,
} from '../test/histories.fixture.js';
import { parseDay } from './instant.js';

const accept = (): OrdinaryFact => accepted('2026-03-02', { limit: days(10) });
const anomaliesOf = (...facts: Fact[]): string[] =>
  explain(facts, underOfficial).anomalies.map(({ code }) => code);

describe('before acceptance', () => {
  it('nothing known is incomplete', () => {
    expect(replay().state).toBe('incomplete');
    expect(replay(resolved('2026-03-02'), requested('2026-03-01'))).toMatchObject({
      state: 'incomplete',
      flows: [],
      segments: [],
    });
  });

  it('a submission is known and counted nowhere', () => {
    expect(replay(submitted('2026-03-01'))).toMatchObject({
      state: 'submitted',
      submittedAt: at('2026-03-01'),
      procedure: '1.000002',
      receivingAgency: 'S',
      resolvingAgency: 'S',
      channel: 'online',
      dueSource: null,
      cell: null,
      submittedCell: { agency: 'S', procedure: '1.000002', channel: 'online' },
      flows: [],
    });
  });

  it.each(['refused', 'withdrawn', 'stopped'] as const)(
    '%s ends it, and it may be accepted later',
    (type) => {
      const ended = [submitted('2026-03-01'), fact(type, '2026-03-02', {})];
      expect(replay(...ended)).toMatchObject({
        state: type,
        closedBy: null,
        flows: type === 'refused' ? [{ at: at('2026-03-02'), kind: 'refused' }] : [],
      });
      expect(replay(...ended, accepted('2026-03-03')).state).toBe('running');
    },
  );

  it('an end told before the submission counts once the submission is known', () => {
    const refused = fact('refused', '2026-03-01', {});
    expect(replay(refused).state).toBe('incomplete');
    expect(replay(refused, submitted('2026-03-02')).state).toBe('refused');
  });

  it('requests do not touch the clock and are no anomaly', () => {
    const story = [
      submitted('2026-02-27'),
      requested('2026-02-28'),
      received('2026-03-01', '2026-05-01'),
      accept(),
    ];
    expect(replay(...story)).toMatchObject({
      state: 'running',
      supplementCount: 0,
      dueDay: parseDay('2026-03-16'),
    });
    expect(anomaliesOf(...story)).toEqual([]);
  });
});

describe('what does not fit changes nothing and is listed', () => {
  it.each<[string, Fact[], Fact, string]>([
    ['a second submission', [submitted('2026-03-01')], submitted('2026-03-02'), 'already-submitted'],
    ['a submission after acceptance', [accept()], submitted('2026-03-03'), 'already-accepted'],
    ['a second acceptance', [accept()], accepted('2026-03-03', { limit: days(1) }), 'already-accepted'],
    [
      'an acceptance after closing',
      [accept(), resolved('2026-03-03')],
      accepted('2026-03-04'),
      'already-accepted',
    ],
    ['resumed without pause', [accept()], received('2026-03-03', '2026-05-01'), 'not-requested'],
    [
      'paid when a supplement was asked',
      [accept(), requested('2026-03-03')],
      feePaid('2026-03-04', '2026-05-01'),
      'not-requested',
    ],
    ['requested twice', [accept(), requested('2026-03-03')], requested('2026-03-04'), 'already-requested'],
    [
      'requested after closing',
      [accept(), resolved('2026-03-03')],
      requested('2026-03-04'),
      'already-closed',
    ],
    [
      'answered after closing',
      [accept(), requested('2026-03-03'), resolved('2026-03-04')],
      received('2026-03-05'),
      'already-closed',
    ],
    ['resolved before acceptance', [submitted('2026-03-01')], resolved('2026-03-02'), 'not-accepted'],
    ['resolved twice', [accept(), resolved('2026-03-03')], resolved('2026-03-04'), 'already-closed'],
    [
      'withdrawn after resolution',
      [accept(), resolved('2026-03-03')],
      fact('withdrawn', '2026-03-04', {}),
      'already-closed',
    ],
    [
      'refused twice',
      [submitted('2026-03-01'), fact('refused', '2026-03-02', {})],
      fact('refused', '2026-03-03', {}),
      'already-closed',
    ],
    [
      'extended before acceptance',
      [submitted('2026-03-01')],
      extended('2026-03-02', '2026-05-01'),
      'not-accepted',
    ],
    [
      'extended after closing',
      [accept(), resolved('2026-03-03')],
      extended('2026-03-04', '2026-05-01'),
      'already-closed',
    ],
    [
      'reopened before acceptance',
      [submitted('2026-03-01')],
      reopened('2026-03-02', '2026-05-01'),
      'not-accepted',
    ],
    ['reopened while open', [accept()], reopened('2026-03-03', '2026-05-01'), 'not-closed'],
    [
      'returned after withdrawal',
      [accept(), fact('withdrawn', '2026-03-03', {})],
      fact('returned', '2026-03-04', {}),
      'already-closed',
    ],
    [
      'returned twice',
      [accept(), fact('returned', '2026-03-03', {})],
      fact('returned', '2026-03-04', {}),
      'already-returned',
    ],
  ])('%s', (_, before, misfit, code) => {
    const { fold: memory, ...without } = replay(...before);
    const { fold: memoryAfter, ...after } = replay(...before, misfit);
    expect(after).toEqual(without);
    expect({ ...memoryAfter, last: null }).toEqual({ ...memory, last: null });
    expect(explain([...before, misfit], underOfficial).anomalies).toMatchObject([{ event: misfit.id, code }]);
  });
});

describe('while accepted', () => {
  it('resolution closes and hand-over is kept apart', () => {
    const story = [accept(), resolved('2026-03-05'), fact('returned', '2026-03-06', {})];
    expect(replay(...story)).toMatchObject({
      state: 'resolved',
      resolvedAt: at('2026-03-05'),
      returnedAt: at('2026-03-06'),
      closedBy: story[1]!.id,
    });
  });

  it('hand-over of an open dossier resolves it too', () => {
    const story = [accept(), requested('2026-03-03'), fact('returned', '2026-03-06', {})];
    expect(replay(...story)).toMatchObject({
      state: 'resolved',
      resolvedAt: at('2026-03-06'),
      returnedAt: at('2026-03-06'),
      closedBy: story[2]!.id,
      pausedSince: null,
    });
  });

  it('reopening takes back resolution and hand-over and keeps what was counted', () => {
    const state = replay(
      accept(),
      resolved('2026-03-05'),
      fact('returned', '2026-03-06', {}),
      reopened('2026-03-09'),
    );
    expect(state).toMatchObject({ state: 'running', resolvedAt: null, returnedAt: null, closedBy: null });
    expect(state.flows.map(({ kind }) => kind)).toEqual(['received', 'resolvedEarly', 'reopened']);
  });

  it('counts requests and extensions that took effect, and keeps the last score', () => {
    const state = replay(
      accept(),
      requested('2026-03-03'),
      received('2026-03-04'),
      feeRequested('2026-03-04 10:00'),
      requested('2026-03-05'),
      extended('2026-03-05 10:00', '2026-04-01'),
      fact('rated', '2026-03-06', { score: 2 }),
      fact('rated', '2026-03-07', { score: 5 }),
    );
    expect(state).toMatchObject({ supplementCount: 2, extensionCount: 1, score: 5 });
  });

  it('counts at the resolving agency, by default the receiving one', () => {
    expect(replay(accept()).cell).toEqual({ agency: 'A', procedure: '1.000001', channel: 'counter' });
    const elsewhere = fact('accepted', '2026-03-02', {
      procedure: '1.000001',
      receivingAgency: 'A',
      resolvingAgency: 'B',
      channel: 'post',
    });
    expect(replay(submitted('2026-03-01'), elsewhere)).toMatchObject({
      receivingAgency: 'A',
      resolvingAgency: 'B',
      channel: 'post',
      procedure: '1.000001',
      cell: { agency: 'B', procedure: '1.000001', channel: 'post' },
      submittedCell: { agency: 'S' },
    });
  });

  it('leaves no trace of stretches without length', () => {
    const now = '2026-03-05';
    const state = replay(accept(), resolved(now, { sequence: 1 }), reopened(now, undefined, { sequence: 2 }));
    expect(state.segments).toHaveLength(1);
    expect(state.flows).toHaveLength(3);
  });
});

describe('the order of facts', () => {
  it('is time, then sequence, then id byte by byte', () => {
    const order = [
      submitted('2026-03-01', { id: 'z' }),
      submitted('2026-03-02', { id: 'y' }),
      submitted('2026-03-02', { id: 'B', sequence: 1 }),
      submitted('2026-03-02', { id: 'a', sequence: 1 }),
      submitted('2026-03-02', { id: 'aa', sequence: 1 }),
      submitted('2026-03-02', { id: 'é', sequence: 1 }),
      submitted('2026-03-02', { id: '\uffee', sequence: 1 }),
      submitted('2026-03-02', { id: '😀', sequence: 1 }),
      submitted('2026-03-02', { id: '0', sequence: 10 }),
    ];
    expect([...order].reverse().sort(compareFacts)).toEqual(order);
    expect(compareBytewise('a😀', 'a😀')).toBe(0);
  });

  it('decides what counts, not the order of arrival', () => {
    const facts = [accept(), requested('2026-03-03'), received('2026-03-05'), resolved('2026-03-09')];
    expect(replay(...[...facts].reverse())).toEqual(replay(...facts));
  });

  it('takes the first given of several with one id', () => {
    const first = accepted('2026-03-02', { limit: days(10), id: 'x' });
    const other = accepted('2026-03-01', { limit: days(1), id: 'x' });
    expect(replay(first, other, first)).toEqual(replay(first));
  });
});

describe('corrections and retractions', () => {
  const statusOf = (facts: Fact[]): Record<string, string> =>
    Object.fromEntries(effectiveFacts(facts).map(({ told, status }) => [told.id, status]));
  const a = accepted('2026-03-02', { limit: days(10), id: 'a' });
  const r = resolved('2026-03-05', { id: 'r' });

  it('a retracted event never happened', () => {
    expect(replay(a, r, retracted('r', '2026-03-06'))).toMatchObject({
      state: 'running',
      flows: [{ kind: 'received' }],
    });
    expect(replay(a, retracted('a', '2026-03-01')).state).toBe('incomplete');
  });

  it('a corrected one has the new content and keeps id and sequence', () => {
    const withSequence = resolved('2026-03-05', { id: 'r', sequence: 7 });
    const correction = corrected('r', '2026-03-06', fact('withdrawn', '2026-03-04', {}), { id: 'c' });
    const facts = [a, withSequence, correction];
    expect(replay(...facts)).toMatchObject({ state: 'withdrawn', closedBy: 'r' });
    const entry = effectiveFacts(facts).find(({ told }) => told.id === 'r')!;
    expect(entry).toMatchObject({
      status: 'corrected',
      by: 'c',
      fact: { id: 'r', sequence: 7, time: at('2026-03-04'), type: 'withdrawn' },
    });
  });

  it('a corrected one takes the place of its new time', () => {
    const q = requested('2026-03-09', { id: 'q' });
    const p = received('2026-03-06', undefined, { id: 'p' });
    expect(replay(a, q, p)).toMatchObject({ state: 'paused' });
    expect(replay(a, q, p, corrected('q', '2026-03-10', requested('2026-03-04')))).toMatchObject({
      state: 'running',
      dueDay: parseDay('2026-03-18'),
    });
  });

  it('an amendment may be older than what it names, and may wait for it', () => {
    const early = retracted('r', '2026-01-01', { id: 'x' });
    expect(replay(a, r, early).state).toBe('running');
    expect(statusOf([a, early])).toEqual({ a: 'in-force', x: 'waiting' });
    expect(replay(a, early)).toEqual({ ...replay(a), fold: { ...replay(a).fold, amended: true } });
  });

  it('of several corrections the newest counts', () => {
    const c1 = corrected('r', '2026-03-06', fact('withdrawn', '2026-03-05', {}), { id: 'c1' });
    const c2 = corrected('r', '2026-03-07', fact('stopped', '2026-03-05', {}), { id: 'c2' });
    expect(replay(a, r, c2, c1).state).toBe('stopped');
    expect(statusOf([a, r, c1, c2])).toMatchObject({ r: 'corrected', c1: 'superseded', c2: 'in-force' });
    // Taking back the newest brings back the one before it.
    expect(replay(a, r, c2, c1, retracted('c2', '2026-03-08')).state).toBe('withdrawn');
  });

  it('a standing retraction removes the event whatever corrections it has', () => {
    const x = retracted('r', '2026-03-06', { id: 'x' });
    const c = corrected('r', '2026-03-07', fact('withdrawn', '2026-03-05', {}), { id: 'c' });
    expect(replay(a, r, x, c).state).toBe('running');
    expect(statusOf([a, r, x, c])).toMatchObject({ r: 'retracted', x: 'in-force', c: 'superseded' });
    expect(replay(a, r, x, c, retracted('x', '2026-03-08')).state).toBe('withdrawn');
  });

  it('only a newer one takes back a correction or retraction', () => {
    const x = retracted('r', '2026-03-06', { id: 'x' });
    const older = retracted('x', '2026-03-05', { id: 'older' });
    expect(replay(a, r, x, older).state).toBe('running');
    expect(statusOf([a, r, x, older])).toMatchObject({ older: 'no-effect', x: 'in-force' });
    const y = retracted('x', '2026-03-07', { id: 'y' });
    const z = retracted('y', '2026-03-08', { id: 'z' });
    expect(replay(a, r, x, y).state).toBe('resolved');
    expect(replay(a, r, x, y, z).state).toBe('running');
    expect(statusOf([a, r, x, y, z])).toMatchObject({
      r: 'retracted',
      x: 'in-force',
      y: 'retracted',
      z: 'in-force',
    });
    expect(replay(a, r, retracted('self', '2026-03-07', { id: 'self' })).state).toBe('resolved');
  });

  it('at the same time the order of sequence and id decides which is newer', () => {
    const x = retracted('r', '2026-03-06', { id: 'x', sequence: 1 });
    expect(replay(a, r, x, retracted('x', '2026-03-06', { sequence: 0, id: 'y' })).state).toBe('running');
    expect(replay(a, r, x, retracted('x', '2026-03-06', { sequence: 1, id: 'y' })).state).toBe('resolved');
  });

  it('none corrects a correction or retraction', () => {
    const x = retracted('r', '2026-03-06', { id: 'x' });
    const c = corrected('x', '2026-03-07', fact('rated', '2026-03-06', { score: 1 }), { id: 'c' });
    expect(replay(a, r, x, c)).toMatchObject({ state: 'running', score: null });
    expect(statusOf([a, r, x, c])).toMatchObject({ x: 'in-force', c: 'no-effect' });
  });

  it('a corrected event keeps the calendar it was recorded under', () => {
    const off = officialWith(2, { on: '2026-03-10', kind: 'off', reason: 'Bão' });
    const calendars = calendarsOf(2, official, off);
    const given = accepted('2026-03-02', { dueAt: '2026-03-20' });
    const story = (...more: Fact[]): number | null =>
      fold([given, requested('2026-03-04'), ...more], calendars).dueDay;
    const answer = received('2026-03-11', undefined, { id: 'p' });
    const same = corrected('p', '2026-03-12', received('2026-03-11'), { calendarVersion: 2 });
    expect(story(answer, same)).toBe(story(answer));
  });
});

describe('the fast path', () => {
  const off = officialWith(2, { on: '2026-03-10', kind: 'off', reason: 'Bão' });
  const start = replay(accept());

  it('continues in order, and leaves the state it started from alone', () => {
    const before = structuredClone(start);
    const more = [extended('2026-03-06', '2026-03-20'), requested('2026-03-05')];
    expect(advance(start, more, underOfficial)).toMatchObject({ state: 'paused', extensionCount: 1 });
    expect(start).toEqual(before);
    expect(advance(start, [], underOfficial)).toEqual(start);
  });

  it('gives way to the full fold', () => {
    const x = retracted('nobody', '2026-03-03');
    expect(advance(start, [submitted('2026-03-01')], underOfficial)).toBeUndefined();
    expect(advance(start, [accepted('2026-03-02', { id: 'a' })], underOfficial)).toBeUndefined();
    expect(advance(start, [x], underOfficial)).toBeUndefined();
    expect(advance(replay(accept(), x), [resolved('2026-03-05')], underOfficial)).toBeUndefined();
    expect(advance(start, [resolved('2026-03-05')], calendarsOf(2, official, off))).toBeUndefined();
  });

  it('does not mind another calendar where the limit is not ours', () => {
    const given = accepted('2026-03-02', { dueAt: '2026-03-20' });
    const more = [requested('2026-03-04'), received('2026-03-11')];
    const calendars = calendarsOf(2, official, off);
    expect(advance(replay(given), more, calendars)).toEqual(fold([given, ...more], calendars));
  });
});
