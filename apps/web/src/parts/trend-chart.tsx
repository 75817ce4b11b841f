import { BarChart, LineChart, type BarSeriesOption, type LineSeriesOption } from 'echarts/charts';
import {
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
  type GridComponentOption,
  type TooltipComponentOption,
} from 'echarts/components';
import { init, use, type ComposeOption, type ECharts } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import type { KeyedRow } from '../figures.js';
import { formatMonth } from '../format.js';
import { usePage, type Page } from '../page.js';

use([BarChart, LineChart, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

type Option = ComposeOption<
  BarSeriesOption | LineSeriesOption | GridComponentOption | TooltipComponentOption
>;

export default function TrendChart({
  months,
  marked,
}: {
  months: readonly KeyedRow[];
  /** Months in which the organisation changed. */
  marked: readonly string[];
}) {
  const page = usePage();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = init(element, null, { renderer: 'svg' });
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(optionOf(months, marked, page), { notMerge: true });
  }, [months, marked, page]);

  return <div ref={box} className="chart-box" aria-hidden="true" />;
}

/**
 * Colours are CSS variables, which the SVG renderer passes through: dark mode and print then change
 * them without a line of script. Only what the browser paints may use them (no colour arithmetic), so
 * emphasis is off.
 */
const INK = 'var(--ink-soft)';
const HAIRLINE = 'var(--line)';
const FONT = { color: INK, fontFamily: 'inherit', fontSize: 12 };

function optionOf(
  months: readonly KeyedRow[],
  marked: readonly string[],
  { text, count, percent }: Page,
): Option {
  const bar = (name: string, colour: string, values: number[], decal?: object): BarSeriesOption => ({
    type: 'bar',
    name,
    stack: 'resolved',
    barMaxWidth: 36,
    silent: false,
    emphasis: { disabled: true },
    itemStyle: { color: `var(${colour})`, decal: decal ?? { symbol: 'none' } },
    data: values,
  });
  const rates = months.map((month) => month.rates.a.percent);
  const lowest = Math.min(100, ...rates.filter((rate) => rate !== null));
  return {
    animation: false,
    textStyle: FONT,
    grid: { left: 8, right: 8, top: 40, bottom: 8, containLabel: true },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'line', lineStyle: { color: INK, type: 'dashed' } },
      backgroundColor: 'var(--card)',
      borderColor: 'var(--line)',
      textStyle: { ...FONT, color: 'var(--ink)' },
      formatter: (hovered) => tooltipOf(months, hovered, { text, count, percent }),
    },
    xAxis: {
      type: 'category',
      data: months.map((month) => formatMonth(month.key)),
      axisLabel: { ...FONT, hideOverlap: true },
      axisLine: { lineStyle: { color: INK } },
      axisTick: { show: false },
    },
    yAxis: [
      {
        type: 'value',
        name: text.trendAxisCount,
        nameTextStyle: { ...FONT, align: 'left' },
        nameGap: 16,
        minInterval: 1,
        axisLabel: { ...FONT, formatter: (value: number) => count(value) },
        splitLine: { lineStyle: { color: HAIRLINE } },
      },
      {
        type: 'value',
        name: text.trendAxisRate,
        nameTextStyle: { ...FONT, align: 'right' },
        nameGap: 16,
        // A rate axis from 0 would press 99.9 and 99.1 into one line; its lowest label says where it begins.
        min: Math.max(0, Math.floor((lowest - 0.01) / 5) * 5),
        max: 100,
        splitNumber: 4,
        axisLabel: FONT,
        splitLine: { show: false },
      },
    ],
    series: [
      bar(
        text.early,
        '--mark-early',
        months.map((month) => month.resolved.early),
      ),
      bar(
        text.onTime,
        '--mark-on-time',
        months.map((month) => month.resolved.onTime),
        {
          symbol: 'rect',
          color: 'var(--card)',
          dashArrayX: [1, 0],
          dashArrayY: [1.5, 5],
          rotation: Math.PI / 4,
        },
      ),
      bar(
        text.late,
        '--mark-late',
        months.map((month) => month.resolved.late),
        {
          symbol: 'rect',
          color: 'var(--card)',
          dashArrayX: [1, 0],
          dashArrayY: [2, 3],
          rotation: -Math.PI / 4,
        },
      ),
      {
        type: 'line',
        name: text.rateShort,
        yAxisIndex: 1,
        data: rates,
        symbol: 'circle',
        symbolSize: 7,
        emphasis: { disabled: true },
        lineStyle: { color: 'var(--ink)', width: 2 },
        itemStyle: { color: 'var(--card)', borderColor: 'var(--ink)', borderWidth: 2 },
        connectNulls: false,
        markLine: {
          silent: true,
          symbol: 'none',
          label: { show: false },
          lineStyle: { color: INK, type: 'dashed', width: 2 },
          data: marked.map((month) => ({ xAxis: formatMonth(month) })),
        },
      },
    ],
  };
}

function tooltipOf(
  months: readonly KeyedRow[],
  hovered: unknown,
  { text, count, percent }: Pick<Page, 'text' | 'count' | 'percent'>,
): HTMLElement {
  const first: unknown = Array.isArray(hovered) ? hovered[0] : hovered;
  const index =
    typeof first === 'object' && first !== null && 'dataIndex' in first ? Number(first.dataIndex) : -1;
  const month = months[index];
  const box = document.createElement('div');
  if (month === undefined) return box;
  const { resolved, rates } = month;
  for (const line of [
    `${text.month} ${formatMonth(month.key)}`,
    `${text.resolved}: ${count(resolved.total)}`,
    `${text.early}: ${count(resolved.early)}`,
    `${text.onTime}: ${count(resolved.onTime)}`,
    `${text.late}: ${count(resolved.late)}`,
    `${text.rateShort}: ${percent(rates.a.percent)}`,
  ]) {
    const row = document.createElement('div');
    row.textContent = line;
    box.append(row);
  }
  return box;
}
