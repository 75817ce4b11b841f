import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EXAMPLE_CALENDAR, vnInstant } from './example-world.js';
import { deliveryArb, seededDelivery } from './deliveries.js';
import { historyArb, seededHistory, type History } from './histories.js';
import { parseInstant } from './reference-calendar.js';
import { fullType, ORDINARY_TYPES, type CloudEventJson } from './reference-events.js';
import { recordsAsOf, type Records, type Row } from './reference-model.js';

const NOW = vnInstant('2026-11-20 15:30');
const OPTIONS = { name: 'M1', digits: '000001', dossiers: 40, now: NOW };

const recordsOf = ({ catalogue }: History, events: readonly CloudEventJson[]): Records =>
  recordsAsOf(
    {
      ...catalogue,
      calendars: [{ recordedAt: 0, document: EXAMPLE_CALENDAR }],
      arrivals: events.map((event) => ({ event, recordedAt: NOW })),
    },
    NOW,
  );

describe('random histories', () => {
  it('are the same for the same seed', () => {
    const [first, second] = [seededHistory(7, OPTIONS), seededHistory(7, OPTIONS)];
    expect(second).toEqual(first);
    expect(seededDelivery(7, first.events, { batch: 50 })).toEqual(
      seededDelivery(7, second.events, { batch: 50 }),
    );
    expect(seededHistory(8, OPTIONS)).not.toEqual(first);
  });

  it('show every type, state and class, and every (source, id) once', () => {
    const history = seededHistory(1, { ...OPTIONS, dossiers: 600 });
    const types = new Set(history.events.map(({ type }) => type));
    for (const type of [...ORDINARY_TYPES, 'corrected', 'retracted'] as const) {
      expect(types).toContain(fullType(type));
    }
    const dossiers = recordsOf(history, history.events).list(NOW);
    const states = 'incomplete submitted running paused resolved refused withdrawn stopped'.split(' ');
    expect(new Set(dossiers.map(({ state }) => state))).toEqual(new Set(states));
    const classes = 'early on-time late no-due-date paused overdue due-soon in-time'.split(' ');
    expect(new Set(dossiers.map(({ timeliness }) => timeliness))).toEqual(new Set([...classes, null]));
    expect(dossiers.filter(({ dueMismatch }) => dueMismatch)).not.toHaveLength(0);
    expect(dossiers.filter(({ pastDueWhilePaused }) => pastDueWhilePaused)).not.toHaveLength(0);
    const keys = history.events.map(({ source, id }) => JSON.stringify([source, id]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('never tell of the future', () => {
    fc.assert(
      fc.property(historyArb(OPTIONS), ({ events }) => {
        const times = events.flatMap(({ time, data }) => (data?.time ? [time, data.time] : [time]));
        return times.every((time) => parseInstant(time) <= NOW);
      }),
      { numRuns: 10 },
    );
  });

  it('are delivered whole, in whatever order', () => {
    const { events } = seededHistory(3, OPTIONS);
    fc.assert(
      fc.property(deliveryArb(events, { batch: 30 }), (batches) => {
        const delivered = new Set(batches.flat());
        return events.every((event) => delivered.has(event)) && batches.every((batch) => batch.length <= 30);
      }),
      { numRuns: 10 },
    );
  });
});

describe('the model over random histories', () => {
  it('does not depend on the order of arrival', () => {
    const arb = historyArb(OPTIONS).chain((history) =>
      fc.shuffledSubarray([...history.events], { minLength: history.events.length }).map((shuffled) => ({
        history,
        shuffled,
      })),
    );
    fc.assert(
      fc.property(arb, ({ history, shuffled }) => {
        expect(recordsOf(history, shuffled).list(NOW)).toEqual(recordsOf(history, history.events).list(NOW));
      }),
      { numRuns: 10 },
    );
  });

  it('keeps the identities of the contract', () => {
    fc.assert(
      fc.property(historyArb(OPTIONS), (history) => {
        const records = recordsOf(history, history.events);
        const period = { from: '2018-01-01', to: '2026-11-20' };
        const months = records.report({ ...period, by: 'month' });
        // A correction may lie before the first day.
        let carriedOver = months.total.carriedOver;
        for (const row of months.rows) {
          expect(row.carriedOver).toBe(carriedOver);
          expect(gap(row)).toBe(0);
          carriedOver = row.open.total;
        }
        expect(carriedOver).toBe(months.total.open.total);
        for (const by of ['agency', 'procedure', 'domain', 'channel'] as const) {
          const { total, rows } = records.report({ ...period, by, flat: true });
          expect(rows.reduce((sum, row) => sum + row.received.total, 0)).toBe(total.received.total);
          expect(rows.reduce((sum, row) => sum + row.open.total, 0)).toBe(total.open.total);
          expect(gap(total)).toBe(0);
        }
      }),
      { numRuns: 10 },
    );
  });
});

const gap = ({ carriedOver, received, reopened, resolved, closedOtherwise, open }: Row): number =>
  carriedOver + received.total + reopened - resolved.total - closedOtherwise.total - open.total;
