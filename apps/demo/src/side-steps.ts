import { dayOf } from './deadline.js';
import { addStep, withWrongChannel, type Draft, type Step } from './draft.js';
import { isoDayEnd } from './event-json.js';
import { DAY_SECONDS, type CivilSecond, type Horizon } from './office-time.js';
import type { Random } from './prng.js';

const MINUTE = 60;
const HOUR = 3_600;

/** Internal steps between acceptance and the end; they do not touch the clock. */
export function stages(random: Random, draft: Draft, until: CivilSecond): void {
  const short = draft.limit.amount === 0 || draft.deadline.inHours;
  const count = short ? (random.chance(0.25) ? 1 : 0) : random.between(1, 2);
  for (let index = 0; index < count; index++) {
    const share = (index + random.next()) / count;
    const at = draft.acceptedAt + 1 + Math.floor((until - draft.acceptedAt - 2) * share);
    const { time } = draft;
    const entered = time.toCivil(Math.max(time.toOffice(at), time.toOffice(draft.acceptedAt) + MINUTE));
    const stage = index === 0 ? 'tham-dinh' : 'trinh-ky';
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
export function amendments(random: Random, draft: Draft, resolved: Step, horizon: Horizon): void {
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
export function handOver(random: Random, draft: Draft, resolved: CivilSecond, horizon: Horizon): void {
  const { time } = draft;
  const soon = draft.limit.amount === 0 || draft.deadline.inHours || random.chance(0.4);
  const wait = soon ? random.between(2, 60) * MINUTE : Math.floor(random.next() ** 2 * 8 * time.daySeconds);
  const office = time.toOffice(resolved) + MINUTE + wait;
  const returned = Math.max(time.toCivil(office), resolved + MINUTE);
  if (returned >= horizon.civil || random.chance(0.02)) return;
  const byPost = draft.channel === 'post' || random.chance(0.03);
  addStep(draft, returned, 'returned', byPost ? '{"channel":"post"}' : '{"channel":"counter"}');
  const rated = returned + MINUTE + Math.floor(random.next() ** 3 * 2 * DAY_SECONDS);
  if (rated < horizon.civil && random.chance(0.12))
    addStep(draft, rated, 'rated', `{"score":${score(random)}}`);
}

function score(random: Random): number {
  const roll = random.next();
  return roll < 0.72 ? 5 : roll < 0.94 ? 4 : roll < 0.985 ? 3 : roll < 0.995 ? 2 : 1;
}
