import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Counts, dayOf, type Instant, startOfDay } from '#libs/dossier';
import { type CellFilter, type CounterLevel, passing } from '../counters/counter-level.js';
import { CounterMemory } from '../counters/counter-memory.js';
import type { CounterKind } from '../counters/counters.js';
import { addCounts, zeroCounts } from '../counters/counts.js';
import { PACKING_ORIGIN } from '../counters/ledger-entries.js';
import { type CellQuestion, AS_KNOWN_NOW, PastFigures, type PastStretch } from '../past/past-figures.js';
import { type Piece, piecesOf, startOfYear } from '../counters/periods.js';
import { Term } from '../counters/term.js';

export type { CellFilter };

export type CellColumn = 'agency' | 'procedure' | 'channel';

/** A stretch of time that is summed up apart, half open. */
export interface Stretch {
  name: string;
  from: Instant;
  until: Instant;
}

export interface Figure {
  /** Value of the grouping column; '' without one. */
  key: string;
  stretch: string;
  counts: Counts;
}

/** Before everything: the beginning of the first stretch of a running sum. */
export const BEGINNING: Instant = startOfYear(Date.UTC(1800, 0, 15));

/** Sums of the ledger by stretch of effective time, from the counters or from the ledger itself. */
@Injectable()
export class Figures {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(CounterMemory) private readonly memory: CounterMemory,
    @Inject(PastFigures) private readonly past: PastFigures,
  ) {}

  /**
   * As known now, from rows of years, months and days; what lies inside the last day but after `cut` is
   * taken off again, to the millisecond. Cells are many and thin, so they are read from where they are packed: from
   * what is summed up of the past, if that is all of it.
   *
   * @param term told how long these figures stay as they are while the ledger does
   */
  async now(
    stretches: readonly Stretch[],
    filter: CellFilter,
    group: CellColumn | undefined,
    cut: Instant,
    term = new Term(),
  ): Promise<Figure[]> {
    if (pagesFor(filter, group) === 'cells') {
      const figures = await this.fromPast(stretches, filter, group, cut, AS_KNOWN_NOW, term);
      if (figures) return figures;
    }
    const { level, years } = levelFor(filter, group);
    const pieces = stretches.flatMap((stretch) =>
      piecesOfStretch(stretch, cut, years).map((piece) => ({ ...piece, stretch: stretch.name })),
    );
    // A level that is of this question alone lets everything pass.
    const passes = passing(level.filter === filter ? undefined : filter);
    const figures = new Map<string, Map<string, Figure>>();
    const ofPieces = pieces.map(({ stretch, sign }) => {
      const ofStretch = figures.get(stretch) ?? new Map<string, Figure>();
      figures.set(stretch, ofStretch);
      return { stretch, sign, ofStretch };
    });
    const until = await this.memory.visit(level, pieces, (index, sum) => {
      if (!passes(sum)) return;
      const { stretch, sign, ofStretch } = ofPieces[index] as (typeof ofPieces)[number];
      const key = group ? sum[group] : '';
      let figure = ofStretch.get(key);
      if (!figure) ofStretch.set(key, (figure = { key, stretch, counts: zeroCounts() }));
      addCounts(figure.counts, sum.counts, sign);
    });
    term.endsBy(until);
    return [...figures.values()].flatMap((ofStretch) => [...ofStretch.values()]);
  }

  /** As known at `asOf`, from what is summed up of the past, or from the ledger where nothing is. */
  async asOf(
    stretches: readonly Stretch[],
    filter: CellFilter,
    group: CellColumn | undefined,
    asOf: Instant,
  ): Promise<Figure[]> {
    return (
      (await this.fromPast(stretches, filter, group, asOf, asOf)) ??
      this.fromLedger(stretches, filter, group, asOf)
    );
  }

  /** What was recorded until `asOf`, up to `cut`; undefined where the past is not summed up, or not in such stretches. */
  private async fromPast(
    stretches: readonly Stretch[],
    filter: CellFilter,
    group: CellColumn | undefined,
    cut: Instant,
    asOf: Instant,
    term?: Term,
  ): Promise<Figure[] | undefined> {
    const fits = stretches.every(
      ({ from, until }) => from <= until && startsDay(from) && (startsDay(until) || until - 1 === cut),
    );
    if (!fits) return undefined;
    const { agencies, procedures, channel } = filter;
    const question = {
      ...{ pages: pagesFor(filter, group), channel, group },
      agencies: agencies && new Set(agencies),
      procedures: procedures && new Set(procedures),
    };
    const cutInPieces = stretches.map((stretch): PastStretch => ({
      ...stretch,
      pieces: piecesOfStretch(stretch, cut, true),
    }));
    const sums = await this.past.sums(cutInPieces, question, asOf, term);
    return (
      sums &&
      stretches.flatMap(({ name }, nth) =>
        [...(sums[nth] ?? [])].map(([key, counts]) => ({ key, stretch: name, counts })),
      )
    );
  }

  /** The same straight from the ledger, whose rows say when they were recorded: right, and slow. */
  async fromLedger(
    stretches: readonly Stretch[],
    filter: CellFilter,
    group: CellColumn | undefined,
    asOf: Instant,
  ): Promise<Figure[]> {
    const rows = await this.database.query<
      { key: string; stretch: string; measure: number; count: number }[]
    >(
      `select ${group ? `l.${group}` : `''`} as key, p.name as stretch,
              ((e / 2) % 32)::int as measure, sum(case when e % 2 = 0 then 1 else -1 end)::int as count
         from reporting.ledger l
         cross join lateral unnest(l.entries) as e
         join unnest($1::text[], $2::bigint[], $3::bigint[]) as p(name, low, high)
           on e / 64 >= p.low - $8::bigint and e / 64 < p.high - $8::bigint
        where l.recorded_at <= timestamptz 'epoch' + $4::bigint * interval '1 millisecond'
          and ($5::text[] is null or l.agency = any($5)) and ($6::text[] is null or l.procedure = any($6))
          and ($7::text is null or l.channel = $7)
        group by 1, 2, 3`,
      [
        stretches.map(({ name }) => name),
        stretches.map(({ from }) => from),
        stretches.map(({ until }) => until),
        ...[asOf, filter.agencies ?? null, filter.procedures ?? null, filter.channel ?? null, PACKING_ORIGIN],
      ],
    );
    const figures = new Map<string, Figure>();
    for (const { key, stretch, measure, count } of rows) {
      const id = `${stretch}\u0000${key}`;
      let figure = figures.get(id);
      if (!figure) figures.set(id, (figure = { key, stretch, counts: zeroCounts() }));
      figure.counts[measure] = count;
    }
    return [...figures.values()];
  }
}

