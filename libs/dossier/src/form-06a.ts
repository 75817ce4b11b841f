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

/** A line of the timeliness report as a line of the form; nothing is lost, so the form closes where the line does. */
export function form06aRow(row: ReportRow, mapping: Form06aMapping): Form06aRow {
  const received = {
    online: row.received.online,
    direct: row.received.counter + row.received.post,
    carriedOver: row.carriedOver,
  };
  received[mapping.reopened] += row.reopened;

  const resolved = { early: row.resolved.early, onTime: row.resolved.onTime, late: row.resolved.late };
  resolved[mapping.noDueDate] += row.resolved.noDueDate;
  resolved[mapping.refused] += row.closedOtherwise.refused;
  resolved[mapping.withdrawn] += row.closedOtherwise.withdrawn;
  resolved[mapping.stopped] += row.closedOtherwise.stopped;

  const open = { inTime: row.open.inTime, overdue: row.open.overdue };
  open[mapping.paused] += row.open.paused - row.open.pausedPastDue;
  open[mapping.pausedPastDue] += row.open.pausedPastDue;
  open[mapping.openNoDueDate] += row.open.noDueDate;

  return {
    received: { total: received.online + received.direct + received.carriedOver, ...received },
    resolved: { total: resolved.early + resolved.onTime + resolved.late, ...resolved },
    open: { total: open.inTime + open.overdue, ...open },
  };
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
