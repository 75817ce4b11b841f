import {
  compileCalendar,
  dayOf,
  fold,
  ledgerOf,
  MEASURES,
  ruleOn,
  type CalendarDocument,
  type Calendars,
  type Channel,
  type Fact,
  type Instant,
  type Measure,
  type OrdinaryContent,
  type ProcedureLimit,
} from '#libs/dossier';
import { faultsOfCatalogue, parseEvent, readAgencies, readProcedures } from '#libs/contracts';
import { readRepositoryJson } from './repository.js';

/**
 * Counts events the way the server does, without a server: parse, fold per dossier, sum the ledger.
 * Nothing of the generator's own arithmetic is used, so the two check each other.
 */
export class FoldedFigures {
  private readonly histories = new Map<string, Fact[]>();
  private readonly calendars: Calendars;
  private readonly limits: Map<
    string,
    { limits: ProcedureLimit[]; entry: { pausePolicy?: 'pause' | 'restart' | 'none' } }
  >;
  private readonly agencies: Set<string>;
  private arrived = 0;

  constructor() {
    const agencies = readAgencies(readRepositoryJson('data/cantho/agencies-2018.json'));
    const procedures = readProcedures(readRepositoryJson('data/cantho/procedures-2018.json'));
    if (!agencies.ok) throw new Error(JSON.stringify(agencies.faults));
    if (!procedures.ok) throw new Error(JSON.stringify(procedures.faults));
    this.agencies = new Set(agencies.value.map(({ id }) => id));
    this.limits = new Map(
      procedures.value.map((entry) => [
        entry.code,
        {
          entry,
          limits: entry.limits.map(({ channel, statutory, committed }) => ({
            channel: channel ?? null,
            statutory,
            committed: committed ?? null,
            validFromDay: null,
          })),
        },
      ]),
    );
    const calendar = compileCalendar(1, readRepositoryJson<CalendarDocument>('data/calendars/default.json'));
    this.calendars = { pinned: 1, calendar: () => calendar };
  }

  /** @throws with the faults of an event that the server would refuse */
  add(json: string): void {
    const parsed = parseEvent(JSON.parse(json), 0);
    if (!parsed.ok) throw new Error(`${json}\n${JSON.stringify(parsed.faults)}`);
    const { event } = parsed;
    const faults = faultsOfCatalogue(event, 0, {
      hasAgency: (id) => this.agencies.has(id),
      hasProcedure: (code) => this.limits.has(code),
    });
    if (faults.length > 0) throw new Error(`${json}\n${JSON.stringify(faults)}`);
    const { content } = event;
    const fact: Fact = {
      id: event.id,
      time: event.time,
      sequence: event.sequence,
      recordedAt: this.arrived++,
      calendarVersion: 1,
      ...(content.type === 'retracted'
        ? content
        : content.type === 'corrected'
          ? {
              type: content.type,
              data: { ...content.data, content: this.withRule(content.data.content, content.data.time) },
            }
          : this.withRule(content, event.time)),
    };
    const key = `${event.source}|${event.subject}`;
    const history = this.histories.get(key);
    if (history) history.push(fact);
    else this.histories.set(key, [fact]);
  }

  get dossiers(): number {
    return this.histories.size;
  }

  /** Every measure of the ledger at an instant: flows up to it, stocks at it. */
  at(instant: Instant): Record<Measure, number> {
    const sums = MEASURES.map(() => 0);
    for (const facts of this.histories.values()) {
      for (const { at, measure, delta } of ledgerOf(fold(facts, this.calendars))) {
        if (at <= instant) sums[measure]! += delta;
      }
    }
    return Object.fromEntries(MEASURES.map((measure, index) => [measure, sums[index]!])) as Record<
      Measure,
      number
    >;
  }

  private withRule(content: OrdinaryContent, time: Instant): OrdinaryContent {
    if (content.type !== 'accepted') return content;
    const { procedure, channel }: { procedure: string; channel: Channel } = content.data;
    const { limits, entry } = this.limits.get(procedure)!;
    return { ...content, rule: ruleOn(limits, entry.pausePolicy ?? 'pause', channel, dayOf(time)) };
  }
}
