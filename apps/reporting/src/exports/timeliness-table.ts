import type { ReportRow } from '#libs/dossier';
import type { Grouping } from '../report-query.js';
import { type CellKind, type Column, type Language, say, type Words } from './table.js';

export type KeyedReportRow = { key: string; name: string } & ReportRow;

/** What a row of the report is about, by grouping. */
export const GROUPING_WORDS: Record<Grouping, Words> = {
  agency: ['Đơn vị', 'Agency'],
  procedure: ['Thủ tục', 'Procedure'],
  domain: ['Lĩnh vực', 'Domain'],
  channel: ['Kênh tiếp nhận', 'Channel'],
  month: ['Tháng', 'Month'],
};

/** The words officials use for each figure; the page says the same. */
export const FIGURE_WORDS = {
  total: ['Tổng số', 'Total'],
  carriedOver: ['Tồn kỳ trước', 'Carried over'],
  received: ['Tiếp nhận', 'Received'],
  counter: ['Trực tiếp', 'At the counter'],
  online: ['Trực tuyến', 'Online'],
  post: ['Bưu chính', 'By post'],
  reopened: ['Mở lại', 'Reopened'],
  resolved: ['Đã giải quyết', 'Resolved'],
  early: ['Sớm hạn', 'Early'],
  onTime: ['Đúng hạn', 'On time'],
  late: ['Trễ hạn', 'Late'],
  noDueDate: ['Không có hạn', 'No due date'],
  closedOtherwise: ['Kết thúc khác', 'Closed otherwise'],
  closedRefused: ['Từ chối', 'Refused'],
  withdrawn: ['Công dân rút', 'Withdrawn'],
  stopped: ['Dừng xử lý', 'Stopped'],
  open: ['Đang giải quyết', 'Open'],
  inTime: ['Trong hạn', 'In time'],
  overdue: ['Quá hạn', 'Overdue'],
  paused: ['Tạm dừng', 'Paused'],
  pausedPastDue: ['Tạm dừng, đã quá hạn', 'Paused, past due'],
  refused: ['Từ chối tiếp nhận', 'Refused at the door'],
  numerator: ['Tử số', 'Numerator'],
  denominator: ['Mẫu số', 'Denominator'],
} as const satisfies Record<string, Words>;

/** Rates that reports are signed by; that of OpenCPS stands beside them in the API only. */
export const RATES = ['a', 'b', 'c'] as const;

/** The rates: name, formula in the words above, and where it comes from. */
export const RATE_WORDS: Record<(typeof RATES)[number], { name: Words; formula: Words; source: Words }> = {
  a: {
    name: ['Tỷ lệ (a): giải quyết sớm và đúng hạn', 'Rate (a): resolved early or on time'],
    formula: [
      '(sớm + đúng hạn) ÷ (sớm + đúng hạn + trễ hạn)',
      '(early + on time) ÷ (early + on time + late)',
    ],
    source: ['trên số hồ sơ đã giải quyết có hạn trả', 'of the resolved dossiers that had a due date'],
  },
  b: {
    name: ['Tỷ lệ (b): đúng hạn trên số phải giải quyết', 'Rate (b): on time of all to be resolved'],
    formula: [
      '(sớm + đúng hạn) ÷ (tồn kỳ trước + tiếp nhận + mở lại)',
      '(early + on time) ÷ (carried over + received + reopened)',
    ],
    source: ['Điều 30 khoản 2 điểm c Nghị định 61/2018/NĐ-CP', 'Decree 61/2018/NĐ-CP, article 30(2)(c)'],
  },
  c: {
    name: ['Tỷ lệ (c): đúng hạn và còn trong hạn', 'Rate (c): on time or still in time'],
    formula: [
      '(sớm + đúng hạn + trong hạn + tạm dừng chưa quá hạn) ÷ (đã giải quyết + đang giải quyết, đều không kể hồ sơ không có hạn)',
      '(early + on time + in time + paused before the due date) ÷ (resolved + open, both without those that have no due date)',
    ],
    source: ['Quyết định 766/QĐ-TTg, mục 2.1', 'Decision 766/QĐ-TTg, item 2.1'],
  },
};

/** Every figure of a row as the API gives it, in its order. */
export function timelinessColumns(by: Grouping | null, language: Language): Column<KeyedReportRow>[] {
  const words = (...path: Words[]) => path.map((both) => say(both, language));
  const column = (
    path: Words[],
    of: Column<KeyedReportRow>['of'],
    kind: CellKind = 'count',
    width = 11,
  ): Column<KeyedReportRow> => ({ path: words(...path), kind, width, of });
  const W = FIGURE_WORDS;
  const rate = (id: (typeof RATES)[number]): Column<KeyedReportRow>[] => [
    column([RATE_WORDS[id].name, ['%', '%']], ({ rates }) => rates[id].percent, 'percent', 10),
    column([RATE_WORDS[id].name, W.numerator], ({ rates }) => rates[id].numerator),
    column([RATE_WORDS[id].name, W.denominator], ({ rates }) => rates[id].denominator),
  ];
  return [
    column([['Mã', 'Code']], ({ key }) => key, 'text', 16),
    column([by ? GROUPING_WORDS[by] : ['Tên', 'Name']], ({ name }) => name, 'text', 40),
    column([W.carriedOver], (row) => row.carriedOver),
    column([W.received, W.total], ({ received }) => received.total),
    column([W.received, W.counter], ({ received }) => received.counter),
    column([W.received, W.online], ({ received }) => received.online),
    column([W.received, W.post], ({ received }) => received.post),
    column([W.reopened], (row) => row.reopened),
    column([W.resolved, W.total], ({ resolved }) => resolved.total),
    column([W.resolved, W.early], ({ resolved }) => resolved.early),
    column([W.resolved, W.onTime], ({ resolved }) => resolved.onTime),
    column([W.resolved, W.late], ({ resolved }) => resolved.late),
    column([W.resolved, W.noDueDate], ({ resolved }) => resolved.noDueDate),
    column([W.closedOtherwise, W.total], (row) => row.closedOtherwise.total),
    column([W.closedOtherwise, W.closedRefused], (row) => row.closedOtherwise.refused),
    column([W.closedOtherwise, W.withdrawn], (row) => row.closedOtherwise.withdrawn),
    column([W.closedOtherwise, W.stopped], (row) => row.closedOtherwise.stopped),
    column([W.open, W.total], ({ open }) => open.total),
    column([W.open, W.inTime], ({ open }) => open.inTime),
    column([W.open, W.overdue], ({ open }) => open.overdue),
    column([W.open, W.paused], ({ open }) => open.paused),
    column([W.open, W.pausedPastDue], ({ open }) => open.pausedPastDue),
    column([W.open, W.noDueDate], ({ open }) => open.noDueDate),
    column([W.refused], (row) => row.refused),
    ...RATES.flatMap(rate),
  ];
}
