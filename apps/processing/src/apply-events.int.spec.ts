import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type SnapshotMessage, TIMELINESS_TOPIC } from '#libs/contracts';
import { dossierView, type DossierState, parseInstant } from '#libs/dossier';
import type { LogBatch } from '#libs/event-log';
import { TRACE_HEADER } from '#libs/platform';
import {
  type Agency,
  type CalendarDocument,
  type CloudEventJson,
  type EventData,
  everythingIn,
  fullType,
  type Procedure,
  recordsAsOf,
  seededDelivery,
  seededHistory,
  type ShortType,
  type World,
} from '#libs/testing';
import { closeKnowledge, DEFAULT_CALENDAR } from '#libs/store';
import type { DossierRecord } from './dossier-record.js';
import { ProcessingWorld } from './processing.fixture.js';

jest.setTimeout(60_000);

const AGENCY: Agency = { id: 'A', name: 'Xã A', kind: 'commune' };
const PROCEDURE: Procedure = {
  code: 'P',
  name: 'Thủ tục P',
  domain: 'd',
  limits: [{ statutory: { amount: 10, unit: 'working-days' } }],
};

let world: ProcessingWorld;
let made = 0;

beforeAll(async () => {
  world = await ProcessingWorld.open();
  await world.catalogues.putAgencies([AGENCY]);
  await world.catalogues.putProcedures([PROCEDURE as never]);
});
afterAll(() => world?.close());

const at = (text: string): number => parseInstant(`${text}+07:00`) as number;

/** An event of dossier `code` at a civil time in Vietnam. */
function event(
  code: string,
  type: ShortType,
  time: string,
  data?: EventData,
  rest: Partial<CloudEventJson> = {},
): CloudEventJson {
  return {
    specversion: '1.0',
    source: 'urn:spec',
    id: `e${(made += 1)}`,
    type: fullType(type),
    subject: code,
    time: `${time}+07:00`,
    ...(data && { data }),
    ...rest,
  };
}
const accepted = (code: string, time: string, data: EventData = {}, rest: Partial<CloudEventJson> = {}) =>
  event(code, 'accepted', time, { procedure: 'P', receivingAgency: 'A', channel: 'counter', ...data }, rest);

async function recordOf(code: string, source = 'urn:spec'): Promise<DossierRecord | undefined> {
  const rows = await world.database.query<{ record: string }[]>(
    'select record from processing.dossier where source = $1 and code = $2',
    [source, code],
  );
  return rows[0] && (JSON.parse(rows[0].record) as DossierRecord);
}
const stateOf = async (code: string, source?: string) => (await recordOf(code, source))?.state;

