import type { Stock } from '#libs/contracts';
import { type Channel, type FigurePart, type Instant, LISTED_FIGURES, partsOfFigure } from '#libs/dossier';
import type { QueryReader } from '../reports/report-query.js';
import {
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
const STOCK_OF: Partial<Record<FigurePart, Stock>> = {
  inTime: 'in-time',
  overdue: 'overdue',
  pausedInTime: 'paused-in-time',
  pausedPastDue: 'past-due-while-paused',
  noDueDate: 'no-due-date',
};

/** Parts of the list: each dossier once for each time that one of the figures counts it. */
export function figureParts(scope: PartScope, figures: readonly string[], span: FlowSpan): string[] {
  const all = figures.flatMap(partsOfFigure);
  const channels = all.flatMap((part) => CHANNEL_OF[part] ?? []);
  const stocks = all.flatMap((part) => STOCK_OF[part] ?? []);
  const flows = all.filter(
    (part): part is FlowKind & FigurePart =>
      part !== 'carriedOver' && CHANNEL_OF[part] === undefined && STOCK_OF[part] === undefined,
  );
  const [everyChannel, everyStock] = [CHANNEL_OF, STOCK_OF].map((known) => Object.keys(known).length);
  // What has not begun holds nothing, and nothing is carried over into it yet.
  const stood = span.from < span.until;
  return [
    ...(stood && all.includes('carriedOver')
      ? stockParts(scope, ['open'], span.from - 1, [], 'carriedOver')
      : []),
    ...(channels.length > 0
      ? flowParts(channels.length === everyChannel ? scope : through(scope, channels), ['received'], span)
      : []),
    ...flowParts(scope, flows, span),
    ...(stood && stocks.length > 0
      ? stockParts(scope, stocks.length === everyStock ? ['open'] : stocks, lastOf(span))
      : []),
    ...(stood ? [] : nothing(scope)),
  ];
}

const lastOf = ({ until }: FlowSpan): Instant => until - 1;
const nothing = (scope: PartScope): string[] => stockParts({ ...scope, where: ['false'] }, ['open'], 0);
