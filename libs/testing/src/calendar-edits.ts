import {
  DAY_MS,
  dayOf,
  formatDay,
  mergeCalendar,
  parseDay,
  type CalendarDay,
  type Day,
} from './reference-calendar.js';
import type { Arrival } from './reference-events.js';
import { dueSoonFrom, overdueFrom, type State } from './reference-fold.js';
import { recordsAsOf, type Recorded, type World } from './reference-model.js';

/**
 * Chooses a calendar edit whose effect the contract settles.
 *
 * It says that an edit moves open dossiers whose limit is ours and leaves closed ones alone. It does not say
 * which calendar goes for an open dossier without a limit of ours (the pauses and due soon of its given date),
 * for a resolution before a reopening, or for a dossier whose closing event was amended across the edit. Days
 * that would change one of those are passed over; all others must agree to the digit.
 *
 * @param later what will arrive after the edit
 * @returns no days if none was found
 */
export function chooseEdit(
  world: World,
  later: readonly Arrival[],
  random: (below: number) => number,
): CalendarDay[] {
  const newest = world.calendars.at(-1);
  if (!newest) throw new Error('a world needs a calendar');
  const after: World = { ...world, arrivals: [...world.arrivals, ...later] };
  const past = new Map(recordsAsOf(world, Infinity).dossiers.map((one) => [keyOf(one), one]));
  const dossiers = new Map(
    recordsAsOf(after, Infinity).dossiers.map((present) => {
      const before = past.get(keyOf(present));
      const spans = [present, ...(before ? [before] : [])].map(spanOf);
      return [keyOf(present), { before, present, spans }] as const;
    }),
  );
  const targets = [...dossiers.values()].filter(
    ({ before, present }) => isOpen(endOf(present)) && isSettled(before, present),
  );

  /** The lives of the dossiers such days could touch, told under the newest calendar and these days. */
  const under = (
    { arrivals }: World,
    days: readonly CalendarDay[],
    keys: ReadonlySet<string>,
  ): Map<string, Life> => {
    const document = mergeCalendar(newest.document, { sessions: newest.document.sessions, days });
    const own = arrivals.filter(({ event }) => keys.has(JSON.stringify([event.source, event.subject])));
    const told = { ...world, arrivals: own, calendars: [{ recordedAt: 0, document }] };
    return new Map(recordsAsOf(told, Infinity).dossiers.map((one) => [keyOf(one), lifeOf(one)]));
  };
  const isGood = (edit: readonly CalendarDay[]): boolean => {
    const days = edit.map(({ on }) => parseDay(on));
    const within = [...dossiers].filter(([, { spans }]) =>
      spans.some(([from, to]) => days.some((day) => from <= day && day <= to)),
    );
    const keys = new Set(within.map(([key]) => key));
    const moved = new Set<string>();
    // Right after the edit counts too: what comes later may take back what the days would have changed.
    for (const known of [world, after]) {
      const [old, edited] = [under(known, [], keys), under(known, edit, keys)];
      for (const [key, { before, present }] of within) {
        const [was, is] = [old.get(key), edited.get(key)];
        if (!was || !is || was.all === is.all) continue;
        if (!isSettled(before, present) || was.resolutions !== is.resolutions) return false;
        if (known === after) moved.add(key);
      }
    }
    return moved.size >= edit.length;
  };

  const chosen: CalendarDay[] = [];
  for (let tries = 0; tries < 30 && chosen.length < 3 && targets.length > 0; tries++) {
    const day = dayWithin(targets[random(targets.length)]?.present, random);
    if (day === null || chosen.some(({ on }) => on === formatDay(day))) continue;
    const candidate = [...chosen, toggled(newest.document.days, formatDay(day))];
    if (isGood(candidate)) chosen.splice(0, chosen.length, ...candidate);
  }
  return chosen;
}

/** What of a dossier a calendar can change: all that shows, and the classes of resolutions before the last. */
interface Life {
  readonly all: string;
  readonly resolutions: string;
}

const keyOf = ({ source, code }: Recorded): string => JSON.stringify([source, code]);
const endOf = (dossier: Recorded): State => dossier.stateAt(Infinity);
const isOpen = ({ phase }: State): boolean => phase === 'running' || phase === 'paused';

function lifeOf(dossier: Recorded): Life {
  const { calendar } = dossier;
  const deadlines = dossier.facts.map(({ time }) => {
    const { deadline } = dossier.stateAt(time);
    return [deadline?.day, deadline?.instant];
  });
  const { deadline, flows, phase, dueSource, dueComputedOn } = endOf(dossier);
  // Due soon shows only for now, so it matters only while the deadline is not long gone.
  const live = phase === 'running' && deadline && overdueFrom(deadline) > Date.now() - DAY_MS;
  const soon = live ? dueSoonFrom(deadline, calendar) : null;
  // Set against a date from the source, our own is kept as it was at acceptance.
  const computed = dueSource === 'source' ? null : dueComputedOn;
  const lastOpening = flows.findLastIndex(({ kind }) => kind === 'received' || kind === 'reopened');
  return {
    all: JSON.stringify([deadlines, flows, soon, computed]),
    resolutions: JSON.stringify(flows.slice(0, Math.max(0, lastOpening))),
  };
}

/** Whether the contract says which calendar goes for the dossier, before and after what is still to come. */
function isSettled(before: Recorded | undefined, after: Recorded): boolean {
  const [now, then] = [endOf(after), before && endOf(before)];
  for (const state of [now, then]) {
    const ours = state?.dueSource === 'event' || state?.dueSource === 'catalogue';
    if (state && isOpen(state) && !ours) return false;
    if (state?.closedBy?.corrected) return false;
  }
  if (!then || !now.closedBy || (then.accepted && isOpen(then))) return true;
  // Closed before the edit: by the very event that closes it in the end.
  return now.closedBy.id === then.closedBy?.id && now.closedBy.recordedAt === then.closedBy.recordedAt;
}

/** The days a calendar is asked about for a dossier, and a week to either side. */
function spanOf(dossier: Recorded): readonly [Day, Day] {
  const { acceptedAt } = endOf(dossier);
  if (acceptedAt === null) return [0, -1];
  const days = dossier.facts.flatMap(({ time }) => {
    const due = dossier.stateAt(time).deadline?.day;
    return due === undefined ? [dayOf(time)] : [dayOf(time), due];
  });
  return [Math.min(dayOf(acceptedAt), ...days) - 7, Math.max(...days) + 7];
}

/** Some day between acceptance and deadline. */
function dayWithin(dossier: Recorded | undefined, random: (below: number) => number): Day | null {
  const { acceptedAt = null, deadline = null } = dossier ? endOf(dossier) : {};
  if (acceptedAt === null || !deadline) return null;
  const from = dayOf(acceptedAt);
  return from + random(Math.max(1, deadline.day - from + 2));
}

/** The other kind of day: a listed day becomes normal, a weekday off, a weekend day work. */
function toggled(days: readonly CalendarDay[], on: string): CalendarDay {
  const weekday = new Date(parseDay(on) * DAY_MS).getUTCDay();
  const weekend = weekday === 0 || weekday === 6;
  const kind = days.some((day) => day.on === on) ? 'normal' : weekend ? 'work' : 'off';
  return { on, kind, reason: 'quyết định thử nghiệm' };
}
