import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseEvent, type SnapshotMessage, TIMELINESS_TOPIC } from '#libs/contracts';
import { fold } from '#libs/dossier';
import type { LogBatch } from '#libs/event-log';
import { createLogger, readConfig } from '#libs/platform';
import { factOf } from '#libs/store';
import {
  accepted,
  type CloudEventJson,
  event,
  exampleCatalogue,
  openTestDatabase,
  type TestDatabase,
  vn,
  vnInstant,
} from '#libs/testing';
import { type AgencyFigures, AgencyFiguresReader } from './agency-figures.js';
import { ApplyTimeliness } from './consumer/apply-timeliness.js';
import { CounterMemory } from './counters/counter-memory.js';
import { Counting } from './counters/counting.js';
import { Figures } from './reports/figures.js';
import { PastFigures } from './past/past-figures.js';

jest.setTimeout(60_000);

const config = readConfig(0, { LOG_LEVEL: 'silent' });
let test: TestDatabase;
let reader: AgencyFiguresReader;

/** Each due on Tuesday, 10 March 2026 unless it says otherwise. */
const HISTORIES: Record<string, CloudEventJson[]> = {
  plain: [accepted('2026-03-02', { dueAt: vn('2026-03-10') })],
  extended: [
    accepted('2026-03-02', { dueAt: vn('2026-03-09') }),
    event('extended', '2026-03-05', { newDueAt: vn('2026-03-10') }),
  ],
  paused: [accepted('2026-03-02', { dueAt: vn('2026-03-10') }), event('supplement-requested', '2026-03-05')],
  punctual: [accepted('2026-03-02', { dueAt: vn('2026-03-10') }), event('resolved', '2026-03-10 16:00')],
  late: [accepted('2026-02-23', { dueAt: vn('2026-03-03') }), event('resolved', '2026-03-04 08:00')],
  'of february': [accepted('2026-02-02', { dueAt: vn('2026-02-10') }), event('resolved', '2026-02-09')],
  elsewhere: [accepted('2026-03-02', { dueAt: vn('2026-03-10'), receivingAgency: 'T.S' })],
};

beforeAll(async () => {
  test = await openTestDatabase();
  const catalogues = await exampleCatalogue(test.database);
  const { calendar } = await catalogues.current();
  const counting = new Counting(test.database, createLogger('spec', config));
  const figures = new Figures(
    test.database,
    new CounterMemory(test.database, counting),
    new PastFigures(test.database, counting),
  );
  reader = new AgencyFiguresReader(test.database, figures, catalogues, config);

  const recordedAt = vnInstant('2026-03-01');
  const messages = Object.entries(HISTORIES).map(([code, events]): SnapshotMessage => {
    const facts = events.map((one) => {
      const read = parseEvent({ ...one, subject: code }, 0);
      if (!read.ok) throw new Error(JSON.stringify(read.faults));
      return factOf(read.event, recordedAt, 1, undefined);
    });
    const { fold: _private, ...state } = fold(facts, { pinned: 1, calendar });
    return { kind: 'snapshot', source: 'urn:s', code, recordedAt, state };
  });
  await new ApplyTimeliness(test.database, counting).apply(batchOf(messages));
});
afterAll(() => test?.close());

const batchOf = (messages: readonly object[]): LogBatch => ({
  ...{ topic: TIMELINESS_TOPIC, partition: 0, firstOffset: 0, nextOffset: messages.length },
  messages: messages.map((message, offset) => ({
    ...{ offset, key: '', headers: {}, value: JSON.stringify(message) },
  })),
});

async function at(instant: number, agency = 'T.H.X'): Promise<AgencyFigures> {
  const found = (await reader.read(instant)).find((row) => row.agency === agency);
  if (!found) throw new Error(`no figures of ${agency}`);
  return found;
}

describe('what operators see of an agency', () => {
  it('has every agency of the catalogue, also one without a dossier', async () => {
    const rows = await reader.read(vnInstant('2026-03-06'));
    expect(rows.map(({ agency }) => agency).sort()).toEqual(['T', 'T.H', 'T.H.X', 'T.S']);
    expect(rows.find(({ agency }) => agency === 'T')).toMatchObject({
      open: { in_time: 0, due_soon: 0, overdue: 0, paused: 0, paused_past_due: 0, no_due_date: 0 },
      apologyDue: 0,
      lateBudgetLeft: undefined,
    });
  });

  it('tells the classes apart at the very instant', async () => {
    const overdueFrom = vnInstant('2026-03-11 00:00');
    const classes = async (instant: number) => (await at(instant)).open;
    expect(await classes(overdueFrom - 1)).toMatchObject({ due_soon: 2, overdue: 0, paused: 1 });
    expect(await classes(overdueFrom)).toMatchObject({ due_soon: 0, overdue: 2, paused_past_due: 1 });
    expect(await classes(overdueFrom + 1)).toMatchObject({ in_time: 0, overdue: 2, paused: 0 });
  });

  it.each([
    ['the evening of the Sunday before', vnInstant('2026-03-09 00:00') - 1, 0],
    ['from Monday on', vnInstant('2026-03-09 00:00'), 1],
    ['to the last millisecond', vnInstant('2026-03-11 00:00') - 1, 1],
    ['not once it is late', vnInstant('2026-03-11 00:00'), 0],
  ])('asks for a letter of apology in time, of those never extended: %s', async (_, instant, count) => {
    // Of T.H.X the plain one; the other that is due then has been extended.
    expect((await at(instant)).apologyDue).toBe(count);
    expect((await at(instant, 'T.S')).apologyDue).toBe(count);
  });

  it.each([
    ['four hours and a millisecond of working time ahead', vnInstant('2026-03-10 11:00') - 1, 0],
    ['four hours ahead', vnInstant('2026-03-10 11:00'), 1],
    ['after hours', vnInstant('2026-03-10 20:00'), 1],
    ['past', vnInstant('2026-03-11 00:00'), 0],
  ])('counts what falls due within four working hours: %s', async (_, instant, count) => {
    expect((await at(instant, 'T.S')).dueNext).toBe(count);
  });

  it.each([
    ['2026-03-11 00:00', '1-3'],
    ['2026-03-15 23:59', '1-3'],
    ['2026-03-16 00:00', '4-10'],
    ['2026-03-24 23:59', '4-10'],
    ['2026-03-25 00:00', '11-30'],
    ['2026-04-21 23:59', '11-30'],
    ['2026-04-22 00:00', '>30'],
  ])('sorts overdue dossiers by working days late: at %s', async (time, bucket) => {
    const none = { '1-3': 0, '4-10': 0, '11-30': 0, '>30': 0 };
    expect((await at(vnInstant(time), 'T.S')).overdueAge).toEqual({ ...none, [bucket]: 1 });
  });

  it('has the month’s resolutions and rates, and what is left of its budget of late ones', async () => {
    const inMarch = await at(vnInstant('2026-03-31'));
    expect(inMarch.month).toEqual({ early: 0, on_time: 1, late: 1, no_due_date: 0 });
    expect(inMarch.closed).toMatchObject({ early: 1, on_time: 1, late: 1 });
    expect(inMarch.rates.a).toMatchObject({ numerator: 1, denominator: 2 });
    // 2 % of two dossiers may be late.
    expect(inMarch.lateBudgetLeft).toBeCloseTo(1 - 1 / 0.04);
    const inApril = await at(vnInstant('2026-04-01 00:00'));
    expect(inApril.month).toEqual({ early: 0, on_time: 0, late: 0, no_due_date: 0 });
    expect(inApril.lateBudgetLeft).toBeUndefined();
  });
});
