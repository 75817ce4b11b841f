import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Counts, Instant } from '#libs/dossier';
import { shareNext } from '#libs/platform';
import { millisSql } from '#libs/store';
import { ByteMemory } from '../counters/byte-memory.js';
import { zeroCounts } from '../counters/counts.js';
import { Counting } from '../counters/counting.js';
import { instantOf, measureOf, type PackedEntry, signOf } from '../counters/ledger-entries.js';
import type { Piece } from '../counters/periods.js';
import { type PutBy, PutByBatch } from '../counters/put-by.js';
import { Term } from '../counters/term.js';
import { EpochMemory } from './epoch-memory.js';
import type { IndexedPage } from './indexed-page.js';
import { PageMemory } from './page-memory.js';
import { PAST_IS_WHOLE } from './past.js';
import {
  CELL_KINDS,
  cellKindOf,
  indexOf,
  indexOn,
  pageEnd,
  type PageKind,
  type PagePlace,
  pageStart,
} from './past-changes.js';
import { DifferenceCursor, type PackedDifferences } from './past-differences.js';

/** Bytes of sums that are remembered. */
const MOST_SUM_BYTES = 16_000_000;
/** What the counts of a group take, about. */
const GROUP_BYTES = 250;
/** The past may be dropped and made anew while it is read; not again and again. */
const TRIES = 5;

/** As known now: whatever has been recorded, by a clock that runs ahead too. */
export const AS_KNOWN_NOW: Instant = Infinity;

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
  /** Which past it is: it may be made anew. */
  life: number;
  epochs: readonly Epoch[];
  pending: readonly string[];
}

/** Everything up to an epoch, of the past that was seen. */
interface Whole {
  epoch: number;
  newest: number;
  life: number;
}

/** Counts that stand on a page within a piece of a stretch. */
interface Wanted {
  piece: Piece;
  low: number;
  high: number;
  counts: GroupCounts;
}

