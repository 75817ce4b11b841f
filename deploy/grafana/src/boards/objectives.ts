import type { BoardDescription } from '../board.js';
import { lateBudget } from '../late-budget.js';
import { lines, stat } from '../panels.js';
import { latest, series } from '../queries.js';

/** 99.5 % of events are in the figures within five seconds. */
const ALLOWED = 0.005;
const WINDOWS = { '5m': '5 phút', '1h': '1 giờ', '6h': '6 giờ', '3d': '3 ngày' };

/** What we promise, and how much of the allowance is used up. */
export const objectivesBoard: BoardDescription = {
  uid: 'dunghan-objectives',
  title: 'Đúng Hạn · Mục tiêu và hạn mức',
  description: 'Điều đã hứa, đạt đến đâu, hạn mức còn bao nhiêu.',
  from: 'now-3d',
  sections: [
    {
      title: 'Sự kiện vào số liệu trong 5 giây: 99,5 %',
      panels: [
        ...Object.entries(WINDOWS).map(([window, words]) =>
          stat({
            title: `Tốc độ dùng hạn mức, ${words}`,
            description:
              'Một là vừa hết hạn mức sau 30 ngày. Trên 14,4 (1 giờ và 5 phút) hoặc 6 (6 giờ): gọi người; trên 1 (3 ngày): xử lý trong ngày.',
            unit: 'none',
            decimals: 2,
            queries: [latest(`dossier:event_applied_late:ratio_rate${window} / ${ALLOWED}`)],
            thresholds: [
              { from: 1, color: 'yellow' },
              { from: 6, color: 'orange' },
              { from: 14.4, color: 'red' },
            ],
            width: 4,
          }),
        ),
        stat({
          title: 'Hạn mức 30 ngày còn lại',
          description: 'Phần sự kiện được phép chậm còn lại trong 30 ngày; dưới 0 là đã vượt.',
          unit: 'percentunit',
          decimals: 1,
          queries: [
            latest(
              `1 - (1 - sum(increase(dossier_event_freshness_seconds_bucket{le="5"}[30d])) / sum(increase(dossier_event_freshness_seconds_count[30d]))) / ${ALLOWED}`,
            ),
          ],
          base: 'red',
          thresholds: [
            { from: 0, color: 'yellow' },
            { from: 0.5, color: 'green' },
          ],
          width: 8,
        }),
        lines({
          title: 'Tỷ lệ sự kiện chậm hơn 5 giây',
          description: 'Theo cửa sổ 1 giờ, 6 giờ và 3 ngày; mức cho phép 0,5 %.',
          unit: 'percentunit',
          decimals: 3,
          queries: ['1h', '6h', '3d'].map((window) =>
            series(`dossier:event_applied_late:ratio_rate${window}`, window),
          ),
          thresholds: [{ from: ALLOWED, color: 'red' }],
          width: 24,
        }),
      ],
    },
    {
      title: 'Báo quá hạn trong 1 giây, trả lời trong 1 giây',
      panels: [
        lines({
          title: 'Thông báo quá hạn phát trong 1 giây',
          description: 'Tỷ lệ trong mỗi giờ; mục tiêu 99 %. Trống: không có gì quá hạn trong giờ đó.',
          unit: 'percentunit',
          decimals: 2,
          queries: [
            series(
              'sum(increase(dossier_overdue_flag_delay_seconds_bucket{le="1"}[1h])) / sum(increase(dossier_overdue_flag_delay_seconds_count[1h]))',
              'trong 1 giây',
            ),
          ],
          width: 12,
        }),
        lines({
          title: 'Yêu cầu trả lời được, không lỗi của chúng ta',
          description: 'Tỷ lệ yêu cầu không kết thúc bằng 5xx, mỗi giờ.',
          unit: 'percentunit',
          decimals: 3,
          queries: [
            series(
              '1 - (sum(increase(dossier_http_request_seconds_count{status=~"5.."}[1h])) or vector(0)) / sum(increase(dossier_http_request_seconds_count[1h]))',
              'không lỗi',
            ),
          ],
          width: 12,
        }),
      ],
    },
    {
      title: 'Hạn mức hồ sơ trễ của cơ quan',
      panels: [
        lateBudget(20, {
          title: 'Còn lại trong tháng',
          description: 'Phần hồ sơ được phép trễ còn lại; dưới 0 là đã vượt. Hai mươi cơ quan thấp nhất.',
          width: 24,
        }),
      ],
    },
  ],
};
