import fc from 'fast-check';
import { catalogueArb, CHANNELS, renderLimit, UNITS, type Catalogue } from './catalogues.js';
import { at, chanceOf, dice, die, pick, sampleOne } from './dice.js';
import { DAY_MS, dayOf, formatInstant, HOUR_MS, startOfDay, type Instant } from './reference-calendar.js';
import {
  fullType,
  ORDINARY_TYPES,
  type CloudEventJson,
  type EventData,
  type OrdinaryType,
  type ShortType,
} from './reference-events.js';

/**
 * Random histories: a catalogue and dossiers with plausible and implausible lives.
 *
 * Arbitraries produce small plain choices ({@link Story}); `render…` turns them into JSON without any chance
 * of its own, so a failing case shrinks and a seed always gives the same events.
 */

/** A dossier's life as choices: each number is a die that the renderer reads as it needs. */
export interface Story {
  readonly source: number;
  readonly era: 'years back' | 'ends now' | 'today';
  readonly start: number;
  readonly opening: number;
  readonly dice: readonly number[];
  readonly steps: readonly Step[];
  readonly amendments: readonly Amendment[];
}

export interface Step {
  /** Which event, among those that fit the moment or, now and then, among all. */
  readonly what: number;
  /** How long after the step before, see {@link laterBy}. */
  readonly gap: number;
  readonly sequence: number;
  readonly dice: readonly number[];
}

export interface Amendment {
  readonly what: 'corrected' | 'retracted';
  readonly target: number;
  readonly gap: number;
  readonly sequence: number;
  readonly dice: readonly number[];
}

/** A catalogue and the events about it; codes and sources are the history's own through its `name`. */
export interface History {
  readonly name: string;
  readonly catalogue: Catalogue;
  readonly events: readonly CloudEventJson[];
}

const stepArb: fc.Arbitrary<Step> = fc.record({ what: die, gap: die, sequence: die, dice });

const amendmentArb: fc.Arbitrary<Amendment> = fc.record({
  what: fc.constantFrom<Amendment['what'][]>('corrected', 'retracted'),
  target: die,
  gap: die,
  sequence: die,
  dice,
});

/** One dossier's life. */
export const storyArb: fc.Arbitrary<Story> = fc.record({
  source: die,
  era: fc.constantFrom<Story['era'][]>('years back', 'years back', 'ends now', 'ends now', 'today'),
  start: die,
  opening: die,
  dice,
  steps: fc.array(stepArb, { maxLength: 12, size: 'max' }),
  amendments: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(amendmentArb, { minLength: 1, maxLength: 5, size: 'max' }) },
  ),
});

/**
 * A whole history.
 *
 * @param options.name keeps sources and codes of several histories apart
 * @param options.now the latest instant anything happens at, for events "around now"
 */
export function historyArb(options: {
  readonly name: string;
  readonly digits: string;
  readonly dossiers: number;
  readonly now: Instant;
}): fc.Arbitrary<History> {
  const { name, digits, dossiers, now } = options;
  return fc
    .tuple(
      catalogueArb(name, digits),
      fc.array(storyArb, { minLength: dossiers, maxLength: dossiers, size: 'max' }),
    )
    .map(([catalogue, stories]) => ({
      name,
      catalogue,
      events: stories.flatMap((story, index) => renderStory(story, { name, index, catalogue, now })),
    }));
}

/** The history of a seed: the same seed, name and `now` give the same history. */
export function seededHistory(seed: number, options: Parameters<typeof historyArb>[0]): History {
  return sampleOne(historyArb(options), seed);
}

interface Setting {
  readonly name: string;
  readonly index: number;
  readonly catalogue: Catalogue;
  readonly now: Instant;
}

/** Roughly where the dossier stands, to choose what is likely next. The model decides what really holds. */
type Moment = 'new' | 'submitted' | 'running' | 'paused' | 'closed';

const LIKELY: Readonly<Record<Moment, readonly (readonly [OrdinaryType, number])[]>> = {
  new: [
    ['submitted', 3],
    ['accepted', 6],
    ['rated', 1],
  ],
  submitted: [
    ['accepted', 14],
    ['refused', 2],
    ['withdrawn', 1],
    ['stopped', 1],
    ['fee-requested', 1],
  ],
  running: [
    ['supplement-requested', 20],
    ['fee-requested', 14],
    ['extended', 12],
    ['stage-entered', 8],
    ['resolved', 24],
    ['returned', 5],
    ['withdrawn', 3],
    ['stopped', 3],
    ['refused', 3],
  ],
  paused: [
    ['supplement-received', 30],
    ['fee-paid', 22],
    ['supplement-requested', 8],
    ['fee-requested', 14],
    ['extended', 14],
    ['resolved', 4],
    ['returned', 2],
    ['withdrawn', 3],
    ['stopped', 2],
  ],
  closed: [
    ['returned', 12],
    ['rated', 12],
    ['reopened', 24],
    ['resolved', 3],
    ['accepted', 3],
    ['supplement-requested', 3],
    ['extended', 2],
  ],
};

