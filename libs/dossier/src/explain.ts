import { effectiveFacts, isAmendment } from './amendments.js';
import type { EffectiveFact, FactStatus } from './amendments.js';
import { DeadlineStory } from './explain-deadline.js';
import type { DeadlineExplanation } from './explain-deadline.js';
import { ANOMALY_TEXT, OUTCOME_TEXT } from './explain-text.js';
import type { Text } from './explain-text.js';
import type { Fact, OrdinaryContent } from './facts.js';
import { ANOMALIES } from './apply-fact.js';
import type { AnomalyCode, Outcome } from './apply-fact.js';
import type { Calendars } from './calendar.js';
import { fold } from './fold.js';
import { formatInstant } from './instant.js';
import type { Instant } from './instant.js';

export type { DayLine } from './explain-days.js';
export type { DeadlineExplanation, DeadlineStep } from './explain-deadline.js';

/** What an event says, as its source sent it. */
export interface EventContent {
  type: string;
  time: string;
  data: Record<string, unknown>;
}

/** One event of a dossier, what became of it and what it did. */
export interface ExplainedEvent extends EventContent, Text {
  id: string;
  sequence: number;
  recordedAt: string;
  /** `no-effect` for one that is in force and yet changed nothing. */
  status: FactStatus;
  /** Id of the event that corrected, retracted or superseded it. */
  by: string | null;
  /** What it did, or why it did nothing; null for amendments and what is not in force. */
  effect: Outcome | null;
  /** The content in force, of a corrected event. */
  inForce: EventContent | null;
}

/** An event that did not fit and changed nothing. */
export interface Anomaly {
  /** Its id. */
  event: string;
  type: string;
  code: AnomalyCode;
  detail: string;
  vi: string;
}

/** A dossier's history in words: every event once, what did not fit, and how the deadline came about. */
export interface Explanation {
  events: ExplainedEvent[];
  anomalies: Anomaly[];
  /** Null before acceptance. */
  deadline: DeadlineExplanation | null;
}

const isAnomaly = (outcome: Outcome): outcome is AnomalyCode =>
  (ANOMALIES as readonly Outcome[]).includes(outcome);

/** Explains a history under the calendars it was, or would be, folded under. Instants carry +07:00. */
export function explain(facts: readonly Fact[], calendars: Calendars): Explanation {
  const story = new DeadlineStory(calendars);
  const outcomes = new Map<string, Outcome>();
  const anomalies: Anomaly[] = [];
  const state = fold(facts, calendars, (fact, outcome, after) => {
    outcomes.set(fact.id, outcome);
    story.follow(fact, outcome, after);
    if (isAnomaly(outcome)) {
      const { vi, en } = ANOMALY_TEXT[outcome];
      anomalies.push({ event: fact.id, type: fullType(fact.type), code: outcome, detail: en, vi });
    }
  });
  return {
    events: effectiveFacts(facts).map((entry) => explainEvent(entry, outcomes.get(entry.told.id))),
    anomalies,
    deadline: story.end(state),
  };
}

function explainEvent(
  { fact, told, status, by }: EffectiveFact,
  outcome: Outcome | undefined,
): ExplainedEvent {
  const idle = outcome !== undefined && (isAnomaly(outcome) || outcome === 'clock-not-started');
  return {
    id: told.id,
    ...contentOf(told),
    sequence: told.sequence,
    recordedAt: formatInstant(told.recordedAt),
    status: idle && status === 'in-force' ? 'no-effect' : status,
    by,
    effect: outcome ?? null,
    ...(outcome === undefined ? amendmentText(status, told) : OUTCOME_TEXT[outcome]),
    inForce: status === 'corrected' ? contentOf(fact) : null,
  };
}

function amendmentText(status: FactStatus, told: Fact): Text {
  switch (status) {
    case 'retracted':
      return { vi: 'Đã bị rút lại; coi như chưa xảy ra.', en: 'Retracted; it never happened.' };
    case 'superseded':
      return {
        vi: 'Đã có đính chính hoặc rút lại khác.',
        en: 'Superseded by another correction or retraction.',
      };
    case 'waiting':
      return { vi: 'Chờ sự kiện được nêu.', en: 'Waits for the event it names.' };
    case 'no-effect':
      return {
        vi: 'Không thể tác động lên sự kiện được nêu.',
        en: 'It may not act on the event it names.',
      };
    case 'in-force':
    case 'corrected':
      return told.type === 'retracted'
        ? { vi: 'Rút lại một sự kiện.', en: 'Takes back an event.' }
        : { vi: 'Đính chính một sự kiện.', en: 'Corrects an event.' };
  }
}

const fullType = (type: Fact['type']): string => `vn.tthc.dossier.${type}.v1`;

function contentOf(fact: Fact): EventContent {
  const { type, time } = fact;
  if (!isAmendment(fact)) return ordinaryContent(fact, time);
  const data =
    fact.type === 'retracted'
      ? { ...fact.data }
      : { event: fact.data.event, ...ordinaryContent(fact.data.content, fact.data.time) };
  return { type: fullType(type), time: formatInstant(time), data };
}

function ordinaryContent({ type, data }: OrdinaryContent, time: Instant): EventContent {
  const asSent = Object.entries(data).map(([name, value]): [string, unknown] => [
    name,
    name.endsWith('At') && typeof value === 'number' ? formatInstant(value) : value,
  ]);
  return { type: fullType(type), time: formatInstant(time), data: Object.fromEntries(asSent) };
}
