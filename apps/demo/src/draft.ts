import type { Channel, Limit, OrdinaryType } from '#libs/dossier';
import type { Assignment, Level, ReplayProcedure } from './catalogue.js';
import { PlannedDeadline } from './deadline.js';
import { isoDayEnd } from './event-json.js';
import type { CivilSecond, OfficeSecond, OfficeTime } from './office-time.js';
import type { Random } from './prng.js';

/** One event of a dossier before it is numbered and written. */
export interface Step {
  at: CivilSecond;
  type: OrdinaryType | 'corrected' | 'retracted';
  /** JSON of `data`; of a correction, of the new content's `data`. */
  data: string;
  /** The step a correction or retraction is about. */
  about?: Step;
  /** When the corrected event really happened. */
  trueAt?: CivilSecond;
  /** Position in the dossier, from which its id follows. */
  number: number;
}

/** A dossier being planned: what has happened so far and the deadline that follows from it. */
export interface Draft {
  readonly time: OfficeTime;
  readonly procedure: ReplayProcedure;
  readonly resolvingAgency: string;
  readonly receivingAgency: string;
  readonly channel: Channel;
  readonly acceptedAt: CivilSecond;
  readonly limit: Limit;
  readonly deadline: PlannedDeadline;
  readonly steps: Step[];
  /** Office second of the last step that touches the clock; the next ones come after it. */
  now: OfficeSecond;
}

const ONLINE_SHARE: Record<Level, number> = { department: 0.2, district: 0.08, commune: 0.03 };
const POST_SHARE: Record<Level, number> = { department: 0.02, district: 0.01, commune: 0.004 };
/** A given date differs from ours now and then, as in real systems: the server reports a mismatch. */
const MISMATCH_SHARE = 0.02;
/** Nobody waits longer for an online submission to be looked at; bounds how far ahead we plan. */
export const LONGEST_SUBMISSION_WAIT_SECONDS = 40 * 3_600;

export function addStep(draft: Draft, at: CivilSecond, type: Step['type'], data: string): Step {
  const step: Step = { at, type, data, number: 0 };
  draft.steps.push(step);
  return step;
}

/** A dossier from its submission to its acceptance at `moment`. */
export function acceptedDraft(
  random: Random,
  time: OfficeTime,
  assignment: Assignment,
  moment: OfficeSecond,
  earliest: CivilSecond,
): Draft {
  const { procedure } = assignment;
  const channel = drawChannel(random, procedure.level);
  const acceptedAt = time.toCivil(moment);
  let limit = procedure.limits[channel];
  let dataEnd = '';
  if (limit.unit === 'working-days' && limit.amount >= 5 && random.chance(0.03)) {
    limit = { amount: limit.amount - random.between(1, 2), unit: 'working-days' };
    dataEnd = `,"limit":{"amount":${limit.amount},"unit":"working-days"}`;
  }
  const deadline = new PlannedDeadline(time, limit, acceptedAt);
  // The land and business registers print their own return date on the receipt.
  if (givesDates(procedure) && !deadline.inHours) {
    deadline.give(deadline.dueWorkingDay + (random.chance(MISMATCH_SHARE) ? 1 : 0));
    dataEnd += `,"dueAt":"${isoDayEnd(time, deadline.dueWorkingDay)}"`;
  }
  const resolving =
    assignment.resolvingAgency === assignment.receivingAgency
      ? ''
      : `,"resolvingAgency":"${assignment.resolvingAgency}"`;
  const draft: Draft = {
    time,
    procedure,
    resolvingAgency: assignment.resolvingAgency,
    receivingAgency: assignment.receivingAgency,
    channel,
    acceptedAt,
    limit,
    deadline,
    steps: [],
    now: moment,
  };
  const submission = submissionData(draft);
  addStep(draft, submittedAt(random, channel, acceptedAt, earliest), 'submitted', `{${submission}}`);
  addStep(draft, acceptedAt, 'accepted', `{${submission}${resolving}${dataEnd}}`);
  return draft;
}

function submissionData(draft: Draft): string {
  return `"procedure":"${draft.procedure.code}","receivingAgency":"${draft.receivingAgency}","channel":"${draft.channel}"`;
}

/** The acceptance as a clerk first typed it, with the wrong channel. */
export function withWrongChannel(draft: Draft, acceptedData: string): string {
  const wrong: Channel = draft.channel === 'counter' ? 'post' : 'counter';
  return acceptedData.replace(`"channel":"${draft.channel}"`, `"channel":"${wrong}"`);
}

function givesDates(procedure: ReplayProcedure): boolean {
  return procedure.source.endsWith(':dat-dai') || procedure.source.endsWith(':dang-ky-kinh-doanh');
}

function drawChannel(random: Random, level: Level): Channel {
  const roll = random.next();
  if (roll < ONLINE_SHARE[level]) return 'online';
  return roll < ONLINE_SHARE[level] + POST_SHARE[level] ? 'post' : 'counter';
}

/** At the counter just before; online at any hour, nights and weekends included. */
function submittedAt(
  random: Random,
  channel: Channel,
  acceptedAt: CivilSecond,
  earliest: CivilSecond,
): CivilSecond {
  const wait =
    channel === 'online'
      ? 900 + Math.floor(random.next() ** 1.5 * (LONGEST_SUBMISSION_WAIT_SECONDS - 900))
      : random.between(60, 1_500);
  return Math.max(earliest, acceptedAt - wait);
}
