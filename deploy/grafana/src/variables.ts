import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  ConstantVariableBuilder,
  CustomVariableBuilder,
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { POSTGRES, PROMETHEUS } from './queries.js';

/** The first instant of the chosen period, in SQL. */
export const PERIOD_START = `date_trunc(\${period:sqlstring}, now(), 'Asia/Ho_Chi_Minh')`;
/** The chosen agencies, in SQL. */
export const OF_AGENCIES = `agency in (\${agency:sqlstring})`;
/** Parameters of an address that keep what is chosen, but for the agency. */
export const KEPT = '${level:queryparam}&${period:queryparam}&${__url_time_range}';

const LEVELS = {
  all: 'Mọi cấp',
  province: 'Tỉnh',
  department: 'Sở',
  district: 'Huyện',
  commune: 'Xã',
  centre: 'Trung tâm',
  office: 'Văn phòng',
};
const PERIODS = { day: 'Hôm nay', month: 'Tháng này', quarter: 'Quý này', year: 'Năm nay' };

const choices = (options: Record<string, string>): string =>
  Object.entries(options)
    .map(([value, text]) => `${text} : ${value}`)
    .join(', ');

/** What every board can be narrowed by: level, then agency, and the period of the figures. */
export const commonVariables = (): Builder<VariableModel>[] => [
  new CustomVariableBuilder('level')
    .label('Cấp')
    .description('Cấp của cơ quan; chọn cấp thì danh sách cơ quan chỉ còn cấp đó.')
    .values(choices(LEVELS))
    .current({ text: LEVELS.all, value: 'all', selected: true }),
  new QueryVariableBuilder('agency')
    .label('Cơ quan')
    .description('Cơ quan giải quyết; chọn được nhiều cơ quan.')
    .datasource(POSTGRES)
    .query(
      `select id as __value, name || ' (' || id || ')' as __text from monitoring.agency where \${level:sqlstring} in ('all', kind) order by name, id`,
    )
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.Disabled)
    .multi(true)
    .includeAll(true)
    .current({ text: ['All'], value: ['$__all'], selected: true }),
  new CustomVariableBuilder('period')
    .label('Kỳ')
    .description('Kỳ của tỷ lệ và số liệu lũy kế, tính đến bây giờ, theo giờ Việt Nam.')
    .values(choices(PERIODS))
    .current({ text: PERIODS.month, value: 'month', selected: true }),
];

/** The values that a label of a metric has; all of them unless chosen. */
export const labelVariable = (name: string, label: string, metric: string): Builder<VariableModel> =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(PROMETHEUS)
    .query({ query: `label_values(${metric}, ${name})`, refId: 'variable' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'], selected: true });

/** Address of the page of reports, dossiers and runbooks, for links that leave Grafana. */
export const pageVariable = (page: string): Builder<VariableModel> =>
  new ConstantVariableBuilder('page').value(page);
