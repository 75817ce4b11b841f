import type { KeyedRow, Rate, Row } from '../figures.js';
import type { Sort } from '../address.js';
import type { ListName } from '../list-address.js';
import type { Texts } from '../texts.js';

export interface Column {
  id: string;
  /** Heading above several columns; columns of one group stand together. */
  group: 'resolved' | 'open' | null;
  label: (text: Texts) => string;
  /** What sorting and a screen reader's button call it, where the label alone would be ambiguous. */
  fullLabel?: (text: Texts) => string;
  value: (row: Row) => number;
  /** The list behind the figure. */
  list: ListName;
  /** Shown in the tone of a warning when not zero. */
  warn?: boolean;
}

export const COLUMNS: readonly Column[] = [
  {
    id: 'carriedOver',
    group: null,
    label: (t) => t.carriedOver,
    list: 'ton-ky-truoc',
    value: (r) => r.carriedOver,
  },
  {
    id: 'received',
    group: null,
    label: (t) => t.received,
    list: 'tiep-nhan',
    value: (r) => r.received.total,
  },
  {
    id: 'resolved',
    group: 'resolved',
    label: (t) => t.totalShort,
    fullLabel: (t) => t.resolvedTotal,
    list: 'da-giai-quyet',
    value: (r) => r.resolved.total,
  },
  { id: 'early', group: 'resolved', label: (t) => t.early, list: 'som-han', value: (r) => r.resolved.early },
  {
    id: 'onTime',
    group: 'resolved',
    label: (t) => t.onTime,
    list: 'dung-han',
    value: (r) => r.resolved.onTime,
  },
  {
    id: 'late',
    group: 'resolved',
    label: (t) => t.late,
    list: 'tre-han',
    value: (r) => r.resolved.late,
    warn: true,
  },
  {
    id: 'closedOtherwise',
    group: null,
    label: (t) => t.closedOtherwise,
    list: 'ket-thuc-khac',
    value: (r) => r.closedOtherwise.total,
  },
  {
    id: 'open',
    group: 'open',
    label: (t) => t.totalShort,
    fullLabel: (t) => t.openTotal,
    list: 'dang-giai-quyet',
    value: (r) => r.open.total,
  },
  { id: 'inTime', group: 'open', label: (t) => t.inTime, list: 'trong-han', value: (r) => r.open.inTime },
  {
    id: 'overdue',
    group: 'open',
    label: (t) => t.overdue,
    list: 'qua-han',
    value: (r) => r.open.overdue,
    warn: true,
  },
  { id: 'paused', group: 'open', label: (t) => t.paused, list: 'tam-dung', value: (r) => r.open.paused },
];

export const NAME_COLUMN = 'name';
export const RATE_COLUMN = 'rate';

/** Exact comparison of two rates by their fractions: percents with two decimals tie too often. */
const compareRates = (a: Rate, b: Rate): number => a.numerator * b.denominator - b.numerator * a.denominator;

/** Rows in the wished order; what has no rate stands last whichever way one sorts. */
export function sortRows<T extends KeyedRow>(
  rows: readonly T[],
  sort: Sort | null,
  nameOf: (row: T) => string,
): T[] {
  if (sort === null) return [...rows];
  const sign = sort.descending ? -1 : 1;
  if (sort.column === NAME_COLUMN) {
    const order = new Intl.Collator('vi');
    return [...rows].sort((a, b) => sign * order.compare(nameOf(a), nameOf(b)));
  }
  if (sort.column === RATE_COLUMN) {
    const none = (row: Row): number => (row.rates.a.percent === null ? 1 : 0);
    return [...rows].sort((a, b) => none(a) - none(b) || sign * compareRates(a.rates.a, b.rates.a));
  }
  const column = COLUMNS.find((one) => one.id === sort.column);
  return column ? [...rows].sort((a, b) => sign * (column.value(a) - column.value(b))) : [...rows];
}