function likely(moment: Moment, choice: number): OrdinaryType {
  if (chanceOf(choice, 9)) return pick(ORDINARY_TYPES, Math.floor(choice / 100));
  const table = LIKELY[moment];
  return pick(
    table.flatMap(([type, weight]) => Array.from({ length: weight }, () => type)),
    Math.floor(choice / 100),
  );
}

function momentAfter(moment: Moment, type: OrdinaryType): Moment {
  switch (type) {
    case 'submitted':
      return moment === 'new' ? 'submitted' : moment;
    case 'accepted':
      return moment === 'closed' ? 'closed' : moment === 'paused' ? 'paused' : 'running';
    case 'supplement-requested':
    case 'fee-requested':
      return moment === 'running' ? 'paused' : moment;
    case 'supplement-received':
    case 'fee-paid':
      return moment === 'paused' ? 'running' : moment;
    case 'resolved':
    case 'returned':
    case 'refused':
    case 'withdrawn':
    case 'stopped':
      return moment === 'running' || moment === 'paused' ? 'closed' : moment;
    case 'reopened':
      return moment === 'closed' ? 'running' : moment;
    case 'extended':
    case 'stage-entered':
    case 'rated':
      return moment;
  }
}

const START_2018 = startOfDay(17_532);

/** A first instant that suits the era; office hours mostly, but not only. */
function startOf({ era, start }: Story, now: Instant): Instant {
  const fraction = start / 1_000_000;
  switch (era) {
    case 'years back':
      return Math.floor(START_2018 + fraction * (now - 200 * DAY_MS - START_2018));
    case 'ends now':
      return Math.floor(now - fraction * 80 * DAY_MS);
    case 'today':
      return Math.floor(now - fraction * 3 * DAY_MS);
  }
}

/** A later instant: often the same, often exactly on an edge (midnight, end of a session) or next to it. */
function laterBy(from: Instant, gap: number, era: Story['era']): Instant {
  const size = Math.floor(gap / 20);
  const midnight = startOfDay(dayOf(from) + 1 + (size % (era === 'today' ? 1 : 9)));
  switch (gap % 20) {
    case 0:
    case 1:
      return from;
    case 2:
      return midnight;
    case 3:
      return midnight - 1;
    case 4:
      return midnight + 11 * HOUR_MS;
    case 5:
      return midnight + 17 * HOUR_MS + 1;
    case 6:
    case 7:
      return from + (size % (HOUR_MS / 10));
    case 8:
    case 9:
      return from + (size % 49_999) * 400;
    case 10:
    case 11:
    case 12:
      return from + (size % (era === 'today' ? 3 : 40)) * HOUR_MS;
    default:
      return from + (size % 200) * (era === 'today' ? HOUR_MS / 8 : DAY_MS / 12);
  }
}

/** The same instant as different systems write it. */
function renderTime(instant: Instant, choice: number): string {
  const local = formatInstant(instant);
  switch (choice % 6) {
    case 0:
      return new Date(instant).toISOString();
    case 1:
      return local.replace('+07:00', '999+07:00');
    case 2:
      return new Date(instant - 3 * HOUR_MS).toISOString().replace('Z', '-03:00');
    default:
      return instant % 1000 === 0 ? local.replace('.000', '') : local;
  }
}

// Ids and codes whose order in bytes, in UTF-16 units and in a dictionary all differ.
const PREFIXES = ['a', 'B', 'é', 'Z', '10', '9', '\u{ff5e}', '\u{10400}', '_'];

/** The raw events of one story, in the order in which they were thought of. */
export function renderStory(story: Story, setting: Setting): CloudEventJson[] {
  const { name, index, now } = setting;
  // Sources take turns and share ids and some codes: an event is (source, id), a dossier (source, code).
  const source = `urn:dunghan:thu:${name}:${index % 2 === 0 ? 'a' : 'b'}`;
  const subject = codeOf(name, index % 10 === 9 ? index - 1 - (story.source % 2) : index);
  const events: CloudEventJson[] = [];
  const ordinary: { id: string; type: OrdinaryType; time: Instant }[] = [];
  const ids = new Set<string>();

  const push = (
    type: ShortType,
    time: Instant,
    sequence: number,
    choice: number,
    data?: EventData,
  ): string => {
    const id = `${pick(PREFIXES, choice)}-${index >> 1}-${ids.size}`;
    ids.add(id);
    events.push({
      specversion: '1.0',
      source,
      id,
      type: fullType(type),
      subject,
      time: renderTime(time, choice >> 4),
      ...renderSequence(sequence),
      ...(data && { data }),
    });
    return id;
  };

  let moment: Moment = 'new';
  let time = startOf(story, now);
  for (const step of [openingStep(story), ...story.steps]) {
    const type = likely(moment, step.what);
    if (time > now) break;
    const id = push(type, time, step.sequence, at(step.dice, 0), renderData(type, time, step.dice, setting));
    ordinary.push({ id, type, time });
    moment = momentAfter(moment, type);
    time = laterBy(time, step.gap, story.era);
  }

  const everyId = [...ids];
  for (const { what, target, gap, sequence, dice: rolled } of story.amendments) {
    const about = pick(ordinary, target >> 5);
    const happened = Math.min(laterBy(about.time, gap, story.era), now);
    const event = amendedId(target, about.id, everyId);
    if (what === 'retracted') {
      everyId.push(push('retracted', happened, sequence, at(rolled, 0), { event }));
      continue;
    }
    const type = chanceOf(at(rolled, 7), 80) ? about.type : pick(ORDINARY_TYPES, at(rolled, 6));
    const moved = chanceOf(at(rolled, 5), 50)
      ? about.time
      : laterBy(about.time - DAY_MS, at(rolled, 4), story.era);
    const corrected = Math.min(moved, now);
    const data = renderData(type, corrected, rolled, setting) ?? {};
    everyId.push(
      push('corrected', happened, sequence, at(rolled, 0), {
        event,
        type: fullType(type),
        time: renderTime(corrected, at(rolled, 3)),
        data,
      }),
    );
  }
  return events;
}