describe('a history delivered in batches, each twice and old ones again', () => {
  it.each([1, 2, 3, 4])(
    'gives the dossiers of the reference model and no effect twice (seed %i)',
    async (seed) => {
      const name = `AE${seed}`;
      const history = seededHistory(seed, {
        ...{ name, digits: String(seed).padStart(6, '0'), dossiers: 60 },
        now: Date.now() - 1_000,
      });
      await world.catalogues.putAgencies([...history.catalogue.agencies]);
      await world.catalogues.putProcedures(history.catalogue.procedures as never);
      const arrivedAt = Date.now();
      const partition = seed % 2;
      const effects = async () => [
        await world.count('processing.dossier_event'),
        await world.count('processing.quarantine'),
        await world.count('log.batch'),
        await world.count('processing.timer'),
      ];
      const old: LogBatch[] = [];
      const delivery = seededDelivery(seed, history.events, { batch: 40 });
      for (const events of delivery) {
        const batch = world.batchOf(events, { partition, arrivedAt });
        await world.apply.apply(batch);
        const before = await effects();
        await Promise.all([world.apply.apply(batch), world.apply.apply(batch)]);
        for (const earlier of old.slice(-3)) await world.apply.apply(earlier);
        expect(await effects()).toEqual(before);
        old.push(batch);
      }

      const document = (await world.catalogues.current()).calendars.get(DEFAULT_CALENDAR) as CalendarDocument;
      const told: World = {
        ...history.catalogue,
        calendars: [{ recordedAt: 0, document }],
        arrivals: delivery.flat().map((one) => ({ event: one, recordedAt: arrivedAt })),
      };
      const now = Date.now();
      const records = recordsAsOf(told, now);
      expect(records.dossiers.length).toBeGreaterThan(50);
      for (const recorded of records.dossiers.filter(({ silent }) => silent.length === 0)) {
        const state = await stateOf(recorded.code, recorded.source);
        const { source: _source, code: _code, domain: _domain, ...shown } = records.show(recorded, now);
        expect({ code: recorded.code, ...(state && dossierView(state, now)) }).toEqual({
          code: recorded.code,
          ...shown,
        });
      }
      const stored = await world.count('processing.dossier_event', `source like '%${name}%'`);
      expect(stored).toBe(new Set(history.events.map(({ source, id }) => `${source} ${id}`)).size);

      // Reporting tells a dossier's snapshots apart by their instants, and the last one is what there is.
      const last = new Map<string, SnapshotMessage>();
      for (const message of await world.said()) {
        if (message.kind !== 'snapshot') continue;
        const key = message.source + message.code;
        expect(message.recordedAt).toBeGreaterThan(last.get(key)?.recordedAt ?? 0);
        last.set(key, message);
      }
      for (const { source, code } of records.dossiers) {
        const said = last.get(source + code)?.state as DossierState;
        const state = (await stateOf(code, source)) as DossierState;
        expect({ code, ...dossierView(said, now) }).toEqual({ code, ...dossierView(state, now) });
      }
    },
  );

  /** What reporting was told last of a dossier. */
  async function lastSnapshotOf(code: string): Promise<SnapshotMessage['state'] | undefined> {
    return (await world.said()).findLast(
      (message): message is SnapshotMessage => message.kind === 'snapshot' && message.code === code,
    )?.state;
  }

  it('tells of a stage only where that changes something', async () => {
    const stage = (code: string, time: string, id: string) =>
      event(code, 'stage-entered', time, { stage: 'thẩm định', agency: 'A' }, { id });
    await world.arrive([accepted('STAGES', '2026-03-02T08:00:00')]);
    await world.arrive([stage('STAGES', '2026-03-03T08:00:00', 'plain')]);
    expect((await world.said()).filter(({ code }) => code === 'STAGES')).toHaveLength(1);

    // The correction comes first and waits; with the stage it becomes a pause.
    const corrected = {
      ...{ event: 'mistaken', type: fullType('supplement-requested'), time: '2026-03-05T08:00:00+07:00' },
      data: {},
    };
    await world.arrive([event('STAGES', 'corrected', '2026-03-06T08:00:00', corrected)]);
    expect((await lastSnapshotOf('STAGES'))?.state).toBe('running');
    await world.arrive([stage('STAGES', '2026-03-04T08:00:00', 'mistaken')]);
    expect((await lastSnapshotOf('STAGES'))?.state).toBe('paused');
  });

  it('tells that a stage was the first to see an edited calendar', async () => {
    await world.arrive([accepted('CALENDAR', '2026-03-02T08:00:00')]);
    expect(await lastSnapshotOf('CALENDAR')).toMatchObject({ overdueFrom: at('2026-03-17T00:00:00') });
    await world.catalogues.putCalendar(DEFAULT_CALENDAR, {
      days: [{ on: '2026-03-11', kind: 'off', reason: 'thử nghiệm' }],
    });
    await world.arrive([
      event('CALENDAR', 'stage-entered', '2026-03-03T08:00:00', { stage: 'thẩm định', agency: 'A' }),
    ]);
    expect((await stateOf('CALENDAR'))?.overdueFrom).toBe(at('2026-03-18T00:00:00'));
    expect(await lastSnapshotOf('CALENDAR')).toMatchObject({ overdueFrom: at('2026-03-18T00:00:00') });
    await world.catalogues.putCalendar(DEFAULT_CALENDAR, {
      days: [{ on: '2026-03-11', kind: 'normal', reason: 'thử nghiệm' }],
    });
  });

  it('goes by the calendar of its closing when a reopening is taken back after an edit', async () => {
    await world.arrive([accepted('CLOSED', '2026-03-02T08:00:00')]);
    await world.arrive([event('CLOSED', 'withdrawn', '2026-03-03T08:00:00', {})]);
    await world.arrive([event('CLOSED', 'reopened', '2026-03-04T08:00:00', {}, { id: 'reopening' })]);
    await world.catalogues.putCalendar(DEFAULT_CALENDAR, {
      days: [{ on: '2026-03-12', kind: 'off', reason: 'thử nghiệm' }],
    });
    await world.arrive([event('CLOSED', 'rated', '2026-03-05T08:00:00', { score: 4 })]);
    expect((await stateOf('CLOSED'))?.overdueFrom).toBe(at('2026-03-18T00:00:00'));
    await world.arrive([event('CLOSED', 'retracted', '2026-03-06T08:00:00', { event: 'reopening' })]);
    expect(await stateOf('CLOSED')).toMatchObject({
      ...{ state: 'withdrawn', overdueFrom: at('2026-03-17T00:00:00') },
    });
    await world.catalogues.putCalendar(DEFAULT_CALENDAR, {
      days: [{ on: '2026-03-12', kind: 'normal', reason: 'thử nghiệm' }],
    });
  });

  it('is one effect when two copies of processing apply the same batch at once', async () => {
    const batch = world.batchOf([accepted('TWICE', '2026-03-02T08:00:00')]);
    await Promise.all([1, 2, 3, 4].map(() => world.apply.apply(batch)));
    expect((await world.said()).filter(({ code }) => code === 'TWICE')).toHaveLength(1);
  });

  it('drops the part of a batch that has been applied, and takes the rest', async () => {
    const events = [1, 2, 3, 4].map((nth) => accepted(`PART${nth}`, '2026-03-02T08:00:00'));
    const whole = world.batchOf(events);
    const half = { ...whole, nextOffset: whole.firstOffset + 2, messages: whole.messages.slice(0, 2) };
    await world.apply.apply(half);
    await world.apply.apply(whole);
    const said = (await world.said()).map(({ code }) => code).filter((code) => code.startsWith('PART'));
    expect(said.sort()).toEqual(['PART1', 'PART2', 'PART3', 'PART4']);
  });
});

