import { describe, expect, it } from '@jest/globals';
import { explain } from './explain.js';
import type { DayLine } from './explain.js';
import {
  accepted,
  at,
  calendarDays,
  corrected,
  days,
  extended,
  fact,
  feePaid,
  feeRequested,
  hours,
  months,
  received,
  reopened,
  requested,
  resolved,
  retracted,
  submitted,
  underOfficial,
} from '../test/histories.fixture.js';
import type { Fact } from './facts.js';

const of = (...facts: Fact[]): ReturnType<typeof explain> => explain(facts, underOfficial);
const short = (lines: DayLine[]): string[] =>
  lines.map(
    ({ on, until, number, kind }) => `${on}${until === on ? '' : `–${until.slice(8)}`} ${number ?? kind}`,
  );

describe('the explanation of a deadline', () => {
  it('counts working days one by one and names each day skipped', () => {
    const { deadline } = of(accepted('2026-04-24', { catalogue: days(3) }));
    expect(deadline).toMatchObject({
      dueSource: 'catalogue',
      limit: { amount: 3, unit: 'working-days' },
      limitFrom: 'statutory',
      pausePolicy: 'pause',
      calendarVersion: 1,
      dueOn: '2026-05-04',
      overdueFrom: '2026-05-05T00:00:00.000+07:00',
    });
    const [set, inForce] = deadline!.steps;
    expect(set).toMatchObject({
      kind: 'set',
      law: ['NĐ 118/2025/NĐ-CP', 'BLDS 2015 Đ.147(2)', 'BLDS 2015 Đ.148(1)'],
      vi: 'Tiếp nhận 09:00 ngày 24/04/2026. Thời hạn 3 ngày làm việc (theo quy định trong danh mục) kết thúc 04/05/2026.',
      en: 'Accepted 2026-04-24 09:00. The limit of 3 working days (statutory, from the catalogue) ends 2026-05-04.',
    });
    expect(short(set!.days)).toEqual([
      '2026-04-25–26 weekend',
      '2026-04-27 off',
      '2026-04-28 1',
      '2026-04-29 2',
      '2026-04-30 off',
      '2026-05-01 off',
      '2026-05-02–03 weekend',
      '2026-05-04 3',
    ]);
    expect(set!.days[1]).toMatchObject({
      reason: 'Giỗ Tổ Hùng Vương (10/3 ÂL) (bù CN 26/4)',
      decision: 'BLLĐ 45/2019/QH14 Đ.111(3), Đ.112',
    });
    expect(inForce).toMatchObject({ kind: 'in-force', law: ['BLDS 2015 Đ.148(6)'] });
  });

  it('shows days, the corresponding day of months, and hours', () => {
    const lines = (story: Fact): string[] => short(of(story).deadline!.steps[0]!.days);
    expect(lines(accepted('2026-03-05', { limit: calendarDays(2) }))).toEqual([
      '2026-03-06 1',
      '2026-03-07 2',
      '2026-03-08 weekend',
      '2026-03-09 weekday',
    ]);
    expect(lines(accepted('2026-01-31', { limit: months(1) }))).toEqual([
      '2026-02-28 1',
      '2026-03-01 weekend',
      '2026-03-02 weekday',
    ]);
    expect(lines(accepted('2026-03-07', { limit: days(0) }))).toEqual([
      '2026-03-07–08 weekend',
      '2026-03-09 1',
    ]);
    const hourly = of(accepted('2026-03-06 15:00', { limit: hours(6) })).deadline!.steps[0]!;
    expect(hourly.days.map(({ on, hours: counted }) => [on, counted])).toEqual([
      ['2026-03-06', 2],
      ['2026-03-07', null],
      ['2026-03-09', 4],
    ]);
    expect(hourly.days[0]).toMatchObject({ vi: 'ngày làm việc (2 giờ)', en: 'working day (2 h)' });
  });

  it('cites the decree in force at acceptance', () => {
    const law = (on: string): string => of(accepted(on, { limit: days(1) })).deadline!.steps[0]!.law[0]!;
    expect(['2018-06-20', '2018-06-21', '2025-06-30', '2025-07-01'].map(law)).toEqual([
      'QĐ 09/2015/QĐ-TTg',
      'NĐ 61/2018/NĐ-CP Đ.17',
      'NĐ 61/2018/NĐ-CP Đ.17',
      'NĐ 118/2025/NĐ-CP',
    ]);
  });

  it('tells pauses, extensions and reopenings', () => {
    const { steps } = of(
      accepted('2025-03-03', { limit: days(10) }),
      requested('2025-03-05'),
      received('2025-03-12'),
      extended('2025-03-13', '2025-04-01'),
      feeRequested('2025-03-14'),
      feePaid('2025-03-17', '2025-04-04'),
      resolved('2025-03-20'),
      reopened('2025-03-21'),
    ).deadline!;
    expect(steps.map(({ kind, dueOn }) => [kind, dueOn])).toEqual([
      ['set', '2025-03-17'],
      ['paused', '2025-03-17'],
      ['resumed', '2025-03-24'],
      ['extended', '2025-04-01'],
      ['paused', '2025-04-01'],
      ['resumed', '2025-04-04'],
      ['reopened', '2025-04-04'],
      ['in-force', '2025-04-04'],
    ]);
    expect(steps[2]).toMatchObject({
      law: ['NĐ 61/2018/NĐ-CP Đ.19(4)'],
      pause: {
        from: '2025-03-05T09:00:00.000+07:00',
        until: '2025-03-12T09:00:00.000+07:00',
        movedBy: { amount: 5, unit: 'working-days' },
      },
    });
    expect(short(steps[2]!.days)).toHaveLength(6);
    expect(short(steps[2]!.movedOver)).toEqual([
      '2025-03-18 1',
      '2025-03-19 2',
      '2025-03-20 3',
      '2025-03-21 4',
      '2025-03-22–23 weekend',
      '2025-03-24 5',
    ]);
    expect(steps[3]!.law).toEqual(['NĐ 61/2018/NĐ-CP Đ.19(9)']);
    expect(steps[4]!.law).toEqual([]);
  });

  it('tells by how much each kind of limit moved, and why not', () => {
    const moved = (story: Fact, from: string, until: string): unknown =>
      of(story, requested(from), received(until)).deadline!.steps.at(-2)!.pause!.movedBy;
    const from = '2026-03-03 09:00';
    const until = '2026-03-10 09:00';
    expect(moved(accepted('2026-03-02', { limit: calendarDays(9) }), from, until)).toEqual({
      amount: 7,
      unit: 'calendar-days',
    });
    expect(moved(accepted('2026-03-02', { limit: hours(20) }), from, until)).toEqual({
      amount: 40,
      unit: 'working-hours',
    });
    expect(moved(accepted('2026-03-02', { limit: days(9), policy: 'none' }), from, until)).toBeNull();
    expect(moved(accepted('2026-03-02', { limit: days(0) }), from, until)).toBeNull();
    expect(moved(accepted('2026-03-02', { limit: days(9), policy: 'restart' }), from, until)).toBeNull();
    const restarted = of(
      accepted('2026-03-02', { limit: days(2), policy: 'restart' }),
      requested(from),
      received(until),
    );
    expect(short(restarted.deadline!.steps.at(-2)!.days)).toEqual(['2026-03-11 1', '2026-03-12 2']);
  });

  it('sets our own reckoning beside a given date', () => {
    const { deadline } = of(accepted('2026-03-02', { dueAt: '2026-03-20', catalogue: days(2) }));
    expect(deadline!.steps.map(({ kind }) => kind)).toEqual(['set', 'computed', 'in-force']);
    expect(deadline!.steps[1]!.en).toBe(
      'For comparison, the limit of 2 working days (statutory, from the catalogue) ends 2026-03-04. It differs from the date appointed by the source.',
    );
    expect(of(accepted('2026-03-02')).deadline!.steps).toHaveLength(1);
    expect(of(submitted('2026-03-02')).deadline).toBeNull();
  });

  it('stays readable for absurd limits', () => {
    const { steps } = of(accepted('2026-03-02', { limit: days(10_000) })).deadline!;
    expect(steps[0]!.days).toHaveLength(400);
    expect(steps[0]!.omittedDays).toBeGreaterThan(13_000);
  });
});

