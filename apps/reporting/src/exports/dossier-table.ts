import type { Catalogue } from '#libs/store';
import type { DossierItem, DossierJson, WholeList } from '../dossiers/dossier-list.js';
import { type CellKind, type Column, type Language, say, type Words } from './table.js';

/** Words of the coded values, as the page says them. */
const STATES: Record<DossierJson['state'], Words> = {
  incomplete: ['Chưa đủ thông tin', 'Incomplete'],
  submitted: ['Đã nộp, chưa tiếp nhận', 'Submitted, not yet accepted'],
  running: ['Đang giải quyết', 'Open'],
  paused: ['Tạm dừng, chờ bổ sung hoặc nộp phí', 'Paused, awaiting a supplement or a fee'],
  resolved: ['Đã giải quyết', 'Resolved'],
  refused: ['Từ chối', 'Refused'],
  withdrawn: ['Công dân rút', 'Withdrawn'],
  stopped: ['Dừng xử lý', 'Stopped'],
};
const TIMELINESS: Record<NonNullable<DossierJson['timeliness']>, Words> = {
  early: ['Sớm hạn', 'Early'],
  'on-time': ['Đúng hạn', 'On time'],
  late: ['Trễ hạn', 'Late'],
  'no-due-date': ['Không có hạn', 'No due date'],
  paused: ['Tạm dừng', 'Paused'],
  overdue: ['Quá hạn', 'Overdue'],
  'due-soon': ['Sắp đến hạn', 'Due soon'],
  'in-time': ['Trong hạn', 'In time'],
};
const CHANNELS: Record<string, Words> = {
  counter: ['Trực tiếp', 'At the counter'],
  online: ['Trực tuyến', 'Online'],
  post: ['Bưu chính', 'By post'],
};
const DUE_SOURCES: Record<NonNullable<DossierJson['dueSource']>, Words> = {
  source: ['Hệ thống nguồn cho', 'Given by the source system'],
  event: ['Tính từ thời hạn của hồ sơ', 'Computed from the limit of the dossier'],
  catalogue: ['Tính từ danh mục thủ tục', 'Computed from the catalogue of procedures'],
  none: ['Không có hạn', 'No due date'],
};

/** Groups of figures of a report's line. */
const COUNTED_AS: Record<string, Words> = {
  carriedOver: ['Tồn kỳ trước', 'Carried over'],
  received: ['Tiếp nhận', 'Received'],
  reopened: ['Mở lại', 'Reopened'],
  resolved: ['Đã giải quyết', 'Resolved'],
  closedOtherwise: ['Kết thúc khác', 'Closed otherwise'],
  open: ['Đang giải quyết', 'Open'],
  refused: ['Từ chối tiếp nhận', 'Refused before acceptance'],
};

/** Words of the coded values of a dossier. */
export const DOSSIER_WORDS = {
  state: STATES,
  timeliness: TIMELINESS,
  channel: CHANNELS,
  dueSource: DUE_SOURCES,
} satisfies Record<string, Record<string, Words>>;

/** A code in words; one without words as it is. */
export const spoken = <Code extends string | null | undefined>(
  words: Record<string, Words>,
  code: Code,
  language: Language,
): Code | string => {
  const both = code ? words[code] : undefined;
  return both ? say(both, language) : code;
};

/**
 * Every member of a dossier as the API shows it; codes with their names beside them. Last why and when it stands in the
 * list, as far as the list tells.
 */
