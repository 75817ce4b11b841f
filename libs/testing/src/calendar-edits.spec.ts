import { describe, expect, it } from '@jest/globals';
import { chooseEdit } from './calendar-edits.js';
import { seededRandom } from './dice.js';
import { accepted, event, vn, worldOf } from './example-world.js';
import { mergeCalendar, parseDay, type CalendarDay } from './reference-calendar.js';
import { recordsAsOf } from './reference-model.js';

describe('a calendar edit to check with', () => {
  // The contract does not say which calendar moves a date the source gave over a pause.
  const given = { subject: 'given' };
  const extended = event('extended', '2026-03-03', { newDueAt: vn('2026-03-20') }, given);
  const world = worldOf([
    accepted('2026-03-02', { dueAt: vn('2026-03-06') }, given),
    extended,
    event('supplement-requested', '2026-03-04', {}, given),
    event('supplement-received', '2026-03-10', {}, given),
    accepted('2026-03-02', { limit: { amount: 20, unit: 'working-days' } }, { subject: 'ours' }),
  ]);
  const later = [
    event('retracted', '2026-03-11', { event: extended.id }, given),
    event('extended', '2026-03-04', { newDueAt: vn('2026-03-04') }, given),
  ].map((one) => ({ event: one, recordedAt: Infinity }));

  const chosen = Array.from({ length: 40 }, (_, seed) => chooseEdit(world, later, seededRandom(seed)));

  it('moves a dossier whose limit is ours', () => {
    expect(chosen.some((days) => days.length > 0)).toBe(true);
  });

  it('passes over days that the contract is silent about now, even if not in the end', () => {
    const document = world.calendars[0]!.document;
    const dueDay = (days: readonly CalendarDay[]): number | undefined => {
      const edited = mergeCalendar(document, { sessions: document.sessions, days });
      const records = recordsAsOf({ ...world, calendars: [{ recordedAt: 0, document: edited }] }, Infinity);
      return records.dossiers.find(({ code }) => code === 'given')?.stateAt(Infinity).deadline?.day;
    };
    expect(dueDay([])).toBe(parseDay('2026-03-26'));
    expect(dueDay([{ on: '2026-03-24', kind: 'off', reason: 'moves it' }])).toBe(parseDay('2026-03-27'));
    for (const days of chosen) expect(dueDay(days)).toBe(dueDay([]));
  });
});