describe('an event whose (source, id) has come before', () => {
  const quarantinedOf = async (code: string) =>
    (await world.quarantine()).filter(({ key }) => key === `urn:spec|${code}`);

  it('is dropped if its content is the same, however it is written', async () => {
    const first = accepted('SAME', '2026-03-02T08:00:00', { resolvingAgency: 'A' });
    const { data, time: _time, ...rest } = first;
    const otherwise = {
      data: { ...data, note: 'x' },
      time: '2026-03-02T01:00:00.0000Z',
      ...rest,
      sequence: 0,
    };
    await world.arrive([first, otherwise]);
    await world.arrive([otherwise, first], { partition: 0 });
    expect(await quarantinedOf('SAME')).toEqual([]);
    expect((await recordOf('SAME'))?.ids).toEqual([first.id]);
  });

  it('is quarantined whole if its content differs, within a batch and across batches', async () => {
    const first = accepted('DIFFERS', '2026-03-02T08:00:00');
    const inBatch = { ...first, time: '2026-03-03T08:00:00+07:00' };
    const later = { ...first, type: fullType('withdrawn'), data: {} };
    const good = event('DIFFERS', 'supplement-requested', '2026-03-04T08:00:00');
    await world.arrive([first, inBatch, good]);
    const second = world.batchOf([later, first]);
    await world.apply.apply(second);
    await world.apply.apply(second);
    const rows = await quarantinedOf('DIFFERS');
    expect(rows.map(({ value }) => JSON.parse(value) as unknown)).toEqual([inBatch, later]);
    expect(rows.map(({ reason }) => reason)).toEqual(['conflicting-duplicate', 'conflicting-duplicate']);
    expect(rows[1]).toMatchObject({ topic: second.topic, partition: 0, position: second.firstOffset });
    expect(await stateOf('DIFFERS')).toMatchObject({
      state: 'paused',
      acceptedAt: at('2026-03-02T08:00:00'),
    });
  });

  it.each([0, 1])('is quarantined if it names another dossier, on partition %i', async (partition) => {
    const [mine, yours] = [`MINE${partition}`, `YOURS${partition}`];
    const first = accepted(mine, '2026-03-02T08:00:00');
    const stranger = { ...first, subject: yours };
    await world.arrive([first], { partition: 0 });
    await world.arrive([stranger], { partition });
    expect(await quarantinedOf(yours)).toMatchObject([{ reason: 'conflicting-duplicate', partition }]);
    expect(await recordOf(yours)).toBeUndefined();

    // Among good ones of the same dossier it leaves no trace.
    const good = accepted(yours, '2026-03-05T08:00:00');
    const next = event(yours, 'supplement-requested', '2026-03-06T08:00:00');
    await world.arrive([stranger, good, { ...stranger, time: '2026-03-06T08:00:00+07:00' }, next], {
      partition,
    });
    expect((await recordOf(yours))?.ids).toEqual([good.id, next.id]);
    expect(await stateOf(yours)).toMatchObject({ state: 'paused', acceptedAt: at('2026-03-05T08:00:00') });
    expect(await quarantinedOf(yours)).toHaveLength(3);
    expect(await stateOf(mine)).toMatchObject({ state: 'running' });
  });

  it('counts once when two dossiers bring it at the same moment on two partitions', async () => {
    for (let round = 0; round < 10; round += 1) {
      const first = accepted(`RACE${round}-0`, '2026-03-02T08:00:00');
      const second = { ...first, subject: `RACE${round}-1` };
      await Promise.all([world.arrive([first], { partition: 0 }), world.arrive([second], { partition: 1 })]);
      const states = [await recordOf(first.subject), await recordOf(second.subject)];
      expect(states.filter((record) => record !== undefined)).toHaveLength(1);
      const quarantined = [...(await quarantinedOf(first.subject)), ...(await quarantinedOf(second.subject))];
      expect(quarantined).toHaveLength(1);
    }
  });
});

