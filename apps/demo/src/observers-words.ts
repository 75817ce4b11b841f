import type { LoggedProcess } from './logged-process.js';
import type { Observer, Observers } from './observers.js';

/** What the demo says about Prometheus and Alertmanager beside it, Vietnamese first. */

export const HOW_TO_INSTALL = [
  'Máy này chưa có đủ Prometheus và Alertmanager, demo chạy tiếp không có chúng. Cài bằng:',
  'Prometheus and Alertmanager are not both installed here; the demo goes on without them. Install them with:',
  '  apt-get install prometheus prometheus-alertmanager',
].join('\n');

/** Where they are, what to look at first, and what they do not do here. */
export function whatToSee({ prometheus, alertmanager }: Observers, dashboards: string | null): string {
  const lines = [
    whereIs('Prometheus', prometheus),
    `  hồ sơ đang mở / open dossiers: ${query(prometheus, 'sum by (state) (dossier_open)', 'graph')}`,
    `  cảnh báo / alerts:             ${query(prometheus, 'ALERTS', 'table')}`,
    whereIs('Alertmanager', alertmanager),
    // Its package leaves the page out.
    `  bản của Debian không có trang; xem bằng / Debian's has no page; look with: amtool alert query --alertmanager.url=${alertmanager.url}`,
    'Không gửi e-mail hay webhook nào: cảnh báo chỉ xem được ở hai nơi này; dữ liệu mất khi demo dừng.',
    'No e-mail and no webhook is sent: alerts are to be seen in these two only; their data go when the demo stops.',
  ];
  if (dashboards !== null) {
    lines.push(
      `Bảng theo dõi Grafana: ${dashboards}, chạy bằng docker compose. / Grafana's dashboards: ${dashboards}, with docker compose.`,
    );
  }
  return lines.join('\n');
}

/** It was there and is no more. The line before may be one of progress, not yet ended. */
export function hasEnded({ name, logFile }: Pick<LoggedProcess, 'name' | 'logFile'>): string {
  return `\n${name} đã tự kết thúc, demo chạy tiếp. / ${name} has ended by itself; the demo goes on. (nhật ký / log: ${logFile})`;
}

export function notStarted(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `Không khởi động được Prometheus và Alertmanager, demo chạy tiếp không có chúng. / Prometheus and Alertmanager could not be started; the demo goes on without them: ${why}`;
}

function whereIs(name: string, { url, pid, logFile }: Observer): string {
  return `${name}: ${url}/ (tiến trình / process ${pid}, nhật ký / log: ${logFile})`;
}

/** A link that shows it at once; Debian's Prometheus leads it on to a page of another name. */
function query({ url }: Observer, expression: string, as: 'graph' | 'table'): string {
  const parameters = new URLSearchParams({ 'g0.expr': expression, 'g0.tab': as === 'graph' ? '0' : '1' });
  if (as === 'graph') parameters.set('g0.range_input', '15m');
  // Not every page reads `+` as a space.
  return `${url}/graph?${parameters.toString().replaceAll('+', '%20')}`;
}
