import type { EntityManager } from 'typeorm';
import { type Counts, dayOf, type Instant, MEASURES, startOfDay } from '#libs/dossier';
import { numberArray, textArray } from '#libs/store';
import { addCounts, zeroCounts } from './counts.js';
import { type CellEntries, instantOf, type LedgerCell, measureOf, signOf } from './ledger-entries.js';
import { startOfMonth, startOfYear, type Unit } from './periods.js';

/** Columns of `reporting.counter`, in the order of MEASURES. */
export const MEASURE_COLUMNS = MEASURES.map((measure) =>
  measure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
);

/** An instant that lay ahead by less than this when recorded may already be past for another clock. */
export const CLOCK_TOLERANCE_MS = 600_000;

/** Which roll-up a row of the counters belongs to, or that it is a cell. */
export type CounterKind = 'agencies' | 'procedures' | 'channels' | 'cells';

/** The counts of one cell or roll-up, by unit and beginning. */
export interface CellCounts {
  cell: LedgerCell;
  d: Map<Instant, Counts>;
  m: Map<Instant, Counts>;
  y: Map<Instant, Counts>;
  i: Map<Instant, Counts>;
}

/** Rows of one statement; more would only hold more of them in memory. */
const ROWS_AT_ONCE = 4_000;

/**
 * Collects ledger differences and adds them to the counters. Rows that net to nothing are written too: the
 * table then depends on the differences alone, not on how they were gathered.
 */
export class CounterChanges {
  private readonly cells = new Map<string, CellCounts>();
  private byKind: Record<CounterKind, CellCounts[]> | undefined;
  /** How many were added. */
  differences = 0;

  add({ cell, entries }: CellEntries, recordedAt: Instant): void {
    this.differences += 1;
    const counts = this.countsOf(cell);
    for (const entry of entries) {
      const at = instantOf(entry);
      const dayStart = startOfDay(dayOf(at));
      const measure = measureOf(entry);
      const sign = signOf(entry);
      count(counts.d, dayStart, measure, sign);
      // Inside a day and still ahead: a figure may have to be cut between now and the day's end.
      if (at !== dayStart && at > recordedAt - CLOCK_TOLERANCE_MS) count(counts.i, at, measure, sign);
    }
  }

  private countsOf(cell: LedgerCell): CellCounts {
    const key = `${cell.agency}\u0000${cell.procedure}\u0000${cell.channel}`;
    let counts = this.cells.get(key);
    if (!counts)
      this.cells.set(key, (counts = { cell, d: new Map(), m: new Map(), y: new Map(), i: new Map() }));
    return counts;
  }

  /** Months and years from days, roll-ups from cells: once a batch instead of once an entry; nothing is added later. */
  rolledUp(): this {
    if (this.byKind) return this;
    for (const counts of [...this.cells.values()]) {
      for (const [dayStart, day] of counts.d) addTo(counts.m, startOfMonth(dayStart), day);
      for (const wider of rollUpsOf(counts.cell)) {
        const sum = this.countsOf(wider);
        for (const [monthStart, month] of counts.m) addTo(sum.y, startOfYear(monthStart), month);
        for (const unit of ['d', 'i', 'm'] as const) {
          for (const [startsAt, part] of counts[unit]) addTo(sum[unit], startsAt, part);
        }
      }
    }
    this.byKind = { agencies: [], procedures: [], channels: [], cells: [] };
    for (const counts of this.cells.values()) this.byKind[kindOf(counts.cell)].push(counts);
    return this;
  }

  /** What changes in the rows of a kind. */
  of(kind: CounterKind): readonly CellCounts[] {
    return this.rolledUp().byKind?.[kind] ?? [];
  }

  /** Counts of each agency up to an instant, whole days less what the last one holds behind it. */
  *agenciesUntil(instant: Instant): Generator<[agency: string, counts: Counts]> {
    const tomorrow = startOfDay(dayOf(instant) + 1);
    for (const { cell, d, i } of this.cells.values()) {
      const counts = zeroCounts();
      for (const [dayStart, day] of d) if (dayStart <= instant) addCounts(counts, day);
      for (const [at, part] of i) if (at > instant && at < tomorrow) addCounts(counts, part, -1);
      yield [cell.agency, counts];
    }
  }