describe('a message that cannot be applied', () => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const base = () => accepted('POISON', '2026-03-02T08:00:00');
  it.each<[string, string, string, string[]]>([
    ['is not JSON', '{"specversion":', 'not-json', ['']],
    ['is empty', '', 'not-json', ['']],
    ['is no object', 'null', 'wrong-type', ['']],
    ['is of an unknown type', JSON.stringify({ ...base(), type: 'vn.tthc.dossier.eaten.v1' }), '', ['/type']],
    [
      'is of an unknown version',
      JSON.stringify({ ...base(), type: 'vn.tthc.dossier.accepted.v2' }),
      '',
      ['/type'],
    ],
    ['lacks its subject', JSON.stringify({ ...base(), subject: undefined }), '', ['/subject']],
    [
      'names an unknown agency',
      JSON.stringify({ ...base(), data: { ...base().data, receivingAgency: 'X' } }),
      'unknown-agency',
      ['/data/receivingAgency'],
    ],
    [
      'names an unknown procedure',
      JSON.stringify({ ...base(), data: { ...base().data, procedure: 'X' } }),
      'unknown-procedure',
      ['/data/procedure'],
    ],
    ['lies in the future', JSON.stringify({ ...base(), time: tomorrow }), 'time-in-future', ['/time']],
  ])(
    'because it %s is quarantined with reason and origin, and the partition goes on',
    async (name, text, reason, pointers) => {
      const before = await world.quarantine();
      const [first, last] = [
        accepted(`${name} 1`, '2026-03-02T08:00:00'),
        accepted(`${name} 2`, '2026-03-02T08:00:00'),
      ];
      const batch = world.batchOf([first, text, last], { partition: 1 });
      await world.apply.apply(batch);
      await world.apply.apply(batch);
      const rows = (await world.quarantine()).slice(before.length);
      expect(rows).toMatchObject([
        { value: text, key: 'raw', topic: batch.topic, partition: 1, position: batch.firstOffset + 1 },
      ]);
      expect(rows[0]?.reason).toMatch(reason === '' ? /^[a-z-]+$/ : reason);
      expect(rows[0]?.errors.map(({ pointer }) => pointer)).toEqual(pointers);
      for (const { subject } of [first, last])
        expect(await stateOf(subject)).toMatchObject({ state: 'running' });
      expect(await stateOf('POISON')).toBeUndefined();
    },
  );

  it.each([null, NaN, Infinity, -5, 1.5, 1e300, Date.now() + 9e12])(
    'does not come of a recording instant that cannot be (%s)',
    async (arrivedAt) => {
      const code = `ARRIVED ${arrivedAt}`;
      const before = Date.now();
      await world.arrive([accepted(code, '2026-03-02T08:00:00')], { arrivedAt });
      const recordedAt = (await recordOf(code))?.recordedAt ?? 0;
      expect(recordedAt).toBeGreaterThanOrEqual(before);
      expect(recordedAt).toBeLessThanOrEqual(Date.now());
    },
  );
});