describe('the events of a dossier', () => {
  it('are listed once each, as sent, with what became of them', () => {
    const a = accepted('2026-03-02', { dueAt: '2026-03-20', id: 'a' });
    const r = resolved('2026-03-05', { id: 'r' });
    const c = corrected('r', '2026-03-06', fact('withdrawn', '2026-03-04', { reason: 'x' }), { id: 'c' });
    const s = fact('rated', '2026-03-07', { score: 1 }, { id: 's' });
    const x = retracted('s', '2026-03-08', { id: 'x' });
    const late = resolved('2026-03-09', { id: 'late' });
    const { events, anomalies } = of(late, x, s, c, r, a, a);
    expect(events.map(({ id, status, by, effect }) => [id, status, by, effect])).toEqual([
      ['a', 'in-force', null, 'accepted'],
      ['r', 'corrected', 'c', 'closed'],
      ['c', 'in-force', null, null],
      ['s', 'retracted', 'x', null],
      ['x', 'in-force', null, null],
      ['late', 'no-effect', null, 'already-closed'],
    ]);
    expect(events[0]).toMatchObject({
      type: 'vn.tthc.dossier.accepted.v1',
      time: '2026-03-02T09:00:00.000+07:00',
      data: { dueAt: '2026-03-20T09:00:00.000+07:00', channel: 'counter' },
    });
    expect(events[1]).toMatchObject({
      type: 'vn.tthc.dossier.resolved.v1',
      time: '2026-03-05T09:00:00.000+07:00',
      inForce: {
        type: 'vn.tthc.dossier.withdrawn.v1',
        time: '2026-03-04T09:00:00.000+07:00',
        data: { reason: 'x' },
      },
    });
    expect(events[2]!.data).toEqual({
      event: 'r',
      type: 'vn.tthc.dossier.withdrawn.v1',
      time: '2026-03-04T09:00:00.000+07:00',
      data: { reason: 'x' },
    });
    expect(anomalies).toEqual([
      {
        event: 'late',
        type: 'vn.tthc.dossier.resolved.v1',
        code: 'already-closed',
        detail: 'The dossier had been closed before; the event has no effect.',
        vi: 'Hồ sơ đã kết thúc trước đó; sự kiện không có tác dụng.',
      },
    ]);
    expect(at('2026-03-02')).toBe(a.time);
  });
});