  async write(manager: EntityManager): Promise<void> {
    this.rolledUp();
    // In the order of the key, so that neighbours are found on one page.
    const cells = [...this.cells].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, counts]) => counts);
    const rows = UNITS.flatMap((unit) =>
      cells.flatMap(({ cell, [unit]: byBeginning }) =>
        [...byBeginning]
          .sort(([a], [b]) => a - b)
          .map(([startsAt, counts]): CounterRow => ({ unit, cell, startsAt, counts })),
      ),
    );
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE)
      await addRows(manager, rows.slice(from, from + ROWS_AT_ONCE));
  }
}

interface CounterRow {
  unit: Unit;
  cell: LedgerCell;
  startsAt: Instant;
  counts: Counts;
}

async function addRows(manager: EntityManager, rows: readonly CounterRow[]): Promise<void> {
  // Columns in which nothing changes cost as much as others; most differences touch few.
  const columns = MEASURE_COLUMNS.map((column, measure) => ({ column, measure })).filter(({ measure }) =>
    rows.some(({ counts }) => counts[measure] !== 0),
  );
  const zeros = MEASURE_COLUMNS.filter((column) => !columns.some((used) => used.column === column));
  await manager.query(
    `insert into reporting.counter as c
       (unit, agency, procedure, channel, starts_at${list(columns.map(({ column }) => column))}${list(zeros)})
     select unit, agency, procedure, channel, timestamptz 'epoch' + starts_at * interval '1 millisecond'
            ${list(columns.map(({ column }) => column))}${list(zeros.map(() => '0'))}
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]
            ${list(columns.map((_, index) => `$${index + 6}::int[]`))})
            as t(unit, agency, procedure, channel, starts_at${list(columns.map(({ column }) => column))})
     on conflict (unit, agency, procedure, channel, starts_at) do ${
       columns.length === 0
         ? 'nothing'
         : `update set ${columns.map(({ column }) => `${column} = c.${column} + excluded.${column}`).join(', ')}`
     }`,
    [
      textArray(rows.map(({ unit }) => unit)),
      textArray(rows.map(({ cell }) => cell.agency)),
      textArray(rows.map(({ cell }) => cell.procedure)),
      textArray(rows.map(({ cell }) => cell.channel)),
      numberArray(rows.map(({ startsAt }) => startsAt)),
      ...columns.map(({ measure }) => numberArray(rows.map(({ counts }) => counts[measure] ?? 0))),
    ],
  );
}

const UNITS: readonly Unit[] = ['d', 'i', 'm', 'y'];

/**
 * A cell's agency over everything, its procedure and channel over all agencies, its channel over both.
 * Only they have rows of years: cells are too many and too thin for it to pay.
 */
const rollUpsOf = (cell: LedgerCell): LedgerCell[] => [
  { agency: cell.agency, procedure: '', channel: '' },
  { agency: '', procedure: cell.procedure, channel: cell.channel },
  { agency: '', procedure: '', channel: cell.channel },
];

const kindOf = ({ agency, procedure }: LedgerCell): CounterKind =>
  agency === '' ? (procedure === '' ? 'channels' : 'procedures') : procedure === '' ? 'agencies' : 'cells';

function at(counts: Map<Instant, Counts>, startsAt: Instant): Counts {
  let sums = counts.get(startsAt);
  if (!sums) counts.set(startsAt, (sums = zeroCounts()));
  return sums;
}

function count(counts: Map<Instant, Counts>, startsAt: Instant, measure: number, by: number): void {
  const sums = at(counts, startsAt);
  sums[measure] = (sums[measure] ?? 0) + by;
}

const addTo = (counts: Map<Instant, Counts>, startsAt: Instant, part: Counts): void =>
  addCounts(at(counts, startsAt), part);

const list = (columns: readonly string[]): string => columns.map((column) => `, ${column}`).join('');
