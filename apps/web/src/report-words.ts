import { formatDate } from './format.js';
import { type AnyReport, isForm } from './issued-api.js';
import type { Texts } from './texts.js';

/** What a figure of a report line is called, from its path: `resolved.late`; of the form its column. */
export function figureWords(figure: string, report: AnyReport | null, text: Texts): string {
  if (report !== null && isForm(report)) {
    const column = report.columns.find(({ group, name }) => `${group}.${name}` === figure);
    if (column) return `(${column.number}) ${column.title}`;
  }
  const [group = '', part = ''] = figure.split('.');
  if (group === 'rates') return text.rateNamed(part);
  const groups: Record<string, string> = {
    carriedOver: text.carriedOver,
    received: text.received,
    reopened: text.reopened,
    resolved: text.resolved,
    closedOtherwise: text.closedOtherwise,
    open: text.open,
    refused: text.refused,
  };
  const parts: Record<string, string> = {
    ...text.channels,
    early: text.early,
    onTime: text.onTime,
    late: text.late,
    noDueDate: text.noDueDate,
    refused: text.closedRefused,
    withdrawn: text.closedWithdrawn,
    stopped: text.closedStopped,
    inTime: text.inTime,
    overdue: text.overdue,
    paused: text.paused,
    pausedInTime: text.pausedInTime,
    pausedPastDue: `${text.paused}, ${text.pausedPastDue}`,
  };
  const whole = groups[group] ?? figure;
  return part === '' || part === 'total' ? whole : `${whole}: ${parts[part] ?? part}`;
}

/** Figures that are added up, in words. */
export const sumWords = (figures: string, text: Texts): string =>
  figures
    .split(',')
    .map((figure) => figureWords(figure, null, text))
    .join(' + ');

/** Always the bounds; a name alone would leave open how the period was cut. */
export const boundsWords = ({ from, to }: { from: string; to: string }, text: Texts): string =>
  text.bounds(formatDate(from), formatDate(to));