/** Which sums answer a question with the least reading. */
function pagesFor(
  { agencies, procedures, channel }: CellFilter,
  group: CellColumn | undefined,
): CellQuestion['pages'] {
  const byAgency = agencies !== undefined || group === 'agency';
  const byProcedure = procedures !== undefined || group === 'procedure';
  const byChannel = channel !== undefined || group === 'channel';
  if (byAgency && (byProcedure || byChannel)) return 'cells';
  return byAgency ? 'agencies' : byProcedure ? 'procedures' : 'channels';
}

/**
 * The rows of the counters that do. Roll-ups are read whole and filtered here, so that one reading serves many
 * questions; cells are too many for that, and are read from here only while the past is being made.
 */
function levelFor(
  filter: CellFilter,
  group: CellColumn | undefined,
): { level: CounterLevel; years: boolean } {
  const kind = pagesFor(filter, group);
  if (kind !== 'cells') return { level: ROLL_UPS[kind], years: true };
  const { agencies, procedures, channel } = filter;
  const name = JSON.stringify([group, agencies ?? null, procedures ?? null, channel ?? null]);
  return { level: { name, columns: group ? [group] : [], kind, filter }, years: false };
}

const ROLL_UPS: Record<Exclude<CounterKind, 'cells'>, CounterLevel> = {
  agencies: { name: 'agencies', kind: 'agencies', columns: ['agency'] },
  procedures: { name: 'procedures', kind: 'procedures', columns: ['procedure', 'channel'] },
  channels: { name: 'channels', kind: 'channels', columns: ['channel'] },
};

const startsDay = (instant: Instant): boolean => startOfDay(dayOf(instant)) === instant;

/** The rows of a stretch: whole days, less what its last day holds behind the cut. */
function piecesOfStretch({ from, until }: Stretch, cut: Instant, years: boolean): Piece[] {
  const dayEnd = startOfDay(dayOf(until - 1) + 1);
  const pieces = piecesOf(from, dayEnd, years);
  if (until - 1 === cut && cut < dayEnd - 1)
    pieces.push({ unit: 'i', from: cut + 1, until: dayEnd, sign: -1 });
  return pieces;
}
