import type { BoardDescription } from '../board.js';
import { lines, stat, table } from '../panels.js';
import { latest, series, sql } from '../queries.js';
import { OF_AGENCIES } from '../variables.js';

/** Whether the figures can be defended, and what changed in those already told. */
export const truthBoard: BoardDescription = {
  uid: 'dunghan-truth',
  title: 'Đúng Hạn · Số liệu đáng tin không',
  description: 'Đẳng thức của số liệu, sự kiện đến muộn, số của tháng đã qua bị thay đổi.',
  from: 'now-7d',
  sections: [
    {
      title: 'Đẳng thức',
      panels: [
        stat({
          title: 'Đẳng thức bị vỡ',
          description:
            'row: trong một cơ quan, sum: cơ quan so với thủ tục, list: bộ đếm so với danh sách hồ sơ. Trên 0 thì không dùng báo cáo: IdentityViolation.',
          unit: 'none',
          queries: [latest('max by (identity) (dossier_identity_violations)', '{{identity}}')],
          thresholds: [{ from: 1, color: 'red' }],
          width: 12,
        }),
        stat({
          title: 'Kiểm tra gần nhất cách đây',
          description: 'Bình thường mỗi phút một lần; trên 10 phút: IdentityCheckStale.',
          unit: 's',
          queries: [latest('time() - max(dossier_identity_checked_timestamp_seconds)')],
          thresholds: [
            { from: 120, color: 'yellow' },
            { from: 600, color: 'red' },
          ],
          width: 6,
        }),
        stat({
          title: 'Báo cáo không lập được trong 24 giờ',
          description: 'Do lỗi hệ thống, không do người hỏi; có thì xem nhật ký của reporting.',
          unit: 'none',
          decimals: 0,
          queries: [latest('sum(increase(dossier_report_failures_total[24h]))')],
          thresholds: [{ from: 1, color: 'yellow' }],
          width: 6,
        }),
        lines({
          title: 'Đẳng thức bị vỡ, từng lúc',
          description: 'Theo loại.',
          unit: 'none',
          queries: [series('max by (identity) (dossier_identity_violations)', '{{identity}}')],
          width: 12,
        }),
        lines({
          title: 'Thời gian lập báo cáo',
          description: 'Phân vị 99 theo loại.',
          unit: 's',
          queries: [
            series(
              'histogram_quantile(0.99, sum by (kind, le) (rate(dossier_report_generation_seconds_bucket[$__rate_interval])))',
              '{{kind}}',
            ),
          ],
          width: 12,
        }),
      ],
    },
    {
      title: 'Điều đến sau',
      panels: [
        lines({
          title: 'Sự kiện đến sai thứ tự, hạn tính lại, thông báo rút lại',
          description: 'Mỗi phút. Nhiều: một nguồn gửi muộn; số liệu vẫn đúng.',
          unit: 'cpm',
          queries: [
            series('60 * sum(rate(dossier_events_out_of_order_total[$__rate_interval]))', 'sai thứ tự'),
            series(
              '60 * sum(rate(dossier_deadlines_moved_total[$__rate_interval]))',
              'hạn tính lại do sửa lịch',
            ),
            series(
              '60 * sum(rate(dossier_announcements_withdrawn_total[$__rate_interval]))',
              'thông báo rút lại',
            ),
          ],
          width: 8,
        }),
        lines({
          title: 'Số của tháng đã qua bị thay đổi, từng lúc',
          description: 'Mỗi phút; nhiều: một nguồn gửi muộn, hoặc đang nạp dữ liệu cũ. Chi tiết ở bảng dưới.',
          unit: 'cpm',
          queries: [series('60 * sum(rate(dossier_restated_values_total[$__rate_interval]))', 'thay đổi')],
          width: 8,
        }),
        lines({
          title: 'Nguồn gửi muộn bao lâu',
          description: 'Phân vị 99 từ lúc việc xảy ra đến lúc vào số liệu.',
          unit: 's',
          queries: [
            series(
              'histogram_quantile(0.99, sum by (le) (rate(dossier_event_lag_seconds_bucket[$__rate_interval])))',
              '99 %',
            ),
          ],
          width: 8,
        }),
        table({
          title: 'Số của tháng đã qua bị thay đổi',
          description:
            'Thay đổi ghi trong khoảng thời gian đang xem, thuộc tháng đã kết thúc trước đó: thêm và bớt theo cơ quan, tháng và chỉ tiêu. Báo cáo với asOf cho thấy số cũ.',
          unit: 'none',
          queries: [
            sql(`select agency, to_char(at at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM') as month, measure,
                        sum(change) filter (where change > 0) as added, sum(change) filter (where change < 0) as taken,
                        max(recorded_at) as last
                   from monitoring.restatement
                  where ${OF_AGENCIES} and $__timeFilter(recorded_at)
                  group by 1, 2, 3 order by last desc, 1, 2, 3 limit 200`),
          ],
          columns: [
            { name: 'agency', title: 'Cơ quan' },
            { name: 'month', title: 'Tháng' },
            { name: 'measure', title: 'Chỉ tiêu' },
            { name: 'added', title: 'Thêm' },
            { name: 'taken', title: 'Bớt' },
            { name: 'last', title: 'Lần cuối', unit: 'dateTimeAsLocal' },
          ],
          width: 24,
        }),
      ],
    },
  ],
};
