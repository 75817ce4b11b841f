import type { DataSource } from 'typeorm';
import { instantSql, numberArray, textArray } from '#libs/store';
import { ByteMemory } from '../counters/byte-memory.js';
import { IndexedPage } from './indexed-page.js';
import type { PagePlace } from './past-changes.js';
import type { Page } from './past-page.js';

const MOST_BYTES = 48_000_000;

interface Remembered {
  pages: readonly IndexedPage[];
  bytes: number;
}

/** Pages of the past that have been read, as of an epoch: the last whole one, and those behind it. */
export class PageMemory {
  private readonly memory = new ByteMemory<Remembered>(MOST_BYTES);
  private readonly reading = new Map<string, Promise<Map<string, Remembered> | undefined>>();

  constructor(private readonly database: DataSource) {}

  clear(): void {
    this.memory.clear();
  }

  /** What is to be read of each place as of an epoch, by its key; undefined: there is no such epoch any more. */
  async read(
    places: ReadonlyMap<string, PagePlace>,
    epoch: number,
  ): Promise<Map<string, readonly IndexedPage[]> | undefined> {
    const found = new Map<string, readonly IndexedPage[]>();
    const missing: [string, PagePlace][] = [];
    const elsewhere = new Map<string, Promise<Map<string, Remembered> | undefined>>();
    for (const [key, place] of places) {
      const known = this.memory.get(`${key} ${epoch}`);
      const reading = this.reading.get(`${key} ${epoch}`);
      if (known) found.set(key, known.pages);
      // Whoever asks for the same meanwhile shares the answer.
      else if (reading) elsewhere.set(key, reading);
      else missing.push([key, place]);
    }
    if (missing.length > 0) {
      const reading = this.fromDatabase(missing, epoch).finally(() => {
        for (const [key] of missing) this.reading.delete(`${key} ${epoch}`);
      });
      for (const [key] of missing) {
        this.reading.set(`${key} ${epoch}`, reading);
        elsewhere.set(key, reading);
      }
    }
    for (const [key, reading] of elsewhere) {
      const pages = (await reading)?.get(key)?.pages;
      if (!pages) return undefined;
      found.set(key, pages);
    }
    return found;
  }

  private async fromDatabase(
    places: readonly (readonly [key: string, place: PagePlace])[],
    epoch: number,
  ): Promise<Map<string, Remembered> | undefined> {
    const rows = await this.database.query<{ nth: number; counts: Page | null }[]>(
      `select p.nth::int as nth, b.counts
         from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as p(kind, unit, starts_at, nth)
         cross join lateral (
           select whole_since from reporting.past_page l
            where l.kind = p.kind and l.unit = p.unit and l.starts_at = ${instantSql('p.starts_at')} and l.epoch <= $4
            order by epoch desc limit 1) l
         join reporting.past_page b
           on b.kind = p.kind and b.unit = p.unit and b.starts_at = ${instantSql('p.starts_at')}
          and b.epoch >= l.whole_since and b.epoch <= $4
       union all
       select 0, null from reporting.past_epoch where number = $4`,
      [
        textArray(places.map(([, { kind }]) => kind)),
        textArray(places.map(([, { unit }]) => unit)),
        numberArray(places.map(([, { startsAt }]) => startsAt)),
        epoch,
      ],
    );
    if (!rows.some(({ nth }) => nth === 0)) return undefined;
    const pages = places.map((): IndexedPage[] => []);
    for (const { nth, counts } of rows) if (counts) pages[nth - 1]?.push(new IndexedPage(counts));
    return new Map(
      places.map(([key], nth) => {
        const read = pages[nth] as IndexedPage[];
        const remembered = { pages: read, bytes: read.reduce((sum, { bytes }) => sum + bytes, 100) };
        this.memory.set(`${key} ${epoch}`, remembered);
        return [key, remembered];
      }),
    );
  }
}
