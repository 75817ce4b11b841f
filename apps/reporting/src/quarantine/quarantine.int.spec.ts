import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EVENTS_TOPIC, ProblemError } from '#libs/contracts';
import type { DeliveredMessage } from '#libs/event-log';
import { everythingIn } from '#libs/testing';
import { ProcessingWorld } from '../../../processing/src/processing.fixture.js';
import { Quarantine, type QuarantineItem } from './quarantine.js';
import { ReplayQuarantined } from './replay-quarantined.js';

jest.setTimeout(120_000);

const accepted = (source: string, code: string, agency: string) => ({
  ...{ specversion: '1.0', source, id: `${code}-1`, type: 'vn.tthc.dossier.accepted.v1', subject: code },
  time: '2026-03-02T08:00:00+07:00',
  data: { procedure: 'P', receivingAgency: agency, channel: 'counter' },
});
const garbage = Buffer.from([0xff, 0x00, 0xfe]);

let world: ProcessingWorld;
let quarantine: Quarantine;
let replays: ReplayQuarantined;
/** Messages of the topic that processing has been given, by key and value. */
const given = new Set<string>();

beforeAll(async () => {
  world = await ProcessingWorld.open();
  quarantine = new Quarantine(world.database);
  replays = new ReplayQuarantined(world.database, world.log);
  await world.catalogues.putAgencies([{ id: 'A', name: 'Xã A', kind: 'commune' }]);
  await world.catalogues.putProcedures([
    {
      ...{ code: 'P', name: 'Thủ tục P', domain: 'd' },
      limits: [{ statutory: { amount: 10, unit: 'working-days' } }],
    },
  ]);
});
afterAll(() => world?.close());

async function poison(...written: Partial<DeliveredMessage>[]): Promise<QuarantineItem[]> {
  await world.apply.apply(world.batchOfMessages(written));
  const { items } = await quarantine.page({ limit: String(Math.min(500, written.length)) });
  return items.reverse();
}
const structured = (event: { source: string; subject: string }, rest: Partial<DeliveredMessage> = {}) => ({
  key: `${event.source}|${event.subject}`,
  value: JSON.stringify(event),
  ...rest,
});

/** Gives processing what replays have put into the log, twice. */
async function deliver(): Promise<DeliveredMessage[]> {
  const all = await everythingIn(world.log, EVENTS_TOPIC);
  const fresh = all.filter(({ key, value }) => !given.has(`${key} ${value}`));
  for (const { key, value } of all) given.add(`${key} ${value}`);
  expect(given.size).toBe(all.length);
  const batch = world.batchOfMessages(fresh.map(({ offset: _theirs, ...message }) => message));
  await world.apply.apply(batch);
  await world.apply.apply(batch);
  return fresh;
}
const stored = (code: string) => world.count('processing.dossier_event', `code = '${code}'`);

