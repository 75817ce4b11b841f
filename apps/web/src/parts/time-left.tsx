import type { Dossier } from '../api.js';
import { formatDate, formatMinute, parseInstant, spanOf } from '../format.js';
import { usePage } from '../page.js';

/** Calendar time to the deadline, or past it. */
export function TimeLeft({ dossier, now }: { dossier: Dossier; now: number }) {
  const { text, count } = usePage();
  const overdueFrom = parseInstant(dossier.overdueFrom);
  if (overdueFrom === null) return null;
  const parts = spanOf(overdueFrom - now);
  const span = text.span(parts, parts.days === 0 ? null : count(parts.days));
  const over = now >= overdueFrom;
  return <span className={over ? 'span over' : 'span'}>{over ? text.over(span) : text.left(span)}</span>;
}

/** The due day or, for limits in working hours, the instant. */
export function DueDate({ dossier }: { dossier: Dossier }) {
  const dueAt = parseInstant(dossier.dueAt);
  if (dueAt !== null) return <>{formatMinute(dueAt)}</>;
  return <>{dossier.dueOn === null ? '—' : formatDate(dossier.dueOn)}</>;
}
