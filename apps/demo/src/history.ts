import { addStep, type Draft } from './draft.js';
import { isoDayEnd } from './event-json.js';
import { interruptions, supplementReason } from './interruptions.js';
import type { CivilSecond, Horizon, OfficeSecond } from './office-time.js';
import type { Random } from './prng.js';
import { amendments, handOver, stages } from './side-steps.js';

const REFUSAL_REASONS = ['Không thuộc thẩm quyền giải quyết', 'Hồ sơ chưa đủ điều kiện tiếp nhận'] as const;
const MINUTE = 60;
const HOUR = 3_600;

/**
 * Adds the rest of one kind of history and says whether it fits between acceptance and the end of
 * the year. A draft that does not fit is thrown away and drawn anew, so the planned outcome is
 * certain without any search for parameters.
 */
export type History = (random: Random, draft: Draft, horizon: Horizon) => boolean;

/** Resolved before the due day or on it. */
export function resolvedInTime(random: Random, draft: Draft, horizon: Horizon): boolean {
  if (!interruptions(random, draft, horizon)) return false;
  const result = placeInTime(random, draft, horizon);
  if (result === null) return false;
  const resolved = addStep(draft, result, 'resolved', outcome(random));
  stages(random, draft, result);
  amendments(random, draft, resolved, horizon);
  handOver(random, draft, result, horizon);
  return true;
}

/** Resolved after the deadline. */
export function resolvedLate(random: Random, draft: Draft, horizon: Horizon): boolean {
  if (!interruptions(random, draft, horizon)) return false;
  const delay = 10 * MINUTE + Math.floor(random.next() ** 2 * 6 * draft.time.daySeconds);
  const office = draft.deadline.end + delay;
  if (office >= horizon.office) return false;
  const result = draft.time.toCivil(office);
  draft.now = office;
  addStep(draft, result, 'resolved', outcome(random));
  stages(random, draft, result);
  handOver(random, draft, result, horizon);
  return true;
}

/** Resolved in time, reopened with a new date and resolved in time again: two resolutions. */
export function resolvedTwice(random: Random, draft: Draft, horizon: Horizon): boolean {
  const first = placeInTime(random, draft, horizon);
  if (first === null || draft.deadline.inHours) return false;
  addStep(draft, first, 'resolved', outcome(random));
  const { time } = draft;
  draft.now = time.toOffice(first) + random.between(1, 8) * time.daySeconds;
  if (draft.now >= horizon.office) return false;
  addStep(draft, first + 20 * MINUTE, 'returned', '{"channel":"counter"}');
  draft.deadline.give(Math.floor(draft.now / time.daySeconds) + random.between(2, 6));
  const newDueAt = isoDayEnd(time, draft.deadline.dueWorkingDay);
  addStep(
    draft,
    time.toCivil(draft.now),
    'reopened',
    `{"newDueAt":"${newDueAt}","reason":"Kết quả cần điều chỉnh theo kiến nghị"}`,
  );
  const second = placeInTime(random, draft, horizon);
  if (second === null) return false;
  addStep(draft, second, 'resolved', '{"outcome":"granted"}');
  handOver(random, draft, second, horizon);
  return true;
}

/** Closed without a result while the clock ran. */
export function closedOtherwise(random: Random, draft: Draft, horizon: Horizon): boolean {
  if (!interruptions(random, draft, horizon)) return false;
  const room = draft.deadline.end - draft.now;
  const office = draft.now + 10 * MINUTE + Math.floor(random.next() * Math.max(room, HOUR));
  if (office >= horizon.office) return false;
  const at = draft.time.toCivil(office);
  stages(random, draft, at);
  addStep(draft, at, ...closing(random));
  return true;
}

/** Refused before anyone accepted it. */
export function endedAtTheDoor(random: Random, draft: Draft): boolean {
  addStep(draft, draft.acceptedAt, 'refused', refusalReason(random));
  return true;
}

/** Withdrawn or stopped before anyone accepted it: counted nowhere. */
export function leftAtTheDoor(random: Random, draft: Draft): boolean {
  addStep(draft, draft.acceptedAt, random.chance(0.8) ? 'withdrawn' : 'stopped', '{}');
  return true;
}

