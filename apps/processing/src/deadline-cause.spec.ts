import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  type CalendarDocument,
  compileCalendar,
  type DossierState,
  type Fact,
  fold,
  type Instant,
  parseInstant,
} from '#libs/dossier';
import { type DeadlineCause, deadlineCause } from './deadline-cause.js';

const calendar = compileCalendar(
  1,
  JSON.parse(readFileSync('data/calendars/default.json', 'utf8')) as CalendarDocument,
);
const stateOf = (facts: readonly Fact[]): DossierState =>
  fold(facts, { pinned: 1, calendar: () => calendar });

let made = 0;
function fact(type: Fact['type'], day: string, data: object = {}): Fact {
  const time = parseInstant(`${day}T09:00:00+07:00`) as Instant;
  const id = `e${String((made += 1)).padStart(4, '0')}`;
  return { id, time, sequence: 0, recordedAt: time, calendarVersion: 1, type, data } as Fact;
}
const accepted = (day: string): Fact =>
  fact('accepted', day, {
    ...{ procedure: 'P', receivingAgency: 'A', channel: 'counter' },
    limit: { amount: 10, unit: 'working-days' },
  });
const instant = (day: string) => parseInstant(`${day}T00:00:00+07:00`);

/** The cause of the last step, after those before it. */
function causeOf(history: readonly Fact[], step: readonly Fact[], foldedWhole = false) {
  const before = history.length === 0 ? undefined : stateOf(history);
  return deadlineCause(
    before,
    { recordedAt: 0, facts: [...step] },
    stateOf([...history, ...step]),
    foldedWhole,
  );
}

describe('why a deadline was computed', () => {
  const first = accepted('2026-03-02');
  const submitted = fact('submitted', '2026-03-01', {
    ...{ procedure: 'P', receivingAgency: 'A', channel: 'counter' },
  });
  const paused = fact('supplement-requested', '2026-03-04');
  const resumed = fact('supplement-received', '2026-03-06');

  it.each<[string, Fact[], Fact[], DeadlineCause | undefined]>([
    ['an acceptance', [], [first], 'new'],
    ['an acceptance after the submission', [submitted], [first], 'new'],
    ['a submission', [], [submitted], undefined],
    ['a request for a supplement', [first], [paused], 'pause'],
    ['what was requested', [first, paused], [resumed], 'resume'],
    [
      'an extension',
      [first],
      [fact('extended', '2026-03-05', { newDueAt: instant('2026-04-01') })],
      'extend',
    ],
    [
      'a new date while another reason is outstanding',
      [first, paused, fact('fee-requested', '2026-03-05')],
      [fact('fee-paid', '2026-03-06', { newDueAt: instant('2026-04-01') })],
      'extend',
    ],
    [
      'a reopening with a new date',
      [first, fact('resolved', '2026-03-09')],
      [fact('reopened', '2026-03-10', { newDueAt: instant('2026-04-01') })],
      'extend',
    ],
    ['a resolution', [first], [fact('resolved', '2026-03-09')], undefined],
    ['a stage', [first], [fact('stage-entered', '2026-03-03', { stage: 's', agency: 'A' })], undefined],
    ['everything at once', [], [first, paused, resumed], 'new'],
  ])('%s', (_, history, step, cause) => {
    expect(causeOf(history, step)).toBe(cause);
  });

  it('a late event or an amendment that moves it, and not one that leaves it', () => {
    expect(causeOf([first, fact('rated', '2026-04-30', { score: 5 })], [paused], true)).toBe('correct');
    expect(causeOf([first], [fact('retracted', '2026-03-05', { event: 'unknown' })], true)).toBeUndefined();
  });

  it('an edit of the calendar, whatever comes out', () => {
    expect(causeOf([first], [])).toBe('calendar');
  });
});
