import { pause } from '#libs/platform';
import { chainAt } from './chain-client.js';
import { seededDelivery } from './deliveries.js';
import { seededHistory } from './histories.js';
import { formatInstant } from './reference-calendar.js';
import { type CloudEventJson, fullType } from './reference-events.js';
import type { Procedure } from './reference-fold.js';
import { type Agency, recordsAsOf, type World } from './reference-model.js';
import { pollUntil } from './standalone.js';

/** Whose deadlines fall due within seconds. */
const HOT: { agency: Agency; procedure: Procedure } = {
  agency: { id: 'HOT', name: 'Nóng', kind: 'commune' },
  procedure: { code: 'HOT', name: 'Nóng', domain: 'nóng', limits: [] },
};

const BATCH = 40;
const ACKNOWLEDGED_WITHIN_MS = 120_000;

export interface SteadyLoadOptions {
  /** Where intake is; asked before every request, for it may come back elsewhere. */
  readonly url: () => string;
  readonly seed: number;
  /** Whole numbers from 0 below the given one. */
  readonly random: (below: number) => number;
  /** Between two batches of one sender: at least this, at most five times as much. A model has to follow. */
  readonly paceMs?: number;
  /** Dossiers of one sender's history; when it is told, another follows. */
  readonly dossiers?: number;
}

/**
 * Senders that go on whatever happens to the servers: histories out of order, with repetitions, corrections and
 * reused ids, beside dossiers that fall due at once. Each sender repeats a batch until it is acknowledged, so
 * what arrived first is known and the reference model can say what must have come of it.
 */
export class SteadyLoad {
  private readonly senders = new Map<string, Sender>();
  private over = false;
  private start: World = { agencies: [], procedures: [], calendars: [], arrivals: [] };

  constructor(private readonly options: SteadyLoadOptions) {}

  /** Everything acknowledged so far, sender by sender. */
  get posted(): readonly (readonly CloudEventJson[])[] {
    return [...this.senders.values()].map(({ posted }) => posted);
  }

  /** What the reference model needs to know. */
  get world(): World {
    const told = [...this.senders.values()];
    return {
      agencies: [...this.start.agencies, ...told.flatMap(({ agencies }) => agencies)],
      procedures: [...this.start.procedures, ...told.flatMap(({ procedures }) => procedures)],
      calendars: this.start.calendars,
      arrivals: this.posted.flat().map((event) => ({ event, recordedAt: 0 })),
    };
  }

  /** Puts what the load needs into an empty chain that runs. */
  async begin(): Promise<void> {
    const chain = chainAt(this.options.url());
    await chain.putAgencies([HOT.agency]);
    await chain.putProcedures([HOT.procedure]);
    this.start = {
      agencies: [HOT.agency],
      procedures: [HOT.procedure],
      calendars: [{ recordedAt: 0, document: await chain.calendar() }],
      arrivals: [],
    };
  }

  /** Lets a sender send until it is told to stop; the batch in hand is still brought home. */
  async pour(name: string, isOver: () => boolean): Promise<void> {
    const sender = this.senders.get(name) ?? new Sender(name);
    this.senders.set(name, sender);
    while (!isOver() && !this.over) {
      if (sender.batches.length === 0) await this.nextHistory(sender);
      const planned = sender.batches.shift() ?? [];
      const batch = [...planned, ...this.hotEvents(sender)];
      await this.insist('POST', '/v1/events', 'application/cloudevents-batch+json', batch, 202);
      sender.posted.push(...batch);
      const { paceMs = 10, random } = this.options;
      await pause(paceMs + random(4 * paceMs));
    }
  }

  /** No request is made any more, not even a repetition. */
  stop(): void {
    this.over = true;
  }

