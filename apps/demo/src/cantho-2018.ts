import { loadCatalogue, type ReplayCatalogue } from './catalogue.js';
import { DayBuckets, type Delivery, type DossierHead } from './day-buckets.js';
import { acceptedDraft, LONGEST_SUBMISSION_WAIT_SECONDS, type Draft, type Step } from './draft.js';
import { codePrefix, eventJson, sixDigitDay } from './event-json.js';
import { DAY_SECONDS, loadOfficeTime, type CivilSecond, type OfficeTime } from './office-time.js';
import { createRandom, type Random } from './prng.js';
import { acceptanceMoment } from './rhythm.js';
import { planYear, REPLAY_FIRST_DAY, REPLAY_LAST_DAY, type PlannedKind, type YearPlan } from './year-plan.js';

export interface ReplayOptions {
  /** Divides the published figures; 1 is the whole year of Cần Thơ. */
  scale: number;
  /** The same seed gives the same events, byte for byte. */
  seed: number;
}

/** One event in the order in which the upstream systems deliver it. */
export interface ReplayEvent {
  /** When it happened, in milliseconds since 1970-01-01T00:00:00Z. */
  time: number;
  /** The event as `POST /v1/events` takes it. */
  json: string;
}

export interface Replay {
  plan: YearPlan;
  catalogue: ReplayCatalogue;
  /** Deliveries to expect, duplicates included; within 2 %. */
  expectedEvents: number;
  /**
   * Every event of 2018 in order of delivery: late and repeated ones stand where they arrive. Lazy:
   * only what is still under way is in memory. To be read once.
   */
  events: Generator<ReplayEvent, void, undefined>;
  /**
   * What happened in 2019 to the dossiers still open at the end of 2018, in order of time. They
   * change no figure of 2018. Complete once `events` has been read to its end.
   */
  aftermath(): ReplayEvent[];
}

/** Deliveries per known dossier, measured; a spec holds it against the events. */
const EVENTS_PER_DOSSIER = 5.11;
/** The last late deliveries arrive in the first days of 2019. */
const LAST_DELIVERY_DAY = REPLAY_LAST_DAY + 6;
/** An online submission precedes its acceptance, so days are planned this far ahead of delivery. */
const DAYS_AHEAD = Math.ceil(LONGEST_SUBMISSION_WAIT_SECONDS / DAY_SECONDS);
/** Ends every search for a history that fits; far more than the rarest one needs. */
const MOST_ATTEMPTS = 50_000;
/** On the last afternoon of the year counters close early, so that what they accept has room. */
const LAST_ACCEPTANCE_BEFORE_END_SECONDS = 45 * 60;

/** One year of single dossier events of Cần Thơ that add up to the published figures of 2018. */
export function cantho2018(options: ReplayOptions): Replay {
  const time = loadOfficeTime();
  const catalogue = loadCatalogue();
  const plan = planYear(options.scale, time, catalogue);
  const writer = new Writer(options.seed);
  return {
    plan,
    catalogue,
    expectedEvents: Math.round(plan.dossiers * EVENTS_PER_DOSSIER),
    events: deliveries(options.seed, plan, time, catalogue, writer),
    aftermath: () => writer.aftermath.toSorted((a, b) => a.at - b.at).map(delivered),
  };
}

function* deliveries(
  seed: number,
  plan: YearPlan,
  time: OfficeTime,
  catalogue: ReplayCatalogue,
  writer: Writer,
): Generator<ReplayEvent, void, undefined> {
  let planned = 0;
  for (let day = REPLAY_FIRST_DAY; day <= LAST_DELIVERY_DAY; day++) {
    for (; planned <= plan.lastNumber && time.dayOfNumber(planned) <= day + DAYS_AHEAD; planned++) {
      // A stream of random numbers per day: a change to one day leaves the others as they are.
      planDay(createRandom(seed * 1_000_003 + planned), planned, plan, time, catalogue, writer);
    }
    for (const delivery of writer.buckets.take(day)) yield delivered(delivery);
  }
}