export function dossierColumns(
  catalogue: Catalogue,
  language: Language,
  tells: WholeList['tells'],
): Column<DossierItem>[] {
  const column = (
    words: Words,
    kind: CellKind,
    width: number,
    of: Column<DossierItem>['of'],
  ): Column<DossierItem> => ({ path: [say(words, language)], kind, width, of });
  const agency = (id: string | null) => (id === null ? null : (catalogue.agencies.get(id)?.name ?? null));
  const procedure = (code: string | null) =>
    code === null ? null : (catalogue.procedures.get(code)?.name ?? null);
  return [
    column(['Mã hồ sơ', 'Dossier'], 'code', 24, (d) => d.code),
    column(['Hệ thống nguồn', 'Source system'], 'text', 24, (d) => d.source),
    column(['Mã thủ tục', 'Procedure code'], 'text', 14, (d) => d.procedure),
    column(['Thủ tục', 'Procedure'], 'text', 40, (d) => procedure(d.procedure)),
    column(['Lĩnh vực', 'Domain'], 'text', 24, (d) => d.domain),
    column(['Mã đơn vị tiếp nhận', 'Receiving agency code'], 'text', 16, (d) => d.receivingAgency),
    column(['Đơn vị tiếp nhận', 'Receiving agency'], 'text', 30, (d) => agency(d.receivingAgency)),
    column(['Mã đơn vị giải quyết', 'Resolving agency code'], 'text', 16, (d) => d.resolvingAgency),
    column(['Đơn vị giải quyết', 'Resolving agency'], 'text', 30, (d) => agency(d.resolvingAgency)),
    column(['Kênh tiếp nhận', 'Channel'], 'text', 16, (d) => spoken(CHANNELS, d.channel, language)),
    column(['Trạng thái', 'State'], 'text', 22, (d) => spoken(STATES, d.state, language)),
    column(['Tiến độ', 'Timeliness'], 'text', 16, (d) => spoken(TIMELINESS, d.timeliness, language)),
    column(['Nộp lúc', 'Submitted'], 'instant', 20, (d) => d.submittedAt),
    column(['Tiếp nhận lúc', 'Accepted'], 'instant', 20, (d) => d.acceptedAt),
    column(['Ngày hạn trả', 'Due day'], 'date', 13, (d) => d.dueOn),
    column(['Hạn trả theo giờ', 'Due instant'], 'instant', 20, (d) => d.dueAt),
    column(['Nguồn của hạn trả', 'Where the due date comes from'], 'text', 26, (d) =>
      spoken(DUE_SOURCES, d.dueSource, language),
    ),
    column(['Ngày hạn tự tính', 'Due day as computed'], 'date', 13, (d) => d.dueComputedOn),
    column(['Hạn trả lệch', 'Due date differs'], 'flag', 12, (d) => d.dueMismatch),
    column(['Quá hạn từ', 'Overdue from'], 'instant', 20, (d) => d.overdueFrom),
    column(['Tạm dừng từ', 'Paused since'], 'instant', 20, (d) => d.pausedSince),
    column(['Quá hạn khi tạm dừng', 'Past due while paused'], 'flag', 14, (d) => d.pastDueWhilePaused),
    column(['Giải quyết lúc', 'Resolved'], 'instant', 20, (d) => d.resolvedAt),
    column(['Trả kết quả lúc', 'Returned'], 'instant', 20, (d) => d.returnedAt),
    column(['Số lần gia hạn', 'Extensions'], 'count', 10, (d) => d.extensionCount),
    column(['Số lần yêu cầu bổ sung', 'Supplement requests'], 'count', 12, (d) => d.supplementCount),
    column(['Điểm đánh giá', 'Score'], 'count', 10, (d) => d.score),
    ...(tells.countedAs
      ? [
          column(
            ['Tính vào', 'Counted as'],
            'text',
            18,
            (d) => spoken(COUNTED_AS, d.countedAs, language) ?? null,
          ),
        ]
      : []),
    ...(tells.happenedAt ? [column(['Thời điểm', 'When'], 'instant', 20, (d) => d.happenedAt ?? null)] : []),
    ...(tells.then
      ? [
          column(
            ['Quá hạn từ, khi đó', 'Overdue from, then'],
            'instant',
            20,
            (d) => d.then?.overdueFrom ?? null,
          ),
          column(
            ['Tạm dừng từ, khi đó', 'Paused since, then'],
            'instant',
            20,
            (d) => d.then?.pausedSince ?? null,
          ),
        ]
      : []),
  ];
}
