import pg from 'pg';
import { EVENTS_TOPIC, TIMELINESS_TOPIC, type TimelinessMessage } from '#libs/contracts';
import { FORWARDER_GROUP, ORIGIN_HEADER } from '#libs/event-log';
import {
  announcementDifferences,
  type CloudEventJson,
  figureDifferences,
  firstArrivals,
  parseInstant,
  pollUntil,
  quarantineDifferences,
  type Quarantined,
  type Said,
  type SteadyLoad,
} from '#libs/testing';
import type { Cluster } from './cluster.js';
import { clientOf, TopicReader } from './topic-reader.js';

const CAUGHT_UP_WITHIN_MS = 120_000;
/** Nothing falls due so soon after everything was compared. */
const QUIET_MS = 5_000;
const SHOWN = 5;

/** Which event of which dossier: of two with one id, the moments differ. */
type Name = readonly [dossier: string, event: string];

interface Forwarded {
  /** Where it stood in the outbox; null: it did not come from there. */
  readonly origin: { readonly partition: number; readonly offset: number } | null;
  readonly said: Said | null;
}

/** What was compared. */
export interface Tally {
  readonly events: number;
  readonly announcements: number;
  readonly quarantined: number;
  /** Messages that a forwarder or an intake sent more than once: on the wire, not in the figures. */
  readonly repeated: number;
}

/**
 * After everything has come to rest: every acknowledged event was applied once and in its dossier's order, every
 * figure is the reference model's, every announcement went out once, the quarantine holds the poison and nothing
 * else, and the outbox is empty.
 */
export class Checker {
  private constructor(
    private readonly cluster: Cluster,
    private readonly load: SteadyLoad,
    private readonly events: TopicReader<Name | null>,
    private readonly timeliness: TopicReader<Forwarded>,
  ) {}

