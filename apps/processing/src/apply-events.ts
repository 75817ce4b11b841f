import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { TIMELINESS_TOPIC, type TimelinessMessage } from '#libs/contracts';
import type { DossierState, Fact, Instant } from '#libs/dossier';
import {
  claimOffset,
  type LogBatch,
  type LogMessage,
  moveOffset,
  PostgresLog,
  storedPartition,
} from '#libs/event-log';
import { CONFIG, type Config, TRACE_HEADER, traceOf } from '#libs/platform';
import { type Catalogue, CatalogueStore, closedUntil, factOf, LOG_BATCH_SETTINGS } from '#libs/store';
import {
  type DossierRecord,
  emptyRecord,
  sameTimer,
  type Step,
  takeStep,
  timersFor,
  type TimerSpec,
  withdrawals,
} from './dossier-record.js';
import { deadlineCause } from './deadline-cause.js';
import { metrics } from './metrics.js';
import {
  cancelTimers,
  insertEvents,
  insertQuarantine,
  insertTimers,
  loadHistories,
  loadRecords,
  saveRecords,
  storedBodies,
} from './processing-tables.js';
import { type ArrivedEvent, type Poison, poisonOf, readEvents, ruleOf } from './read-events.js';

export const PROCESSING_GROUP = 'processing';

/** What became of a batch. */
export interface Outcome {
  applied: ArrivedEvent[];
  duplicates: ArrivedEvent[];
  poisoned: Poison[];
  /** Dossiers folded whole. */
  late: number;
}

/** A dossier of the batch in hand, from load to save. */
export interface DossierInHand {
  source: string;
  code: string;
  record: ReturnType<typeof emptyRecord>;
  steps: Step[];
  /** Public snapshots to send, in order of the steps. */
  snapshots: { recordedAt: Instant; state: DossierState; trace?: string | undefined }[];
  newTimers: TimerSpec[];
}

export const keyOf = (source: string, code: string): string => `${source}\u0000${code}`;

/**
 * The use case of processing: a batch of events becomes dossier states, stored events, timers and
 * snapshots, in one transaction with the consumer's offset.
 */
@Injectable()
export class ApplyEvents {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(PostgresLog) private readonly outbox: PostgresLog,
    @Inject(CatalogueStore) private readonly catalogues: CatalogueStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What became of it; undefined: it had been applied before. */
  async apply(batch: LogBatch): Promise<Outcome | undefined> {
    const now = Date.now();
    const catalogue = await this.catalogues.current();
    const { events, poison } = readEvents(batch, catalogue, now);
    const outcome = await this.database.transaction(async (manager) => {
      const from = await claimOffset(manager, PROCESSING_GROUP, batch, LOG_BATCH_SETTINGS);
      if (from >= batch.nextOffset) return undefined;
      const fresh = events.filter(({ message }) => message.offset >= from);
      const poisoned = poison.filter(({ message }) => message.offset >= from);
      const applied = await this.applyFresh(manager, batch, fresh, poisoned, catalogue, now);
      await insertQuarantine(manager, batch, poisoned, now);
      await moveOffset(manager, PROCESSING_GROUP, batch);
      return { ...applied, poisoned };
    });
    if (outcome) metrics.batchApplied(outcome);
    return outcome;
  }

  private async applyFresh(
    manager: EntityManager,
    batch: LogBatch,
    fresh: ArrivedEvent[],
    poisoned: Poison[],
    catalogue: Catalogue,
    now: Instant,
  ): Promise<Omit<Outcome, 'poisoned'>> {
    if (fresh.length === 0) return { applied: [], duplicates: [], late: 0 };
    const inHand = await this.load(manager, fresh);
    const { unseen, repeated } = withoutRepeats(fresh, inHand);
    const conflicting = await conflicts(manager, repeated);
    poisoned.push(...conflicting);

    const rows = assignSteps(unseen, inHand, catalogue, await closedUntil(manager));
    const strangers = await insertEvents(manager, rows);
    // Stored before under another dossier: not ours to apply.
    for (const stranger of strangers) {
      const dossier = inHand.get(keyOf(stranger.event.source, stranger.event.subject)) as DossierInHand;
      dossier.record.ids = dossier.record.ids.filter((id) => id !== stranger.event.id);
      for (const step of dossier.steps) step.facts = step.facts.filter(({ id }) => id !== stranger.event.id);
      dossier.steps = dossier.steps.filter(({ facts }) => facts.length > 0);
      poisoned.push(poisonOf(stranger.message, 'conflicting-duplicate', [], stranger.event));
    }

    const touched = [...inHand.values()].filter(({ steps }) => steps.length > 0);
    const late = await this.foldAll(manager, touched, catalogue);
    await this.save(manager, storedPartition(batch), touched, now);
    return {
      applied: rows.map(({ arrived }) => arrived).filter((arrived) => !strangers.includes(arrived)),
      duplicates: repeated
        .map(({ arrived }) => arrived)
        .filter(({ message }) => !conflicting.some((poison) => poison.message === message)),
      late,
    };
  }

