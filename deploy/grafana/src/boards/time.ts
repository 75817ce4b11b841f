import type { BoardDescription } from '../board.js';
import { bars, heatmap, lines, stat } from '../panels.js';
import { buckets, latest, series, sqlSeries } from '../queries.js';
import { OF_AGENCIES } from '../variables.js';

/** Deadlines that pass, and those that come. */
export const timeBoard: BoardDescription = {
  uid: 'dunghan-time',
  title: 'Đúng Hạn · Đồng hồ và hạn',
  description:
    'Hạn đã qua được báo nhanh chậm ra sao, hạn sắp đến dồn vào lúc nào, lịch và đồng hồ còn đúng không.',
  sections: [
    {
      title: 'Báo quá hạn',
      panels: [
        stat({
          title: 'Chậm báo, phân vị 99 trong 5 phút',
          description:
            'Từ lúc hồ sơ quá hạn đến lúc thông báo được ghi. Không có số liệu: 5 phút qua không có gì quá hạn.',
          unit: 's',
          queries: [latest('dossier:overdue_flag_delay_seconds:p99_5m')],
          thresholds: [{ from: 1, color: 'red' }],
          width: 6,
        }),
        stat({
          title: 'Mốc đã qua mà chưa báo',
          description: 'Hơn 10 giây chưa báo là đồng hồ đứng: OverdueFlaggingLate.',
          unit: 'none',
          queries: [
            latest('max(sum by (instance) (dossier_overdue_unflagged{bucket=~"10s-1m|1-10m|>10m"}))'),
          ],
          thresholds: [{ from: 1, color: 'red' }],
          width: 6,
        }),
        stat({
          title: 'Mốc trong giờ tới',
          description: 'Số hạn và mốc sắp đến hạn sẽ qua trong 60 phút tới.',
          unit: 'none',
          queries: [latest('max(dossier_timers_due_next_hour)')],
          width: 6,
        }),
        stat({
          title: 'Mốc đang chờ',
          description: 'Tất cả hạn và mốc sắp đến hạn còn ở phía trước.',
          unit: 'none',
          queries: [latest('max(dossier_timers_scheduled)')],
          width: 6,
        }),
        heatmap({
          title: 'Chậm báo quá hạn',
          description: 'Phân bố thời gian từ lúc quá hạn đến lúc thông báo được ghi; mục tiêu dưới 1 giây.',
          unit: 's',
          queries: [
            buckets('sum by (le) (increase(dossier_overdue_flag_delay_seconds_bucket[$__rate_interval]))'),
          ],
          width: 12,
        }),
        lines({
          title: 'Mốc đã qua mà chưa báo, theo thời gian chờ',
          description: 'Ngắn là bình thường; dài hơn 10 giây thì xem tiến trình clock và cơ sở dữ liệu.',
          unit: 'none',
          queries: [series('max by (bucket) (dossier_overdue_unflagged)', '{{bucket}}')],
          width: 12,
        }),
        lines({
          title: 'Thông báo đã phát',
          description: 'Mỗi giây theo loại, và số thông báo quá hạn bị rút lại vì sự kiện đến muộn.',
          unit: 'cps',
          queries: [
            series('sum by (kind) (rate(dossier_announcements_total[$__rate_interval]))', '{{kind}}'),
            series('sum(rate(dossier_announcements_withdrawn_total[$__rate_interval]))', 'rút lại'),
          ],
          width: 12,
        }),
        lines({
          title: 'Hạn sắp tới theo giờ',
          description: 'Hồ sơ đang xử lý của các cơ quan đang chọn, theo giờ đến hạn trong 7 ngày tới.',
          unit: 'none',
          queries: [
            sqlSeries(`select date_trunc('hour', due_at) as time, count(*) as "đến hạn" from monitoring.open_dossier
                        where ${OF_AGENCIES} and state = 'running' and due_at >= now() and due_at < now() + interval '7 days'
                        group by 1 order by 1`),
          ],
          width: 12,
        }),
      ],
    },
    {
      title: 'Lịch và đồng hồ',
      panels: [
        stat({
          title: 'Lịch làm việc còn',
          description:
            'Ngày còn lại của năm cuối cùng đã có ngày nghỉ; hết thì hạn tính sai: CalendarRunsOut.',
          unit: 'd',
          queries: [latest('min by (calendar) (dossier_calendar_horizon_days)', '{{calendar}}')],
          base: 'red',
          thresholds: [
            { from: 45, color: 'yellow' },
            { from: 90, color: 'green' },
          ],
          width: 6,
        }),
        stat({
          title: 'Bản lịch đang dùng',
          description: 'Tăng một mỗi lần sửa lịch.',
          unit: 'none',
          queries: [
            latest(
              'max by (calendar, version) (dossier_calendar_version_info)',
              '{{calendar}} bản {{version}}',
            ),
          ],
          width: 6,
        }),
        stat({
          title: 'Hạn chờ tính lại theo lịch mới',
          description: 'Không giảm trong 10 phút: RecomputeStuck.',
          unit: 'none',
          queries: [latest('max(dossier_deadline_recompute_pending)')],
          thresholds: [{ from: 1, color: 'yellow' }],
          width: 6,
        }),
        bars({
          title: 'Đồng hồ máy lệch với cơ sở dữ liệu',
          description: 'Theo tiến trình, trị tuyệt đối; trên 0,5 giây hồ sơ bị báo sai thời điểm: ClockSkew.',
          unit: 's',
          queries: [
            latest('max by (app, instance) (abs(dossier_clock_skew_seconds))', '{{app}} {{instance}}'),
          ],
          thresholds: [{ from: 0.5, color: 'red' }],
          height: 6,
          width: 6,
        }),
      ],
    },
  ],
};
