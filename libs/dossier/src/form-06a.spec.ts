import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  FORM_06A_CHOICES,
  FORM_06A_COLUMNS,
  type Form06aMapping,
  form06aColumns,
  form06aRow as rowOfColumns,
  form06aViolations,
} from './form-06a.js';
import { MEASURES } from './ledger.js';
import { reportRow } from './rates.js';

type Figures = Partial<Record<(typeof MEASURES)[number], number>>;
const counts = (values: Figures) => MEASURES.map((measure) => values[measure] ?? 0);
const line = (carried: Figures, flows: Figures, open: Figures) =>
  reportRow(counts(carried), counts(flows), counts(open));

const USUAL: Form06aMapping = {
  ...{ reopened: 'direct', noDueDate: 'onTime', refused: 'onTime', withdrawn: 'onTime', stopped: 'onTime' },
  ...{ paused: 'inTime', pausedPastDue: 'inTime', openNoDueDate: 'inTime' },
};

const form06aRow = (row: ReturnType<typeof line>, mapping: Form06aMapping) =>
  rowOfColumns(row, form06aColumns(mapping));

/** Every figure another number, so that none can be taken for another. */
const ROW = line(
  { inTime: 1_000 },
  {
    ...{ receivedCounter: 200, receivedOnline: 300, receivedPost: 40, reopened: 5 },
    ...{ resolvedEarly: 600, resolvedOnTime: 70, resolvedLate: 8, resolvedNoDueDate: 9 },
    ...{ closedRefused: 11, closedWithdrawn: 13, closedStopped: 17, refused: 999 },
  },
  { inTime: 700, overdue: 80, paused: 30, pausedPastDue: 4, noDueDate: 7 },
);

describe('form II.06a', () => {
  it('takes what it has no column for to where the mapping says', () => {
    expect(form06aRow(ROW, USUAL)).toEqual({
      received: { total: 1_545, online: 300, direct: 245, carriedOver: 1_000 },
      resolved: { total: 728, early: 600, onTime: 120, late: 8 },
      open: { total: 817, inTime: 737, overdue: 80 },
    });
    expect(form06aRow(ROW, { ...USUAL, reopened: 'carriedOver' }).received).toMatchObject({
      direct: 240,
      carriedOver: 1_005,
    });
    expect(form06aRow(ROW, { ...USUAL, withdrawn: 'early', stopped: 'late' }).resolved).toEqual({
      ...{ total: 728, early: 613, onTime: 90, late: 25 },
    });
    expect(form06aRow(ROW, { ...USUAL, pausedPastDue: 'overdue' }).open).toEqual({
      ...{ total: 817, inTime: 733, overdue: 84 },
    });
  });

  it('tells which figures each column adds up: each once, and in a total all of its group', () => {
    const figures = form06aColumns(USUAL).map((column) => [column.number, column.figures]);
    expect(Object.fromEntries(figures)).toEqual({
      3: ['received.online', 'received.counter', 'received.post', 'reopened', 'carriedOver'],
      4: ['received.online'],
      5: ['received.counter', 'received.post', 'reopened'],
      6: ['carriedOver'],
      7: [
        ...['resolved.early', 'resolved.onTime', 'resolved.noDueDate'],
        ...[
          'closedOtherwise.refused',
          'closedOtherwise.withdrawn',
          'closedOtherwise.stopped',
          'resolved.late',
        ],
      ],
      8: ['resolved.early'],
      9: [
        ...['resolved.onTime', 'resolved.noDueDate'],
        ...['closedOtherwise.refused', 'closedOtherwise.withdrawn', 'closedOtherwise.stopped'],
      ],
      10: ['resolved.late'],
      11: ['open.inTime', 'open.pausedInTime', 'open.pausedPastDue', 'open.noDueDate', 'open.overdue'],
      12: ['open.inTime', 'open.pausedInTime', 'open.pausedPastDue', 'open.noDueDate'],
      13: ['open.overdue'],
    });
  });

  it('has each of its columns once, the numbers as printed', () => {
    const row: Record<string, Record<string, number>> = { ...form06aRow(ROW, USUAL) };
    expect(FORM_06A_COLUMNS.map(({ number }) => number)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    const names = Object.entries(row).flatMap(([group, members]) =>
      Object.keys(members).map((name) => `${group}.${name}`),
    );
    expect(FORM_06A_COLUMNS.map(({ group, name }) => `${group}.${name}`)).toEqual(names);
  });

  it('closes where the line closes, whatever the mapping', () => {
    const mapping = fc.record(
      Object.fromEntries(
        Object.entries(FORM_06A_CHOICES).map(([figure, choices]) => [figure, fc.constantFrom(...choices)]),
      ),
    ) as fc.Arbitrary<Form06aMapping>;
    const some = fc.nat(1_000);
    const figures = (...names: (typeof MEASURES)[number][]) =>
      fc.record(Object.fromEntries(names.map((name) => [name, some]))) as fc.Arbitrary<Figures>;
    fc.assert(
      fc.property(
        mapping,
        figures('receivedCounter', 'receivedOnline', 'receivedPost', 'reopened'),
        figures(
          'resolvedEarly',
          'resolvedOnTime',
          'resolvedLate',
          'resolvedNoDueDate',
          'closedRefused',
          'closedWithdrawn',
          'closedStopped',
        ),
        figures('inTime', 'overdue', 'paused', 'noDueDate'),
        (chosen, came, went, open) => {
          const sum = (values: Figures) => Object.values(values).reduce((all, one) => all + one, 0);
          // What was carried over is what makes the line close; below zero it could not be, and is still a sum.
          const carried = { inTime: sum(went) + sum(open) - sum(came) };
          const row = form06aRow(line(carried, { ...came, ...went }, open), chosen);
          expect(form06aViolations(row)).toEqual([]);
        },
      ),
    );
  });

  it('says which identity is broken, by how much, and where', () => {
    const good = form06aRow(ROW, USUAL);
    expect(form06aViolations({ ...good, open: { ...good.open, total: 818 } }, 'đất đai')).toEqual([
      'đất đai: 11 = 12 + 13 (818 ≠ 817)',
      'đất đai: 3 = 7 + 11 (1545 ≠ 1546)',
    ]);
  });
});
