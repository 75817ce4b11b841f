import type { Calendar, Calendars } from './calendar.js';
import { limitEnd } from './deadline.js';
import { NOTHING, limitLines } from './explain-days.js';
import type { DayCount, DayLine, LineBudget } from './explain-days.js';
import { movementOf } from './explain-pause.js';
import type { Movement } from './explain-pause.js';
import {
  DAY_END_LAW,
  LIMIT_LAW,
  dayText,
  dueText,
  instantText,
  limitText,
  oneStopLaw,
} from './explain-text.js';
import type { Text } from './explain-text.js';
import type { CatalogueRule, Limit, OrdinaryFact, PausePolicy } from './facts.js';
import type { Outcome } from './apply-fact.js';
import { dayOf, formatDay, formatInstant } from './instant.js';
import type { Instant } from './instant.js';
import type { DossierState, DueSource } from './state.js';

/** One thing that set, moved or held the deadline. */
export interface DeadlineStep extends Text {
  kind: 'set' | 'computed' | 'paused' | 'resumed' | 'extended' | 'reopened' | 'closed' | 'in-force';
  /** Id of the event behind it; null for the summing up. */
  event: string | null;
  at: string | null;
  /** Articles it rests on. */
  law: string[];
  calendarVersion: number;
  /** The deadline after this step. */
  dueOn: string | null;
  dueAt: string | null;
  /** A pause: from when to when it counts, and by how much it moved the deadline. */
  pause: { from: string; until: string; movedBy: Movement['movedBy'] } | null;
  /** The days counted, one by one. */
  days: DayLine[];
  /** Of a pause counted in working days: those from the old due day to the new one. */
  movedOver: DayLine[];
  /** Days left out of the two lists for length. */
  omittedDays: number;
}

/** How the deadline came about. */
export interface DeadlineExplanation {
  dueSource: DueSource;
  limit: Limit | null;
  limitFrom: 'event' | 'committed' | 'statutory' | null;
  pausePolicy: PausePolicy;
  calendarVersion: number;
  dueOn: string | null;
  dueAt: string | null;
  dueSoonFrom: string | null;
  overdueFrom: string | null;
  steps: DeadlineStep[];
}

const MAX_LINES = 400;
const FROM_TEXT: Record<'event' | 'committed' | 'statutory', Text> = {
  event: { vi: 'do sự kiện tiếp nhận nêu', en: 'stated by the acceptance' },
  committed: { vi: 'cam kết trong danh mục', en: 'committed in the catalogue' },
  statutory: { vi: 'theo quy định trong danh mục', en: 'statutory, from the catalogue' },
};
const POLICY_TEXT: Record<PausePolicy, Text> = {
  pause: { vi: 'tạm dừng rồi tính tiếp', en: 'the clock stops and runs on' },
  restart: { vi: 'tính lại từ đầu', en: 'the limit starts again' },
  none: { vi: 'không dừng', en: 'the clock does not stop' },
};
const instantOrNull = (instant: Instant | null): string | null =>
  instant === null ? null : formatInstant(instant);

/** Follows a fold and puts into words what each event did to the deadline. */
export class DeadlineStory {
  private readonly steps: DeadlineStep[] = [];
  private readonly budget: LineBudget = { left: MAX_LINES };
  private before: DossierState | undefined;
  private acceptance: (OrdinaryFact & { type: 'accepted' }) | undefined;
  /** The running pause awaits, or awaited, a supplement. */
  private forSupplement = false;

  constructor(private readonly calendars: Calendars) {}

  /** To be called after each fact, with the state after it. */
  follow(fact: OrdinaryFact, outcome: Outcome, state: Readonly<DossierState>): void {
    const before = this.before;
    const newDueAt = newDateOf(fact);
    if (outcome === 'paused') this.forSupplement = false;
    if (fact.type === 'supplement-requested' && state.state === 'paused') this.forSupplement = true;
    if (outcome === 'accepted' && fact.type === 'accepted') {
      this.acceptance = fact;
      this.accepted(fact, state);
    } else if (outcome === 'paused') {
      this.paused(fact, state);
    } else if (before?.state === 'paused' && state.state !== 'paused') {
      this.pauseEnded(fact, before, state, newDueAt);
    } else if (newDueAt !== undefined && (outcome === 'extended' || outcome === 'reason-ended')) {
      this.given(fact, 'extended', newDueAt, state, 'Đ.19(9)');
    } else if (outcome === 'reopened') {
      if (newDueAt !== undefined) this.given(fact, 'reopened', newDueAt, state, 'Đ.19(9)');
      else
        this.add('reopened', fact, state, [], {
          vi: 'Mở lại, hạn giữ nguyên.',
          en: 'Reopened, the deadline stays as it was.',
        });
    }
    this.before = structuredClone(state);
  }

