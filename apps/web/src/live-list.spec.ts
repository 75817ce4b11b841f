import { describe, expect, it } from '@jest/globals';
import type { Dossier, Timeliness } from './api.js';
import { applyEvents, classAt, classify, listOf, nextChange } from './live-list.js';

const DUE = Date.parse('2026-11-22T16:30:00.001+07:00');
const dossier = (code: string, timeliness: Timeliness, overdueFrom = DUE): Dossier => ({
  source: 'urn:a',
  code,
  procedure: null,
  domain: null,
  receivingAgency: null,
  resolvingAgency: null,
  channel: null,
  state: 'running',
  timeliness,
  submittedAt: null,
  acceptedAt: null,
  dueOn: null,
  dueAt: null,
  dueSource: null,
  dueComputedOn: null,
  dueMismatch: false,
  overdueFrom: new Date(overdueFrom).toISOString(),
  pausedSince: null,
  pastDueWhilePaused: false,
  resolvedAt: null,
  returnedAt: null,
  extensionCount: 0,
  supplementCount: 0,
  score: null,
});
const codes = (dossiers: Dossier[]): string[] => dossiers.map((one) => one.code);

describe('a dossier that is due soon', () => {
  it.each([
    [DUE - 1, 'due-soon'],
    [DUE, 'overdue'],
    [DUE + 1, 'overdue'],
  ])('is at %d %s without any message', (now, state) => {
    expect(classAt(dossier('1', 'due-soon'), now)).toBe(state);
  });

  it('is what the lists wait for', () => {
    const list = listOf([
      dossier('1', 'due-soon'),
      dossier('2', 'due-soon', DUE - 1_000),
      dossier('3', 'overdue'),
    ]);
    expect(nextChange(list, DUE - 2_000)).toBe(DUE - 1_000);
    expect(nextChange(list, DUE - 1_000)).toBe(DUE);
    expect(nextChange(list, DUE)).toBeNull();
  });
});

describe('the lists', () => {
  it('show the newest overdue and the next due first', () => {
    const { overdue, dueSoon } = classify(
      listOf([
        dossier('old', 'overdue', DUE - 9_000),
        dossier('just now', 'due-soon', DUE),
        dossier('later', 'due-soon', DUE + 9_000),
        dossier('sooner', 'due-soon', DUE + 1_000),
        dossier('paused', 'paused', DUE - 1),
      ]),
      DUE,
    );
    expect(codes(overdue)).toEqual(['just now', 'old']);
    expect(codes(dueSoon)).toEqual(['sooner', 'later']);
  });

  it.each([
    ['overdue', dossier('1', 'overdue'), 1],
    ['due-soon', dossier('1', 'due-soon'), 1],
    ['overdue-withdrawn', dossier('1', 'due-soon', DUE + 1), 1],
    ['overdue-withdrawn', dossier('1', 'paused'), 0],
    ['overdue-withdrawn', dossier('1', 'late'), 0],
    ['resolved', dossier('1', 'on-time'), 0],
  ] as const)('after %s', (type, told, held) => {
    expect(applyEvents(listOf([dossier('1', 'overdue')]), [[type, told]]).size).toBe(held);
  });

  it('do not mix dossiers of two sources with one code', () => {
    const other = { ...dossier('1', 'overdue'), source: 'urn:b' };
    expect(listOf([dossier('1', 'overdue'), other]).size).toBe(2);
  });
});
