import type { CivilSecond, OfficeSecond } from './office-time.js';
import { dayOf } from './deadline.js';
import { addStep, withWrongChannel, type Draft, type Step } from './draft.js';
import { isoDayEnd } from './event-json.js';
import type { Random } from './prng.js';

/** The last moments that still belong to the replay. */
export interface Horizon {
  /** End of the last working day, on the office axis. */
  office: OfficeSecond;
  /** 24:00 of the last day. */
  civil: CivilSecond;
}

const SUPPLEMENT_REASONS = [
  'Thiếu bản sao giấy tờ kèm theo',
  'Thông tin trong tờ khai chưa thống nhất',
  'Bản vẽ chưa đúng quy định',
  'Giấy tờ kèm theo đã hết hiệu lực',
] as const;
const REFUSAL_REASONS = ['Không thuộc thẩm quyền giải quyết', 'Hồ sơ chưa đủ điều kiện tiếp nhận'] as const;
const EXTENSION_REASONS = ['Cần lấy ý kiến cơ quan phối hợp', 'Cần xác minh thực địa'] as const;
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
  addStep(draft, draft.acceptedAt, 'refused', `{"reason":"${random.pick(REFUSAL_REASONS)}"}`);
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
    addStep(draft, requestedAt, 'supplement-requested', reason(random, SUPPLEMENT_REASONS));
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
  addStep(draft, time.toCivil(requested), 'supplement-requested', reason(random, SUPPLEMENT_REASONS));
  // In January the applicant gives up.
  const withdrawn = horizon.office + random.between(1, 15) * time.daySeconds + random.between(0, HOUR);
  addStep(draft, time.toCivil(withdrawn), 'withdrawn', '{"reason":"Người nộp không bổ sung hồ sơ"}');
  return true;
}

/** Supplements, fees and extensions, none for what is settled on the spot. */
function interruptions(random: Random, draft: Draft, horizon: Horizon): boolean {
  const { unit, amount } = draft.limit;
  if (unit === 'working-days' && amount < 2) return true;
  if (unit === 'working-hours' && amount < 8) return true;
  const roll = random.next();
  if (roll < 0.07) {
    if (!supplementRound(random, draft, horizon)) return false;
    return random.chance(0.1) ? supplementRound(random, draft, horizon) : true;
  }
  if (roll < 0.1) return feeRound(random, draft, horizon);
  if (roll < 0.115 && amount >= 5) extension(random, draft, horizon);
  return true;
}

function supplementRound(random: Random, draft: Draft, horizon: Horizon): boolean {
  const { time, deadline } = draft;
  const policy = draft.procedure.pausePolicy;
  const requested = draft.now + 10 * MINUTE + Math.floor((deadline.end - draft.now) * 0.5 * random.next());
  if (requested >= deadline.end) return false;
  let received = requested + HOUR + Math.floor(random.next() ** 2 * 9 * time.daySeconds);
  const requestedAt = time.toCivil(requested);
  let receivedAt = time.toCivil(received);
  // A quarter comes online in the evening: it counts on that day although the office is closed.
  if (random.chance(0.25))
    receivedAt = time.closingTime(Math.floor(received / time.daySeconds)) + random.between(HOUR, 6 * HOUR);
  addStep(draft, requestedAt, 'supplement-requested', reason(random, SUPPLEMENT_REASONS));
  if (random.chance(0.06)) {
    // A fee asked for meanwhile; the later of the two ends the pause.
    const paidAt = receivedAt + random.between(-10, 90) * MINUTE;
    const feeAt = requestedAt + Math.floor((Math.min(paidAt, receivedAt) - requestedAt) / 2);
    addStep(draft, feeAt, 'fee-requested', '{"reason":"Phí thẩm định"}');
    addStep(draft, paidAt, 'fee-paid', '{}');
    addStep(draft, receivedAt, 'supplement-received', '{}');
    receivedAt = Math.max(receivedAt, paidAt);
    deadline.resume(policy, requestedAt, receivedAt);
  } else if (policy === 'pause' && !deadline.inHours && random.chance(0.1)) {
    deadline.give(time.numberFrom(dayOf(receivedAt)) + random.between(2, 8));
    addStep(
      draft,
      receivedAt,
      'supplement-received',
      `{"newDueAt":"${isoDayEnd(time, deadline.dueWorkingDay)}"}`,
    );
  } else {
    addStep(draft, receivedAt, 'supplement-received', '{}');
    deadline.resume(policy, requestedAt, receivedAt);
  }
  received = time.toOffice(receivedAt);
  draft.now = received;
  return received < horizon.office && received < deadline.end;
}

function feeRound(random: Random, draft: Draft, horizon: Horizon): boolean {
  const { time, deadline } = draft;
  const requested = draft.now + 20 * MINUTE + Math.floor((deadline.end - draft.now) * 0.4 * random.next());
  const paid = requested + 10 * MINUTE + Math.floor(random.next() ** 2 * 4 * time.daySeconds);
  if (requested >= deadline.end || paid >= horizon.office) return false;
  addStep(draft, time.toCivil(requested), 'fee-requested', '{"reason":"Lệ phí theo quy định"}');
  addStep(draft, time.toCivil(paid), 'fee-paid', '{}');
  deadline.resume(draft.procedure.pausePolicy, time.toCivil(requested), time.toCivil(paid));
  draft.now = paid;
  return paid < deadline.end;
}

