import { figureIn } from './listed-figures.js';
import type { ReportRow } from './rates.js';

/**
 * Form II.06a/VPCP/KSTT (TT 01/2020/TT-VPCP): receiving and resolving at the agency itself, in dossiers. Members
 * are the columns 3 to 13 by what they hold.
 */
export interface Form06aRow {
  received: { total: number; online: number; direct: number; carriedOver: number };
  resolved: { total: number; early: number; onTime: number; late: number };
  open: { total: number; inTime: number; overdue: number };
}

/** Number of each column as printed, in the order of the form. */
export const FORM_06A_COLUMNS = [
  { number: 3, title: 'Tiếp nhận: tổng số', group: 'received', name: 'total', is: '4+5+6' },
  { number: 4, title: 'Tiếp nhận trong kỳ: trực tuyến', group: 'received', name: 'online', is: null },
  {
    number: 5,
    title: 'Tiếp nhận trong kỳ: trực tiếp, dịch vụ bưu chính',
    group: 'received',
    name: 'direct',
    is: null,
  },
  { number: 6, title: 'Từ kỳ trước', group: 'received', name: 'carriedOver', is: null },
  { number: 7, title: 'Đã giải quyết: tổng số', group: 'resolved', name: 'total', is: '8+9+10' },
  { number: 8, title: 'Đã giải quyết: trước hạn', group: 'resolved', name: 'early', is: null },
  { number: 9, title: 'Đã giải quyết: đúng hạn', group: 'resolved', name: 'onTime', is: null },
  { number: 10, title: 'Đã giải quyết: quá hạn', group: 'resolved', name: 'late', is: null },
  { number: 11, title: 'Đang giải quyết: tổng số', group: 'open', name: 'total', is: '12+13' },
  { number: 12, title: 'Đang giải quyết: trong hạn', group: 'open', name: 'inTime', is: null },
  { number: 13, title: 'Đang giải quyết: quá hạn', group: 'open', name: 'overdue', is: null },
] as const;

const RECEIVED = ['online', 'direct', 'carriedOver'] as const;
const RESOLVED = ['early', 'onTime', 'late'] as const;
const OPEN = ['inTime', 'overdue'] as const;

/** The columns that may take each figure for which the form has none of its own. */
export const FORM_06A_CHOICES = {
  reopened: RECEIVED,
  noDueDate: RESOLVED,
  refused: RESOLVED,
  withdrawn: RESOLVED,
  stopped: RESOLVED,
  paused: OPEN,
  pausedPastDue: OPEN,
  openNoDueDate: OPEN,
} as const;

/** Which of them does: an agreement between those who report and those who are reported to, so configuration. */
export type Form06aMapping = {
  [Figure in keyof typeof FORM_06A_CHOICES]: (typeof FORM_06A_CHOICES)[Figure][number];
};

/** A column as printed, and which figures of the timeliness report's line it adds up (`LISTED_FIGURES`). */
export type Form06aColumn = (typeof FORM_06A_COLUMNS)[number] & { figures: string[] };

/** The columns as a mapping fills them; every figure is in one of its group, so the form closes where the line does. */
export function form06aColumns(mapping: Form06aMapping): Form06aColumn[] {
  const received: Record<(typeof RECEIVED)[number], string[]> = {
    online: ['received.online'],
    direct: ['received.counter', 'received.post'],
    carriedOver: ['carriedOver'],
  };
  received[mapping.reopened].push('reopened');

  const resolved: Record<(typeof RESOLVED)[number], string[]> = {
    early: ['resolved.early'],
    onTime: ['resolved.onTime'],
    late: ['resolved.late'],
  };
  resolved[mapping.noDueDate].push('resolved.noDueDate');
  resolved[mapping.refused].push('closedOtherwise.refused');
  resolved[mapping.withdrawn].push('closedOtherwise.withdrawn');
  resolved[mapping.stopped].push('closedOtherwise.stopped');

  const open: Record<(typeof OPEN)[number], string[]> = {
    inTime: ['open.inTime'],
    overdue: ['open.overdue'],
  };
  open[mapping.paused].push('open.pausedInTime');
  open[mapping.pausedPastDue].push('open.pausedPastDue');
  open[mapping.openNoDueDate].push('open.noDueDate');

  const groups: Record<keyof Form06aRow, Record<string, string[]>> = { received, resolved, open };
  return FORM_06A_COLUMNS.map((column) => {
    const parts = groups[column.group];
    return { ...column, figures: parts[column.name] ?? Object.values(parts).flat() };
  });
}

/** A line of the timeliness report as a line of the form. */
export function form06aRow(row: ReportRow, columns: readonly Form06aColumn[]): Form06aRow {
  const groups: Record<string, Record<string, number>> = {};
  for (const { group, name, figures } of columns)
    (groups[group] ??= {})[name] = figures.reduce((sum, figure) => sum + figureIn(row, figure), 0);
  return groups as unknown as Form06aRow;
}

/** The identities that the form prints, and 3 = 7 + 11; each broken one in words, `key` in front. */
export function form06aViolations({ received, resolved, open }: Form06aRow, key?: string): string[] {
  const claims: [name: string, left: number, right: number][] = [
    ['3 = 4 + 5 + 6', received.total, received.online + received.direct + received.carriedOver],
    ['7 = 8 + 9 + 10', resolved.total, resolved.early + resolved.onTime + resolved.late],
    ['11 = 12 + 13', open.total, open.inTime + open.overdue],
    ['3 = 7 + 11', received.total, resolved.total + open.total],
  ];
  const prefix = key === undefined ? '' : `${key}: `;
  return claims
    .filter(([, left, right]) => left !== right)
    .map(([name, left, right]) => `${prefix}${name} (${left} ≠ ${right})`);
}
