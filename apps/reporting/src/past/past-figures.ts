import { Inject, Injectable } from '@nestjs/common';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { DataSource } from 'typeorm';
import type { Counts, Instant } from '#libs/dossier';
import { shareNext } from '#libs/platform';
import { instantSql, millisSql, numberArray, textArray } from '#libs/store';
import { ByteMemory } from '../counters/byte-memory.js';
import { zeroCounts } from '../counters/counts.js';
import { Counting, type PutBy } from '../counters/counting.js';
import { instantOf, measureOf, signOf } from '../counters/ledger-entries.js';
import { PAST_IS_WHOLE } from './past.js';
import {
  agencyOf,
  CELL_KINDS,
  cellKindOf,
  channelOf,
  indexOf,
  indexOn,
  pageEnd,
  type PageKind,
  type PagePlace,
  pageStart,
  procedureOf,
} from './past-changes.js';
import { type Page, PageCursor } from './past-page.js';
import type { Piece } from '../counters/periods.js';

/** Bytes of pages, of epochs as text, and of sums that are remembered. */
const [MOST_PAGE_BYTES, MOST_EPOCH_BYTES, MOST_SUM_BYTES] = [32_000_000, 16_000_000, 16_000_000];
/** What the counts of a group take, about. */
const GROUP_BYTES = 250;
/** The past may be dropped and made anew while it is read; not again and again. */
const TRIES = 5;

/** Which cells are asked about, and by what the counts are told apart. */
export interface CellQuestion {
  /** Which pages tell these cells apart with the least reading. */
  pages: Exclude<PageKind, `cells-${number}`> | 'cells';
  agencies: ReadonlySet<string> | undefined;
  procedures: ReadonlySet<string> | undefined;
  channel: string | undefined;
  group: 'agency' | 'procedure' | 'channel' | undefined;
}

/** A stretch of effective time, half open, and the units that make it up. */
export interface PastStretch {
  from: Instant;
  until: Instant;
  pieces: readonly Piece[];
}

/** Counts of one stretch by group. */
export type GroupCounts = Map<string, Counts>;

interface Epoch {
  number: number;
  earliest: Instant;
  latest: Instant;
}

interface Seen {
  generation: number;
  epochs: readonly Epoch[];
  pending: readonly string[];
}

interface Differences {
  /** By instant of recording. */
  changes: PutBy[];
  bytes: number;
}

/** Counts that stand on a page within a piece of a stretch. */
interface Wanted {
  low: number;
  high: number;
  sign: 1 | -1;
  counts: GroupCounts;
}

