import { FORM_06A_COLUMNS, type Form06aMapping, type Form06aRow } from '#libs/dossier';
import type { Column, Note } from './table.js';

export type NumberedFormRow = { nth: number | null; name: string } & Form06aRow;

export const FORM_TITLE =
  'Tình hình, kết quả giải quyết thủ tục hành chính tại cơ quan, đơn vị trực tiếp giải quyết';

/** The headings of columns 3 to 13 as the form has them (TT 01/2020/TT-VPCP), from the outermost. */
const RECEIVED = 'Số lượng hồ sơ tiếp nhận';
const RESOLVED = 'Số lượng hồ sơ đã giải quyết';
const OPEN = 'Số lượng hồ sơ đang giải quyết';
const PATHS: Record<(typeof FORM_06A_COLUMNS)[number]['number'], readonly string[]> = {
  3: [RECEIVED, 'Tổng số'],
  4: [RECEIVED, 'Trong kỳ', 'Trực tuyến'],
  5: [RECEIVED, 'Trong kỳ', 'Trực tiếp, dịch vụ bưu chính'],
  6: [RECEIVED, 'Từ kỳ trước'],
  7: [RESOLVED, 'Tổng số'],
  8: [RESOLVED, 'Trước hạn'],
  9: [RESOLVED, 'Đúng hạn'],
  10: [RESOLVED, 'Quá hạn'],
  11: [OPEN, 'Tổng số'],
  12: [OPEN, 'Trong hạn'],
  13: [OPEN, 'Quá hạn'],
};

/** The thirteen columns of form II.06a/VPCP/KSTT; below the headings their numbers, and of which others one is the sum. */
export function formColumns(by: 'domain' | 'agency'): Column<NumberedFormRow>[] {
  return [
    { path: ['TT'], kind: 'count', width: 6, mark: '(1)', of: ({ nth }) => nth },
    {
      path: [by === 'agency' ? 'Cơ quan, đơn vị giải quyết' : 'Lĩnh vực, công việc giải quyết theo cấp'],
      ...{ kind: 'text', width: 44, mark: '(2)' },
      of: ({ name }) => name,
    },
    ...FORM_06A_COLUMNS.map(({ number, group, name, is }): Column<NumberedFormRow> => ({
      path: PATHS[number],
      kind: 'count',
      width: 13,
      mark: is === null ? `(${number})` : `(${number})=${is.replace(/\d+/g, '($&)')}`,
      of: (row) => (row[group] as Record<string, number>)[name] ?? 0,
    })),
  ];
}

const FIGURES: Record<keyof Form06aMapping, string> = {
  reopened: 'Hồ sơ mở lại trong kỳ',
  noDueDate: 'Đã giải quyết, không có hạn',
  refused: 'Từ chối sau khi tiếp nhận',
  withdrawn: 'Công dân rút hồ sơ',
  stopped: 'Dừng xử lý',
  paused: 'Đang tạm dừng (chờ bổ sung, nộp phí)',
  pausedPastDue: 'Đang tạm dừng, hạn cũ đã qua',
  openNoDueDate: 'Đang giải quyết, không có hạn',
};

/** Which column takes what the form has none for, in words. */
export function mappingNotes(mapping: Form06aMapping): Note[] {
  return Object.entries(FIGURES).map(([figure, label]) => {
    const name = mapping[figure as keyof Form06aMapping];
    // `total` aside, no two columns are called the same.
    const number = FORM_06A_COLUMNS.find((column) => column.name === name)?.number;
    return { label, value: number === undefined ? name : `cột (${number}) ${PATHS[number].join(' – ')}` };
  });
}

export const FORM_IDENTITIES = ['3 = 4 + 5 + 6', '7 = 8 + 9 + 10', '11 = 12 + 13', '3 = 7 + 11'] as const;