describe('a transaction that fails', () => {
  it.each([
    ['the quarantine', 'processing.quarantine', `check (reason <> 'not-json') not valid`],
    ['a timer', 'processing.timer', `check (code not like 'HALF%') not valid`],
    ['a dossier', 'processing.dossier', `check (code not like 'HALF%') not valid`],
    ['the log', 'log.batch', `check (payload not like '%HALF%') not valid`],
    ['the offset', 'log.consumer_offset', `check (next_offset < 0) not valid`],
  ])('at %s leaves nothing half done, and is done whole the next time', async (name, table, check) => {
    const code = `HALF ${name}`;
    const deadline = { dueAt: '2030-03-04T17:00:00+07:00' };
    const batch = world.batchOf([accepted(code, '2026-03-02T08:00:00', deadline), '{"half']);
    const tables = [
      ...['processing.dossier', 'processing.dossier_event', 'processing.timer', 'processing.quarantine'],
      ...['log.batch', 'log.consumer_offset', 'log.head'],
    ];
    const contents = () =>
      Promise.all(
        tables.map(async (one) => {
          const [row] = await world.database.query<{ rows: string }[]>(
            `select coalesce(string_agg(t::text, chr(10) order by t::text), '') as rows from ${one} t`,
          );
          return row?.rows;
        }),
      );
    const before = await contents();
    await world.database.query(`alter table ${table} add constraint made_to_fail ${check}`);
    try {
      await expect(world.apply.apply(batch)).rejects.toThrow('made_to_fail');
      expect(await contents()).toEqual(before);
    } finally {
      await world.database.query(`alter table ${table} drop constraint made_to_fail`);
    }
    await world.apply.apply(batch);
    expect(await stateOf(code)).toMatchObject({ state: 'running' });
    expect(await world.timers(code)).toHaveLength(2);
    expect((await world.said()).filter((message) => message.code === code)).toHaveLength(1);
  });
});