  private async load(manager: EntityManager, events: ArrivedEvent[]): Promise<Map<string, DossierInHand>> {
    const inHand = new Map<string, DossierInHand>();
    for (const { event } of events) {
      const key = keyOf(event.source, event.subject);
      if (inHand.has(key)) continue;
      inHand.set(key, {
        source: event.source,
        code: event.subject,
        record: emptyRecord(),
        steps: [],
        snapshots: [],
        newTimers: [],
      });
    }
    for (const { source, code, record } of await loadRecords(manager, [...inHand.values()])) {
      (inHand.get(keyOf(source, code)) as DossierInHand).record = record;
    }
    return inHand;
  }

  /** Takes every step, first those that need no history, then the others with theirs loaded. */
  private async foldAll(
    manager: EntityManager,
    dossiers: DossierInHand[],
    catalogue: Catalogue,
  ): Promise<number> {
    const behind = dossiers.filter((dossier) => !foldDossier(dossier, catalogue, undefined));
    if (behind.length > 0) {
      const histories = await loadHistories(manager, behind);
      for (const dossier of behind) {
        foldDossier(dossier, catalogue, histories.get(keyOf(dossier.source, dossier.code)) ?? []);
      }
    }
    return behind.length;
  }

  /** Timers, records, snapshots. Also used when a calendar edit moves dossiers without an event. */
  async save(
    manager: EntityManager,
    partition: number,
    dossiers: DossierInHand[],
    now: Instant,
  ): Promise<void> {
    await this.replaceTimers(manager, dossiers);
    const messages: LogMessage[] = [];
    for (const dossier of dossiers) {
      const key = `${dossier.source}|${dossier.code}`;
      const send = (message: TimelinessMessage, trace?: string) =>
        messages.push({
          key,
          value: JSON.stringify(message),
          ...(trace && { headers: { [TRACE_HEADER]: trace } }),
        });
      for (const { recordedAt, state, trace } of dossier.snapshots) {
        send(
          {
            kind: 'snapshot',
            source: dossier.source,
            code: dossier.code,
            recordedAt,
            state: publicState(state),
          },
          trace,
        );
      }
      const record = dossier.record as DossierRecord;
      for (const deadline of record.announced.length > 0 ? withdrawals(record, now) : []) {
        metrics.withdrawn();
        record.announced.push(['overdue-withdrawn', deadline]);
        send({
          kind: 'overdue-withdrawn',
          source: dossier.source,
          code: dossier.code,
          deadline,
          announcedAt: now,
        });
      }
    }
    await saveRecords(manager, partition, dossiers);
    await this.outbox.appendIn(manager, TIMELINESS_TOPIC, messages);
  }

  /**
   * Brings the timer table in line with the states. A timer that was written but is gone has been
   * announced by the clock: that is how processing learns of it without a column that both write.
   */
  private async replaceTimers(manager: EntityManager, dossiers: DossierInHand[]): Promise<void> {
    const settleMs = this.config.ANNOUNCE_SETTLE_SECONDS * 1_000;
    const cancelled: { dossier: DossierInHand; timer: TimerSpec }[] = [];
    for (const dossier of dossiers) {
      const { record } = dossier;
      const wanted = timersFor(record.state as DossierState, record, settleMs);
      for (const timer of record.timers) {
        if (!wanted.some((other) => sameTimer(timer, other))) cancelled.push({ dossier, timer });
      }
      dossier.newTimers = wanted.filter((timer) => !record.timers.some((other) => sameTimer(timer, other)));
      record.timers = wanted;
    }
    const found = await cancelTimers(
      manager,
      cancelled.map(({ dossier: { source, code }, timer }) => ({ source, code, timer })),
    );
    cancelled.forEach(({ dossier: { record }, timer }, index) => {
      if (!found.has(index)) record.announced.push([timer.kind, timer.deadline]);
    });
    for (const dossier of dossiers) {
      if (dossier.record.announced.length === 0) continue;
      const unsaid = ({ kind, deadline }: TimerSpec) =>
        !dossier.record.announced.some(([said, about]) => said === kind && about === deadline);
      dossier.newTimers = dossier.newTimers.filter(unsaid);
      dossier.record.timers = dossier.record.timers.filter(unsaid);
    }
    await insertTimers(manager, dossiers);
  }
}

export const publicState = ({ fold: _private, ...state }: DossierState): Omit<DossierState, 'fold'> => state;

