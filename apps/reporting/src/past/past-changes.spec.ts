import { describe, expect, it } from '@jest/globals';
import { DAY_MS, type Instant, startOfDay } from '#libs/dossier';
import { CLOCK_TOLERANCE_MS } from '../counters/counters.js';
import type { PutBy } from '../counters/put-by.js';
import { pack } from '../counters/ledger-entries.js';
import {
  agencyOf,
  cellKindOf,
  channelOf,
  indexOf,
  indexOn,
  keyOf,
  MOST_NAMES,
  pageEnd,
  type PageKind,
  PastChanges,
  pageStart,
  procedureOf,
} from './past-changes.js';
import { PageCursor } from './past-page.js';
import type { Unit } from '../counters/periods.js';

const BEGIN = startOfDay(17_532); // 2018-01-01
const NOON = 12 * 3_600_000;
const IDS = new Map([
  ['A', 1],
  ['P', 2],
  ['online', 3],
]);

const entry = (at: Instant, delta: 1 | -1 = 1) => ({ at, measure: 4, delta, cell: 'resolving' as const });

/** Counts of a difference on the pages of one kind and unit: page, index, count. */
function placed(kind: PageKind, unit: Unit, recordedAt: Instant, ...entries: ReturnType<typeof entry>[]) {
  const changes = new PastChanges((name) => IDS.get(name) as number);
  changes.add(['A', 'P', 'online', recordedAt, pack(entries)] satisfies PutBy);
  const counts: [startsAt: Instant, index: number, count: number][] = [];
  for (const page of changes.pages()) {
    if (page.kind !== kind || page.unit !== unit) continue;
    for (const cursor = new PageCursor(page.counts); cursor.next();) {
      expect(cursor.slot % 32).toBe(4);
      counts.push([page.startsAt, indexOf(cursor.slot), cursor.count]);
    }
  }
  return counts;
}

describe('a key', () => {
  it('is taken apart again, up to the last id of each', () => {
    const last = MOST_NAMES - 1;
    for (const [a, p, c] of [
      [0, 0, 0],
      [1, 0, last],
      [last, last, last],
    ] as const) {
      const key = keyOf(a, p, c);
      expect([agencyOf(key), procedureOf(key), channelOf(key)]).toEqual([a, p, c]);
      expect(Number.isSafeInteger(key)).toBe(true);
    }
  });
});

describe('differences on pages', () => {
  it('stand under their day, month and year, at the edges too', () => {
    const at = [BEGIN - 1, BEGIN, BEGIN + DAY_MS - 1, BEGIN + DAY_MS];
    const entries = at.map((each) => entry(each));
    const december = BEGIN - 31 * DAY_MS;
    expect(placed('agencies', 'd', BEGIN + 9 * DAY_MS, ...entries)).toEqual([
      [december, 30, 1],
      [BEGIN, 0, 2],
      [BEGIN, 1, 1],
    ]);
    expect(placed('procedures', 'm', BEGIN + 9 * DAY_MS, ...entries)).toEqual([
      [BEGIN - 365 * DAY_MS, 11, 1],
      [BEGIN, 0, 3],
    ]);
    expect(placed('channels', 'y', BEGIN + 9 * DAY_MS, ...entries)).toEqual([
      [0, 217, 1],
      [0, 218, 3],
    ]);
    expect(placed(cellKindOf(1), 'd', BEGIN + 9 * DAY_MS, ...entries)).toHaveLength(3);
  });

  it('stand under their instant as well where it lay ahead and inside a day', () => {
    const ahead = BEGIN + NOON;
    expect(placed('agencies', 'i', ahead - 1, entry(ahead))).toEqual([[BEGIN, NOON, 1]]);
    // For a clock that lies behind the one that recorded it.
    const behind = ahead + CLOCK_TOLERANCE_MS;
    expect(placed('agencies', 'i', behind - 1, entry(ahead))).toEqual([[BEGIN, NOON, 1]]);
    expect(placed('agencies', 'i', behind, entry(ahead))).toEqual([]);
    expect(placed('agencies', 'i', BEGIN - 1, entry(BEGIN))).toEqual([]);
  });

  it('cancel out', () => {
    expect(placed('agencies', 'd', BEGIN, entry(BEGIN), entry(BEGIN + 1, -1))).toEqual([]);
  });
});

describe('a page of effective time', () => {
  it('ends where the next begins', () => {
    for (let at = startOfDay(15_000); at < startOfDay(22_000); at += 11 * DAY_MS + 3_600_000) {
      for (const unit of ['d', 'm', 'i'] as const) {
        const place = { kind: 'agencies' as const, unit, startsAt: pageStart(unit, at) };
        const end = pageEnd(place);
        expect(at >= place.startsAt && at < end).toBe(true);
        expect([pageStart(unit, end - 1), pageStart(unit, end)]).toEqual([place.startsAt, end]);
        expect(indexOn(place, place.startsAt)).toBe(0);
      }
    }
  });
});
