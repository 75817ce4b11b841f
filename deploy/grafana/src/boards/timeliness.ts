import type { BoardDescription } from '../board.js';
import { lateBudget } from '../late-budget.js';
import { CELL_AGENCY } from '../links.js';
import { lines, stat, table } from '../panels.js';
import { series, sql, sqlSeries } from '../queries.js';
import { RATE_A, RATES } from '../rates.js';
import { OF_AGENCIES, PERIOD_START } from '../variables.js';

const FORMULAS = {
  a: 'Trước và đúng hạn trong số đã giải quyết.',
  b: 'Trước và đúng hạn trong số phải giải quyết: kỳ trước chuyển sang, tiếp nhận, mở lại (NĐ 61/2018, Điều 30).',
  c: 'Cả hồ sơ đang xử lý chưa trễ ở hai vế (QĐ 766/QĐ-TTg).',
};

const RATE_THRESHOLDS = [
  { from: 95, color: 'yellow' },
  { from: 98, color: 'green' },
] as const;

/** How punctual the chosen agencies are, as the reports say. */
export const timelinessBoard: BoardDescription = {
  uid: 'dunghan-timeliness',
  title: 'Đúng Hạn · Tỷ lệ đúng hạn',
  description: 'Tỷ lệ theo ba công thức, diễn biến, nơi trễ; số liệu như báo cáo.',
  from: 'now-7d',
  sections: [
    {
      title: 'Trong kỳ',
      panels: [
        ...Object.entries(FORMULAS).map(([formula, meaning]) =>
          stat({
            title: `Công thức ${formula}`,
            description: meaning,
            unit: 'percent',
            decimals: 2,
            queries: [sql(`select ${formula} from (${RATES}) rate`)],
            base: 'red',
            thresholds: RATE_THRESHOLDS,
            width: 5,
          }),
        ),
        stat({
          title: 'Đã giải quyết',
          description: 'Hồ sơ giải quyết trong kỳ, kể cả không có hạn.',
          unit: 'none',
          queries: [
            sql(`select sum(resolved_early + resolved_on_time + resolved_late + resolved_no_due_date) as resolved
                   from monitoring.agency_figure where ${OF_AGENCIES} and day >= ${PERIOD_START}`),
          ],
          width: 5,
        }),
        stat({
          title: 'Trong đó trễ',
          description: 'Hồ sơ giải quyết sau hạn trong kỳ.',
          unit: 'none',
          queries: [
            sql(`select sum(resolved_late) as late
                   from monitoring.agency_figure where ${OF_AGENCIES} and day >= ${PERIOD_START}`),
          ],
          thresholds: [{ from: 1, color: 'yellow' }],
          width: 4,
        }),
      ],
    },
    {
      title: 'Diễn biến',
      panels: [
        lines({
          title: 'Tỷ lệ theo tháng, 13 tháng',
          description: 'Công thức a của từng tháng, theo tháng giải quyết; tháng này tính đến bây giờ.',
          unit: 'percent',
          decimals: 2,
          queries: [
            sqlSeries(`select date_trunc('month', day, 'Asia/Ho_Chi_Minh') as time, ${RATE_A} as "đúng hạn"
                         from monitoring.agency_figure
                        where ${OF_AGENCIES} and day >= date_trunc('month', now(), 'Asia/Ho_Chi_Minh') - interval '12 months'
                        group by 1 order by 1`),
          ],
          width: 12,
        }),
        lines({
          title: 'Tỷ lệ của tháng này, từng lúc',
          description: 'Công thức a, b, c của tháng hiện tại, trung bình của các cơ quan đang chọn.',
          unit: 'percentunit',
          decimals: 4,
          queries: [
            series(
              'avg by (formula) (max by (agency, formula) (dossier_ontime_ratio{period="month", agency=~"$agency"}))',
              'công thức {{formula}}',
            ),
          ],
          width: 12,
        }),
        lines({
          title: 'Tuổi của hồ sơ quá hạn',
          description: 'Số ngày làm việc đã trễ; trên 10 ngày thì người đứng đầu phải giải trình từng hồ sơ.',
          unit: 'none',
          stacked: true,
          queries: [
            series(
              'sum by (bucket) (max by (agency, bucket) (dossier_overdue_age_days{agency=~"$agency"}))',
              '{{bucket}} ngày',
            ),
          ],
          width: 12,
        }),
        lateBudget(15, {
          title: 'Hạn mức hồ sơ trễ tháng này còn lại',
          description: 'Dưới 0 là đã trễ nhiều hơn mức cho phép; bấm để xem hồ sơ của cơ quan.',
          width: 12,
        }),
      ],
    },
    {
      title: 'Ở đâu',
      panels: [
        table({
          title: 'Theo cơ quan',
          description: 'Số giải quyết trong kỳ, số trễ và công thức a; trễ nhiều nhất trước.',
          unit: 'none',
          queries: [
            sql(`select agency, sum(resolved_early + resolved_on_time + resolved_late) as resolved,
                        sum(resolved_late) as late, ${RATE_A} as rate
                   from monitoring.agency_figure where ${OF_AGENCIES} and day >= ${PERIOD_START}
                  group by agency having sum(resolved_early + resolved_on_time + resolved_late) > 0
                  order by late desc, agency`),
          ],
          columns: [
            {
              name: 'agency',
              title: 'Cơ quan',
              link: CELL_AGENCY,
            },
            { name: 'resolved', title: 'Giải quyết' },
            { name: 'late', title: 'Trễ' },
            { name: 'rate', title: 'Đúng hạn', unit: 'percent', decimals: 2 },
          ],
          width: 12,
        }),
        table({
          title: 'Theo thủ tục',
          description: 'Năm mươi thủ tục trễ nhiều nhất trong kỳ của các cơ quan đang chọn.',
          unit: 'none',
          queries: [
            sql(`select f.procedure, max(p.name) as name, sum(resolved_early + resolved_on_time + resolved_late) as resolved,
                        sum(resolved_late) as late, ${RATE_A} as rate
                   from monitoring.procedure_figure f join monitoring.procedure p on p.code = f.procedure
                  where ${OF_AGENCIES} and day >= ${PERIOD_START}
                  group by f.procedure having sum(resolved_early + resolved_on_time + resolved_late) > 0
                  order by late desc, f.procedure limit 50`),
          ],
          columns: [
            { name: 'procedure', title: 'Mã', width: 120 },
            { name: 'name', title: 'Thủ tục' },
            { name: 'resolved', title: 'Giải quyết', width: 100 },
            { name: 'late', title: 'Trễ', width: 80 },
            { name: 'rate', title: 'Đúng hạn', unit: 'percent', decimals: 2, width: 100 },
          ],
          width: 12,
        }),
      ],
    },
  ],
};
