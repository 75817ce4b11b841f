import { readFile } from 'node:fs/promises';
import { type CalendarDoc, EVENTS_TOPIC, TIMELINESS_TOPIC, type TimelinessMessage } from '#libs/contracts';
import { type DeliveredMessage, type LogBatch, PostgresLog } from '#libs/event-log';
import { type Config, readConfig } from '#libs/platform';
import { CatalogueStore } from '#libs/store';
import { everythingIn, openTestDatabase, type TestDatabase } from '#libs/testing';
import { ApplyEvents } from './apply-events.js';
import type { TimerSpec } from './dossier-record.js';

/** How a batch reaches processing. */
export interface Arrival {
  partition?: number;
  /** When intake says it took the messages; null: nobody says. */
  arrivedAt?: number | null;
}

export interface QuarantinedRow {
  topic: string;
  partition: number;
  position: number;
  key: string;
  value: string;
  reason: string;
  errors: { pointer: string; code: string }[];
}

/** Processing on a database of its own, fed by hand: the spec says what comes when, and how often. */
export class ProcessingWorld {
  private readonly offsets = new Map<number, number>();

  private constructor(
    readonly test: TestDatabase,
    readonly config: Config,
    readonly log: PostgresLog,
    readonly catalogues: CatalogueStore,
    readonly apply: ApplyEvents,
  ) {}

  static async open(env: Record<string, string> = {}): Promise<ProcessingWorld> {
    const test = await openTestDatabase();
    const config = readConfig(0, { ANNOUNCE_SETTLE_SECONDS: '60', LOG_LEVEL: 'silent', ...env });
    const log = new PostgresLog(test.database, test.url);
    await log.ensureTopics([EVENTS_TOPIC, TIMELINESS_TOPIC].map((name) => ({ name, partitions: 2 })));
    const catalogues = new CatalogueStore(test.database);
    await catalogues.seedCalendar(
      JSON.parse(await readFile('data/calendars/default.json', 'utf8')) as CalendarDoc,
    );
    return new ProcessingWorld(
      test,
      config,
      log,
      catalogues,
      new ApplyEvents(test.database, log, catalogues, config),
    );
  }

  get database() {
    return this.test.database;
  }

  /** The next batch of a partition, from events or raw texts. */
  batchOf(
    events: readonly (object | string)[],
    { partition = 0, arrivedAt = Date.now() }: Arrival = {},
  ): LogBatch {
    const firstOffset = this.offsets.get(partition) ?? 0;
    const messages = events.map((event, nth): DeliveredMessage => {
      const { source, subject } = (typeof event === 'string' ? {} : event) as Record<string, string>;
      return {
        offset: firstOffset + nth,
        key: source === undefined ? 'raw' : `${source}|${subject}`,
        value: typeof event === 'string' ? event : JSON.stringify(event),
        headers: arrivedAt === null ? {} : { recordedat: String(arrivedAt) },
      };
    });
    const nextOffset = firstOffset + messages.length;
    this.offsets.set(partition, nextOffset);
    return { topic: EVENTS_TOPIC, partition, firstOffset, nextOffset, messages };
  }

  /** The next batch of a partition as writers that are not ours leave it: whatever a message may hold. */
  batchOfMessages(written: readonly Partial<DeliveredMessage>[], partition = 0): LogBatch {
    const batch = this.batchOf(
      written.map(() => ''),
      { partition, arrivedAt: null },
    );
    const messages = batch.messages.map((message, nth) => ({ ...message, ...written[nth] }));
    return { ...batch, messages };
  }

  async arrive(events: readonly (object | string)[], arrival?: Arrival): Promise<void> {
    await this.apply.apply(this.batchOf(events, arrival));
  }

  /** Everything sent on to reporting so far, each dossier's in order. */
  async said(): Promise<TimelinessMessage[]> {
    const messages = await everythingIn(this.log, TIMELINESS_TOPIC);
    return messages.map(({ value }) => JSON.parse(value) as TimelinessMessage);
  }

  /** What has been said of one dossier: kinds in order, snapshots left out. */
  async announcements(code: string): Promise<{ kind: string; deadline: number }[]> {
    return (await this.said()).flatMap((message) =>
      message.kind !== 'snapshot' && message.code === code
        ? [{ kind: message.kind, deadline: message.deadline }]
        : [],
    );
  }

  async timers(code: string): Promise<TimerSpec[]> {
    const rows = await this.database.query<
      { settling: boolean; kind: TimerSpec['kind']; at: Date; deadline: Date }[]
    >('select settling, kind, at, deadline from processing.timer where code = $1 order by kind', [code]);
    return rows.map(({ at, deadline, ...rest }) => ({
      ...rest,
      at: at.getTime(),
      deadline: deadline.getTime(),
    }));
  }

  /** What the clock does with a timer that has come due, as far as processing can see. */
  async fire(code: string, kind: TimerSpec['kind']): Promise<void> {
    const [, count] = await this.database.query<[unknown, number]>(
      'delete from processing.timer where code = $1 and kind = $2',
      [code, kind],
    );
    if (count !== 1) throw new Error(`${code} has ${count} timers of ${kind}`);
  }

  quarantine(): Promise<QuarantinedRow[]> {
    return this.database.query<QuarantinedRow[]>(
      `select topic, partition, position::int, key, convert_from(value, 'UTF8') as value, reason, errors
         from processing.quarantine order by id`,
    );
  }

  async count(table: string, where = 'true'): Promise<number> {
    const rows = await this.database.query<{ count: number }[]>(
      `select count(*)::int as count from ${table} where ${where}`,
    );
    return rows[0]?.count ?? 0;
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.test.close();
  }
}
