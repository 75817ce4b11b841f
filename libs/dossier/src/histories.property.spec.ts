import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { effectiveFacts, isAmendment } from './amendments.js';
import { compileCalendar } from './calendar.js';
import type { CalendarDocument, Calendars } from './calendar.js';
import { explain } from './explain.js';
import { CHANNELS, LIMIT_UNITS, PAUSE_POLICIES } from './facts.js';
import type { Fact, FactData, OrdinaryContent, OrdinaryFact } from './facts.js';
import { advance, fold } from './fold.js';
import { accepted, at, calendarsOf, official, officialDocument } from '../test/histories.fixture.js';
import { HOUR_MS, dayOf, formatDay, formatInstant } from './instant.js';
import type { Instant } from './instant.js';
import { MEASURES, ledgerOf } from './ledger.js';
import type { Entry } from './ledger.js';
import { identityViolations, reportRow } from './rates.js';
import type { DossierState } from './state.js';
import { stoodOverdue, timelinessAt } from './timeliness.js';
import { walkingCalendar } from '../test/walking-calendar.fixture.js';

const edited: CalendarDocument = {
  ...officialDocument,
  days: [
    ...officialDocument.days,
    { on: '2026-04-22', kind: 'off', reason: 'Bão' },
    { on: '2026-04-25', kind: 'work', reason: 'Làm bù' },
  ],
};
const compiled = calendarsOf(1, official, compileCalendar(2, edited));
const walking = calendarsOf(1, walkingCalendar(1, officialDocument), walkingCalendar(2, edited));

// Around the holidays of April 2026, on half hours so that events often meet.
const START = at('2026-04-14 00:00');
const moment = fc.oneof(
  fc.integer({ min: 0, max: 48 * 30 }).map((n) => START + (n * HOUR_MS) / 2),
  fc.integer({ min: 0, max: 30 }).map((n) => START + n * 24 * HOUR_MS - 1),
);
const perhaps = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });
const channel = fc.constantFrom(...CHANNELS);
const limit = fc.record({ unit: fc.constantFrom(...LIMIT_UNITS), amount: fc.integer({ min: 0, max: 12 }) });
const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;

const acceptance: fc.Arbitrary<OrdinaryContent> = fc
  .tuple(perhaps(moment), perhaps(limit), perhaps(limit), fc.constantFrom(...PAUSE_POLICIES), channel)
  .map(([dueAt, own, catalogue, pausePolicy, by]) => ({
    type: 'accepted',
    data: withoutUndefined({ procedure: 'p', receivingAgency: 'A', channel: by, dueAt, limit: own }),
    rule: { limit: catalogue ?? null, basis: catalogue ? 'statutory' : null, pausePolicy },
  }));
const simple = (type: OrdinaryContent['type'], data: fc.Arbitrary<object>): fc.Arbitrary<OrdinaryContent> =>
  data.map((content) => ({ type, data: withoutUndefined(content) }) as OrdinaryContent);
const nothing = fc.constant({});
const newDate = fc.record({ newDueAt: perhaps(moment) });

const content: fc.Arbitrary<OrdinaryContent> = fc.oneof(
  { weight: 4, arbitrary: acceptance },
  {
    weight: 2,
    arbitrary: simple(
      'submitted',
      fc.record({ procedure: fc.constant('q'), receivingAgency: fc.constant('S'), channel }),
    ),
  },
  { weight: 3, arbitrary: simple('supplement-requested', nothing) },
  { weight: 3, arbitrary: simple('supplement-received', newDate) },
  { weight: 3, arbitrary: simple('fee-requested', nothing) },
  { weight: 3, arbitrary: simple('fee-paid', newDate) },
  { weight: 2, arbitrary: simple('extended', fc.record({ newDueAt: moment })) },
  { weight: 2, arbitrary: simple('resolved', nothing) },
  { weight: 1, arbitrary: simple('returned', nothing) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('refused', 'withdrawn', 'stopped')
      .chain((type) => simple(type as 'refused', nothing)),
  },
  { weight: 2, arbitrary: simple('reopened', newDate) },
  {
    weight: 1,
    arbitrary: simple(
      'rated',
      fc.record({ score: fc.integer({ min: 1, max: 5 }) satisfies fc.Arbitrary<FactData['rated']['score']> }),
    ),
  },
);