/** Figures as they were known at an instant, or are now, from the pages and differences that `Past` keeps. */
@Injectable()
export class PastFigures {
  private epochs: readonly Epoch[] = [];
  /** How often the past was seen to have been made anew. */
  private life = 0;
  /** By id; 0 is none. */
  private names: (string | undefined)[] = [undefined];
  private readonly ids = new Map<string, number>();
  /** What is pending. */
  private pending = new Map<string, PutByBatch>();
  private readonly epochMemory: EpochMemory;
  private readonly pageMemory: PageMemory;
  private readonly sumMemory = new ByteMemory<{ sums: readonly GroupCounts[]; bytes: number }>(
    MOST_SUM_BYTES,
  );

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Counting) private readonly counting: Counting,
  ) {
    this.epochMemory = new EpochMemory(database, (name) => this.ids.get(name) as number);
    this.pageMemory = new PageMemory(database);
  }

  /**
   * The counts of each stretch, in order, of everything that was recorded until an instant; undefined: the past is
   * not summed up yet.
   *
   * @param stretches limits at the beginning of a day, or where their pieces are cut
   * @param term told until when the cut can move on without anything changing hands
   */
  async sums(
    stretches: readonly PastStretch[],
    question: CellQuestion,
    asOf: Instant,
    term = new Term(),
  ): Promise<GroupCounts[] | undefined> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const standing = await this.counting.standing();
      if (!standing) await this.counting.upToDate();
      const seen = await this.look();
      if (!seen) return undefined;
      // What waits is counted in a generation: the same one means that it waited then, too.
      if (standing && standing.generation !== seen.generation) continue;
      const { epochs, pending, life } = seen;
      // Recorded later is not always counted later: whole are the epochs before the first that holds something too new.
      const cut = epochs.findIndex(({ latest }) => latest > asOf);
      const last = (cut < 0 ? epochs : epochs.slice(0, cut)).at(-1);
      const whole = last && { epoch: last.number, newest: epochs.at(-1)?.number ?? last.number, life };
      const parts = (cut < 0 ? [] : epochs.slice(cut)).filter(({ earliest }) => earliest <= asOf);
      const [packed, waiting] = await Promise.all([
        Promise.all(parts.map(({ number }) => this.epochMemory.differencesOf(number))),
        this.differencesOf(pending),
      ]);
      const asked = new Asked(question, this.names);
      const sums = await this.pageSums(stretches, asked, whole, term);
      if (!sums || !waiting || !packed.every((one) => one !== undefined)) continue;
      const tail = new Tail(sums, stretches, asked, asOf, term);
      for (const differences of packed) tail.addPacked(differences);
      for (const batch of waiting) tail.add(batch);
      for (const { differences } of standing?.waiting ?? []) tail.add(differences);
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
      this.life += 1;
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
      for (const { name, id } of names) {
        this.names[id] = name;
        this.ids.set(name, id);
      }
    }
    const { epochs, life } = this;
    return { generation: Number(state.generation), life, epochs, pending: state.pending };
  });

  /** What is pending; undefined: some of it has become an epoch meanwhile. */
  private async differencesOf(pending: readonly string[]): Promise<PutByBatch[] | undefined> {
    const unknown = pending.filter((id) => !this.pending.has(id));
    if (unknown.length > 0) {
      const rows = await this.database.query<{ id: string; changes: string }[]>(
        'select id, changes from reporting.past_pending where id = any($1::bigint[])',
        [unknown],
      );
      for (const { id, changes } of rows) this.pending.set(id, new PutByBatch(changes));
    }
    const waiting = new Set(pending);
    for (const id of this.pending.keys()) if (!waiting.has(id)) this.pending.delete(id);
    const found = pending.map((id) => this.pending.get(id));
    return found.every((one) => one !== undefined) ? found : undefined;
  }

  /**
   * What the epochs up to one hold; undefined: there is no such epoch any more. Whole units are remembered, for a
   * period that is over is asked about as of one instant after the other; the rest of a day is another each time.
   */
  private async pageSums(
    stretches: readonly PastStretch[],
    asked: Asked,
    upTo: Whole | undefined,
    term: Term,
  ): Promise<GroupCounts[] | undefined> {
    if (!upTo) return stretches.map((): GroupCounts => new Map());
    const pieces = stretches.map((stretch) => stretch.pieces.filter(({ unit }) => unit !== 'i'));
    const key = JSON.stringify([upTo.epoch, asked.text, pieces]);
    let whole = this.sumMemory.get(key)?.sums;
    if (!whole) {
      const sums = pieces.map((): GroupCounts => new Map());
      if (!(await this.addPages(sums, pieces, asked, upTo, term))) return undefined;
      const groups = sums.reduce((sum, { size }) => sum + size, 0);
      this.sumMemory.set(key, { sums, bytes: 500 + groups * GROUP_BYTES });
      whole = sums;
    }
    const sums = whole.map(
      (ofStretch): GroupCounts => new Map([...ofStretch].map(([group, counts]) => [group, [...counts]])),
    );
    const rests = stretches.map((stretch) => stretch.pieces.filter(({ unit }) => unit === 'i'));
    if (rests.every(({ length }) => length === 0)) return sums;
    return (await this.addPages(sums, rests, asked, upTo, term)) ? sums : undefined;
  }

  /** Adds what the epochs up to one hold of the pieces of each stretch; false: there is no such epoch any more. */
  private async addPages(
    sums: readonly GroupCounts[],
    pieces: readonly (readonly Piece[])[],
    asked: Asked,
    { epoch, newest, life }: Whole,
    term: Term,
  ): Promise<boolean> {
    const places = new Map<string, PagePlace>();
    const wanted = new Map<string, Wanted[]>();
    pieces.forEach((ofStretch, nth) => {
      for (const piece of ofStretch) {
        for (const place of placesOf(piece, asked.kinds)) {
          const key = `${place.kind} ${place.unit} ${place.startsAt}`;
          places.set(key, place);
          const parts = wanted.get(key) ?? [];
          wanted.set(key, parts);
          parts.push({ piece, ...rangeOn(place, piece), counts: sums[nth] as GroupCounts });
        }
      }
    });
    const found = await this.pageMemory.read(places, epoch, newest);
    // Made anew meanwhile: what was asked for may have been looked up in the new one.
    if (!found || life !== this.life) return false;
    for (const [key, parts] of wanted) {
      for (const page of found.get(key) ?? []) {
        addPage(page, parts, asked);
        const { unit, startsAt } = places.get(key) as PagePlace;
        if (unit === 'i') term.endsBy(startsAt + firstOn(page, parts, asked));
      }
    }
    return true;
  }
}

/** A question, and the ids of the names in it. */
class Asked {
  readonly kinds: readonly PageKind[];
  /** The same text stands for the same question. */
  readonly text: string;
  /** By id, 1: asked about. */
  private readonly agencyIds: Uint8Array | undefined;
  private readonly procedureIds: Uint8Array | undefined;
  private readonly channelId: number | undefined;

  constructor(
    readonly question: CellQuestion,
    private readonly names: readonly (string | undefined)[],
  ) {
    const { agencies, procedures, channel, pages, group } = question;
    this.agencyIds = agencies && among(names, agencies);
    this.procedureIds = procedures && among(names, procedures);
    this.channelId = channel === undefined ? undefined : Math.max(0, names.indexOf(channel));
    this.kinds =
      pages !== 'cells'
        ? [pages]
        : agencies
          ? [...new Set(idsOf(names, agencies).map(cellKindOf))]
          : CELL_KINDS;
    this.text = JSON.stringify([
      ...[pages, group ?? null, channel ?? null],
      ...[agencies && [...agencies], procedures && [...procedures]],
    ]);
  }

  /** Whether what stands under these ids is asked about. */
  takes(agency: number, procedure: number, channel: number): boolean {
    return (
      (!this.agencyIds || this.agencyIds[agency] === 1) &&
      (!this.procedureIds || this.procedureIds[procedure] === 1) &&
      (this.channelId === undefined || (this.channelId === channel && channel !== 0))
    );
  }

