import { describe, expect, it } from '@jest/globals';
import { compileCalendar, dayOf, type Instant } from '#libs/dossier';
import { Catalogue } from '#libs/store';
import { EXAMPLE_WORLD, vnInstant } from '#libs/testing';
import { notesOf } from './organisation-notes.js';
import type { ReportQuery } from './report-query.js';

const EDITS = ['2025-12-01 08:00', '2026-03-10 09:30', '2026-03-10 16:00', '2026-04-01'].map(vnInstant);
const document = EXAMPLE_WORLD.calendars[0]?.document as never;
const catalogue = new Catalogue(
  ...([1, new Map(), new Map(), new Map(), new Map()] as const),
  EDITS.map((recordedAt, nth) => ({ recordedAt, calendar: compileCalendar(nth + 1, document) })),
);

function notes(from: string, to: string, asOf: Instant) {
  const span = { from: dayOf(vnInstant(from)), to: dayOf(vnInstant(to)) };
  const query = { ...span, asOf, tree: 'recorded', agency: undefined, by: undefined } as ReportQuery;
  return notesOf(query, catalogue, span, []).map(({ kind, on, vi }) => [
    kind,
    on,
    /phiên bản ([\d, ]+)/.exec(vi)?.[1],
  ]);
}

describe('edits of the working calendar', () => {
  const later = vnInstant('2026-06-01');

  it('are noted by day, where the period holds it; the first version is none', () => {
    expect(notes('2025-11-01', '2026-03-31', later)).toEqual([['calendar-change', '2026-03-10', '2, 3']]);
    expect(notes('2026-03-10', '2026-04-01', later)).toEqual([
      ['calendar-change', '2026-03-10', '2, 3'],
      ['calendar-change', '2026-04-01', '4'],
    ]);
    expect(notes('2026-03-11', '2026-03-31', later)).toEqual([]);
    expect(notes('2025-11-01', '2026-03-09', later)).toEqual([]);
  });

  it('are noted as far as they were known', () => {
    const [, second = 0] = EDITS;
    const asked = (asOf: Instant) => notes('2026-03-01', '2026-03-31', asOf);
    expect(asked(second - 1)).toEqual([]);
    expect(asked(second)).toEqual([['calendar-change', '2026-03-10', '2']]);
    expect(asked(second + 1)).toEqual([['calendar-change', '2026-03-10', '2']]);
  });
});