/** First arrivals, and those whose (source, id) the dossier or the batch already has. */
function withoutRepeats(
  events: ArrivedEvent[],
  inHand: Map<string, DossierInHand>,
): { unseen: ArrivedEvent[]; repeated: { arrived: ArrivedEvent; first: ArrivedEvent | undefined }[] } {
  const inBatch = new Map<string, ArrivedEvent>();
  const unseen: ArrivedEvent[] = [];
  const repeated: { arrived: ArrivedEvent; first: ArrivedEvent | undefined }[] = [];
  for (const arrived of events) {
    const { source, id, subject } = arrived.event;
    const key = keyOf(source, id);
    const first = inBatch.get(key);
    const stored = inHand.get(keyOf(source, subject))?.record.ids.includes(id) ?? false;
    if (first || stored) {
      repeated.push({ arrived, first });
      continue;
    }
    inBatch.set(key, arrived);
    unseen.push(arrived);
  }
  return { unseen, repeated };
}

/** Of repeated events, those with other content than the first. */
async function conflicts(
  manager: EntityManager,
  repeated: { arrived: ArrivedEvent; first: ArrivedEvent | undefined }[],
): Promise<Poison[]> {
  if (repeated.length === 0) return [];
  const bodies = await storedBodies(
    manager,
    repeated.filter(({ first }) => !first).map(({ arrived }) => arrived.event),
  );
  return repeated
    .filter(({ arrived, first }) => {
      const { source, id, canonical } = arrived.event;
      return canonical !== (first?.event.canonical ?? bodies.get(keyOf(source, id)));
    })
    .map(({ arrived }) => poisonOf(arrived.message, 'conflicting-duplicate', [], arrived.event));
}

/**
 * Gives each event its instant of recording: when it arrived, but later than the dossier's last
 * step, so that the steps can be told apart and taken again in the same order; and later than what
 * an issued report knows of, which came without it.
 */
function assignSteps(
  events: ArrivedEvent[],
  inHand: Map<string, DossierInHand>,
  catalogue: Catalogue,
  closed: Instant,
): { arrived: ArrivedEvent; recordedAt: Instant; calendarVersion: number; rule: string | null }[] {
  const lastArrival = new Map<DossierInHand, Instant>();
  return events.map((arrived) => {
    const { event, arrivedAt } = arrived;
    const dossier = inHand.get(keyOf(event.source, event.subject)) as DossierInHand;
    let step = dossier.steps.at(-1);
    if (!step || lastArrival.get(dossier) !== arrivedAt) {
      const recordedAt = Math.max(arrivedAt, (step?.recordedAt ?? dossier.record.recordedAt) + 1, closed + 1);
      step = { recordedAt, facts: [], trace: traceOf(arrived.message.headers[TRACE_HEADER]) };
      dossier.steps.push(step);
      lastArrival.set(dossier, arrivedAt);
    }
    const calendarVersion = catalogue.calendarVersionAt(step.recordedAt);
    const rule = ruleOf(event, arrivedAt, catalogue);
    step.facts.push(factOf(event, step.recordedAt, calendarVersion, rule));
    dossier.record.ids.push(event.id);
    return {
      arrived,
      recordedAt: step.recordedAt,
      calendarVersion,
      rule: rule ? JSON.stringify(rule) : null,
    };
  });
}

/** False: the history is needed first; nothing has changed then. */
export function foldDossier(
  dossier: DossierInHand,
  catalogue: Catalogue,
  stored: readonly Fact[] | undefined,
): boolean {
  const { record } = dossier;
  const snapshots: DossierInHand['snapshots'] = [];
  const facts = stored ? [...stored] : undefined;
  let { state, deadlineKnownAt } = record;
  for (const step of dossier.steps) {
    facts?.push(...step.facts);
    const before = state;
    let foldedWhole = false;
    const began = performance.now();
    state = takeStep(before, step, catalogue, () => {
      foldedWhole = true;
      return facts;
    });
    if (!state) return false;
    metrics.deadlineComputed(
      deadlineCause(before, step, state, foldedWhole),
      (performance.now() - began) / 1_000,
    );
    if (!before || before.overdueFrom !== state.overdueFrom) deadlineKnownAt = step.recordedAt;
    if (!before || !isSilent(step, before, state)) {
      snapshots.push({ recordedAt: step.recordedAt, state, trace: step.trace });
    }
  }
  record.state = state;
  record.deadlineKnownAt = deadlineKnownAt;
  record.recordedAt = dossier.steps.at(-1)?.recordedAt ?? record.recordedAt;
  dossier.snapshots = snapshots;
  return true;
}

/**
 * Stages are told in the dossier's history only: they change no figure and nothing in the list. Not so where a
 * correction that waited for the stage makes something else of it, or where the step is the first one under an
 * edited calendar and moves the deadline by the way.
 */
const isSilent = (step: Step, before: DossierState, after: DossierState): boolean =>
  step.facts.length > 0 &&
  step.facts.every(({ type }) => type === 'stage-entered') &&
  !after.fold.amended &&
  (!after.ours || after.calendarVersion === before.calendarVersion);
