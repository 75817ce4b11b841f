import type { FlowName, Stock } from '#libs/contracts';
import { type Channel, type FigurePart, type Instant, LISTED_FIGURES, partsOfFigure } from '#libs/dossier';
import type { QueryReader } from '../reports/report-query.js';
import {
  anyPart,
  type FlowKind,
  flowParts,
  type FlowSpan,
  type PartScope,
  stockParts,
  through,
} from './list-parts.js';

/** The list behind figures of a report's line that are added up: what happened in the period, and what stood. */

/** Figures by their names, none with a part of another; every fault is noted with the reader. */
export function readFigures(reader: QueryReader): readonly string[] | undefined {
  const names = reader.text('figures')?.split(',');
  if (names === undefined) return undefined;
  const seen = new Map<FigurePart, string>();
  for (const name of names) {
    if (!LISTED_FIGURES.includes(name))
      reader.fault('figures', 'bad-value', `Knows no ${name}; must be some of ${LISTED_FIGURES.join(', ')}.`);
    const shared = partsOfFigure(name).find((part) => seen.has(part));
    if (shared !== undefined)
      reader.fault('figures', 'duplicate', `${seen.get(shared)} and ${name} hold the same dossiers.`);
    for (const part of partsOfFigure(name)) seen.set(part, name);
  }
  return names;
}

const CHANNEL_OF: Partial<Record<FigurePart, Channel>> = {
  receivedCounter: 'counter',
  receivedOnline: 'online',
  receivedPost: 'post',
};

/** The figures that each flow adds up. */
export const FLOW_FIGURES: Record<FlowName, readonly string[]> = {
  received: ['received.total'],
  reopened: ['reopened'],
  resolved: ['resolved.total'],
  'resolved-early': ['resolved.early'],
  'resolved-on-time': ['resolved.onTime'],
  'resolved-late': ['resolved.late'],
  'resolved-no-due-date': ['resolved.noDueDate'],
  'resolved-by-due-date': ['resolved.early', 'resolved.onTime'],
  'resolved-with-due-date': ['resolved.early', 'resolved.onTime', 'resolved.late'],
  'resolved-not-late': ['resolved.early', 'resolved.onTime', 'resolved.noDueDate'],
  'closed-otherwise': ['closedOtherwise.total'],
  'closed-refused': ['closedOtherwise.refused'],
  'closed-withdrawn': ['closedOtherwise.withdrawn'],
  'closed-stopped': ['closedOtherwise.stopped'],
  refused: ['refused'],
};

/** The figure that each stock is. */
export const STOCK_FIGURE: Record<Stock, string> = {
  open: 'open.total',
  'in-time': 'open.inTime',
  overdue: 'open.overdue',
  paused: 'open.paused',
  'paused-in-time': 'open.pausedInTime',
  'past-due-while-paused': 'open.pausedPastDue',
  'no-due-date': 'open.noDueDate',
};

/** The stocks that are not made up of others, by what they are as a part. */
const STOCK_OF = new Map<FigurePart, Stock>();
for (const [stock, figure] of Object.entries(STOCK_FIGURE) as [Stock, string][]) {
  const [part, ...others] = partsOfFigure(figure);
  if (part !== undefined && others.length === 0) STOCK_OF.set(part, stock);
}

/**
 * Parts of the list: each dossier once for each time that one of the figures counts it.
 * @param took conditions on what a resolution took, where all figures are of resolutions
 */
export function figureParts(
  scope: PartScope,
  figures: readonly string[],
  span: FlowSpan,
  took: readonly string[] = [],
): string[] {
  const all = figures.flatMap(partsOfFigure);
  const channels = all.flatMap((part) => CHANNEL_OF[part] ?? []);
  const stocks = all.flatMap((part) => STOCK_OF.get(part) ?? []);
  const flows = all.filter(
    (part): part is FlowKind & FigurePart =>
      part !== 'carriedOver' && CHANNEL_OF[part] === undefined && !STOCK_OF.has(part),
  );
  // What has not begun holds nothing, and nothing is carried over into it yet.
  const stood = span.from < span.until;
  return [
    ...(stood && all.includes('carriedOver')
      ? stockParts(scope, ['open'], span.from - 1, [], 'carriedOver')
      : []),
    ...(channels.length > 0
      ? flowParts(
          channels.length === Object.keys(CHANNEL_OF).length ? scope : through(scope, channels),
          ['received'],
          span,
        )
      : []),
    ...flowParts(scope, flows, span, took),
    ...(stood && stocks.length > 0
      ? stockParts(scope, stocks.length === STOCK_OF.size ? ['open'] : stocks, lastOf(span))
      : []),
    ...(stood ? [] : [nothing(scope)]),
  ];
}

const lastOf = ({ until }: FlowSpan): Instant => until - 1;
const nothing = (scope: PartScope): string => anyPart({ ...scope, where: [...scope.where, 'false'] });