/**
 * Open at the end of the year, due later; some of them wait for a supplement at that moment. Steps
 * after the end (the aftermath) bring each to a close in time.
 */
export function openNotYetDue(random: Random, draft: Draft, horizon: Horizon): boolean {
  const { time, deadline } = draft;
  if (!interruptions(random, draft, horizon) || deadline.end <= horizon.office) return false;
  if (draft.now + 30 * MINUTE >= horizon.office) return false;
  stages(random, draft, time.toCivil(horizon.office - 15 * MINUTE));
  if (random.chance(0.08)) {
    const requested =
      draft.now + 15 * MINUTE + Math.floor(random.next() * (horizon.office - draft.now - 20 * MINUTE));
    const requestedAt = time.toCivil(requested);
    addStep(draft, requestedAt, 'supplement-requested', supplementReason(random));
    draft.now = horizon.office + Math.floor((0.5 + random.next() * 4) * time.daySeconds);
    const receivedAt = time.toCivil(draft.now);
    addStep(draft, receivedAt, 'supplement-received', '{}');
    deadline.resume(draft.procedure.pausePolicy, requestedAt, receivedAt);
  } else {
    draft.now = horizon.office;
  }
  const room = deadline.end - draft.now - 2 * MINUTE;
  // With policy `none` the date may pass during the pause: then it is late in 2019, which is fine.
  const result = time.toCivil(draft.now + MINUTE + Math.floor(Math.max(room, HOUR) * random.next() ** 0.5));
  addStep(draft, result, 'resolved', outcome(random));
  return true;
}

/** Open at the end of the year and past its due date, because a supplement never came. */
export function pastDueWhilePaused(random: Random, draft: Draft, horizon: Horizon): boolean {
  const { time, deadline } = draft;
  if (deadline.inHours || deadline.end > horizon.office) return false;
  const room = deadline.end - draft.now;
  if (room < 2 * HOUR) return false;
  const requested = draft.now + 20 * MINUTE + Math.floor(random.next() * (room - HOUR) * 0.8);
  addStep(draft, time.toCivil(requested), 'supplement-requested', supplementReason(random));
  // In January the applicant gives up.
  const withdrawn = horizon.office + random.between(1, 15) * time.daySeconds + random.between(0, HOUR);
  addStep(draft, time.toCivil(withdrawn), 'withdrawn', '{"reason":"Người nộp không bổ sung hồ sơ"}');
  return true;
}

/** A moment between the last step and the deadline; null if the year or the office day leaves none. */
function placeInTime(random: Random, draft: Draft, horizon: Horizon): CivilSecond | null {
  const { time, deadline } = draft;
  const earliest = draft.now + 5 * MINUTE;
  const latest = deadline.end - MINUTE;
  if (earliest >= latest) return null;
  const early = deadline.dueDayStart;
  let office: OfficeSecond;
  if (deadline.inHours) office = earliest + Math.floor((latest - earliest) * 0.9 * random.next());
  else if (early > earliest && random.chance(0.64)) {
    office = earliest + Math.floor((early - earliest) * random.next() ** 0.6);
  } else {
    const from = Math.max(earliest, early);
    // On the spot usually means within the hour.
    const skew = draft.limit.amount === 0 ? 3 : 1;
    office = from + Math.floor((latest - from) * random.next() ** skew);
  }
  if (office >= horizon.office) return null;
  draft.now = office;
  // A little overtime: the day counts until 24:00.
  if (!deadline.inHours && random.chance(0.01)) {
    return time.closingTime(Math.floor(office / time.daySeconds)) + random.between(5 * MINUTE, 3 * HOUR);
  }
  return time.toCivil(office);
}

function outcome(random: Random): string {
  const roll = random.next();
  return roll < 0.9 ? '{"outcome":"granted"}' : roll < 0.985 ? '{}' : '{"outcome":"rejected"}';
}

function closing(random: Random): ['withdrawn' | 'refused' | 'stopped', string] {
  const roll = random.next();
  if (roll < 0.55) return ['withdrawn', '{"reason":"Theo đề nghị của người nộp"}'];
  return roll < 0.8 ? ['refused', refusalReason(random)] : ['stopped', '{}'];
}

function refusalReason(random: Random): string {
  return `{"reason":"${random.pick(REFUSAL_REASONS)}"}`;
}