describe('timers', () => {
  const due = (day: string) => ({ dueAt: `${day}T17:00:00+07:00` });
  // Given dates run to the end of their day.
  const [early, late] = [at('2030-03-05T00:00:00'), at('2030-03-12T00:00:00')];
  const overdueAt = async (code: string) =>
    (await world.timers(code)).filter(({ kind }) => kind === 'overdue').map(({ deadline }) => deadline);

  it('are written for what time alone will bring', async () => {
    await world.arrive([accepted('T1', '2026-03-02T08:00:00', due('2030-03-04'))]);
    const timers = await world.timers('T1');
    expect(timers).toMatchObject([
      { kind: 'due-soon', settling: false, deadline: early },
      { kind: 'overdue', settling: false, deadline: early, at: early },
    ]);
    expect(timers[0]?.at).toBeLessThan(early);
    expect((await stateOf('T1'))?.dueSoonFrom).toBe(timers[0]?.at);
  });

  it.each<[string, ShortType, EventData | undefined]>([
    ['resolution', 'resolved', undefined],
    ['withdrawal', 'withdrawn', undefined],
    ['pause', 'supplement-requested', undefined],
  ])('go with a %s', async (name, type, data) => {
    const code = `T2 ${name}`;
    await world.arrive([accepted(code, '2026-03-02T08:00:00', due('2030-03-04'))]);
    await world.arrive([event(code, type, '2026-03-03T08:00:00', data)]);
    expect(await world.timers(code)).toEqual([]);
  });

  it('move with the deadline, and back with a retraction', async () => {
    await world.arrive([accepted('T3', '2026-03-02T08:00:00', due('2030-03-04'))]);
    const extension = event('T3', 'extended', '2026-03-03T08:00:00', {
      newDueAt: '2030-03-11T17:00:00+07:00',
    });
    await world.arrive([extension]);
    expect(await overdueAt('T3')).toEqual([late]);
    await world.arrive([event('T3', 'retracted', '2026-03-04T08:00:00', { event: extension.id })]);
    expect(await overdueAt('T3')).toEqual([early]);
    expect(await world.count('processing.timer', `code = 'T3'`)).toBe(2);
  });

  it('that have fired do not come back for the same deadline', async () => {
    await world.arrive([accepted('T4', '2026-03-02T08:00:00', due('2030-03-04'))]);
    await world.fire('T4', 'due-soon');
    const extension = event('T4', 'extended', '2026-03-03T08:00:00', {
      newDueAt: '2030-03-11T17:00:00+07:00',
    });
    await world.arrive([extension]);
    expect((await world.timers('T4')).map(({ kind, deadline }) => [kind, deadline])).toEqual([
      ['due-soon', late],
      ['overdue', late],
    ]);
    await world.arrive([event('T4', 'retracted', '2026-03-04T08:00:00', { event: extension.id })]);
    // Due soon has been said of the early deadline; overdue has not.
    expect((await world.timers('T4')).map(({ kind, deadline }) => [kind, deadline])).toEqual([
      ['overdue', early],
    ]);
    await world.arrive([event('T4', 'rated', '2026-03-05T08:00:00', { score: 3 })]);
    expect(await world.timers('T4')).toHaveLength(1);
  });

  it('of a deadline that had passed before it was known wait, from the last thing heard', async () => {
    const arrivedAt = at('2026-05-04T08:00:00');
    await world.arrive([accepted('T5', '2026-03-02T08:00:00', due('2026-03-04'))], { arrivedAt });
    const deadline = at('2026-03-05T00:00:00');
    expect(await world.timers('T5')).toEqual([
      { kind: 'overdue', settling: true, deadline, at: arrivedAt + 60_000 },
    ]);
    await world.arrive([event('T5', 'rated', '2026-03-03T08:00:00', { score: 4 })], {
      arrivedAt: arrivedAt + 9_000,
    });
    expect(await world.timers('T5')).toEqual([
      { kind: 'overdue', settling: true, deadline, at: arrivedAt + 69_000 },
    ]);
    await world.fire('T5', 'overdue');
    await world.arrive([event('T5', 'rated', '2026-03-03T09:00:00', { score: 5 })], {
      arrivedAt: arrivedAt + 99_000,
    });
    expect(await world.timers('T5')).toEqual([]);
  });
});

describe('an announced overdue', () => {
  const accept = async (code: string) => {
    const first = accepted(code, '2026-03-02T08:00:00', { dueAt: '2026-03-10T17:00:00+07:00' });
    await world.arrive([first], { arrivedAt: at('2026-03-02T08:00:01') });
    await world.fire(code, 'due-soon');
    await world.fire(code, 'overdue');
    return first;
  };
  const deadline = at('2026-03-11T00:00:00');
  const withdrawn = [{ kind: 'overdue-withdrawn', deadline }];
  let day = 12;
  const arriveLate = (...events: CloudEventJson[]) =>
    world.arrive(events, { arrivedAt: at(`2026-03-${(day += 1)}T08:00:00`) });

  it.each<[string, ShortType, EventData | undefined]>([
    ['resolution', 'resolved', undefined],
    ['return', 'returned', undefined],
    ['withdrawal', 'withdrawn', undefined],
    ['extension', 'extended', { newDueAt: '2026-03-27T17:00:00+07:00' }],
    ['request for a supplement', 'supplement-requested', undefined],
  ])('is withdrawn once when a late %s undoes it', async (name, type, data) => {
    day = 12;
    const code = `W ${name}`;
    await accept(code);
    await arriveLate(event(code, type, '2026-03-10T16:00:00', data));
    expect(await world.announcements(code)).toEqual(withdrawn);
    await arriveLate(event(code, 'rated', '2026-03-10T16:30:00', { score: 5 }));
    await arriveLate(event(code, 'stage-entered', '2026-03-05T16:30:00', { stage: 's', agency: 'A' }));
    expect(await world.announcements(code)).toEqual(withdrawn);
  });

  it('is withdrawn when its acceptance is retracted, and not said again when that is taken back', async () => {
    day = 12;
    const { id } = await accept('W retracted');
    const retraction = event('W retracted', 'retracted', '2026-03-11T08:00:00', { event: id });
    await arriveLate(retraction);
    expect(await world.announcements('W retracted')).toEqual(withdrawn);
    await arriveLate(event('W retracted', 'retracted', '2026-03-12T08:00:00', { event: retraction.id }));
    expect(await stateOf('W retracted')).toMatchObject({ state: 'running', overdueFrom: deadline });
    expect(await world.timers('W retracted')).toEqual([]);
    expect(await world.announcements('W retracted')).toEqual(withdrawn);
  });

  it.each<[string, ShortType, EventData | undefined]>([
    ['resolution', 'resolved', undefined],
    ['extension', 'extended', { newDueAt: '2030-03-27T17:00:00+07:00' }],
  ])('stands when a %s comes a millisecond after it came about', async (name, type, data) => {
    day = 12;
    const code = `S ${name}`;
    await accept(code);
    await arriveLate(event(code, type, '2026-03-11T00:00:00.001', data));
    expect(await world.announcements(code)).toEqual([]);
  });
});