const envelope = fc.record({
  time: moment,
  sequence: fc.constantFrom(0, 0, 0, 1, 2),
  calendarVersion: fc.constantFrom(1, 2),
});
/** Histories without amendments; the first is told as an acceptance often enough. */
const plainHistory: fc.Arbitrary<OrdinaryFact[]> = fc
  .tuple(fc.tuple(envelope, acceptance), fc.array(fc.tuple(envelope, content), { maxLength: 10 }))
  .map(([first, others]) =>
    [first, ...others].map(([told, what], i) => ({
      ...told,
      ...what,
      id: `e${(i * 7) % 11}${i}`,
      recordedAt: START + i,
    })),
  );

const amendment = fc.tuple(envelope, fc.nat(20), fc.option(fc.tuple(moment, content)));
const history: fc.Arbitrary<Fact[]> = fc
  .tuple(plainHistory, fc.oneof(fc.constant([]), fc.array(amendment, { maxLength: 6 })))
  .map(([plain, amendments]) => {
    const facts: Fact[] = [...plain];
    for (const [told, target, correction] of amendments) {
      // May name an event that never comes, an amendment, or itself.
      const event = facts[target]?.id ?? `a${target}`;
      const common = { ...told, id: `a${facts.length}`, recordedAt: START + facts.length };
      facts.push(
        correction
          ? { ...common, type: 'corrected', data: { event, time: correction[0], content: correction[1] } }
          : { ...common, type: 'retracted', data: { event } },
      );
    }
    return facts;
  });
const pinned = fc.constantFrom(1, 2).map((version): Calendars => ({ ...compiled, pinned: version }));

const figuresAt = (entries: Entry[], instant: Instant): number[] => {
  const sums = MEASURES.map(() => 0);
  for (const { at: when, measure, delta } of entries) if (when <= instant) sums[measure]! += delta;
  return sums;
};
const named = (sums: number[]): Record<string, number> =>
  Object.fromEntries(MEASURES.map((measure, i) => [measure, sums[i]!]));