describe('the quarantine', () => {
  it('shows a message as it was, bytes, headers and all', async () => {
    const [text, bytes, none] = await poison(
      { key: 'urn:shown|1', value: 'x', headers: { trace: 'a\0b' } },
      { key: '\uFFFD', keyBytes: garbage, value: '', bytes: garbage },
      { key: '', keyBytes: null, value: '', bytes: null },
    );
    expect(text).toMatchObject({
      ...{ reason: 'not-json', source: 'urn:shown', key: 'urn:shown|1', event: null, text: 'x' },
      ...{ base64: null, headers: { trace: 'a\0b' }, replayedAt: null, replayReason: null },
      origin: { topic: EVENTS_TOPIC, partition: 0 },
    });
    expect(bytes).toMatchObject({ reason: 'invalid-utf8', text: null, base64: garbage.toString('base64') });
    expect(none).toMatchObject({ reason: 'tombstone', key: null, event: null, text: null, base64: null });
    expect(await quarantine.one(String(text?.id))).toEqual(text);
    await expect(quarantine.one('999999')).rejects.toBeInstanceOf(ProblemError);
  });

  it('is filtered, counted by reason and paged', async () => {
    const of = (nth: number) => structured(accepted('urn:many', `M${nth}`, nth % 2 ? 'X' : 'Y'));
    await poison(...Array.from({ length: 7 }, (_, nth) => of(nth)), { key: 'urn:many|z', value: '!' });
    const ids: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await quarantine.page({ source: 'urn:many', limit: '3', ...(cursor && { cursor }) });
      expect(page.counts).toEqual(cursor ? undefined : { 'unknown-agency': 7, 'not-json': 1 });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(ids).toHaveLength(8);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));

    const count = async (filter: Record<string, string>) =>
      (await quarantine.page({ source: 'urn:many', ...filter })).items.length;
    const [item] = (await quarantine.page({ source: 'urn:many' })).items;
    const today = item?.recordedAt.slice(0, 10) ?? '';
    expect(await count({ reason: 'not-json' })).toBe(1);
    expect(await count({ topic: EVENTS_TOPIC, replayed: 'false', from: today, to: today })).toBe(8);
    expect(await count({ topic: 'another' })).toBe(0);
    expect(await count({ replayed: 'true' })).toBe(0);
    expect(await count({ to: '2026-01-01' })).toBe(0);
    expect(await count({ from: '9000-01-01' })).toBe(0);
    expect(await count({ topic: 'with\0NUL' })).toBe(0);
  });

  it.each([{ reason: 'rubbish' }, { from: 'today' }, { cursor: 'x' }, { limit: '0' }, { why: 'x' }])(
    'refuses the question %j',
    async (query) => {
      await expect(quarantine.page(query)).rejects.toMatchObject({ kind: 'bad-request' });
    },
  );

  it('ends a page early where messages are large', async () => {
    const large = (nth: number) => ({ key: `urn:large|${nth}`, value: 'x'.repeat(3_000_000) });
    await poison(large(1), large(2), large(3), { key: 'urn:large|4', value: 'x'.repeat(9_000_000) });
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await quarantine.page({ source: 'urn:large', ...(cursor && { cursor }) });
      sizes.push(page.items.length);
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(sizes).toEqual([1, 2, 1]);
  });
});