/** One letter of apology with a later date, sent before the old one has passed. */
function extension(random: Random, draft: Draft, horizon: Horizon): void {
  const { time, deadline } = draft;
  if (deadline.inHours || draft.procedure.pausePolicy !== 'pause') return;
  const room = deadline.end - draft.now;
  const at = draft.now + Math.floor(room * (0.5 + 0.4 * random.next()));
  if (at >= horizon.office) return;
  deadline.give(deadline.dueWorkingDay + random.between(2, 8));
  const data = `{"newDueAt":"${isoDayEnd(time, deadline.dueWorkingDay)}",${`"reason":"${random.pick(EXTENSION_REASONS)}"`},"apology":true}`;
  addStep(draft, time.toCivil(at), 'extended', data);
  draft.now = at;
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

/** Internal steps between acceptance and the end; they do not touch the clock. */
function stages(random: Random, draft: Draft, until: CivilSecond): void {
  const short = draft.limit.amount === 0 || draft.deadline.inHours;
  const count = short ? (random.chance(0.25) ? 1 : 0) : random.between(1, 2);
  for (let index = 0; index < count; index++) {
    const share = (index + random.next()) / count;
    const at = draft.acceptedAt + 1 + Math.floor((until - draft.acceptedAt - 2) * share);
    const { time } = draft;
    const entered = time.toCivil(Math.max(time.toOffice(at), time.toOffice(draft.acceptedAt) + MINUTE));
    const stage = index === 0 ? 'tham-dinh' : index === 1 ? 'trinh-ky' : 'phat-hanh';
    const stageDueAt = random.chance(0.3)
      ? `,"stageDueAt":"${isoDayEnd(time, time.numberFrom(dayOf(entered)))}"`
      : '';
    addStep(
      draft,
      Math.min(entered, until - 1),
      'stage-entered',
      `{"stage":"${stage}","agency":"${draft.resolvingAgency}"${stageDueAt}}`,
    );
  }
}

/** Slips of clerks and their repair; the outcome stays as planned. */
function amendments(random: Random, draft: Draft, resolved: Step, horizon: Horizon): void {
  const roll = random.next();
  if (roll > 0.004) return;
  const amend = (type: 'corrected' | 'retracted', at: CivilSecond, about: Step): Step => {
    const step = addStep(draft, at, type, '');
    step.about = about;
    return step;
  };
  if (roll < 0.001) {
    // The result of another dossier was booked here.
    const room = resolved.at - draft.acceptedAt;
    const wrong = addStep(draft, draft.acceptedAt + 1 + Math.floor(room / 3), 'resolved', '{}');
    amend('retracted', wrong.at + Math.floor(room / 4) + 1, wrong);
  } else if (roll < 0.002) {
    const stage = draft.steps.find((step) => step.type === 'stage-entered');
    if (stage) amend('retracted', stage.at + 5 * MINUTE, stage);
  } else if (roll < 0.003) {
    const accepted = draft.steps.find((step) => step.type === 'accepted')!;
    const correction = amend('corrected', accepted.at + 3 * MINUTE, accepted);
    correction.data = accepted.data;
    correction.trueAt = accepted.at;
    // The wrong channel may have another limit; ours is computed from the corrected one.
    accepted.data = withWrongChannel(draft, accepted.data);
  } else {
    // Booked hours after the fact, then set right.
    const booked = resolved.at + random.between(60, 180) * MINUTE;
    if (booked + HOUR >= horizon.civil) return;
    const correction = amend('corrected', booked + 20 * MINUTE, resolved);
    correction.data = resolved.data;
    correction.trueAt = resolved.at;
    resolved.at = booked;
  }
}

/** The result is collected, sometimes days later, and sometimes rated. */
function handOver(random: Random, draft: Draft, resolved: CivilSecond, horizon: Horizon): void {
  const { time } = draft;
  const soon = draft.limit.amount === 0 || draft.deadline.inHours || random.chance(0.4);
  const wait = soon ? random.between(2, 60) * MINUTE : Math.floor(random.next() ** 2 * 8 * time.daySeconds);
  const office = time.toOffice(resolved) + MINUTE + wait;
  const returned = Math.max(time.toCivil(office), resolved + MINUTE);
  if (returned >= horizon.civil || random.chance(0.02)) return;
  const byPost = draft.channel === 'post' || random.chance(0.03);
  addStep(draft, returned, 'returned', byPost ? '{"channel":"post"}' : '{"channel":"counter"}');
  const rated = returned + MINUTE + Math.floor(random.next() ** 3 * 2 * 86_400);
  if (rated < horizon.civil && random.chance(0.12))
    addStep(draft, rated, 'rated', `{"score":${score(random)}}`);
}

function score(random: Random): number {
  const roll = random.next();
  return roll < 0.72 ? 5 : roll < 0.94 ? 4 : roll < 0.985 ? 3 : roll < 0.995 ? 2 : 1;
}

function outcome(random: Random): string {
  const roll = random.next();
  return roll < 0.9 ? '{"outcome":"granted"}' : roll < 0.985 ? '{}' : '{"outcome":"rejected"}';
}

function closing(random: Random): ['withdrawn' | 'refused' | 'stopped', string] {
  const roll = random.next();
  if (roll < 0.55) return ['withdrawn', '{"reason":"Theo đề nghị của người nộp"}'];
  return roll < 0.8 ? ['refused', reason(random, REFUSAL_REASONS)] : ['stopped', '{}'];
}

function reason(random: Random, reasons: readonly string[]): string {
  return `{"reason":"${random.pick(reasons)}"}`;
}
