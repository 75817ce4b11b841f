import { civilDay, type Limit } from '#libs/dossier';
import type { ReplayCatalogue } from './catalogue.js';
import {
  closedOtherwise,
  endedAtTheDoor,
  leftAtTheDoor,
  openNotYetDue,
  pastDueWhilePaused,
  resolvedInTime,
  resolvedLate,
  resolvedTwice,
  type History,
} from './history.js';
import { DAY_SECONDS, type Horizon, type OfficeTime } from './office-time.js';
import { apportion, busyness } from './rhythm.js';
import { targetsAt, type Targets } from './targets.js';

export const REPLAY_FIRST_DAY = civilDay(2018, 1, 1);
export const REPLAY_LAST_DAY = civilDay(2018, 12, 31);

/** A kind of dossier: how many of them begin on each working day, and how each goes on. */
export interface PlannedKind {
  name: string;
  history: History;
  /** Whether it ever is accepted. */
  accepted: boolean;
  /** Dossiers of this kind in the whole year. */
  count: number;
  /** Dossiers of this kind by number of the working day on which they are accepted. */
  perDay: number[];
}

export interface YearPlan {
  targets: Targets;
  horizon: Horizon;
  kinds: PlannedKind[];
  /** Dossiers known at all, accepted or not. */
  dossiers: number;
  lastNumber: number;
}

/** Shares of the resolved ones; illustrative. */
const REOPENED_SHARE = 0.0006;
const CLOSED_OTHERWISE_SHARE = 0.008;
const REFUSED_SHARE = 0.012;
const LEFT_SHARE = 0.0015;
/** Nothing open at the end is older, in working days: what takes longer is rare. */
const OLDEST_OPEN = 22;

/**
 * Decides how many dossiers of which outcome begin on which day so that the year adds up to the
 * targets exactly. Which procedure, unit and moment each of them gets is drawn later, day by day.
 */
export function planYear(scale: number, time: OfficeTime, catalogue: ReplayCatalogue): YearPlan {
  const targets = targetsAt(scale);
  const lastNumber = time.numberUpTo(REPLAY_LAST_DAY);
  const reopened = Math.round(targets.resolved * REOPENED_SHARE);
  const busy = Array.from({ length: lastNumber + 1 }, (_, number) =>
    time.isWorkingDay(time.dayOfNumber(number)) ? busyness(time.dayOfNumber(number), number, lastNumber) : 0,
  );
  /** Only days that leave room for the rest of the history. */
  const until = (daysBeforeEnd: number): number[] =>
    busy.map((share, number) => (number <= lastNumber - daysBeforeEnd ? share : 0));
  const open = busy.map((_, number) => {
    const age = lastNumber - number;
    return age > OLDEST_OPEN ? 0 : shareOfLimitsAbove(age, catalogue) * busy[number]!;
  });
  const lateAutumn = busy.map((share, number) =>
    number >= lastNumber - 60 && number <= lastNumber - 8 ? share : 0,
  );

  const kinds: PlannedKind[] = [];
  const plan = (name: string, history: History, count: number, weights: number[], accepted = true): void => {
    const phase = 0.2 + 0.09 * kinds.length;
    kinds.push({ name, history, accepted, count, perDay: apportion(count, weights, phase) });
  };
  // A reopened dossier is resolved twice, hence counts for two.
  plan('in-time', resolvedInTime, targets.earlyOrOnTime - 2 * reopened, busy);
  plan('late', resolvedLate, targets.late, until(15));
  plan('reopened', resolvedTwice, reopened, until(40));
  plan('closed', closedOtherwise, Math.round(targets.resolved * CLOSED_OTHERWISE_SHARE), until(12));
  plan('refused', endedAtTheDoor, Math.round(targets.resolved * REFUSED_SHARE), busy, false);
  plan('left', leftAtTheDoor, Math.round(targets.resolved * LEFT_SHARE), busy, false);
  plan('open', openNotYetDue, targets.openNotYetDue, open);
  plan('past-due-while-paused', pastDueWhilePaused, targets.openPastDueWhilePaused, lateAutumn);

  return {
    targets,
    kinds,
    lastNumber,
    dossiers: kinds.reduce((sum, kind) => sum + kind.count, 0),
    horizon: {
      office: (lastNumber + 1) * time.daySeconds,
      civil: (REPLAY_LAST_DAY + 1) * DAY_SECONDS,
    },
  };
}

/** Share of dossiers whose limit reaches further than `workingDays`: the still open ones of that age. */
function shareOfLimitsAbove(workingDays: number, catalogue: ReplayCatalogue): number {
  return catalogue.procedures.reduce(
    (sum, { limits, weight }) => sum + (inWorkingDays(limits.counter) > workingDays ? weight : 0),
    0,
  );
}

function inWorkingDays({ amount, unit }: Limit): number {
  switch (unit) {
    case 'working-hours':
      return amount / 8;
    case 'working-days':
      return amount;
    case 'calendar-days':
      return (amount * 5) / 7;
    case 'months':
      return amount * 21;
  }
}
