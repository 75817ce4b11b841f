import type { DataSource } from 'typeorm';
import { instantSql, numberArray, textArray } from '#libs/store';
import { ByteMemory } from '../counters/byte-memory.js';
import { IndexedPage } from './indexed-page.js';
import type { PagePlace } from './past-changes.js';
import type { Page } from './past-page.js';

const [MOST_PAGE_BYTES, MOST_SUM_BYTES, MOST_CHAIN_BYTES] = [40_000_000, 16_000_000, 8_000_000];
/** Bytes of pages that are summed up, of one place (of larger ones few keys are asked for) and for one question. */
const [SUMMED_OF_PLACE, SUMMED_AT_ONCE] = [64_000, 128_000];

/** Which epochs have written a place, ascending, and for each the last one by then that wrote it whole. */
interface Chain {
  epochs: readonly number[];
  wholeSince: readonly number[];
  /** The newest epoch that it is known of. */
  upTo: number;
  bytes: number;
}

type Places = ReadonlyMap<string, PagePlace>;
type Coming<Value> = Map<string, Promise<ReadonlyMap<string, Value>>>;

/** Pages of the past that have been read. They never change, and neighbouring epochs share most of theirs. */
export class PageMemory {
  private readonly pages = new ByteMemory<IndexedPage>(MOST_PAGE_BYTES);
  /** Sums of pages, by place and epoch; without one it has been asked for once. */
  private readonly sums = new ByteMemory<{ sum?: IndexedPage; bytes: number }>(MOST_SUM_BYTES);
  private readonly chains = new ByteMemory<Chain>(MOST_CHAIN_BYTES);
  /** What is being read, by the same keys: whoever asks for it meanwhile shares the answer. */
  private readonly pagesComing: Coming<IndexedPage> = new Map();
  private chainsComing: Coming<Chain> = new Map();
  /** The newest epoch that those chains are read up to. */
  private comingUpTo = 0;
  /** How often the past was made anew: what was asked for before is not to be remembered. */
  private life = 0;

  constructor(private readonly database: DataSource) {}

  clear(): void {
    this.life += 1;
    this.pages.clear();
    this.sums.clear();
    this.chains.clear();
  }

  /**
   * What holds each place as of an epoch, by its key: the last whole page and those behind it. Undefined: some are
   * there no more, for the past has been made anew.
   *
   * @param newest the newest epoch there is
   */
  async read(
    places: Places,
    epoch: number,
    newest: number,
  ): Promise<Map<string, readonly IndexedPage[]> | undefined> {
    if (newest > this.comingUpTo) {
      this.comingUpTo = newest;
      this.chainsComing = new Map();
    }
    const chains = await together(
      [...places.keys()],
      (key) => {
        const known = this.chains.get(key);
        return known && known.upTo >= epoch ? known : undefined;
      },
      this.chainsComing,
      (keys) => this.readChains(keys, places, newest),
    );
    if (chains.size < places.size) return undefined;
    const found = new Map<string, readonly IndexedPage[]>();
    const wanted = new Map<string, [key: string, epoch: number]>();
    for (const [key, chain] of chains) {
      const sum = this.sums.get(`${key} ${epoch}`)?.sum;
      found.set(key, sum ? [sum] : []);
      if (!sum) for (const each of epochsFor(chain, epoch)) wanted.set(`${key} ${each}`, [key, each]);
    }
    const { life } = this;
    const pages = await together(
      [...wanted.keys()],
      (key) => this.pages.get(key),
      this.pagesComing,
      (keys) => this.readPages(keys, wanted, places),
    );
    if (pages.size < wanted.size) return undefined;
    const apart = new Map<string, IndexedPage[]>();
    for (const [key, [place]] of wanted) {
      const ofPlace = apart.get(place) ?? [];
      apart.set(place, ofPlace);
      ofPlace.push(pages.get(key) as IndexedPage);
    }
    let summed = 0;
    for (const [key, each] of apart) {
      found.set(key, each);
      const bytes = each.reduce((total, page) => total + page.bytes, 0);
      if (life !== this.life || each.length < 3 || bytes > SUMMED_OF_PLACE) continue;
      // What was asked for once may never be again; what is asked for twice will be.
      const once = this.sums.get(`${key} ${epoch}`);
      if (once && summed > SUMMED_AT_ONCE) continue;
      const sum = once && IndexedPage.sum(each);
      if (sum) summed += bytes;
      this.sums.set(`${key} ${epoch}`, sum ? { sum, bytes: sum.bytes } : { bytes: 100 });
    }
    return found;
  }