/** Figures as they were known at an instant, from the pages and differences that `Past` keeps. */
@Injectable()
export class PastFigures {
  private epochs: readonly Epoch[] = [];
  /** By id; 0 is none. */
  private names: (string | undefined)[] = [undefined];
  private pending = new Map<string, Differences>();
  private readonly reading = new Map<number, Promise<Differences | undefined>>();
  private readonly epochMemory = new ByteMemory<Differences>(MOST_EPOCH_BYTES);
  private readonly sumMemory = new ByteMemory<{ sums: readonly GroupCounts[]; bytes: number }>(
    MOST_SUM_BYTES,
  );
  private readonly pageMemory = new ByteMemory<{ pages: Page[]; bytes: number }>(MOST_PAGE_BYTES);

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Counting) private readonly counting: Counting,
  ) {}

  /**
   * The counts of each stretch, in order, of everything that was recorded until an instant; undefined: the past is
   * not summed up yet.
   *
   * @param stretches limits at the beginning of a day, or right behind `asOf`
   */
  async sums(
    stretches: readonly PastStretch[],
    question: CellQuestion,
    asOf: Instant,
  ): Promise<GroupCounts[] | undefined> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const standing = await this.counting.standing();
      if (!standing) await this.counting.upToDate();
      const seen = await this.look();
      if (!seen) return undefined;
      // What waits is counted in a generation: the same one means that it waited then, too.
      if (standing && standing.generation !== seen.generation) continue;
      const { epochs, pending } = seen;
      // Recorded later is not always counted later: whole are the epochs before the first that holds something too new.
      const cut = epochs.findIndex(({ latest }) => latest > asOf);
      const whole = (cut < 0 ? epochs : epochs.slice(0, cut)).at(-1)?.number;
      const parts = (cut < 0 ? [] : epochs.slice(cut)).filter(({ earliest }) => earliest <= asOf);
      const differences = await this.differencesOf(
        parts.map(({ number }) => number),
        pending,
      );
      const upToWhole = await this.pageSums(stretches, question, whole);
      if (!differences || !upToWhole) continue;
      const sums = upToWhole.map(
        (ofStretch): GroupCounts => new Map([...ofStretch].map(([group, counts]) => [group, [...counts]])),
      );
      for (const { changes } of differences) addChanges(sums, stretches, question, asOf, changes);
      for (const waiting of standing?.waiting ?? [])
        addChanges(sums, stretches, question, asOf, waiting.differences);
      return sums;
    }
    return undefined;
  }

  /** Which epochs there are, and the ids of what is pending; undefined: that is not everything. */
  private readonly look = shareNext(async (): Promise<Seen | undefined> => {
    const [state] = await this.database.query<
      {
        generation: string;
        first: string | null;
        epochs: [number, number, number][];
        pending: string[];
        names: number;
      }[]
    >(
      `select c.generation, (select min(number) from reporting.past_epoch) as first,
              (select coalesce(json_agg(json_build_array(number, ${millisSql('earliest')}, ${millisSql('latest')})
                                        order by number), '[]')
                 from reporting.past_epoch where number > $1) as epochs,
              (select coalesce(json_agg(id::text order by id), '[]') from reporting.past_pending) as pending,
              (select count(*)::int from reporting.past_name) as names
         from reporting.counting c, reporting.past p where ${PAST_IS_WHOLE}`,
      [this.epochs.at(-1)?.number ?? 0],
    );
    if (!state) return undefined;
    if (this.epochs.length > 0 && this.epochs[0]?.number !== Number(state.first)) {
      // Made anew. Numbers go on, so what comes after the last known one is everything there is.
      this.epochs = [];
      this.pageMemory.clear();
      this.sumMemory.clear();
      this.epochMemory.clear();
    }
    if (state.epochs.length > 0) {
      const more = state.epochs.map(([number, earliest, latest]) => ({ number, earliest, latest }));
      this.epochs = [...this.epochs, ...more];
    }
    if (this.names.length <= state.names) {
      const names = await this.database.query<{ name: string; id: number }[]>(
        'select name, id from reporting.past_name',
      );
      for (const { name, id } of names) this.names[id] = name;
    }
    return { generation: Number(state.generation), epochs: this.epochs, pending: state.pending };
  });

  /** Differences of epochs and of what is pending; undefined: some of it has become an epoch meanwhile. */
  private async differencesOf(
    epochs: readonly number[],
    pending: readonly string[],
  ): Promise<Differences[] | undefined> {
    const found = await Promise.all(epochs.map((number) => this.differencesOfEpoch(number)));
    const unknown = pending.filter((id) => !this.pending.has(id));
    if (unknown.length > 0) {
      const rows = await this.database.query<{ id: string; changes: string }[]>(
        'select id, changes from reporting.past_pending where id = any($1::bigint[])',
        [unknown],
      );
      for (const { id, changes } of rows) this.pending.set(id, read(changes));
    }
    const waiting = new Set(pending);
    for (const id of this.pending.keys()) if (!waiting.has(id)) this.pending.delete(id);
    for (const id of pending) found.push(this.pending.get(id));
    return found.every((one) => one !== undefined) ? found : undefined;
  }

  private async differencesOfEpoch(number: number): Promise<Differences | undefined> {
    const known = this.epochMemory.get(`${number}`);
    if (known) return known;
    // Whoever asks for the same meanwhile shares the answer.
    let reading = this.reading.get(number);
    if (!reading) {
      reading = this.readEpoch(number).finally(() => this.reading.delete(number));
      this.reading.set(number, reading);
    }
    return reading;
  }

  private async readEpoch(number: number): Promise<Differences | undefined> {
    const [row] = await this.database.query<{ changes: Buffer }[]>(
      'select changes from reporting.past_epoch where number = $1',
      [number],
    );
    if (!row) return undefined;
    const differences = read((await inflate(row.changes)).toString('utf8'));
    this.epochMemory.set(`${number}`, differences);
    return differences;
  }

  /**
   * What the epochs up to one hold, which is not to be changed; undefined: there is no such epoch any more. Remembered,
   * for a period that is over is asked about as of one instant after the other.
   */
  private async pageSums(
    stretches: readonly PastStretch[],
    question: CellQuestion,
    epoch: number | undefined,
  ): Promise<readonly GroupCounts[] | undefined> {
    if (epoch === undefined) return stretches.map((): GroupCounts => new Map());
    const { agencies, procedures, ...others } = question;
    const key = JSON.stringify([
      ...[epoch, others, agencies && [...agencies], procedures && [...procedures]],
      stretches.map(({ pieces }) => pieces),
    ]);
    const known = this.sumMemory.get(key);
    if (known) return known.sums;
    const sums = stretches.map((): GroupCounts => new Map());
    if (!(await this.addPages(sums, stretches, question, epoch))) return undefined;
    const groups = sums.reduce((sum, { size }) => sum + size, 0);
    this.sumMemory.set(key, { sums, bytes: 500 + groups * GROUP_BYTES });
    return sums;
  }

  /** Adds what the epochs up to one hold; false: there is no such epoch any more. */
  private async addPages(
    sums: readonly GroupCounts[],
    stretches: readonly PastStretch[],
    question: CellQuestion,
    epoch: number,
  ): Promise<boolean> {
    const kinds = this.kindsOf(question);
    const wanted = new Map<string, { place: PagePlace; parts: Wanted[] }>();
    stretches.forEach(({ pieces }, nth) => {
      for (const piece of pieces) {
        for (const place of placesOf(piece, kinds)) {
          const key = `${place.kind} ${place.unit} ${place.startsAt}`;
          let page = wanted.get(key);
          if (!page) wanted.set(key, (page = { place, parts: [] }));
          page.parts.push({ ...rangeOn(place, piece), sign: piece.sign, counts: sums[nth] as GroupCounts });
        }
      }
    });
    const found = await this.pagesOf(
      [...wanted].map(([key, { place }]) => ({ key, place })),
      epoch,
    );
    if (!found) return false;
    for (const [key, { parts }] of wanted) {
      for (const page of found.get(key) ?? []) this.addPage(page, parts, question);
    }
    return true;
  }

  private kindsOf({ pages, agencies }: CellQuestion): readonly PageKind[] {
    if (pages !== 'cells') return [pages];
    if (!agencies) return CELL_KINDS;
    const kinds = new Set<PageKind>();
    this.names.forEach((name, id) => {
      if (name !== undefined && agencies.has(name)) kinds.add(cellKindOf(id));
    });
    return [...kinds];
  }

  private addPage(page: Page, parts: readonly Wanted[], question: CellQuestion): void {
    const cursor = new PageCursor(page);
    let key = -1;
    let group: string | undefined;
    let counts: (Counts | undefined)[] = [];
    while (cursor.next()) {
      if (cursor.key !== key) {
        key = cursor.key;
        group = this.groupOf(key, question);
        counts = [];
      }
      if (group === undefined) continue;
      const index = indexOf(cursor.slot);
      for (let nth = 0; nth < parts.length; nth += 1) {
        const part = parts[nth] as Wanted;
        if (index < part.low || index >= part.high) continue;
        const sum = (counts[nth] ??= countsOf(part.counts, group));
        const measure = cursor.slot % 32;
        sum[measure] = (sum[measure] ?? 0) + part.sign * cursor.count;
      }
    }
  }

  /** The group of a key; undefined: it is not asked about. */
  private groupOf(key: number, { agencies, procedures, channel, group }: CellQuestion): string | undefined {
    const agency = this.names[agencyOf(key)] ?? '';
    if (agencies && !agencies.has(agency)) return undefined;
    const procedure = this.names[procedureOf(key)] ?? '';
    if (procedures && !procedures.has(procedure)) return undefined;
    const through = this.names[channelOf(key)] ?? '';
    if (channel !== undefined && channel !== through) return undefined;
    return group === 'agency'
      ? agency
      : group === 'procedure'
        ? procedure
        : group === 'channel'
          ? through
          : '';
  }

  /** What is to be read of each page as of an epoch: the last whole one, and those behind it. */
  private async pagesOf(
    wanted: readonly { key: string; place: PagePlace }[],
    epoch: number,
  ): Promise<Map<string, readonly Page[]> | undefined> {
    const found = new Map<string, readonly Page[]>();
    const missing = wanted.filter(({ key }) => {
      const known = this.pageMemory.get(`${key} ${epoch}`);
      if (known) found.set(key, known.pages);
      return !known;
    });
    if (missing.length === 0) return found;
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
        textArray(missing.map(({ place }) => place.kind)),
        textArray(missing.map(({ place }) => place.unit)),
        numberArray(missing.map(({ place }) => place.startsAt)),
        epoch,
      ],
    );
    if (!rows.some(({ nth }) => nth === 0)) return undefined;
    const pages = missing.map((): Page[] => []);
    for (const { nth, counts } of rows) if (counts) pages[nth - 1]?.push(counts);
    missing.forEach(({ key }, nth) => {
      const read = pages[nth] as Page[];
      found.set(key, read);
      this.pageMemory.set(`${key} ${epoch}`, {
        pages: read,
        bytes: read.reduce((sum, { length }) => sum + length, 100),
      });
    });
    return found;
  }
}

