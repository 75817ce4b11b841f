import { describe, expect, it } from '@jest/globals';
import { judge } from './figures.js';
import type { KeyedRow, ReportRow, TimelinessReport, YearFigures } from './report.js';
import { targetsAt } from './targets.js';

const targets = targetsAt(10);

/** A row with so many in-time resolutions, late ones and open ones. */
function row(earlyOrOnTime: number, late: number, notYetDue: number, pausedPastDue: number): ReportRow {
  const resolved = earlyOrOnTime + late;
  const open = notYetDue + pausedPastDue;
  const received = resolved + open;
  const rate = {
    percent: Math.round((earlyOrOnTime / resolved) * 10_000) / 100,
    numerator: 0,
    denominator: 0,
  };
  return {
    carriedOver: 0,
    received: { total: received, counter: received, online: 0, post: 0 },
    reopened: 0,
    resolved: { total: resolved, early: 0, onTime: earlyOrOnTime, late, noDueDate: 0 },
    closedOtherwise: { total: 0, refused: 0, withdrawn: 0, stopped: 0 },
    open: { total: open, inTime: notYetDue, overdue: 0, paused: pausedPastDue, pausedPastDue, noDueDate: 0 },
    refused: 0,
    rates: { a: rate, b: rate, c: rate },
  };
}

function year(change: (total: ReportRow) => ReportRow = (total) => total): YearFigures {
  const { earlyOrOnTime, late, openNotYetDue, openPastDueWhilePaused } = targets;
  const total = row(earlyOrOnTime, late, openNotYetDue, openPastDueWhilePaused);
  const rows: KeyedRow[] = [{ key: 'H13.01', ...total }];
  const report = (): TimelinessReport => ({ total: change(total), rows, identities: { violations: [] } });
  return {
    units: report(),
    cuts: { procedure: report(), domain: report(), channel: report(), month: report() },
    nextYear: { ...report(), total: { ...total, carriedOver: targets.open } },
    kindOf: new Map([['H13.01', 'department']]),
  };
}

describe('the verdict on the figures', () => {
  it('is right when every target is met, and prints lines that scripts can look for', () => {
    const { text, right } = judge(year(), targets);
    expect(right).toBe(true);
    expect(text).not.toContain('✗');
    for (const line of [
      'resolved 67,406',
      'late 49',
      'rate a = 99.93',
      'open 1,267',
      'identity violations: 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('is wrong when a figure differs from its target', () => {
    const { text, right } = judge(year(), { ...targets, late: 50 });
    expect(right).toBe(false);
    expect(text).toContain('✗ trễ hạn / late: 49, mục tiêu / target 50');
    expect(text).toContain('identity violations: 0');
  });

  it('is wrong when an identity is violated', () => {
    const oneMore = (total: ReportRow): ReportRow => ({
      ...total,
      received: { ...total.received, total: total.received.total + 1 },
    });
    const { text, right } = judge(year(oneMore), targets);
    expect(right).toBe(false);
    expect(text).toMatch(/✗ carried over \+ received \+ reopened 68,674 = resolved 67,406/);
    expect(text).not.toContain('identity violations: 0');
  });

  it('is wrong when the server itself reports a violation', () => {
    const figures = year();
    figures.cuts.month.identities.violations.push('2018-03');
    expect(judge(figures, targets)).toMatchObject({ right: false });
  });
});