  static async open(cluster: Cluster, load: SteadyLoad): Promise<Checker> {
    const kafka = clientOf(cluster.kafka);
    return new Checker(
      cluster,
      load,
      await TopicReader.open(kafka, EVENTS_TOPIC, ({ value }) => nameOfValue(value)),
      await TopicReader.open(kafka, TIMELINESS_TOPIC, ({ value, headers }) => ({
        origin: originOf(headers?.[ORIGIN_HEADER]?.toString()),
        said: announcementOf(value),
      })),
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.events.close(), this.timeliness.close()]);
  }

  /** Waits until everything is applied and announced, and no deadline comes in the next seconds. */
  async settled(): Promise<void> {
    const { url } = this.cluster.one('reporting');
    let last = '';
    const caughtUp = () =>
      pollUntil('everything to be applied', CAUGHT_UP_WITHIN_MS, async () => {
        const response = await fetch(`${url}/v1/progress`, { signal: AbortSignal.timeout(15_000) }).catch(
          () => undefined,
        );
        last = (await response?.text().catch(() => undefined)) ?? 'no answer';
        return response?.status === 200 && (JSON.parse(last) as { caughtUp: boolean }).caughtUp;
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}; last seen ${last}`);
      });
    await caughtUp();
    await pollUntil('the last deadline to be announced', CAUGHT_UP_WITHIN_MS, async () => {
      const [row] = await this.query<{ waiting: number }>(
        `select count(*)::int as waiting from processing.timer where at < now() + $1 * interval '1 millisecond'`,
        QUIET_MS,
      );
      return row?.waiting === 0;
    });
    await caughtUp();
  }

  /** Differences in words; none is the good answer. */
  async differences(poison: readonly (Buffer | null)[]): Promise<{ differences: string[]; tally: Tally }> {
    const { url } = this.cluster.one('reporting');
    const { posted, world } = this.load;
    const [events, timeliness, rows] = [
      await this.events.everything(),
      await this.timeliness.everything(),
      await this.query<Quarantined>(
        'select reason, value, topic, partition, position from processing.quarantine order by id',
      ),
    ];
    const fresh = freshOf(timeliness);
    const said = fresh.messages.flatMap(({ kept }) => kept.said ?? []);
    const differences = [
      ...orderDifferences(
        posted,
        events.flatMap(({ kept }) => (kept ? [kept] : [])),
      ),
      ...(await this.appliedDifferences(posted)),
      ...fresh.differences,
      ...(await this.outboxDifferences(fresh.ends)),
      ...(await announcementDifferences(url, world, said)),
      ...quarantineDifferences(rows, posted, poison),
      ...(await figureDifferences(url, world)),
    ];
    return {
      differences,
      tally: {
        ...{ events: posted.flat().length, announcements: said.length, quarantined: rows.length },
        repeated: timeliness.length - fresh.messages.length,
      },
    };
  }

  /** Each event once, and those of a dossier in the order in which they arrived first. */
  private async appliedDifferences(posted: readonly (readonly CloudEventJson[])[]): Promise<string[]> {
    const rows = await this.query<{ source: string; code: string; ids: string[]; stored: string[] }>(
      `select d.source, d.code, d.record::jsonb -> 'ids' as ids, array_agg(e.id) as stored
         from processing.dossier d left join processing.dossier_event e using (source, code) group by d.source, d.code`,
    );
    const expected = new Map<string, string[]>();
    for (const { event } of firstArrivals(posted.flat().map((event) => ({ event, recordedAt: 0 })))) {
      const dossier = JSON.stringify([event.source, event.subject]);
      expected.set(dossier, [...(expected.get(dossier) ?? []), event.id]);
    }
    const differences: string[] = [];
    for (const { source, code, ids, stored } of rows) {
      const dossier = JSON.stringify([source, code]);
      const wanted = expected.get(dossier) ?? [];
      expected.delete(dossier);
      if (stored.toSorted().join('\n') !== wanted.toSorted().join('\n'))
        differences.push(
          `stored events of ${dossier}: ${JSON.stringify(stored)}, sent ${JSON.stringify(wanted)}`,
        );
      if (ids.join('\n') !== wanted.join('\n'))
        differences.push(
          `events of ${dossier} applied as ${JSON.stringify(ids)}, sent as ${JSON.stringify(wanted)}`,
        );
    }
    for (const dossier of expected.keys()) differences.push(`nothing applied of ${dossier}`);
    return differences.slice(0, SHOWN);
  }

  /** Everything that stood in the outbox has gone out. */
  private async outboxDifferences(ends: ReadonlyMap<number, number>): Promise<string[]> {
    const heads = await this.query<{ partition: number; head: string; forwarded: string | null }>(
      `select h.partition, h.next_offset as head, o.next_offset as forwarded
         from log.head h
         left join log.consumer_offset o
           on o.topic = h.topic and o.partition = h.partition and o.consumer_group = $2
        where h.topic = $1`,
      TIMELINESS_TOPIC,
      FORWARDER_GROUP,
    );
    return heads.flatMap(({ partition, head, forwarded }) => {
      const inOutbox = Number(head) - Number(forwarded ?? 0);
      const arrived = ends.get(partition) ?? 0;
      return [
        ...(inOutbox === 0 ? [] : [`${inOutbox} messages are left in outbox ${partition}`]),
        ...(arrived === Number(head)
          ? []
          : [`outbox ${partition} ends at ${head}, what arrived at ${arrived}`]),
      ];
    });
  }

  private async query<T extends object>(sql: string, ...values: unknown[]): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.cluster.postgres.url });
    await client.connect();
    try {
      return (await client.query<T>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }
}

/** The log holds what was acknowledged, the first arrivals of each dossier in the order of their sending. */
function orderDifferences(posted: readonly (readonly CloudEventJson[])[], names: readonly Name[]): string[] {
  const inLog = firstByDossier(names);
  const sent = firstByDossier(posted.flat().map(nameOf));
  return [...sent]
    .filter(([dossier, events]) => inLog.get(dossier)?.join('\n') !== events.join('\n'))
    .map(
      ([dossier, events]) =>
        `${dossier} lies in the log as ${inLog.get(dossier)?.join()}, was sent as ${events.join()}`,
    )
    .slice(0, SHOWN);
}

function firstByDossier(names: readonly Name[]): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const [dossier, event] of names) found.set(dossier, (found.get(dossier) ?? new Set()).add(event));
  return new Map([...found].map(([dossier, events]) => [dossier, [...events]]));
}

/**
 * What of the timeliness topic came for the first time. Of each outbox partition everything must have come,
 * and in its order within each partition of the topic.
 */
function freshOf(messages: readonly { partition: number; offset: number; kept: Forwarded }[]) {
  const differences: string[] = [];
  const seen = new Map<number, Set<number>>();
  const last = new Map<string, number>();
  const fresh = messages.filter(({ partition, kept: { origin } }) => {
    if (!origin) {
      differences.push(`a message in partition ${partition} that was not in the outbox`);
      return true;
    }
    const offsets = seen.get(origin.partition) ?? new Set<number>();
    seen.set(origin.partition, offsets);
    if (offsets.has(origin.offset)) return false;
    offsets.add(origin.offset);
    const place = `${origin.partition} → ${partition}`;
    const before = last.get(place) ?? -1;
    if (origin.offset < before)
      differences.push(`outbox ${place}: ${origin.offset} came first after ${before}`);
    last.set(place, origin.offset);
    return true;
  });
  const ends = new Map<number, number>();
  for (const [partition, offsets] of seen) {
    const end = [...offsets].reduce((most, offset) => Math.max(most, offset), -1) + 1;
    ends.set(partition, end);
    if (offsets.size !== end)
      differences.push(`of outbox ${partition} ${offsets.size} messages came, not ${end}`);
  }
  return { messages: fresh, ends, differences: differences.slice(0, SHOWN) };
}

const nameOf = ({ source, subject, id, time }: CloudEventJson): Name => [
  JSON.stringify([source, subject]),
  `${id} ${parseInstant(time)}`,
];

/** null: not an event. */
function nameOfValue(value: Buffer | null): Name | null {
  try {
    return nameOf(JSON.parse(value?.toString('utf8') ?? '') as CloudEventJson);
  } catch {
    return null;
  }
}

function originOf(header: string | undefined): Forwarded['origin'] {
  const [, partition, offset] = /^(\d+)\/(\d+)$/.exec(header ?? '') ?? [];
  return partition === undefined ? null : { partition: Number(partition), offset: Number(offset) };
}

function announcementOf(value: Buffer | null): Said | null {
  const message = JSON.parse(value?.toString('utf8') ?? '') as TimelinessMessage;
  return message.kind === 'snapshot' ? null : message;
}
