import type { FormulaRegistry } from '#libs/contracts';
import type { ReportRow } from '#libs/dossier';
import type { Grouping } from '../reports/report-query.js';
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

/** A formula of `data/formulas.json`. */
export type Formula = FormulaRegistry['formulas'][number];

/** A formula in one line: id and version, what is divided by what, where it comes from. */
export const formulaLine = (
  { id, version, numerator, denominator, source }: Formula,
  language: Language,
): string =>
  `${id} (${say(['phiên bản', 'version'], language)} ${version}) = ${numerator[language]} ÷ ${denominator[language]}; ${source[language]}`;

/** Every figure of a row as the API gives it, in its order. */
export function timelinessColumns(
  by: Grouping | null,
  formulas: readonly Formula[],
  language: Language,
): Column<KeyedReportRow>[] {
  const words = (...path: Words[]) => path.map((both) => say(both, language));
  const column = (
    path: Words[],
    of: Column<KeyedReportRow>['of'],
    kind: CellKind = 'count',
    width = 11,
  ): Column<KeyedReportRow> => ({ path: words(...path), kind, width, of });
  const W = FIGURE_WORDS;
  const rate = ({ id, name }: Formula): Column<KeyedReportRow>[] => {
    const heading: Words = [`Tỷ lệ (${id}): ${name.vi}`, `Rate (${id}): ${name.en}`];
    return [
      column([heading, ['%', '%']], ({ rates }) => rates[id].percent, 'percent', 10),
      column([heading, W.numerator], ({ rates }) => rates[id].numerator),
      column([heading, W.denominator], ({ rates }) => rates[id].denominator),
    ];
  };
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
    ...formulas.flatMap(rate),
  ];
}
