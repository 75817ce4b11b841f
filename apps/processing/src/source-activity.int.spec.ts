import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLogger, readConfig } from '#libs/platform';
import { vnInstant } from '#libs/testing';
import { ProcessingWorld } from './processing.fixture.js';
import type { ArrivedEvent } from './read-events.js';
import { SourceActivity } from './source-activity.js';

jest.setTimeout(60_000);

const config = readConfig(0, { LOG_LEVEL: 'silent' });
let world: ProcessingWorld;

beforeAll(async () => {
  world = await ProcessingWorld.open();
});
afterAll(() => world?.close());

/** Two copies of processing share what they know through the database. */
const aCopy = () =>
  new SourceActivity(world.database, world.catalogues, createLogger('spec', config), config);

const arrival = (source: string, time: string): ArrivedEvent =>
  ({ event: { source }, arrivedAt: vnInstant(time) }) as ArrivedEvent;

async function hear(copy: SourceActivity, source: string, ...times: string[]): Promise<void> {
  for (const time of times) {
    copy.noted([arrival(source, time)]);
    await copy.write();
  }
}

async function silenceOf(source: string, time: string) {
  return (await aCopy().read(vnInstant(time))).find((one) => one.source === source);
}

const HOUR = 3_600_000;

describe('the silence of a source', () => {
  it('is working time: lunch, nights and weekends do not count', async () => {
    await hear(aCopy(), 'urn:a', '2026-11-20 16:30');
    const silent = async (time: string) => (await silenceOf('urn:a', time))?.silentMs;
    expect(await silent('2026-11-20 16:45')).toBe(HOUR / 4);
    expect(await silent('2026-11-20 17:00')).toBe(HOUR / 2);
    expect(await silent('2026-11-23 07:00')).toBe(HOUR / 2);
    expect(await silent('2026-11-23 08:00')).toBe(1.5 * HOUR);
  });

  it('is held against the longest of the last days, today left out', async () => {
    const copy = aCopy();
    await hear(copy, 'urn:b', '2026-11-18 08:00', '2026-11-18 10:00', '2026-11-18 10:10');
    await hear(aCopy(), 'urn:b', '2026-11-19 08:00', '2026-11-19 09:00');
    const usual = async (time: string) => (await silenceOf('urn:b', time))?.usualGapMs;
    expect(await usual('2026-11-18 16:00')).toBe(600_000);
    // From 10:10 to 17:00 without lunch, and an hour of the next morning.
    expect(await usual('2026-11-19 16:00')).toBe(2 * HOUR);
    expect(await usual('2026-11-20 16:00')).toBe(5 * HOUR + (50 / 60) * HOUR);
  });

  it('does not grow by what comes twice or late, and a source without news for two weeks has left', async () => {
    const copy = aCopy();
    await hear(copy, 'urn:c', '2026-11-19 09:00', '2026-11-19 09:00', '2026-11-19 08:00');
    copy.noted([arrival('urn:c', '2026-11-19 09:05'), arrival('urn:c', '2026-11-19 08:30')]);
    await copy.write();
    expect(await silenceOf('urn:c', '2026-11-19 09:06')).toMatchObject({
      ...{ lastAt: vnInstant('2026-11-19 09:05'), silentMs: 60_000 },
    });
    expect(await silenceOf('urn:c', '2026-12-03 10:00')).toBeDefined();
    expect(await silenceOf('urn:c', '2026-12-04 10:00')).toBeUndefined();
  });
});
