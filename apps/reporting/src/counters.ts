import type { EntityManager } from 'typeorm';
import { type CivilDay, dayOf, type Instant, MEASURES, startOfDay } from '#libs/dossier';
import { type CellEntries, instantOf, type LedgerCell, measureOf, signOf } from './ledger-entries.js';

/** Columns of `reporting.counter`, in the order of MEASURES. */
export const MEASURE_COLUMNS = MEASURES.map((measure) => measure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** An instant that lay ahead by less than this when recorded may already be past for another clock. */
const CLOCK_TOLERANCE_MS = 600_000;

type Unit = 'd' | 'm' | 'i';

interface Bucket {
  unit: Unit;
  cell: LedgerCell;
  startsAt: Instant;
  counts: Int32Array;
}

/** First instant of the month that a civil day lies in (Asia/Ho_Chi_Minh). */
export function startOfMonth(day: CivilDay): Instant {
  const date = new Date(day * 86_400_000);
  return startOfDay(day - (date.getUTCDate() - 1));
}

/**
 * Collects ledger differences of a batch and adds them to the counters in one statement, in key
 * order, so that two writers never wait for each other in a circle. Rows that net to nothing are
 * written too: the table then depends on the differences alone, not on how they were batched.
 */
export class CounterChanges {
  private readonly buckets = new Map<string, Bucket>();
  private readonly cells = new Map<string, Map<CivilDay, Int32Array>>();
  private readonly cellOf = new Map<string, LedgerCell>();

  add({ cell, entries }: CellEntries, recordedAt: Instant): void {
    const key = `${cell.agency}\u0000${cell.procedure}\u0000${cell.channel}`;
    let days = this.cells.get(key);
    if (!days) {
      this.cells.set(key, (days = new Map<CivilDay, Int32Array>()));
      this.cellOf.set(key, cell);
    }
    for (const entry of entries) {
      const at = instantOf(entry);
      const day = dayOf(at);
      const measure = measureOf(entry);
      let counts = days.get(day);
      if (!counts) days.set(day, (counts = new Int32Array(MEASURES.length)));
      counts[measure] = (counts[measure] ?? 0) + signOf(entry);
      // Inside a day and still ahead: a figure may have to be cut between now and the day's end.
      if (at > recordedAt - CLOCK_TOLERANCE_MS && at !== startOfDay(day)) {
        for (const rollUp of rollUps(cell)) {
          const bucket = this.bucket('i', rollUp, at);
          bucket[measure] = (bucket[measure] ?? 0) + signOf(entry);
        }
      }
    }
  }

  private bucket(unit: Unit, cell: LedgerCell, startsAt: Instant): Int32Array {
    const key = `${unit}\u0000${cell.agency}\u0000${cell.procedure}\u0000${cell.channel}\u0000${startsAt}`;
    let bucket = this.buckets.get(key);
    if (!bucket) this.buckets.set(key, (bucket = { unit, cell, startsAt, counts: new Int32Array(MEASURES.length) }));
    return bucket.counts;
  }

  async write(manager: EntityManager): Promise<void> {
    for (const [key, days] of this.cells) {
      const cells = rollUps(this.cellOf.get(key) as LedgerCell);
      for (const [day, counts] of days) {
        for (const cell of cells) {
          addTo(this.bucket('d', cell, startOfDay(day)), counts);
          addTo(this.bucket('m', cell, startOfMonth(day)), counts);
        }
      }
    }
    if (this.buckets.size === 0) return;
    const rows = [...this.buckets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bucket]) => bucket);
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
        rows.map(({ unit }) => unit),
        rows.map(({ cell }) => cell.agency),
        rows.map(({ cell }) => cell.procedure),
        rows.map(({ cell }) => cell.channel),
        numbers(rows.map(({ startsAt }) => startsAt)),
        ...columns.map(({ measure }) => numbers(rows.map(({ counts }) => counts[measure] ?? 0))),
      ],
    );
  }
}

/** The cell itself, its agency over everything, and its procedure and channel over all agencies. */
const rollUps = (cell: LedgerCell): LedgerCell[] => [
  cell,
  { agency: cell.agency, procedure: '', channel: '' },
  { agency: '', procedure: cell.procedure, channel: cell.channel },
];

function addTo(sum: Int32Array, counts: Int32Array): void {
  for (let measure = 0; measure < counts.length; measure += 1) sum[measure] = (sum[measure] ?? 0) + (counts[measure] ?? 0);
}

const list = (columns: readonly string[]): string => columns.map((column) => `, ${column}`).join('');

/** An array literal of plain numbers, which need no escaping. */
const numbers = (values: readonly number[]): string => `{${values.join(',')}}`;
