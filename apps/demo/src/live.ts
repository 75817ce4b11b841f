import { loadCatalogue, type Assignment, type ReplayCatalogue } from './catalogue.js';
import type { DossierHead } from './day-buckets.js';
import type { Step } from './draft.js';
import { codePrefix, eventJson, isoSecond, sixDigitDay } from './event-json.js';
import { pause, type HttpClient } from './http.js';
import { DAY_SECONDS, type CivilSecond } from './office-time.js';
import { createRandom, type Random } from './prng.js';
import { postBatch } from './sender.js';

/** About fifteen dossiers a minute: enough to see something happen, gentle to the machine. */
const SECONDS_BETWEEN_DOSSIERS = 4;
/** Our own deadline is the acceptance itself, so none differs by a day from the given one at night. */
const AT_ONCE = '"limit":{"amount":0,"unit":"working-hours"}';
const VIETNAM_OFFSET_SECONDS = 7 * 3_600;

/**
 * Traffic of today for the page to show: dossiers are accepted, resolved just before their deadline,
 * or fall due and are resolved a little later. Their deadlines are a minute or three away and given
 * to the second, on a limit in working hours, so that they come at any time of day and on weekends
 * too; a deadline counted in office hours would stand still at night.
 */
export class LiveTraffic {
  private readonly catalogue: ReplayCatalogue = loadCatalogue();
  private readonly random: Random;
  private readonly counters = new Map<string, number>();
  /** Events to come, unsorted: there are never more than a few hundred. */
  private upcoming: { dossier: DossierHead; step: Step }[] = [];
  private nextDossierAt = 0;

  constructor(seed: number) {
    this.random = createRandom(seed);
  }

  /** Everything that happens up to `now`, oldest first, as event JSON. */
  take(now: CivilSecond): string[] {
    while (this.nextDossierAt <= now) {
      // After a suspended laptop wakes up there is no past to make up for.
      this.begin(Math.max(this.nextDossierAt, now - SECONDS_BETWEEN_DOSSIERS));
      this.nextDossierAt = now + this.random.between(1, 2 * SECONDS_BETWEEN_DOSSIERS - 1);
    }
    const due = this.upcoming.filter(({ step }) => step.at <= now).sort((a, b) => a.step.at - b.step.at);
    this.upcoming = this.upcoming.filter(({ step }) => step.at > now);
    return due.map(({ dossier, step }) => eventJson(dossier, step));
  }

  private begin(at: CivilSecond): void {
    const { random } = this;
    const onTheClock = random.chance(0.75);
    const assignment = this.assignment(onTheClock);
    const plan = new LiveDossier(this.head(assignment, at));
    const channel = random.chance(0.3) ? 'online' : 'counter';
    const submission = `"procedure":"${assignment.procedure.code}","receivingAgency":"${assignment.receivingAgency}","channel":"${channel}"`;
    const resolving =
      assignment.resolvingAgency === assignment.receivingAgency
        ? ''
        : `,"resolvingAgency":"${assignment.resolvingAgency}"`;
    plan.add(at, 'submitted', `{${submission}}`);
    const acceptedAt = at + random.between(2, 20);
    if (onTheClock) {
      const dueAt = acceptedAt + random.between(45, 180);
      const deadline = `${AT_ONCE},"dueAt":"${isoSecond(dueAt)}"`;
      plan.add(acceptedAt, 'accepted', `{${submission}${resolving},${deadline}}`);
      this.run(plan, acceptedAt, dueAt);
    } else {
      plan.add(acceptedAt, 'accepted', `{${submission}${resolving}}`);
      this.finish(plan, acceptedAt + random.between(30, 300));
    }
    this.upcoming.push(...plan.events);
  }

  /** Resolved just before the deadline, after a detour, or a little late. */
  private run(plan: LiveDossier, acceptedAt: CivilSecond, dueAt: CivilSecond): void {
    const { random } = this;
    const roll = random.next();
    const later = dueAt + random.between(60, 150);
    if (roll < 0.1) {
      plan.add(acceptedAt + 25, 'supplement-requested', '{"reason":"Thiếu bản sao giấy tờ kèm theo"}');
      plan.add(dueAt + 20, 'supplement-received', `{"newDueAt":"${isoSecond(later)}"}`);
      this.finish(plan, later - random.between(3, 20));
    } else if (roll < 0.18) {
      const reason = 'Cần lấy ý kiến cơ quan phối hợp';
      plan.add(
        dueAt - 20,
        'extended',
        `{"newDueAt":"${isoSecond(later)}","reason":"${reason}","apology":true}`,
      );
      this.finish(plan, later - random.between(3, 20));
    } else if (roll < 0.4) {
      this.finish(plan, later);
    } else {
      this.finish(plan, dueAt - random.between(3, 25));
    }
  }

  private finish(plan: LiveDossier, at: CivilSecond): void {
    plan.add(at, 'resolved', '{"outcome":"granted"}');
    plan.add(at + this.random.between(20, 120), 'returned', '{"channel":"counter"}');
    if (this.random.chance(0.3)) plan.add(at + 150, 'rated', `{"score":${this.random.between(4, 5)}}`);
  }

  /** A procedure with a limit in hours, or with one in days. */
  private assignment(inHours: boolean): Assignment {
    for (;;) {
      const drawn = this.catalogue.draw(this.random);
      const { counter, online } = drawn.procedure.limits;
      const hours = [counter, online].filter(({ unit }) => unit === 'working-hours').length;
      if (hours === (inHours ? 2 : 0)) return drawn;
    }
  }

  private head({ procedure, receivingAgency }: Assignment, at: CivilSecond): DossierHead {
    const prefix = `${codePrefix(receivingAgency)}-${sixDigitDay(Math.floor(at / DAY_SECONDS))}`;
    const count = (this.counters.get(prefix) ?? 0) + 1;
    this.counters.set(prefix, count);
    return { code: `${prefix}-${String(count).padStart(4, '0')}`, source: procedure.source, numbered: false };
  }
}

class LiveDossier {
  readonly events: { dossier: DossierHead; step: Step }[] = [];

  constructor(private readonly dossier: DossierHead) {}

  add(at: CivilSecond, type: Step['type'], data: string): void {
    const step: Step = { at, type, data, number: this.events.length + 1 };
    this.events.push({ dossier: this.dossier, step });
  }
}

/**
 * Sends live traffic once a second until `stop` aborts. A server that is busy or away for a while is
 * waited for by the client.
 * @throws RequestRefused, ServerUnavailable, or the reason of `stop`
 */
export async function sendLiveTraffic(client: HttpClient, seed: number, stop: AbortSignal): Promise<void> {
  const traffic = new LiveTraffic(seed);
  for (;;) {
    const events = traffic.take(Math.floor(Date.now() / 1_000) + VIETNAM_OFFSET_SECONDS);
    if (events.length > 0) await postBatch(client, events);
    await pause(1_000, stop);
  }
}