/** Plans every dossier accepted on one working day and puts its events into the buckets. */
function planDay(
  random: Random,
  number: number,
  plan: YearPlan,
  time: OfficeTime,
  catalogue: ReplayCatalogue,
  writer: Writer,
): void {
  const kinds = shuffledKinds(random, number, plan);
  if (kinds.length === 0) return;
  // Sorted, so that the running numbers of a unit follow the time of day.
  const moments = Float64Array.from(kinds, () => acceptanceMoment(random, time, number)).sort();
  writer.openDay(time.dayOfNumber(number));
  kinds.forEach((kind, index) => {
    writer.write(planDossier(random, kind, moments[index]!, plan, time, catalogue), plan.horizon.civil);
  });
}

function shuffledKinds(random: Random, number: number, plan: YearPlan): PlannedKind[] {
  const kinds = plan.kinds.flatMap((kind) => Array.from({ length: kind.perDay[number]! }, () => kind));
  for (let index = kinds.length - 1; index > 0; index--) {
    const other = random.between(0, index);
    [kinds[index], kinds[other]] = [kinds[other]!, kinds[index]!];
  }
  return kinds;
}

function planDossier(
  random: Random,
  kind: PlannedKind,
  drawnMoment: number,
  plan: YearPlan,
  time: OfficeTime,
  catalogue: ReplayCatalogue,
): Draft {
  const earliest = REPLAY_FIRST_DAY * DAY_SECONDS;
  const moment = Math.min(drawnMoment, plan.horizon.office - LAST_ACCEPTANCE_BEFORE_END_SECONDS);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const draft = acceptedDraft(random, time, catalogue.draw(random), moment, earliest);
    if (!kind.accepted) draft.steps.length = 1;
    if (kind.history(random, draft, plan.horizon)) return draft;
  }
  throw new Error(`No dossier of kind "${kind.name}" fits at office second ${moment}.`);
}

/** Names a planned dossier, numbers its events and decides when each is delivered. */
class Writer {
  readonly buckets = new DayBuckets(REPLAY_FIRST_DAY, LAST_DELIVERY_DAY);
  readonly aftermath: Delivery[] = [];
  private readonly random: Random;
  private readonly prefixes = new Map<string, string>();
  private dayText = '';
  /** Dossiers of the day by receiving unit. */
  private counters = new Map<string, number>();

  constructor(seed: number) {
    this.random = createRandom(seed ^ 0x5bd1e995);
  }

  openDay(day: number): void {
    this.dayText = sixDigitDay(day);
    this.counters = new Map();
  }

  write({ steps, procedure, receivingAgency }: Draft, end: CivilSecond): void {
    const { source } = procedure;
    const code = this.nextCode(receivingAgency);
    const dossier = { code, source, numbered: source.endsWith(':motcua-so-nganh') };
    steps.sort((a, b) => a.at - b.at);
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index]!;
      step.number = index + 1;
      if (step.at < end) this.deliver(dossier, step);
      else this.aftermath.push({ at: step.at, dossier, step });
    }
  }

  private nextCode(agency: string): string {
    let prefix = this.prefixes.get(agency);
    if (prefix === undefined) {
      prefix = codePrefix(agency);
      this.prefixes.set(agency, prefix);
    }
    const count = (this.counters.get(agency) ?? 0) + 1;
    this.counters.set(agency, count);
    return `${prefix}-${this.dayText}-${String(count).padStart(4, '0')}`;
  }

  /** Most within a minute; some when a line is back after hours or days; 1 % twice. */
  private deliver(dossier: DossierHead, step: Step): void {
    const { random } = this;
    const roll = random.next();
    let at = step.at + roll * 60;
    if (roll > 0.995) at = step.at + DAY_SECONDS * (0.5 + random.next() * 3.5);
    else if (roll > 0.965) at = step.at + 60 + random.next() ** 2 * 3 * 3_600;
    this.buckets.put({ at, dossier, step });
    if (random.next() < 0.01) {
      const later = random.next() < 0.7 ? random.next() * 7_200 : random.next() * 2 * DAY_SECONDS;
      this.buckets.put({ at: at + later, dossier, step });
    }
  }
}

function delivered({ dossier, step }: Delivery): ReplayEvent {
  return { time: (step.at - 7 * 3_600) * 1_000, json: eventJson(dossier, step) };
}
