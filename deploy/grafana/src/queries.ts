import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** Uids by which provisioning/datasources names the two sources. */
export const PROMETHEUS: DataSourceRef = { type: 'prometheus', uid: 'dunghan-prometheus' };
export const POSTGRES: DataSourceRef = { type: 'grafana-postgresql-datasource', uid: 'dunghan-postgres' };

export type Query = Builder<Dataquery>;

/** A series over the time range; `legend` in Grafana's form, `{{label}}`. */
export const series = (expr: string, legend: string): DataqueryBuilder =>
  new DataqueryBuilder().datasource(PROMETHEUS).expr(expr).legendFormat(legend).range();

/** The values at the end of the time range. */
export const latest = (expr: string, legend = ''): DataqueryBuilder =>
  new DataqueryBuilder().datasource(PROMETHEUS).expr(expr).legendFormat(legend).instant();

/** The same as rows, a column per label. */
export const rows = (expr: string): DataqueryBuilder => latest(expr).format(PromQueryFormat.Table);

/** Buckets of a histogram over the time range, for a heat map. */
export const buckets = (expr: string): DataqueryBuilder =>
  series(expr, '{{le}}').format(PromQueryFormat.Heatmap);

/** A query of PostgreSQL as Grafana's own editor writes it; the SDK has no builder for it. */
class SqlQuery implements Query {
  constructor(
    private readonly rawSql: string,
    private readonly format: 'table' | 'time_series',
  ) {}

  build(): Dataquery {
    const query = {
      datasource: POSTGRES,
      editorMode: 'code',
      format: this.format,
      rawQuery: true,
      rawSql: this.rawSql,
      refId: 'A',
    };
    return query as unknown as Dataquery;
  }
}

/** Rows of a view of the schema `monitoring`. */
export const sql = (text: string): Query => new SqlQuery(tidy(text), 'table');
/** Rows with a column `time`, in its order, and one column per series. */
export const sqlSeries = (text: string): Query => new SqlQuery(tidy(text), 'time_series');

/** Indentation of the source is of no use to whoever reads it in Grafana. */
const tidy = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