describe('the trace of an event', () => {
  it('goes on with its snapshot, and with no other', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const acceptance = (code: string) =>
      event(code, 'accepted', '2026-03-02T08:00:00', {
        ...{ procedure: 'P', receivingAgency: 'A', channel: 'counter' },
      });
    const batch = world.batchOf([acceptance('TRACED'), acceptance('UNTRACED')]);
    const [traced] = batch.messages;
    if (traced) traced.headers = { ...traced.headers, [TRACE_HEADER]: trace };
    await world.apply.apply(batch);
    await world.apply.apply(batch);
    const sent = await everythingIn(world.log, TIMELINESS_TOPIC);
    const tracesOf = (code: string) =>
      sent.filter(({ key }) => key === `urn:spec|${code}`).map(({ headers }) => headers[TRACE_HEADER]);
    expect(tracesOf('TRACED')).toEqual([trace]);
    expect(tracesOf('UNTRACED')).toEqual([undefined]);
  });
});

describe('what an issued report knows of', () => {
  it('is what everything that comes later is recorded after, whatever clock it was taken by', async () => {
    const known = Date.now() - 1_000;
    await world.arrive([event('closed', 'accepted', '2026-03-02T08:00:00', acceptedData)], {
      arrivedAt: known - 500,
    });
    await world.database.transaction((manager) => closeKnowledge(manager, known));
    for (const ago of [60_000, 1, 0, -1, -500]) {
      const [first, second] = [`new ${ago}`, `then ${ago}`];
      await world.arrive(
        [
          event(first, 'accepted', '2026-03-02T08:00:00', acceptedData),
          event(second, 'accepted', '2026-03-02T08:00:00', acceptedData),
          event(second, 'resolved', '2026-03-04T08:00:00'),
        ],
        { arrivedAt: known - ago },
      );
      const recorded = await recordedOf([first, second]);
      expect(recorded.map((recordedAt) => recordedAt - known)).toEqual(Array(3).fill(Math.max(1, -ago)));
    }
    // A step later than the one before it, as ever.
    await world.arrive([event('new 60000', 'resolved', '2026-03-04T08:00:00')], { arrivedAt: known - 5 });
    expect((await recordedOf(['new 60000'])).map((recordedAt) => recordedAt - known)).toEqual([1, 2]);
    // What was there before stays where it was.
    expect(await recordedOf(['closed'])).toEqual([known - 500]);
  });

  const acceptedData = { procedure: 'P', receivingAgency: 'A', channel: 'counter' as const };
  const recordedOf = async (codes: readonly string[]): Promise<number[]> => {
    const rows = await world.database.query<{ at: string }[]>(
      `select (extract(epoch from recorded_at) * 1000)::bigint as at from processing.dossier_event
        where code = any($1) order by code, recorded_at`,
      [codes],
    );
    return rows.map(({ at: recordedAt }) => Number(recordedAt));
  };
});