function codeOf(name: string, index: number): string {
  const tail = pick(['', '/1', ' đ', '%2F', '.~'], index);
  return `${pick(PREFIXES, index >> 1)}${name}-${index}${tail}`;
}

function openingStep(story: Story): Step {
  // Two in three begin with an acceptance, most others with a submission, a few with whatever.
  return { what: story.opening, gap: story.opening, sequence: story.opening, dice: story.dice };
}

function renderSequence(choice: number): { sequence?: number | string } {
  if (!chanceOf(choice, 45)) return {};
  const value = Math.floor(choice / 100) % 4;
  return { sequence: chanceOf(choice, 20) ? String(value) : value };
}

/** Mostly the event about to be amended; also any other, another amendment, or an id nobody has sent. */
function amendedId(target: number, about: string, everyId: readonly string[]): string {
  switch (target % 10) {
    case 0:
      return `never-sent-${target}`;
    case 1:
    case 2:
    case 3:
      return everyId.at(-1 - ((target >> 4) % Math.min(3, everyId.length))) ?? about;
    default:
      return about;
  }
}

/** A date given by hand: past, within hours, within weeks; at midnight, at the end of a session or anywhere. */
function renderDueAt(time: Instant, choice: number): string {
  const day = dayOf(time) + pick([-3, 0, 0, 1, 1, 2, 4, 7, 12, 20, 33], choice >> 3);
  const hour = pick([0, 7, 11, 12, 16.5, 17, 20, 23.99], choice >> 7);
  const instant = chanceOf(choice, 25) ? time + (choice % 5_000) * 7_001 : startOfDay(day) + hour * HOUR_MS;
  return renderTime(Math.round(instant), choice >> 5);
}

function renderData(
  type: OrdinaryType,
  time: Instant,
  rolled: readonly number[],
  { catalogue }: Setting,
): EventData | undefined {
  const agency = (index: number): string => pick(catalogue.agencies, at(rolled, index) >> 2).id;
  const chance = (index: number, percent: number): boolean => chanceOf(at(rolled, index) >> 1, percent);
  const newDueAt = renderDueAt(time, at(rolled, 3));
  const application = {
    procedure: pick(catalogue.procedures, at(rolled, 1)).code,
    receivingAgency: agency(2),
    channel: pick(CHANNELS, at(rolled, 4)),
  };
  switch (type) {
    case 'submitted':
      return application;
    case 'accepted':
      return {
        ...application,
        ...(chance(5, 50) && { resolvingAgency: agency(6) }),
        ...(chance(6, 25) && { dueAt: newDueAt }),
        ...(chance(7, 25) && { limit: renderLimit(pick(UNITS, at(rolled, 5)), at(rolled, 6)) }),
      };
    case 'stage-entered':
      return { stage: 'thẩm định', agency: agency(1), ...(chance(5, 50) && { stageDueAt: newDueAt }) };
    case 'supplement-received':
    case 'fee-paid':
    case 'reopened':
      return chance(5, 35) ? { newDueAt } : chance(6, 50) ? {} : undefined;
    case 'extended':
      return { newDueAt, ...(chance(5, 50) && { apology: chance(6, 50) }) };
    case 'resolved':
      return chance(5, 50) ? { outcome: pick(['granted', 'rejected'] as const, at(rolled, 6)) } : undefined;
    case 'returned':
      return chance(5, 50) ? { channel: pick(CHANNELS, at(rolled, 6)) } : {};
    case 'rated':
      return { score: (at(rolled, 5) % 5) + 1 };
    case 'refused':
    case 'withdrawn':
    case 'stopped':
    case 'supplement-requested':
    case 'fee-requested':
      return chance(5, 50) ? { reason: 'thiếu thành phần hồ sơ' } : undefined;
  }
}
