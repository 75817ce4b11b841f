import { dayOf } from './deadline.js';
import { addStep, type Draft } from './draft.js';
import { isoDayEnd } from './event-json.js';
import type { Horizon } from './office-time.js';
import type { Random } from './prng.js';

const SUPPLEMENT_REASONS = [
  'Thiếu bản sao giấy tờ kèm theo',
  'Thông tin trong tờ khai chưa thống nhất',
  'Bản vẽ chưa đúng quy định',
  'Giấy tờ kèm theo đã hết hiệu lực',
] as const;
const EXTENSION_REASONS = ['Cần lấy ý kiến cơ quan phối hợp', 'Cần xác minh thực địa'] as const;
const MINUTE = 60;
const HOUR = 3_600;

/**
 * Supplements, fees and extensions between acceptance and the end, none for what is settled on the
 * spot. Moves the deadline along; false if the history no longer fits.
 */
export function interruptions(random: Random, draft: Draft, horizon: Horizon): boolean {
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
  addStep(draft, requestedAt, 'supplement-requested', supplementReason(random));
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
  const data = `{"newDueAt":"${isoDayEnd(time, deadline.dueWorkingDay)}","reason":"${random.pick(EXTENSION_REASONS)}","apology":true}`;
  addStep(draft, time.toCivil(at), 'extended', data);
  draft.now = at;
}

/** `data` of a request for a supplement. */
export function supplementReason(random: Random): string {
  return `{"reason":"${random.pick(SUPPLEMENT_REASONS)}"}`;
}