  private async nextHistory(sender: Sender): Promise<void> {
    const { name, turn } = sender;
    sender.turn += 1;
    const seed = this.options.seed * 1_000 + turn * 2 + name.length;
    const history = seededHistory(seed, {
      name: `${name}${turn}`,
      digits: `${name.length}${String(turn).padStart(5, '0')}`,
      dossiers: this.options.dossiers ?? 25,
      now: Date.now() - 1_000,
    });
    const { agencies, procedures } = history.catalogue;
    await this.insist('PUT', '/v1/catalogue/agencies', 'application/json', { agencies }, 200);
    await this.insist('PUT', '/v1/catalogue/procedures', 'application/json', { procedures }, 200);
    sender.agencies.push(...agencies);
    sender.procedures.push(...procedures);
    const batches = seededDelivery(seed, history.events, { batch: BATCH });
    // After any batch somebody may look: a dossier on which the contract is silent for a while is left out, too.
    const { world } = this;
    const silent = new Set(
      batches.flatMap((_, nth) => [
        ...silentIn({ ...world, arrivals: arrivalsOf(batches.slice(0, nth + 1).flat()) }),
      ]),
    );
    sender.batches = batches.map((batch) => batch.filter((event) => !silent.has(dossierOf(event))));
  }

  /** A dossier whose deadline falls due within seconds; some are resolved before, or said to have been. */
  private hotEvents(sender: Sender): CloudEventJson[] {
    const { random } = this.options;
    const name = `${sender.name}-${sender.posted.length}`;
    const now = Date.now();
    const make = (
      type: 'accepted' | 'resolved',
      time: number,
      data: CloudEventJson['data'],
    ): CloudEventJson => ({
      specversion: '1.0',
      source: 'urn:hot',
      id: `${name}-${type}`,
      type: fullType(type),
      subject: name,
      time: formatInstant(time),
      data,
    });
    const acceptance = make('accepted', now - 1_000, {
      ...{ procedure: HOT.procedure.code, receivingAgency: HOT.agency.id, channel: 'online' as const },
      dueAt: formatInstant(now + 200 + random(4_000)),
      limit: { amount: 8, unit: 'working-hours' },
    });
    const resolution = make('resolved', now - random(900), {});
    switch (random(3)) {
      case 0:
        return [acceptance];
      case 1:
        return [resolution, acceptance];
      default: {
        // Acknowledged with a later batch: late enough, at times, to undo an announcement.
        sender.held.push({ at: now + random(8_000), event: resolution });
        const ripe = sender.held.filter(({ at }) => at < now);
        sender.held = sender.held.filter(({ at }) => at >= now);
        return [acceptance, ...ripe.map(({ event }) => event)];
      }
    }
  }

  /** Tries until the answer is as expected; what failed may or may not have been taken. */
  private insist(method: string, path: string, type: string, body: unknown, wanted: number): Promise<void> {
    return pollUntil(
      `${method} ${path}`,
      ACKNOWLEDGED_WITHIN_MS,
      async () => {
        if (this.over) throw new Error('the run is over');
        const response = await fetch(`${this.options.url()}${path}`, {
          method,
          headers: { 'content-type': type },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(20_000),
        }).catch(() => undefined);
        // The answer may also be cut off half way; its status alone is no acknowledgement then.
        const text = await response?.text().catch(() => undefined);
        if (response === undefined || text === undefined || response.status >= 500) return false;
        if (response.status !== wanted) throw new Error(`${method} ${path}: ${response.status} ${text}`);
        return true;
      },
      25,
    );
  }
}

class Sender {
  turn = 0;
  batches: CloudEventJson[][] = [];
  /** Kept back, and until when. */
  held: { at: number; event: CloudEventJson }[] = [];
  readonly posted: CloudEventJson[] = [];
  readonly agencies: Agency[] = [];
  readonly procedures: Procedure[] = [];

  constructor(readonly name: string) {}
}

const arrivalsOf = (events: readonly CloudEventJson[]) => events.map((event) => ({ event, recordedAt: 0 }));

const dossierOf = ({ source, subject }: CloudEventJson): string => JSON.stringify([source, subject]);

/** Dossiers on which the contract is silent. */
function silentIn(world: World): Set<string> {
  return new Set(
    recordsAsOf(world, 0)
      .dossiers.filter(({ silent }) => silent.length > 0)
      .map(({ source, code }) => JSON.stringify([source, code])),
  );
}