  /** The story, or null if nothing was ever accepted. */
  end(state: DossierState): DeadlineExplanation | null {
    if (!this.acceptance || state.dueSource === null) return null;
    this.inForce(state);
    const { clock } = state.fold;
    return {
      dueSource: state.dueSource,
      limit: clock!.limit,
      limitFrom: limitFrom(this.acceptance.data.limit, this.acceptance.rule),
      pausePolicy: clock!.policy,
      calendarVersion: this.versionFor(this.acceptance, state),
      dueOn: state.dueDay === null ? null : formatDay(state.dueDay),
      dueAt: instantOrNull(state.dueAt),
      dueSoonFrom: instantOrNull(state.dueSoonFrom),
      overdueFrom: instantOrNull(state.overdueFrom),
      steps: this.steps,
    };
  }

  private accepted(fact: OrdinaryFact & { type: 'accepted' }, state: DossierState): void {
    const { limit } = state.fold.clock!;
    const starts = oneStopLaw(dayOf(fact.time), 'Đ.17');
    if (fact.data.dueAt !== undefined) {
      const due = dueText(state.dueDay!, state.dueAt);
      this.add('set', fact, state, [starts], {
        vi: `Tiếp nhận ${instantText(fact.time).vi}. Hệ thống nguồn hẹn trả ${due.vi}.`,
        en: `Accepted ${instantText(fact.time).en}. The source system appointed ${due.en}.`,
      });
    }
    if (limit === null) {
      if (fact.data.dueAt === undefined)
        this.add('set', fact, state, [starts], {
          vi: 'Tiếp nhận không có ngày hẹn và không có thời hạn trong danh mục: không có hạn.',
          en: 'Accepted with no date and no limit in the catalogue: no due date.',
        });
      return;
    }
    const calendar = this.calendarFor(fact, state);
    const end = limitEnd(limit, fact.time, calendar);
    const due = dueText(end.day, end.at);
    const text = limitText(limit);
    const from = FROM_TEXT[limitFrom(fact.data.limit, fact.rule) ?? 'event'];
    const ours = fact.data.dueAt === undefined;
    const verdict = state.dueMismatch
      ? { vi: ' Khác ngày hẹn của nguồn.', en: ' It differs from the date appointed by the source.' }
      : { vi: ' Trùng ngày hẹn của nguồn.', en: ' It agrees with the date appointed by the source.' };
    this.add(
      ours ? 'set' : 'computed',
      fact,
      state,
      [starts, ...LIMIT_LAW[limit.unit]],
      {
        vi: `${ours ? `Tiếp nhận ${instantText(fact.time).vi}. Thời hạn` : 'Để đối chiếu, thời hạn'} ${text.vi} (${from.vi}) kết thúc ${due.vi}.${ours ? '' : verdict.vi}`,
        en: `${ours ? `Accepted ${instantText(fact.time).en}. The limit of` : 'For comparison, the limit of'} ${text.en} (${from.en}) ends ${due.en}.${ours ? '' : verdict.en}`,
      },
      limitLines(limit, fact.time, calendar, this.budget),
    );
  }

  private paused(fact: OrdinaryFact, state: DossierState): void {
    const { policy, moves } = state.fold.clock!;
    const held =
      state.dueDay === null
        ? { vi: 'không có hạn để dời', en: 'there is no deadline to move' }
        : moves
          ? { vi: 'hạn giữ nguyên trong lúc chờ', en: 'the deadline stands meanwhile' }
          : { vi: 'hạn đã qua nên không dời', en: 'the deadline has passed, so nothing moves' };
    this.add('paused', fact, state, this.pauseLaw(state), {
      vi: `Tạm dừng từ ${instantText(fact.time).vi} (chính sách: ${POLICY_TEXT[policy].vi}); ${held.vi}.`,
      en: `Paused from ${instantText(fact.time).en} (policy: ${POLICY_TEXT[policy].en}); ${held.en}.`,
    });
  }

