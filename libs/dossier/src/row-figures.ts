import { MEASURES, type Measure } from './ledger.js';

/** Which part of time a figure of a report line sums up: before the period, within it, or both. */
export type FigureSpan = 'before' | 'within' | 'both';

/** A figure of the timeliness report's line: sums of these measures. */
export interface RowFigure {
  /** Its path in the line, e.g. `resolved.late`. */
  name: string;
  span: FigureSpan;
  /** Indexes into `MEASURES`. */
  measures: readonly number[];
}

const STOCKS: readonly Measure[] = ['inTime', 'overdue', 'paused', 'noDueDate'];
const RECEIVED = { counter: 'receivedCounter', online: 'receivedOnline', post: 'receivedPost' } as const;
const RESOLVED = {
  early: 'resolvedEarly',
  onTime: 'resolvedOnTime',
  late: 'resolvedLate',
  noDueDate: 'resolvedNoDueDate',
} as const;
const CLOSED = { refused: 'closedRefused', withdrawn: 'closedWithdrawn', stopped: 'closedStopped' } as const;

const figure = (name: string, span: FigureSpan, measures: readonly Measure[]): RowFigure => ({
  ...{ name, span },
  measures: measures.map((measure) => MEASURES.indexOf(measure)),
});
const group = (name: string, span: FigureSpan, parts: Readonly<Record<string, Measure>>): RowFigure[] => [
  figure(`${name}.total`, span, Object.values(parts)),
  ...Object.entries(parts).map(([part, measure]) => figure(`${name}.${part}`, span, [measure])),
];

/** Every count of a report line, in its order; the rates follow from them. */
export const ROW_FIGURES: readonly RowFigure[] = [
  figure('carriedOver', 'before', STOCKS),
  ...group('received', 'within', RECEIVED),
  figure('reopened', 'within', ['reopened']),
  ...group('resolved', 'within', RESOLVED),
  ...group('closedOtherwise', 'within', CLOSED),
  figure('open.total', 'both', STOCKS),
  ...(['inTime', 'overdue', 'paused', 'pausedPastDue', 'noDueDate'] as const).map((measure) =>
    figure(`open.${measure}`, 'both', [measure]),
  ),
  figure('refused', 'within', ['refused']),
];
