import type { BoardDescription } from '../board.js';
import { DOSSIER, SERIES_AGENCY } from '../links.js';
import { bars, type Column, lines, stat, table } from '../panels.js';
import { latest, series, sql } from '../queries.js';
import { OF_AGENCIES } from '../variables.js';

const DOSSIER_COLUMNS: readonly Column[] = [
  { name: 'code', title: 'Mã hồ sơ', link: DOSSIER, width: 260 },
  { name: 'agency', title: 'Cơ quan', width: 160 },
  { name: 'procedure', title: 'Thủ tục' },
  { name: 'due_at', title: 'Hạn', unit: 'dateTimeAsLocal', width: 180 },
  { name: 'source', title: 'Nguồn' },
];

const OPEN = `monitoring.open_dossier where ${OF_AGENCIES}`;
const ROWS = 500;

/** What an agency has to do today, and the dossiers behind each number. */
export const agencyBoard: BoardDescription = {
  uid: 'dunghan-agency',
  title: 'Đúng Hạn · Tác nghiệp cơ quan',
  description: 'Việc phải làm hôm nay của các cơ quan đang chọn, và hồ sơ đứng sau từng con số.',
  usesPage: true,
  sections: [
    {
      title: 'Hôm nay',
      panels: [
        stat({
          title: 'Đến hạn hôm nay',
          description: 'Hồ sơ đang xử lý có hạn trong ngày hôm nay và chưa quá hạn.',
          unit: 'none',
          queries: [
            sql(`select count(*) as due_today from ${OPEN} and timeliness in ('in-time', 'due-soon')
                  and due_at < date_trunc('day', now(), 'Asia/Ho_Chi_Minh') + interval '1 day'`),
          ],
          thresholds: [{ from: 1, color: 'yellow' }],
          width: 5,
        }),
        stat({
          title: 'Sắp đến hạn',
          description: 'Hồ sơ đã vào khoảng báo trước hạn và chưa quá hạn.',
          unit: 'none',
          queries: [latest('sum(max by (agency) (dossier_open{state="due_soon", agency=~"$agency"}))')],
          thresholds: [{ from: 1, color: 'yellow' }],
          width: 5,
        }),
        stat({
          title: 'Hạn trong 4 giờ làm việc tới',
          description: 'Nhiều hơn số thường giải quyết được trong 4 giờ thì điều người hỗ trợ.',
          unit: 'none',
          queries: [latest('sum(max by (agency) (dossier_due_next_working_hours{agency=~"$agency"}))')],
          thresholds: [{ from: 20, color: 'yellow' }],
          width: 5,
        }),
        stat({
          title: 'Cần xem việc xin lỗi, hẹn lại',
          description:
            'Đến hạn hôm nay hoặc ngày làm việc tới, chưa gia hạn lần nào; hồ sơ nào không kịp phải có văn bản xin lỗi (NĐ 61/2018, Điều 19 khoản 9).',
          unit: 'none',
          queries: [latest('sum(max by (agency) (dossier_apology_due{agency=~"$agency"}))')],
          thresholds: [{ from: 1, color: 'yellow' }],
          width: 5,
        }),
        stat({
          title: 'Tạm dừng',
          description: 'Hồ sơ chờ bổ sung hoặc chờ nơi khác; thời gian không tính.',
          unit: 'none',
          queries: [
            latest(
              'sum(max by (agency, state) (dossier_open{state=~"paused|paused_past_due", agency=~"$agency"}))',
            ),
          ],
          width: 4,
        }),
      ],
    },
    {
      title: 'Diễn biến',
      panels: [
        lines({
          title: 'Hồ sơ đang mở theo tình trạng',
          description: 'Chồng lên nhau thành tổng số hồ sơ đang mở.',
          unit: 'none',
          stacked: true,
          queries: [series('sum by (state) (agency_state:dossier_open:max{agency=~"$agency"})', '{{state}}')],
          width: 12,
        }),
        bars({
          title: 'Cơ quan nhiều hồ sơ quá hạn nhất',
          description: 'Mười lăm cơ quan đầu; bấm để chỉ xem cơ quan đó.',
          unit: 'none',
          queries: [
            latest(
              'sort_desc(topk(15, max by (agency) (dossier_open{state="overdue", agency=~"$agency"})))',
              '{{agency}}',
            ),
          ],
          thresholds: [
            { from: 1, color: 'yellow' },
            { from: 20, color: 'red' },
          ],
          links: [SERIES_AGENCY],
          width: 12,
        }),
        lines({
          title: 'Sắp phải xong và sức làm',
          description:
            'Hồ sơ có hạn trong 4 giờ làm việc tới, số giải quyết trong 4 giờ qua, và mức cao thường thấy trong 4 tuần.',
          unit: 'none',
          queries: [
            series(
              'sum(max by (agency) (dossier_due_next_working_hours{agency=~"$agency"}))',
              'hạn trong 4 giờ tới',
            ),
            series('sum(agency:dossier_resolved_4h:delta{agency=~"$agency"})', 'giải quyết trong 4 giờ qua'),
            series('sum(agency:dossier_resolved_4h:p95_4w{agency=~"$agency"})', 'mức cao thường thấy'),
          ],
          width: 24,
        }),
      ],
    },
    {
      title: 'Hồ sơ',
      panels: [
        table({
          title: 'Quá hạn, sắp và sẽ đến hạn hôm nay',
          description: `Hạn sớm nhất trước, nhiều nhất ${ROWS} dòng; bấm mã hồ sơ để xem cách tính hạn.`,
          unit: 'none',
          queries: [
            sql(`select code, agency, procedure, timeliness, due_at, source from ${OPEN}
                  and (timeliness in ('overdue', 'due-soon')
                       or due_at < date_trunc('day', now(), 'Asia/Ho_Chi_Minh') + interval '1 day')
                  and state = 'running' order by due_at, source, code limit ${ROWS}`),
          ],
          columns: [...DOSSIER_COLUMNS, { name: 'timeliness', title: 'Tình trạng', width: 120 }],
          width: 24,
        }),
        table({
          title: 'Tạm dừng',
          description: `Hạn cũ đã qua thì cần hỏi lại nơi đang giữ hồ sơ. Nhiều nhất ${ROWS} dòng.`,
          unit: 'none',
          queries: [
            sql(`select code, agency, procedure, due_at, past_due_while_paused, source from ${OPEN}
                  and state = 'paused' order by due_at, source, code limit ${ROWS}`),
          ],
          columns: [
            ...DOSSIER_COLUMNS,
            { name: 'past_due_while_paused', title: 'Hạn cũ đã qua', unit: 'bool_yes_no', width: 130 },
          ],
          width: 24,
        }),
      ],
    },
  ],
};