describe('a replay', () => {
  it('of one applies it once, after the catalogue was mended, and keeps why', async () => {
    const [item] = await poison(structured(accepted('urn:one', 'ONE', 'NEW1')));
    await deliver();
    await world.catalogues.putAgencies([{ id: 'NEW1', name: 'Xã mới', kind: 'commune' }]);
    const shown = await replays.one(String(item?.id), 'NEW1 added');
    expect(shown).toMatchObject({ id: item?.id, replayReason: 'NEW1 added' });
    expect(shown.replayedAt).not.toBeNull();
    await expect(replays.one(String(item?.id), undefined)).rejects.toMatchObject({ kind: 'bad-request' });
    expect(await deliver()).toHaveLength(1);
    expect(await stored('ONE')).toBe(1);
    expect(await quarantine.one(String(item?.id))).toEqual(shown);
  });

  it('of an event in binary mode sends it as it was', async () => {
    const { data, ...attributes } = accepted('urn:binary', 'BINARY', 'NEW2');
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text]),
    );
    const [item] = await poison({
      ...{ key: 'urn:binary|BINARY', value: JSON.stringify(data) },
      headers: { ...headers, recordedat: '5', outbox: '0/7' },
    });
    expect(item).toMatchObject({ reason: 'unknown-agency', source: 'urn:binary' });
    await world.catalogues.putAgencies([{ id: 'NEW2', name: 'Xã mới', kind: 'commune' }]);
    await replays.one(String(item?.id), undefined);
    const [sent] = await deliver();
    const { recordedat, ...sentHeaders } = sent?.headers ?? {};
    expect([sent?.value, sentHeaders]).toEqual([JSON.stringify(data), headers]);
    expect(Number(recordedat)).toBeGreaterThan(Date.now() - 60_000);
    expect(await stored('BINARY')).toBe(1);
  });

  it.each<[string, Partial<DeliveredMessage>]>([
    ['another key', { key: 'whatever' }],
    ['no key', { key: '', keyBytes: null }],
    ['another partition', { misplaced: true }],
  ])('mends %s', async (what, rest) => {
    const code = `MEND ${what}`;
    const [item] = await poison(structured(accepted('urn:mend', code, 'A'), rest));
    expect(item?.reason).toMatch(/^wrong-/);
    await replays.one(String(item?.id), undefined);
    expect(await deliver()).toMatchObject([{ key: `urn:mend|${code}` }]);
    expect(await stored(code)).toBe(1);
  });

  it.each<[string, Partial<DeliveredMessage>]>([
    ['a tombstone', { key: 'k', value: '', bytes: null }],
    ['bytes that are no text', { key: 'k', value: '', bytes: garbage }],
    ['more than intake takes', { key: 'k', value: 'x'.repeat(10_485_761) }],
  ])('refuses %s, which can never be an event', async (_what, message) => {
    const [item] = await poison(message);
    await expect(replays.one(String(item?.id), undefined)).rejects.toMatchObject({ kind: 'bad-request' });
    expect(await quarantine.one(String(item?.id))).toMatchObject({ replayedAt: null });
  });

  it('of all that match a filter takes each once, in order, and not what fails again', async () => {
    const source = 'urn:all';
    const many = Array.from({ length: 1_203 }, (_, nth) => structured(accepted(source, `ALL${nth}`, 'NEW3')));
    const never = structured(accepted(source, 'NEVER', 'NOWHERE'));
    await poison(...many.slice(0, 600), never, { key: `${source}|x`, value: '', bytes: null });
    await poison(...many.slice(600), structured(accepted('urn:others', 'OTHERS', 'NEW3')));
    await world.catalogues.putAgencies([{ id: 'NEW3', name: 'Xã mới', kind: 'commune' }]);
    await deliver();

    const outcome = await replays.all({ filter: { source }, reason: 'NEW3 added' });
    expect(outcome).toEqual({ replayed: 1_204, unfit: 1, remaining: 0, next: null });
    const sent = await deliver();
    expect(sent).toHaveLength(1_204);
    expect(await world.count('processing.dossier_event', `source = '${source}'`)).toBe(1_203);
    expect(await stored('OTHERS')).toBe(0);
    const { items, counts } = await quarantine.page({ source, replayed: 'false' });
    expect(counts).toEqual({ tombstone: 1, 'unknown-agency': 1 });
    expect(items[0]).toMatchObject({ reason: 'unknown-agency', key: `${source}|NEVER` });
    expect((await quarantine.page({ source, replayed: 'true' })).items[0]?.replayReason).toBe('NEW3 added');
  });

  it('goes on where the answer before has stopped, and not behind where the first began', async () => {
    const source = 'urn:on';
    const items = await poison(...[1, 2, 3].map((nth) => structured(accepted(source, `ON${nth}`, 'ZZ'))));
    const [first, second] = items.map(({ id }) => id) as [number, number];
    const outcome = await replays.all({ filter: {}, reason: 'why', cursor: `${first}.${second}` });
    expect(outcome).toEqual({ replayed: 1, unfit: 0, remaining: 0, next: null });
    const left = (await quarantine.page({ source, replayed: 'false' })).items.map(({ id }) => id);
    expect(left).toEqual([items[2]?.id, first]);
  });

  it('by two at once sends nothing twice', async () => {
    const source = 'urn:two';
    await poison(...Array.from({ length: 300 }, (_, nth) => structured(accepted(source, `TWO${nth}`, 'ZZ'))));
    await deliver();
    const all = () => replays.all({ filter: { source }, reason: 'why' });
    const outcomes = await Promise.all([all(), all(), all()]);
    expect(outcomes.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(300);
    expect(await everythingIn(world.log, EVENTS_TOPIC)).toHaveLength(given.size + 300);
  });
});