  private async readChains(
    keys: readonly string[],
    places: Places,
    newest: number,
  ): Promise<ReadonlyMap<string, Chain>> {
    const { life } = this;
    const known = keys.map((key) => this.chains.get(key));
    const rows = await this.database.query<{ nth: number; links: string | null }[]>(
      `select p.nth::int as nth, string_agg(l.epoch || ' ' || l.whole_since, ',' order by l.epoch) as links
         from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) with ordinality
              as p(kind, unit, starts_at, behind, nth)
         join reporting.past_page l
           on l.kind = p.kind and l.unit = p.unit and l.starts_at = ${instantSql('p.starts_at')}
          and l.epoch > p.behind and l.epoch <= $5
        group by 1
       union all
       select 0, null from reporting.past_epoch where number = $5`,
      [...placeArrays(keys, places), numberArray(known.map((chain) => chain?.upTo ?? 0)), newest],
    );
    if (!rows.some(({ nth }) => nth === 0)) return new Map();
    const links = new Map(rows.map((row) => [row.nth - 1, row.links]));
    return new Map(
      keys.map((key, nth) => {
        const before = known[nth];
        const more = (links.get(nth)?.split(',') ?? []).map((link) => link.split(' ').map(Number));
        const epochs = [...(before?.epochs ?? []), ...more.map(([each]) => each as number)];
        const wholeSince = [...(before?.wholeSince ?? []), ...more.map(([, since]) => since as number)];
        const chain = { epochs, wholeSince, upTo: newest, bytes: 200 + 16 * epochs.length };
        if (life === this.life) this.chains.set(key, chain);
        return [key, chain];
      }),
    );
  }

  private async readPages(
    keys: readonly string[],
    wanted: ReadonlyMap<string, readonly [key: string, epoch: number]>,
    places: Places,
  ): Promise<ReadonlyMap<string, IndexedPage>> {
    const { life } = this;
    const each = keys.map((key) => wanted.get(key) as readonly [key: string, epoch: number]);
    const rows = await this.database.query<{ nth: number; counts: Page }[]>(
      `select p.nth::int as nth, b.counts
         from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) with ordinality
              as p(kind, unit, starts_at, epoch, nth)
         join reporting.past_page b
           on b.kind = p.kind and b.unit = p.unit and b.starts_at = ${instantSql('p.starts_at')} and b.epoch = p.epoch`,
      [
        ...placeArrays(
          each.map(([key]) => key),
          places,
        ),
        numberArray(each.map(([, epoch]) => epoch)),
      ],
    );
    return new Map(
      rows.map(({ nth, counts }) => {
        const [key, page] = [keys[nth - 1] as string, new IndexedPage(counts)];
        if (life === this.life) this.pages.set(key, page);
        return [key, page];
      }),
    );
  }
}

/** The values of keys: what is known, what is coming, and what is read now, all of that at once. */
async function together<Value>(
  keys: readonly string[],
  known: (key: string) => Value | undefined,
  coming: Coming<Value>,
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): Promise<Map<string, Value>> {
  const found = new Map<string, Value>();
  const [missing, elsewhere]: [string[], Set<Promise<ReadonlyMap<string, Value>>>] = [[], new Set()];
  for (const key of keys) {
    const value = known(key);
    const other = coming.get(key);
    if (value !== undefined) found.set(key, value);
    else if (other) elsewhere.add(other);
    else missing.push(key);
  }
  if (missing.length > 0) {
    const reading = read(missing).finally(() => {
      for (const key of missing) coming.delete(key);
    });
    for (const key of missing) coming.set(key, reading);
    elsewhere.add(reading);
  }
  for (const reading of elsewhere) {
    const values = await reading;
    for (const key of keys) {
      const value = values.get(key);
      if (value !== undefined) found.set(key, value);
    }
  }
  return found;
}

/** The last whole page up to an epoch, and those behind it. */
function epochsFor({ epochs, wholeSince }: Chain, epoch: number): readonly number[] {
  let last = epochs.length - 1;
  while (last >= 0 && (epochs[last] as number) > epoch) last -= 1;
  if (last < 0) return [];
  return epochs.slice(epochs.indexOf(wholeSince[last] as number), last + 1);
}

const placeArrays = (keys: readonly string[], places: Places) => {
  const each = keys.map((key) => places.get(key) as PagePlace);
  return [
    textArray(each.map(({ kind }) => kind)),
    textArray(each.map(({ unit }) => unit)),
    numberArray(each.map(({ startsAt }) => startsAt)),
  ];
};
