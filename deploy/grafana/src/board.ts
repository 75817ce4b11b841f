import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  TimePickerBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { stat } from './panels.js';
import { latest, POSTGRES, PROMETHEUS, series, sql } from './queries.js';
import { RATE_A } from './rates.js';
import { commonVariables, OF_AGENCIES, pageVariable, PERIOD_START } from './variables.js';

/** Every board of ours carries it, and the list of boards in the head of each goes by it. */
const TAG = 'dunghan';

export interface Section {
  title: string;
  panels: readonly Builder<Panel>[];
}

export interface BoardDescription {
  uid: string;
  title: string;
  description: string;
  sections: readonly Section[];
  /** Variables beyond level, agency and period. */
  variables?: readonly Builder<VariableModel>[];
  /** Links into the page of reports use `${page}`. */
  usesPage?: true;
  from?: string;
}

/** A board with what all have: variables, links that keep them, annotations, the strip of figures on top. */
export function board(description: BoardDescription, page: string): Dashboard {
  const builder = new DashboardBuilder(description.title)
    .uid(description.uid)
    .description(description.description)
    .tags([TAG])
    .timezone('Asia/Ho_Chi_Minh')
    .weekStart('monday')
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from: description.from ?? 'now-24h', to: 'now' })
    .timepicker(new TimePickerBuilder().refreshIntervals(['10s', '30s', '1m', '5m', '1h']))
    .link(
      new DashboardLinkBuilder('Bảng khác')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  const own = [...(description.variables ?? []), ...(description.usesPage ? [pageVariable(page)] : [])];
  for (const variable of [...commonVariables(), ...own]) builder.withVariable(variable);
  for (const annotation of ANNOTATIONS) builder.annotation(annotation);
  for (const panel of strip()) builder.withPanel(panel);
  for (const { title, panels } of description.sections) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  return finished(builder.build());
}

/**
 * What the SDK leaves to whoever builds a board: panels are told apart by their ids; links and annotations stand in
 * the head of the board, not in a menu behind it.
 */
function finished(dashboard: Dashboard): Dashboard {
  dashboard.panels?.forEach((panel, index) => (panel.id = index + 1));
  for (const item of [...(dashboard.links ?? []), ...(dashboard.annotations?.list ?? [])])
    delete item.placement;
  return dashboard;
}

/** A process that started within two minutes; a new copy is a new instance, so nothing of it can have changed. */
const STARTED =
  'max by (app, version) (dossier_build_info * on (instance, app) group_left () (time() - process_start_time_seconds{app!=""} < bool 120) == 1)';

const ANNOTATIONS = [
  new AnnotationQueryBuilder()
    .name('Lịch làm việc thay đổi')
    .datasource(POSTGRES)
    .enable(true)
    .iconColor('blue')
    .target(
      sql(`select recorded_at as time, 'Lịch ' || calendar || ', bản ' || version as text
             from monitoring.calendar_change where $__timeFilter(recorded_at) order by recorded_at`),
    ),
  new AnnotationQueryBuilder()
    .name('Triển khai')
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor('purple')
    .titleFormat('{{app}} {{version}} khởi động')
    .expr(STARTED)
    .target(series(STARTED, '{{app}} {{version}}'))
    .step('1m'),
];

/** What is asked first in every alarm: does it reach citizens, and can the figures be trusted. */
function strip(): Builder<Panel>[] {
  return [
    stat({
      title: 'Quá hạn bây giờ',
      description: 'Hồ sơ đang xử lý đã quá hạn của các cơ quan đang chọn.',
      unit: 'none',
      queries: [latest('sum(max by (agency) (dossier_open{state="overdue", agency=~"$agency"}))')],
      thresholds: [
        { from: 1, color: 'yellow' },
        { from: 20, color: 'red' },
      ],
      width: 6,
    }),
    stat({
      title: 'Đúng hạn trong kỳ (công thức a)',
      description: 'Tỷ lệ trả trước hoặc đúng hạn trong số đã giải quyết từ đầu kỳ; như báo cáo.',
      unit: 'percent',
      decimals: 2,
      queries: [
        sql(`select ${RATE_A} as rate
               from monitoring.agency_figure where ${OF_AGENCIES} and day >= ${PERIOD_START}`),
      ],
      base: 'red',
      thresholds: [
        { from: 95, color: 'yellow' },
        { from: 98, color: 'green' },
      ],
      width: 6,
    }),
    stat({
      title: 'Sự kiện chờ lâu nhất',
      description: 'Tuổi của sự kiện cũ nhất chưa vào số liệu; lớn thì mọi con số bên dưới đều cũ.',
      unit: 's',
      queries: [latest('max(dossier_event_oldest_unapplied_age_seconds)')],
      thresholds: [
        { from: 5, color: 'yellow' },
        { from: 60, color: 'red' },
      ],
      width: 6,
    }),
    stat({
      title: 'Cảnh báo đang bật',
      description:
        'Số cảnh báo đang bật, không kể cảnh báo nhịp tim (Watchdog). Không có số liệu nghĩa là chuỗi cảnh báo đã đứt.',
      unit: 'none',
      queries: [latest('count(ALERTS{alertstate="firing"}) - 1')],
      thresholds: [
        { from: 1, color: 'yellow' },
        { from: 5, color: 'red' },
      ],
      width: 6,
    }),
  ];
}