  private pauseEnded(
    fact: OrdinaryFact,
    before: DossierState,
    state: DossierState,
    newDueAt: Instant | undefined,
  ): void {
    const kind = state.state === 'running' ? 'resumed' : 'closed';
    const clock = before.fold.clock!;
    const from = clock.pausedFrom!;
    const pause = { from: formatInstant(from), until: formatInstant(fact.time), movedBy: null };
    const span = {
      vi: `Tạm dừng từ ${instantText(from).vi} đến ${instantText(fact.time).vi}`,
      en: `Paused from ${instantText(from).en} to ${instantText(fact.time).en}`,
    };
    if (newDueAt !== undefined) {
      const due = dueText(state.dueDay!, state.dueAt);
      const law = [oneStopLaw(dayOf(state.acceptedAt!), 'Đ.19(9)')];
      this.add(kind, fact, state, law, {
        vi: `${span.vi}. Hẹn lại ${due.vi}, thay cho mọi cách tính khác.`,
        en: `${span.en}. New date ${due.en}, in place of any reckoning.`,
      });
      this.steps.at(-1)!.pause = pause;
      return;
    }
    const moved = movementOf(before, state, fact.time, this.calendarFor(fact, state), this.budget);
    this.add(
      kind,
      fact,
      state,
      this.pauseLaw(state),
      { vi: `${span.vi}: ${moved.vi}.`, en: `${span.en}: ${moved.en}.` },
      moved.days,
    );
    const step = this.steps.at(-1)!;
    step.pause = { ...pause, movedBy: moved.movedBy };
    step.movedOver = moved.movedOver.lines;
    step.omittedDays += moved.movedOver.omittedDays;
  }

  private given(
    fact: OrdinaryFact,
    kind: 'extended' | 'reopened',
    newDueAt: Instant,
    state: DossierState,
    article: string,
  ): void {
    const due = state.dueAt === null ? dayText(dayOf(newDueAt)) : instantText(newDueAt);
    const paused =
      state.state !== 'paused'
        ? { vi: '', en: '' }
        : state.fold.clock!.moves
          ? {
              vi: ' Đang tạm dừng: coi như tạm dừng từ lúc này.',
              en: ' While paused: as if the pause began then.',
            }
          : {
              vi: ' Đang tạm dừng, nhưng ngày mới đã qua nên không dời.',
              en: ' While paused, but the new date has passed and does not move.',
            };
    this.add(kind, fact, state, [oneStopLaw(dayOf(state.acceptedAt!), article)], {
      vi: `${kind === 'reopened' ? 'Mở lại, hẹn' : 'Hẹn lại'} ${due.vi} thay cho hạn cũ.${paused.vi}`,
      en: `${kind === 'reopened' ? 'Reopened, new' : 'New'} date ${due.en} in place of the old one.${paused.en}`,
    });
  }

  private inForce(state: DossierState): void {
    if (state.dueDay === null || state.overdueFrom === null) return;
    const soon = instantText(state.dueSoonFrom!);
    const text =
      state.dueAt === null
        ? {
            vi: `Hạn hiện hành: 24:00 ngày ${dayText(state.dueDay).vi}; quá hạn từ 00:00 ngày ${dayText(state.dueDay + 1).vi}; sắp đến hạn từ ${soon.vi}.`,
            en: `Deadline in force: 24:00 of ${dayText(state.dueDay).en}; overdue from 00:00 of ${dayText(state.dueDay + 1).en}; due soon from ${soon.en}.`,
          }
        : {
            vi: `Hạn hiện hành: ${instantText(state.dueAt).vi}; sắp đến hạn từ ${soon.vi}.`,
            en: `Deadline in force: ${instantText(state.dueAt).en}; due soon from ${soon.en}.`,
          };
    this.add('in-force', null, state, state.dueAt === null ? DAY_END_LAW : [], text);
  }

  /** No general rule was found for fees: there the procedure's policy alone decides. */
  private pauseLaw(state: DossierState): string[] {
    return this.forSupplement ? [oneStopLaw(dayOf(state.acceptedAt!), 'Đ.19(4)')] : [];
  }
  private versionFor(fact: OrdinaryFact, state: DossierState): number {
    return state.ours ? this.calendars.pinned : fact.calendarVersion;
  }
  private calendarFor(fact: OrdinaryFact, state: DossierState): Calendar {
    return this.calendars.calendar(this.versionFor(fact, state));
  }

  private add(
    kind: DeadlineStep['kind'],
    fact: OrdinaryFact | null,
    state: DossierState,
    law: string[],
    text: Text,
    days: DayCount = NOTHING,
  ): void {
    this.steps.push({
      kind,
      event: fact?.id ?? null,
      at: fact && formatInstant(fact.time),
      ...text,
      law,
      calendarVersion: this.versionFor(fact ?? this.acceptance!, state),
      dueOn: state.dueDay === null ? null : formatDay(state.dueDay),
      dueAt: instantOrNull(state.dueAt),
      pause: null,
      days: days.lines,
      movedOver: [],
      omittedDays: days.omittedDays,
    });
  }
}

function limitFrom(
  limit: Limit | undefined,
  rule: CatalogueRule | undefined,
): DeadlineExplanation['limitFrom'] {
  return limit ? 'event' : (rule?.basis ?? null);
}

/** The new date an event names, whatever came of it. */
const newDateOf = ({ data }: OrdinaryFact): Instant | undefined =>
  'newDueAt' in data ? data.newDueAt : undefined;
