import type { BoardDescription } from '../board.js';
import { lines, stat, table } from '../panels.js';
import { latest, rows, series, sql } from '../queries.js';
import { labelVariable } from '../variables.js';

/** From the source to the figures: where do events wait, and who is silent. */
export const pipelineBoard: BoardDescription = {
  uid: 'dunghan-pipeline',
  title: 'Đúng Hạn · Đường đi của sự kiện',
  description: 'Từ nguồn đến số liệu: sự kiện chờ ở đâu, nguồn nào im lặng, cái gì bị cách ly.',
  variables: [
    labelVariable('group', 'Nhóm xử lý', 'dossier_consumer_lag_messages'),
    labelVariable('source', 'Nguồn', 'dossier_source_silent_working_seconds'),
  ],
  sections: [
    {
      title: 'Đang chạy',
      panels: [
        table({
          title: 'Tiến trình',
          description: 'Một dòng mỗi tiến trình mà Prometheus đọc; 0 là không trả lời.',
          unit: 'none',
          queries: [rows('max by (instance) (up{job="dunghan"})')],
          columns: [
            { name: 'instance', title: 'Tiến trình' },
            { name: 'Value', title: 'Trả lời (1 là có)' },
            { name: 'Time', title: 'Lúc', hidden: true },
          ],
          width: 8,
          height: 8,
        }),
        lines({
          title: 'Sự kiện nhận vào',
          description: 'Mỗi giây, theo loại. Bằng không trong giờ làm việc: hỏi các nguồn.',
          unit: 'cps',
          queries: [
            series('sum by (type) (rate(dossier_events_received_total[$__rate_interval]))', '{{type}}'),
          ],
          width: 8,
        }),
        lines({
          title: 'Sự kiện đã áp dụng',
          description: 'Mỗi giây, theo kết quả; cách ly tăng thì xem danh sách ở dưới.',
          unit: 'cps',
          queries: [
            series('sum by (result) (rate(dossier_events_applied_total[$__rate_interval]))', '{{result}}'),
          ],
          width: 8,
        }),
      ],
    },
    {
      title: 'Chờ',
      panels: [
        lines({
          title: 'Tuổi của sự kiện cũ nhất chưa áp dụng',
          description: 'Theo nhóm xử lý. Trên 60 giây mà không tiến thêm: ConsumerStalled.',
          unit: 's',
          queries: [
            series(
              'max by (group) (dossier_event_oldest_unapplied_age_seconds{group=~"$group"})',
              '{{group}}',
            ),
          ],
          thresholds: [
            { from: 5, color: 'yellow' },
            { from: 60, color: 'red' },
          ],
          width: 8,
        }),
        lines({
          title: 'Thông điệp chưa áp dụng',
          description:
            'Theo nhóm xử lý, cộng các phần; tăng trong nhiều phút: thêm bản sao hoặc xem cơ sở dữ liệu.',
          unit: 'none',
          queries: [
            series(
              'sum by (group) (max by (group, partition) (dossier_consumer_lag_messages{group=~"$group"}))',
              '{{group}}',
            ),
          ],
          width: 8,
        }),
        lines({
          title: 'Hộp thư đi chưa chuyển sang Kafka',
          description: 'Tuổi của thông điệp cũ nhất; chỉ có khi dùng Kafka. Trên 60 giây: OutboxStuck.',
          unit: 's',
          queries: [series('max by (topic) (dossier_outbox_oldest_age_seconds)', '{{topic}}')],
          thresholds: [
            { from: 5, color: 'yellow' },
            { from: 60, color: 'red' },
          ],
          width: 8,
        }),
        lines({
          title: 'Từ lúc đến tới lúc vào số liệu',
          description:
            'Phân vị 50 và 99 của thời gian từ khi nhận đến khi áp dụng (mục tiêu: 99,5 % dưới 5 giây).',
          unit: 's',
          queries: [0.5, 0.99].map((share) =>
            series(
              `histogram_quantile(${share}, sum by (le) (rate(dossier_event_freshness_seconds_bucket[$__rate_interval])))`,
              `${share * 100} %`,
            ),
          ),
          thresholds: [{ from: 5, color: 'red' }],
          width: 8,
        }),
        lines({
          title: 'Thời gian áp dụng một lô',
          description: 'Phân vị 99 theo nhóm; tăng mà lô không lớn hơn: xem cơ sở dữ liệu.',
          unit: 's',
          queries: [
            series(
              'histogram_quantile(0.99, sum by (group, le) (rate(dossier_consumer_batch_seconds_bucket{group=~"$group"}[$__rate_interval])))',
              '{{group}}',
            ),
          ],
          width: 8,
        }),
        lines({
          title: 'Lô hỏng, bị từ chối, chia lại',
          description:
            'Mỗi phút: lô gặp lỗi tạm thời và thử lại, lô bị từ chối vì bản sao khác giữ phần đó, số lần chia lại phần.',
          unit: 'cpm',
          queries: [
            series('60 * sum(rate(dossier_consumer_failed_batches_total[$__rate_interval]))', 'lô hỏng'),
            series('60 * sum(rate(dossier_consumer_fenced_commits_total[$__rate_interval]))', 'bị từ chối'),
            series('60 * sum(rate(dossier_consumer_rebalances_total[$__rate_interval]))', 'chia lại'),
          ],
          width: 8,
        }),
      ],
    },
    {
      title: 'Nguồn và cách ly',
      panels: [
        lines({
          title: 'Nguồn im lặng bao lâu',
          description:
            'Giờ làm việc kể từ sự kiện gần nhất, chia cho mức im lặng thường thấy của chính nguồn đó; trên 3: SourceSilent.',
          unit: 'none',
          decimals: 2,
          queries: [
            series(
              'max by (source) (dossier_source_silent_working_seconds{source=~"$source"}) / max by (source) (dossier_source_usual_gap_seconds{source=~"$source"})',
              '{{source}}',
            ),
          ],
          thresholds: [{ from: 3, color: 'red' }],
          width: 12,
        }),
        lines({
          title: 'Đang bị cách ly',
          description: 'Sự kiện không áp dụng được và chưa phát lại, theo lý do.',
          unit: 'none',
          stacked: true,
          queries: [series('max by (reason) (dossier_quarantine_rows) > 0', '{{reason}}')],
          width: 12,
        }),
        table({
          title: 'Cách ly gần đây',
          description: 'Một trăm sự kiện bị cách ly gần nhất của mọi nguồn, đã phát lại hay chưa.',
          unit: 'none',
          queries: [
            sql(`select recorded_at, reason, source, topic, partition, "offset", replayed_at
                   from monitoring.quarantine where $__timeFilter(recorded_at) order by id desc limit 100`),
          ],
          columns: [
            { name: 'recorded_at', title: 'Lúc', unit: 'dateTimeAsLocal' },
            { name: 'reason', title: 'Lý do' },
            { name: 'source', title: 'Nguồn' },
            { name: 'topic', title: 'Chủ đề' },
            { name: 'partition', title: 'Phần' },
            { name: 'offset', title: 'Vị trí' },
            { name: 'replayed_at', title: 'Phát lại lúc', unit: 'dateTimeAsLocal' },
          ],
          width: 24,
        }),
      ],
    },
    {
      title: 'Máy chủ',
      panels: [
        lines({
          title: 'Đã dùng bao nhiêu giới hạn của PostgreSQL',
          description: 'Kết nối (báo từ 0,8) và số giao dịch trước khi phải dừng (báo từ 0,5).',
          unit: 'percentunit',
          queries: [series('max by (limit) (dossier_database_used_ratio)', '{{limit}}')],
          thresholds: [
            { from: 0.5, color: 'yellow' },
            { from: 0.8, color: 'red' },
          ],
          width: 8,
        }),
        lines({
          title: 'Trả lời HTTP',
          description: 'Yêu cầu mỗi giây theo mã trạng thái; 5xx là lỗi của chúng ta.',
          unit: 'reqps',
          queries: [
            series(
              'sum by (status) (rate(dossier_http_request_seconds_count[$__rate_interval]))',
              '{{status}}',
            ),
          ],
          width: 8,
        }),
        lines({
          title: 'Vòng sự kiện của Node trễ',
          description: 'Phân vị 99 theo tiến trình; trên 0,2 giây: tiến trình quá tải.',
          unit: 's',
          queries: [
            series('max by (app, instance) (nodejs_eventloop_lag_p99_seconds)', '{{app}} {{instance}}'),
          ],
          thresholds: [{ from: 0.2, color: 'red' }],
          width: 8,
        }),
        stat({
          title: 'Dung lượng cơ sở dữ liệu',
          description:
            'Tăng nhanh hơn số hồ sơ: xem nhật ký sự kiện có được dọn không (LOG_RETENTION_MINUTES).',
          unit: 'bytes',
          queries: [latest('max(dossier_database_size_bytes)')],
          width: 8,
        }),
        stat({
          title: 'Nhìn hỏng khi Prometheus hỏi',
          description:
            'Trong giờ qua, số lần không đọc được cơ sở dữ liệu hoặc Kafka cho số đo; các số đó trống chứ không bằng không.',
          unit: 'none',
          queries: [latest('sum(increase(dossier_scrape_gaps_total[1h]))')],
          thresholds: [{ from: 1, color: 'yellow' }],
          width: 8,
        }),
        stat({
          title: 'Bộ nhớ lớn nhất của một tiến trình',
          description: 'Phần đang chiếm của tiến trình lớn nhất.',
          unit: 'bytes',
          queries: [latest('max(process_resident_memory_bytes{app!=""})')],
          width: 8,
        }),
      ],
    },
  ],
};