  takesNamed(agency: string, procedure: string, through: string): boolean {
    const { agencies, procedures, channel } = this.question;
    return (
      (!agencies || agencies.has(agency)) &&
      (!procedures || procedures.has(procedure)) &&
      (channel === undefined || channel === through)
    );
  }

  groupOf(agency: number, procedure: number, channel: number): string {
    const { group } = this.question;
    if (group === undefined) return '';
    return this.names[group === 'agency' ? agency : group === 'procedure' ? procedure : channel] ?? '';
  }

  groupOfNamed(agency: string, procedure: string, channel: string): string {
    const { group } = this.question;
    return group === 'agency' ? agency : group === 'procedure' ? procedure : group ? channel : '';
  }
}

const idsOf = (names: readonly (string | undefined)[], wanted: ReadonlySet<string>): number[] =>
  names.flatMap((name, id) => (name !== undefined && wanted.has(name) ? [id] : []));

function among(names: readonly (string | undefined)[], wanted: ReadonlySet<string>): Uint8Array {
  const flags = new Uint8Array(names.length);
  for (const id of idsOf(names, wanted)) flags[id] = 1;
  return flags;
}

/** What is read one by one and added to sums, as the ledger would be read. */
class Tail {
  /** The rest of a day that is cut off. */
  private readonly rest: Piece | undefined;

  constructor(
    private readonly sums: readonly GroupCounts[],
    private readonly stretches: readonly PastStretch[],
    private readonly asked: Asked,
    private readonly asOf: Instant,
    private readonly term: Term,
  ) {
    this.rest = stretches.flatMap(({ pieces }) => pieces).find(({ unit }) => unit === 'i');
    if (this.rest) term.endsBy(this.rest.until);
  }

  add(batch: PutByBatch): void {
    for (const list of batch.listsAbout(this.asked.question)) this.addList(list);
  }

  private addList(differences: readonly PutBy[]): void {
    for (const [agency, procedure, channel, recordedAt, entries] of differences) {
      if (recordedAt > this.asOf) return;
      if (!this.asked.takesNamed(agency, procedure, channel)) continue;
      const group = this.asked.groupOfNamed(agency, procedure, channel);
      for (const entry of entries) this.count(entry, group);
    }
  }

  addPacked(differences: PackedDifferences): void {
    const { asked } = this;
    for (const cursor = new DifferenceCursor(differences); cursor.next();) {
      const { agency, procedure, channel } = cursor;
      if (cursor.recordedAt > this.asOf) return;
      if (!asked.takes(agency, procedure, channel)) continue;
      const group = asked.groupOf(agency, procedure, channel);
      while (cursor.nextEntry()) this.count(cursor.entry, group);
    }
  }

  private count(entry: PackedEntry, group: string): void {
    const at = instantOf(entry);
    if (this.rest && at >= this.rest.from && at < this.rest.until) this.term.endsBy(at);
    for (let nth = 0; nth < this.stretches.length; nth += 1) {
      const { from, until } = this.stretches[nth] as PastStretch;
      if (at < from || at >= until) continue;
      const counts = countsOf(this.sums[nth] as GroupCounts, group);
      const measure = measureOf(entry);
      counts[measure] = (counts[measure] ?? 0) + signOf(entry);
    }
  }
}

function addPage(page: IndexedPage, parts: readonly Wanted[], asked: Asked): void {
  const { agencies, procedures, channels, length } = page;
  const cursor = page.cursor();
  for (let nth = 0; nth < length; nth += 1) {
    const [agency, procedure, channel] = [
      agencies[nth] as number,
      procedures[nth] as number,
      channels[nth] as number,
    ];
    if (!asked.takes(agency, procedure, channel)) continue;
    const group = asked.groupOf(agency, procedure, channel);
    const counts: (Counts | undefined)[] = [];
    for (page.send(cursor, nth); cursor.nextSlot();) {
      const index = indexOf(cursor.slot);
      for (let n = 0; n < parts.length; n += 1) {
        const { low, high, piece, counts: sums } = parts[n] as Wanted;
        if (index < low || index >= high) continue;
        const sum = (counts[n] ??= countsOf(sums, group));
        const measure = cursor.slot % 32;
        sum[measure] = (sum[measure] ?? 0) + piece.sign * cursor.count;
      }
    }
  }
}

/** Where on a page the first count stands that is asked about; nowhere: Infinity. */
function firstOn(page: IndexedPage, parts: readonly Wanted[], asked: Asked): number {
  let first = Infinity;
  const { agencies, procedures, channels, length } = page;
  const cursor = page.cursor();
  for (let nth = 0; nth < length; nth += 1) {
    if (!asked.takes(agencies[nth] as number, procedures[nth] as number, channels[nth] as number)) continue;
    for (page.send(cursor, nth); cursor.nextSlot();) {
      const index = indexOf(cursor.slot);
      if (index < first && parts.some(({ low, high }) => index >= low && index < high)) first = index;
    }
  }
  return first;
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
