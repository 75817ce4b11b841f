import { PanelBuilder as BarsBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  type DynamicConfigValue,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as HeatmapBuilder } from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Query } from './queries.js';

/** Where a colour begins; below the first threshold all is well. */
export interface Threshold {
  from: number;
  color: Color;
}
/** Names of Grafana's palette, which has a shade of each for a light and for a dark page. */
type Color = 'green' | 'yellow' | 'orange' | 'red';
const COLOR_NAMES: Record<Color, string> = { green: 'xanh', yellow: 'vàng', orange: 'cam', red: 'đỏ' };

/** A way from a value to a page; an address of Grafana with its `${…}`. */
export interface Link {
  title: string;
  url: string;
}

interface About {
  title: string;
  /** What it means and what to do about it. */
  description: string;
  /** Grafana's id of the unit. */
  unit: string;
  queries: readonly Query[];
  /** Of 24. */
  width: number;
  height?: number;
  decimals?: number;
  thresholds?: readonly Threshold[];
  /** Colour below the first threshold. */
  base?: Color;
  links?: readonly Link[];
}

/** Something missing must not look like a zero. */
const NO_DATA = 'không có số liệu';

type AnyPanel = StatBuilder | LinesBuilder | BarsBuilder | TableBuilder | HeatmapBuilder;

function dress<T extends AnyPanel>(panel: T, about: About, height: number): T {
  const { thresholds = [], base = 'green', links = [] } = about;
  const steps = thresholds.map(({ from, color }) => `${COLOR_NAMES[color]} từ ${from}`);
  panel
    .title(about.title)
    .description(
      steps.length === 0
        ? about.description
        : `${about.description} Ngưỡng: ${COLOR_NAMES[base]} ở dưới, ${steps.join(', ')}.`,
    )
    .targets(
      about.queries.map((query, index) => ({
        build: () => ({ ...query.build(), refId: String.fromCharCode(65 + index) }),
      })),
    )
    .unit(about.unit)
    .noValue(NO_DATA)
    .span(about.width)
    .height(about.height ?? height);
  if (about.decimals !== undefined) panel.decimals(about.decimals);
  panel.thresholds(
    new ThresholdsConfigBuilder()
      .mode(ThresholdsMode.Absolute)
      .steps([
        { value: null, color: thresholds.length === 0 ? 'text' : base },
        ...thresholds.map(({ from, color }) => ({ value: from, color })),
      ]),
  );
  if (links.length > 0) panel.dataLinks(links.map(linkBuilder));
  return panel;
}

/** What leaves Grafana opens beside it. */
const linkBuilder = ({ title, url }: Link): DashboardLinkBuilder =>
  new DashboardLinkBuilder(title).url(url).targetBlank(!url.startsWith('/'));

/** One number, as it is now. */
export const stat = (about: About): Builder<Panel> =>
  dress(
    new StatBuilder()
      .graphMode(BigValueGraphMode.None)
      .colorMode(about.thresholds ? BigValueColorMode.Background : BigValueColorMode.None)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)),
    about,
    4,
  );

/** How it went. A gap in the data stays a gap. */
export function lines(about: About & { stacked?: boolean; logarithmic?: boolean }): Builder<Panel> {
  const panel = dress(
    new LinesBuilder()
      .drawStyle(GraphDrawStyle.Line)
      .lineWidth(1)
      .spanNulls(false)
      .legend(
        new VizLegendOptionsBuilder()
          .displayMode(LegendDisplayMode.List)
          .placement(LegendPlacement.Bottom)
          .showLegend(true),
      )
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending)),
    about,
    8,
  );
  if (about.stacked) {
    panel.fillOpacity(30).stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  }
  if (about.logarithmic) {
    panel.scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10));
  } else {
    panel.axisSoftMin(0);
  }
  return panel;
}

/** Several of a kind beside each other, the longest first where the query sorts. */
export const bars = (about: About): Builder<Panel> =>
  dress(
    new BarsBuilder()
      .displayMode(BarGaugeDisplayMode.Basic)
      .orientation(VizOrientation.Horizontal)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)),
    about,
    8,
  );

export interface Column {
  name: string;
  title: string;
  unit?: string;
  decimals?: number;
  link?: Link;
  hidden?: true;
  width?: number;
}

/** Rows, each column named for its reader. */
export function table(about: About & { columns: readonly Column[] }): Builder<Panel> {
  const panel = dress(new TableBuilder(), about, 10);
  const hidden = about.columns.filter((column) => column.hidden).map(({ name }) => [name, true] as const);
  if (hidden.length > 0) {
    panel.withTransformation({ id: 'organize', options: { excludeByName: Object.fromEntries(hidden) } });
  }
  for (const column of about.columns)
    if (!column.hidden) panel.overrideByName(column.name, propertiesOf(column));
  return panel;
}

function propertiesOf({ title, unit, decimals, link, width }: Column): DynamicConfigValue[] {
  return [
    { id: 'displayName', value: title },
    ...(unit ? [{ id: 'unit', value: unit }] : []),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(link ? [{ id: 'links', value: [linkBuilder(link).build()] }] : []),
    ...(width ? [{ id: 'custom.width', value: width }] : []),
  ];
}

/** Where most of a histogram lies, over time. */
export const heatmap = (about: About): Builder<Panel> =>
  dress(new HeatmapBuilder().calculate(false), about, 8);