describe('any history', () => {
  it('gives the same dossier in any order, repeated and split in any way', () => {
    fc.assert(
      fc.property(history, pinned, fc.infiniteStream(fc.nat(1_000)), (facts, calendars, random) => {
        const whole = fold(facts, calendars);
        const next = (): number => Number(random.next().value);
        const shuffled = [...facts, ...facts.filter(() => next() % 3 === 0)]
          .map((fact) => ({ fact, key: next() }))
          .sort((a, b) => a.key - b.key)
          .map(({ fact }) => fact);
        expect(fold(shuffled, calendars)).toEqual(whole);

        // In batches as they might arrive: the fast path where it applies, else everything again.
        let state = fold([], calendars);
        const arrived: Fact[] = [];
        while (arrived.length < shuffled.length) {
          const batch = shuffled.slice(arrived.length, arrived.length + 1 + (next() % 4));
          const known = new Set(arrived.map(({ id }) => id));
          const news = batch.filter(({ id }) => !known.has(id));
          arrived.push(...batch);
          state = advance(state, news, calendars) ?? fold(arrived, calendars);
        }
        expect(state).toEqual(whole);
        expect(ledgerOf(state)).toEqual(ledgerOf(whole));
      }),
      { numRuns: 250 },
    );
  });

  it('told in order takes the fast path all along, to the same end', () => {
    fc.assert(
      fc.property(plainHistory, pinned, (facts, calendars) => {
        const inOrder = effectiveFacts(facts).map(({ fact }) => fact);
        let state: DossierState = fold([], calendars);
        for (const fact of inOrder) {
          const frozen = JSON.stringify(state);
          const next = advance(state, [fact], calendars);
          expect(next).toBeDefined();
          expect(JSON.stringify(state)).toBe(frozen);
          // Through storage and back, as between two batches.
          state = JSON.parse(JSON.stringify(next)) as DossierState;
        }
        expect(state).toEqual(fold(facts, calendars));
      }),
      { numRuns: 150 },
    );
  });

  it('gives plain JSON', () => {
    fc.assert(
      fc.property(history, pinned, (facts, calendars) => {
        const state = fold(facts, calendars);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
    );
  });

  it('gives the same under calendars that walk from day to day and minute to minute', () => {
    fc.assert(
      fc.property(history, fc.constantFrom(1, 2), (facts, version) => {
        const byWalking = fold(facts, { ...walking, pinned: version });
        expect(fold(facts, { ...compiled, pinned: version })).toEqual(byWalking);
      }),
      { numRuns: 60 },
    );
  });

  it('closes: received + reopened − resolved − closed otherwise = open, at every instant', () => {
    fc.assert(
      fc.property(history, pinned, (facts, calendars) => {
        const entries = ledgerOf(fold(facts, calendars));
        const keys = entries.map(({ at: when, measure }) => when * 100 + measure);
        expect(keys).toEqual([...keys].sort((a, b) => a - b));
        expect(new Set(keys).size).toBe(keys.length);
        expect(entries.filter(({ delta }) => delta === 0)).toEqual([]);
        for (const { at: when } of entries) {
          for (const instant of [when - 1, when, when + 1]) {
            const sums = figuresAt(entries, instant);
            const { inTime, overdue, paused, noDueDate, pausedPastDue } = named(sums);
            const stocks = [inTime!, overdue!, paused!, noDueDate!];
            const open = stocks.reduce((a, b) => a + b);
            // One assertion for the usual case; the figures themselves are the message.
            const closes = Math.min(...sums) >= 0 && open <= 1 && pausedPastDue! <= paused!;
            if (!closes) expect([instant, named(sums)]).toBe('figures that close');
            expect(identityViolations(reportRow([], sums, sums))).toEqual([]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('stands in the ledger at every instant as it stood then', () => {
    const classes = {
      inTime: ['in-time', 'due-soon'],
      overdue: ['overdue'],
      paused: ['paused'],
      noDueDate: ['no-due-date'],
    };
    fc.assert(
      fc.property(history, pinned, (facts, calendars) => {
        const known = effectiveFacts(facts)
          .filter(({ fact, status }) => !isAmendment(fact) && status !== 'retracted')
          .map(({ fact }) => fact);
        const entries = ledgerOf(fold(facts, calendars));
        for (const { at: when } of entries) {
          for (const instant of [when - 1, when, when + 1]) {
            const then = fold(
              known.filter(({ time }) => time <= instant),
              calendars,
            );
            const isOpen = then.state === 'running' || then.state === 'paused';
            const timeliness = timelinessAt(then, instant);
            const figures = named(figuresAt(entries, instant));
            const stood = Object.entries(classes).map(([measure, names]): [string, number] => [
              measure,
              isOpen && names.includes(timeliness!) ? 1 : 0,
            ]);
            expect(figures).toMatchObject(Object.fromEntries<number>(stood));
            if (timeliness === 'overdue') expect(stoodOverdue(then, then.overdueFrom!, instant)).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has no deadline of ours earlier for one more day off', () => {
    fc.assert(
      fc.property(limit, moment, fc.nat(40), (own, time, offset) => {
        const on = formatDay(dayOf(START) + offset);
        const stormy = compileCalendar(2, {
          ...officialDocument,
          days: [...officialDocument.days.filter((day) => day.on !== on), { on, kind: 'off', reason: 'Bão' }],
        });
        const calendars = calendarsOf(1, official, stormy);
        const story = [accepted(formatInstant(time), { limit: own })];
        const before = fold(story, calendars).overdueFrom;
        expect(fold(story, { ...calendars, pinned: 2 }).overdueFrom).toBeGreaterThanOrEqual(before!);
      }),
      { numRuns: 100 },
    );
  });

  it('can be explained, every event once', () => {
    fc.assert(
      fc.property(history, pinned, (facts, calendars) => {
        const { events, anomalies, deadline } = explain(facts, calendars);
        expect(events.map(({ id }) => id).sort()).toEqual(facts.map(({ id }) => id).sort());
        expect(new Set(anomalies.map(({ event }) => event)).size).toBe(anomalies.length);
        const state = fold(facts, calendars);
        expect(deadline === null).toBe(state.acceptedAt === null);
        const text = JSON.stringify([events, anomalies, deadline]);
        expect(text).not.toMatch(/undefined|NaN|null ngày/);
      }),
      { numRuns: 100 },
    );
  });
});
