import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import type { KeyedRow } from '../figures.js';
import { formatMonth } from '../format.js';
import { usePage } from '../page.js';
import { labelEvery, marksOf } from './chart-scale.js';
import { ListLink, type ListTarget } from './list-link.js';

/** Room around the bars, in pixels. */
const ABOVE = 34;
const BELOW = 26;
const LEFT = 52;
const RIGHT = 40;
const WIDEST_BAR = 36;
const LABEL_WIDTH = 62;
/** A target is at least this wide (WCAG 2.5.8). */
const NARROWEST_LINK = 24;
const KINDS = ['early', 'onTime', 'late'] as const;

/**
 * Months as stacked bars, and the rate above them as a line. Drawn in plain SVG: a library for this one picture
 * would be larger than the rest of the page together. Colours are the page's, so dark mode and print change them;
 * each kind has its pattern, too. Sentence and table say the same beside it, so it is one picture to screen readers.
 * Above each month lies a link to what was resolved in it, by pointer or keyboard; where months are too narrow to be
 * hit, only the table has them.
 */
export function TrendChart({
  months,
  marked,
  targetOf,
  describedBy,
}: {
  months: readonly KeyedRow[];
  /** Months in which the organisation changed. */
  marked: readonly string[];
  /** The dossiers of a month, `YYYY-MM`. */
  targetOf: (month: string) => ListTarget;
  /** The element that says in words what is to be seen. */
  describedBy: string;
}) {
  const { text, count, percent } = usePage();
  const [box, { width, height }] = useSize();
  const [pointed, setPointed] = useState<number | null>(null);
  const id = useId();
  const counts = marksOf(0, Math.max(...months.map(({ resolved }) => resolved.total), 0), 5);
  const top = counts.at(-1) ?? 1;
  const rates = months.map((month) => month.rates.a.percent);
  // A rate axis from 0 would press 99.9 and 99.1 into one line; its lowest label says where it begins.
  const lowest = Math.min(100, ...rates.filter((rate) => rate !== null));
  const floor = Math.max(0, Math.floor((lowest - 0.01) / 5) * 5);
  const percents = marksOf(floor, 100, 5).filter((mark) => mark <= 100);

  const plot = { width: width - LEFT - RIGHT, height: height - ABOVE - BELOW };
  const step = plot.width / Math.max(months.length, 1);
  const bar = Math.min(WIDEST_BAR, step * 0.62);
  const middle = (index: number): number => LEFT + step * (index + 0.5);
  const countY = (value: number): number => ABOVE + plot.height * (1 - value / top);
  const rateY = (value: number): number => ABOVE + plot.height * (1 - (value - floor) / (100 - floor));
  const every = labelEvery(months.length, plot.width, LABEL_WIDTH);
  const month = pointed === null ? undefined : months[pointed];

  const drawing: ReactNode = plot.width > 0 && plot.height > 0 && (
    <svg aria-hidden="true" viewBox={`0 0 ${width} ${height}`}>
      <defs>
        <Hatching id={`${id}onTime`} colour="--mark-on-time" gap={1.5} size={5.5} turn={45} />
        <Hatching id={`${id}late`} colour="--mark-late" gap={2} size={4.5} turn={-45} />
      </defs>
      <text x={0} y={14}>
        {text.trendAxisCount}
      </text>
      <text x={width} y={14} className="end">
        {text.trendAxisRate}
      </text>
      {counts.map((mark) => (
        <g key={mark}>
          <line className="hairline" x1={LEFT} x2={width - RIGHT} y1={countY(mark)} y2={countY(mark)} />
          <text x={LEFT - 8} y={countY(mark) + 4} className="end">
            {count(mark)}
          </text>
        </g>
      ))}
      {percents.map((mark) => (
        <text key={mark} x={width - RIGHT + 8} y={rateY(mark) + 4}>
          {count(mark)}
        </text>
      ))}
      {months.map(
        ({ key }, index) =>
          marked.includes(key) && (
            <line
              key={key}
              className="marked"
              x1={middle(index)}
              x2={middle(index)}
              y1={ABOVE}
              y2={ABOVE + plot.height}
            />
          ),
      )}
      {month !== undefined && pointed !== null && (
        <line
          className="pointer"
          x1={middle(pointed)}
          x2={middle(pointed)}
          y1={ABOVE}
          y2={ABOVE + plot.height}
        />
      )}
      {months.map(({ key, resolved }, index) => {
        let below = 0;
        return (
          <g key={key}>
            {KINDS.map((kind) => {
              const value = resolved[kind];
              const y = countY(below + value);
              const bottom = countY(below);
              below += value;
              const fill = kind === 'early' ? 'var(--mark-early)' : `url(#${id}${kind})`;
              return (
                value > 0 && (
                  <rect
                    key={kind}
                    x={middle(index) - bar / 2}
                    y={y}
                    width={bar}
                    height={bottom - y}
                    fill={fill}
                  />
                )
              );
            })}
            {index % every === 0 && (
              <text x={middle(index)} y={height - 6} className="middle">
                {formatMonth(key)}
              </text>
            )}
          </g>
        );
      })}
      <path
        className="rate-line"
        d={lineThrough(rates.map((rate, index) => rate !== null && [middle(index), rateY(rate)]))}
      />
      {rates.map(
        (rate, index) =>
          rate !== null && (
            <circle
              key={months[index]?.key}
              cx={middle(index)}
              cy={rateY(rate)}
              r={3.5}
              className="rate-dot"
            />
          ),
      )}
    </svg>
  );
  return (
    <div
      ref={box}
      className="chart-box"
      onPointerMove={(event) => {
        const x = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT;
        const index = Math.floor(x / step);
        setPointed(index >= 0 && index < months.length ? index : null);
      }}
      onPointerLeave={() => setPointed(null)}
    >
      <div role="img" aria-label={text.trend} aria-describedby={describedBy} className="chart-picture">
        {drawing}
      </div>
      {step >= NARROWEST_LINK && (
        <div
          className="chart-months screen-only"
          style={{ left: LEFT, right: RIGHT, top: ABOVE, bottom: BELOW }}
        >
          {months.map(({ key, resolved }, index) => (
            <div key={key} onFocus={() => setPointed(index)} onBlur={() => setPointed(null)}>
              <ListLink
                behind="da-giai-quyet"
                value={resolved.total}
                of={formatMonth(key)}
                target={targetOf(key)}
                className="chart-month"
              >
                {null}
              </ListLink>
            </div>
          ))}
        </div>
      )}
      {month !== undefined && pointed !== null && (
        <div
          aria-hidden="true"
          className={`chart-tip ${pointed * 2 < months.length ? 'right' : 'left'}`}
          style={{ left: middle(pointed) }}
        >
          {[
            `${text.month} ${formatMonth(month.key)}`,
            `${text.resolved}: ${count(month.resolved.total)}`,
            ...KINDS.map((kind) => `${text[kind]}: ${count(month.resolved[kind])}`),
            `${text.rateShort}: ${percent(month.rates.a.percent)}`,
          ].map((line) => (
            <div key={line}>{line}</div>
          ))}
        </div>
      )}
    </div>
  );
}

/** Stripes of a colour on the card's ground. */
function Hatching({
  id,
  colour,
  gap,
  size,
  turn,
}: {
  id: string;
  colour: string;
  gap: number;
  size: number;
  turn: number;
}) {
  return (
    <pattern
      id={id}
      width={size}
      height={size}
      patternUnits="userSpaceOnUse"
      patternTransform={`rotate(${turn})`}
    >
      <rect width={size} height={size} fill="var(--card)" />
      <rect width={size} height={size - gap} fill={`var(${colour})`} />
    </pattern>
  );
}

/** A line through the points, broken where one is missing. */
function lineThrough(points: readonly (readonly [x: number, y: number] | false)[]): string {
  return points
    .map((point, index) =>
      point ? `${points[index - 1] ? 'L' : 'M'}${point[0].toFixed(1)} ${point[1].toFixed(1)}` : '',
    )
    .join('');
}

/** The size of an element in pixels, followed as it changes. */
function useSize() {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [box, size] as const;
}