const inflate = promisify(inflateRaw);

const read = (text: string): Differences => ({
  changes: (JSON.parse(text) as PutBy[]).sort((a, b) => a[3] - b[3]),
  bytes: text.length,
});

/** Adds differences one by one, as the ledger would be read. */
function addChanges(
  sums: readonly GroupCounts[],
  stretches: readonly PastStretch[],
  { agencies, procedures, channel, group }: CellQuestion,
  asOf: Instant,
  changes: readonly PutBy[],
): void {
  for (const [agency, procedure, through, recordedAt, entries] of changes) {
    if (recordedAt > asOf) return;
    if (agencies && !agencies.has(agency)) continue;
    if (procedures && !procedures.has(procedure)) continue;
    if (channel !== undefined && channel !== through) continue;
    const name = group === 'agency' ? agency : group === 'procedure' ? procedure : group ? through : '';
    for (const entry of entries) {
      const at = instantOf(entry);
      for (let nth = 0; nth < stretches.length; nth += 1) {
        const { from, until } = stretches[nth] as PastStretch;
        if (at < from || at >= until) continue;
        const counts = countsOf(sums[nth] as GroupCounts, name);
        const measure = measureOf(entry);
        counts[measure] = (counts[measure] ?? 0) + signOf(entry);
      }
    }
  }
}

function countsOf(sums: GroupCounts, group: string): Counts {
  let counts = sums.get(group);
  if (!counts) sums.set(group, (counts = zeroCounts()));
  return counts;
}

/** The pages on which a piece of effective time stands. */
function placesOf({ unit, from, until }: Piece, kinds: readonly PageKind[]): PagePlace[] {
  const places: PagePlace[] = [];
  for (const kind of kinds) {
    for (let at = from; at < until;) {
      const place = { kind, unit, startsAt: pageStart(unit, at) };
      places.push(place);
      at = pageEnd(place);
    }
  }
  return places;
}

/** Where a piece begins and ends on a page. */
const rangeOn = (place: PagePlace, { from, until }: Piece): { low: number; high: number } => ({
  low: from <= place.startsAt && place.unit !== 'y' ? 0 : indexOn(place, from),
  high: until >= pageEnd(place) ? Infinity : indexOn(place, until),
});
