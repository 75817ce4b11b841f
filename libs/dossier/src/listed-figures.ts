import { MEASURES, type Measure } from './ledger.js';
import type { ReportRow } from './rates.js';
import { ROW_FIGURES } from './row-figures.js';

/** Paused, and the deadline has not passed: what is paused is told apart by this where a sum takes one of both. */
const PAUSED_IN_TIME = 'open.pausedInTime';

/** Figures whose dossiers can be listed together, by their path in a report's line. */
export const LISTED_FIGURES: readonly string[] = [...ROW_FIGURES.map(({ name }) => name), PAUSED_IN_TIME];

/** What no figure has a part of: two figures hold the same dossiers for the same reason where they share one. */
export type FigurePart = 'carriedOver' | 'pausedInTime' | Exclude<Measure, 'paused'>;

/**
 * What makes up a figure.
 * @param name one of `LISTED_FIGURES`; of another one nothing
 */
export function partsOfFigure(name: string): FigurePart[] {
  if (name === PAUSED_IN_TIME) return ['pausedInTime'];
  const figure = ROW_FIGURES.find((one) => one.name === name);
  if (figure?.span === 'before') return ['carriedOver'];
  return (figure?.measures ?? []).flatMap((nth): FigurePart[] => {
    const measure = MEASURES[nth] as Measure;
    return measure === 'paused' ? ['pausedInTime', 'pausedPastDue'] : [measure];
  });
}

/** The count of a line that a name of `LISTED_FIGURES` stands for. */
export function figureIn(row: ReportRow, name: string): number {
  if (name === PAUSED_IN_TIME) return row.open.paused - row.open.pausedPastDue;
  const [group = '', part] = name.split('.');
  const value: unknown = row[group as keyof ReportRow];
  return part === undefined ? (value as number) : ((value as Record<string, number>)[part] ?? 0);
}
