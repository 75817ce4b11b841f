import { civilDate, DAY_MS, dayOf, type Instant, startOfDay } from '#libs/dossier';
import { CLOCK_TOLERANCE_MS } from '../counters/counters.js';
import { instantOf, measureOf, signOf } from '../counters/ledger-entries.js';
import { type Page, PageWriter } from './past-page.js';
import { startOfMonth, startOfNextMonth, startOfYear, type Unit } from '../counters/periods.js';
import type { PutBy } from '../counters/put-by.js';

/** What a page sums up: a roll-up of the counters, or the cells of some agencies. */
export type PageKind = 'agencies' | 'procedures' | 'channels' | `cells-${number}`;

/** Which counts stand together on a page. */
export interface PagePlace {
  kind: PageKind;
  unit: Unit;
  startsAt: Instant;
}

/** Cells are too many for one page and too thin for one of each agency. */
const CELL_PAGES = 32;

/** All kinds that hold cells. */
export const CELL_KINDS: readonly PageKind[] = Array.from(
  { length: CELL_PAGES },
  (_, nth): PageKind => `cells-${nth}`,
);

export const cellKindOf = (agencyId: number): PageKind => `cells-${agencyId % CELL_PAGES}`;

/** Ids of names stay below this: three of them make one exact number. */
export const MOST_NAMES = 2 ** 17;

/** Agency, procedure and channel by the ids of their names; 0: all of them. */
export const keyOf = (agency: number, procedure: number, channel: number): number =>
  (agency * MOST_NAMES + procedure) * MOST_NAMES + channel;
export const agencyOf = (key: number): number => Math.floor(key / MOST_NAMES ** 2);
export const procedureOf = (key: number): number => Math.floor(key / MOST_NAMES) % MOST_NAMES;
export const channelOf = (key: number): number => key % MOST_NAMES;

/** A page has room for 32 measures of each of its units. */
export const slotOf = (index: number, measure: number): number => index * 32 + measure;
export const indexOf = (slot: number): number => Math.floor(slot / 32);

/** First instant of the page on which an instant's unit stands; years stand all on one. */
export function pageStart(unit: Unit, at: Instant): Instant {
  if (unit === 'y') return 0;
  return unit === 'm' ? startOfYear(at) : startOfMonth(at);
}

/** First instant behind a page. */
export function pageEnd({ unit, startsAt }: PagePlace): Instant {
  if (unit === 'y') return Infinity;
  return unit === 'm' ? startOfYear(startsAt + 370 * DAY_MS) : startOfNextMonth(startsAt);
}

/** Where on its page an instant's unit stands. */
export function indexOn({ unit, startsAt }: PagePlace, at: Instant): number {
  switch (unit) {
    case 'y':
      return civilDate(dayOf(at)).year - 1_800;
    case 'm':
      return civilDate(dayOf(at)).month - 1;
    case 'd':
      return dayOf(at) - dayOf(startsAt);
    case 'i':
      return at - startsAt;
  }
}

type Counts = Map<number, Map<number, number>>;

/** What is to be known of a day to place its entries. */
interface DayPlaces {
  start: Instant;
  month: Instant;
  year: Instant;
  dayIndex: number;
  monthIndex: number;
  yearIndex: number;
}

type PagesOfKind = Record<Unit, Map<Instant, Counts>>;

/** Sums differences of the ledger up by page. */
export class PastChanges {
  private readonly kinds = new Map<PageKind, PagesOfKind>();
  private readonly days = new Map<number, DayPlaces>();

  /** @param idOf number of a name */
  constructor(private readonly idOf: (name: string) => number) {}

  add([agency, procedure, channel, recordedAt, entries]: PutBy): void {
    const [a, p, c] = [this.idOf(agency), this.idOf(procedure), this.idOf(channel)];
    const cells: [PagesOfKind, number][] = [
      [this.pagesOf('agencies'), keyOf(a, 0, 0)],
      [this.pagesOf('procedures'), keyOf(0, p, c)],
      [this.pagesOf('channels'), keyOf(0, 0, c)],
      [this.pagesOf(cellKindOf(a)), keyOf(a, p, c)],
    ];
    for (const entry of entries) {
      const at = instantOf(entry);
      const measure = measureOf(entry);
      const by = signOf(entry);
      const day = this.placesOf(at);
      // Inside a day and still ahead: whoever asks what was known on that day has to take it off again.
      const ahead = at !== day.start && at > recordedAt - CLOCK_TOLERANCE_MS;
      for (const [pages, key] of cells) {
        count(pages.d, day.month, key, slotOf(day.dayIndex, measure), by);
        count(pages.m, day.year, key, slotOf(day.monthIndex, measure), by);
        count(pages.y, 0, key, slotOf(day.yearIndex, measure), by);
        if (ahead) count(pages.i, day.month, key, slotOf(at - day.month, measure), by);
      }
    }
  }

  *pages(): Generator<PagePlace & { counts: Page }> {
    for (const [kind, byUnit] of this.kinds) {
      for (const unit of UNITS) {
        for (const [startsAt, counts] of byUnit[unit])
          yield { kind, unit, startsAt, counts: written(counts) };
      }
    }
  }

  private pagesOf(kind: PageKind): PagesOfKind {
    let pages = this.kinds.get(kind);
    if (!pages) this.kinds.set(kind, (pages = { d: new Map(), m: new Map(), y: new Map(), i: new Map() }));
    return pages;
  }

  private placesOf(at: Instant): DayPlaces {
    const day = dayOf(at);
    let places = this.days.get(day);
    if (!places) {
      const start = startOfDay(day);
      const month = startOfMonth(start);
      const { year, month: monthOfYear } = civilDate(day);
      places = {
        ...{ start, month, year: startOfYear(start) },
        ...{ dayIndex: day - dayOf(month), monthIndex: monthOfYear - 1, yearIndex: year - 1_800 },
      };
      this.days.set(day, places);
    }
    return places;
  }
}

const UNITS: readonly Unit[] = ['d', 'm', 'y', 'i'];

function count(pages: Map<Instant, Counts>, startsAt: Instant, key: number, slot: number, by: number): void {
  const slots = ofKey(ofKey(pages, startsAt), key);
  slots.set(slot, (slots.get(slot) ?? 0) + by);
}

/** The map that a map holds under a key. */
function ofKey<K, InnerK, Inner>(outer: Map<K, Map<InnerK, Inner>>, key: K): Map<InnerK, Inner> {
  let inner = outer.get(key);
  if (!inner) outer.set(key, (inner = new Map<InnerK, Inner>()));
  return inner;
}

function written(counts: Counts): Page {
  const writer = new PageWriter();
  for (const [key, slots] of [...counts].sort(([a], [b]) => a - b)) {
    for (const [slot, count] of [...slots].sort(([a], [b]) => a - b)) writer.add(key, slot, count);
  }
  return writer.finish();
}
