import type { BoardDescription } from '../board.js';
import { RUNBOOK } from '../links.js';
import { type Column, lines, table } from '../panels.js';
import { rows, series } from '../queries.js';

/** Alerts that name one of the chosen agencies, or none at all. */
const CHOSEN = 'agency=~"$agency|"';

const ALERT: Column = { name: 'alertname', title: 'Cảnh báo', link: RUNBOOK };

/** What fires, since when, and what has fired. */
export const alertsBoard: BoardDescription = {
  uid: 'dunghan-alerts',
  title: 'Đúng Hạn · Cảnh báo',
  description: 'Đang bật và đã từng bật; bấm tên cảnh báo để mở hướng dẫn xử lý.',
  usesPage: true,
  sections: [
    {
      title: 'Bây giờ',
      panels: [
        table({
          title: 'Đang bật hoặc đang chờ',
          description: 'firing: đã báo; pending: đủ điều kiện, đang chờ đủ lâu. Watchdog luôn bật.',
          unit: 'none',
          queries: [
            rows(`max by (alertname, alertstate, severity, team, agency, source, group) (ALERTS{${CHOSEN}})`),
          ],
          columns: [
            ALERT,
            { name: 'alertstate', title: 'Trạng thái' },
            { name: 'severity', title: 'Mức' },
            { name: 'team', title: 'Ai xử lý' },
            { name: 'agency', title: 'Cơ quan' },
            { name: 'source', title: 'Nguồn' },
            { name: 'group', title: 'Nhóm xử lý' },
            { name: 'Time', title: 'Lúc', hidden: true },
            { name: 'Value', title: 'Giá trị', hidden: true },
          ],
          width: 24,
        }),
      ],
    },
    {
      title: 'Lịch sử',
      panels: [
        lines({
          title: 'Số cảnh báo đang bật theo tên',
          description: 'Chồng lên nhau; không kể Watchdog.',
          unit: 'none',
          stacked: true,
          queries: [
            series(
              `count by (alertname) (ALERTS{alertstate="firing", alertname!="Watchdog", ${CHOSEN}})`,
              '{{alertname}}',
            ),
          ],
          width: 12,
        }),
        lines({
          title: 'Theo mức',
          description:
            'page: gọi ngay; ticket: trong ngày; notice: gửi cơ quan hoặc lãnh đạo; heartbeat: Watchdog.',
          unit: 'none',
          queries: [series(`count by (severity) (ALERTS{alertstate="firing", ${CHOSEN}})`, '{{severity}}')],
          width: 12,
        }),
        table({
          title: 'Đã bật trong 7 ngày',
          description: 'Tổng số phút ở trạng thái firing theo cảnh báo và cơ quan (một mẫu là 15 giây).',
          unit: 'none',
          queries: [
            rows(
              `sort_desc(sum by (alertname, agency) (count_over_time(ALERTS{alertstate="firing", ${CHOSEN}}[7d])) * 15 / 60)`,
            ),
          ],
          columns: [
            ALERT,
            { name: 'agency', title: 'Cơ quan' },
            { name: 'Value', title: 'Phút' },
            { name: 'Time', title: 'Lúc', hidden: true },
          ],
          width: 24,
        }),
      ],
    },
  ],
};
