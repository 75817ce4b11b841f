import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { LOGGER, type Logger, pause, shareNext } from '#libs/platform';
import { asLogBatch } from '#libs/store';
import { CounterChanges } from './counters.js';
import type { LedgerChange } from './ledger-entries.js';
import { type PutBy, PutByBatch } from './put-by.js';

/** Differences that are counted together; more would hold up the event loop, fewer repeat the same rows. */
const DIFFERENCES_AT_ONCE = 5_000;
/** The counters lag behind the ledger by this much at most; whoever asks for a figure reads what is put by as well. */
const LONGEST_WAIT_MS = 1_000;
/**
 * Differences that wait to be counted at most: with more of them applying gives way. Otherwise whoever asks for a figure
 * after much was loaded would wait for all of it to be counted, a minute after a million dossiers.
 */
const MOST_WAITING = 30_000;
/** As much of `reporting.uncounted` is read beside the counters; with more of it, counting comes first. */
const [ROWS_BESIDE, BYTES_BESIDE] = [1_000, 300_000];
/** Rows of `reporting.uncounted` taken in one transaction; each is a batch of the log. */
const BATCHES_AT_ONCE = 50;

/**
 * Puts ledger differences by until they are counted, in the transaction that writes them into the ledger. A
 * difference stands in the counters or here, never in both and never in neither.
 */
export async function putBy(manager: EntityManager, ledger: readonly LedgerChange[]): Promise<void> {
  if (ledger.length === 0) return;
  const changes = ledger.map(({ cell: { agency, procedure, channel }, recordedAt, entries }) => [
    ...[agency, procedure, channel, recordedAt],
    entries,
  ]);
  await manager.query('insert into reporting.uncounted (changes) values ($1)', [JSON.stringify(changes)]);
}

/** Differences that have been put by, as far as the transaction sees them. */
export async function putByNow(manager: EntityManager): Promise<CounterChanges> {
  const rows = await manager.query<{ changes: string }[]>('select changes from reporting.uncounted');
  return collected(rows);
}

function collected(rows: readonly { changes: string }[]): CounterChanges {
  const counters = new CounterChanges();
  for (const { changes } of rows) addAll(counters, JSON.parse(changes) as PutBy[]);
  return counters;
}

function addAll(counters: CounterChanges, differences: readonly PutBy[]): void {
  for (const [agency, procedure, channel, recordedAt, entries] of differences) {
    counters.add({ cell: { agency, procedure, channel }, entries }, recordedAt);
  }
}

/** What one batch of the log has put by. */
export interface Waiting {
  differences: PutByBatch;
  counts: CounterChanges;
}

function waitingOf(changes: string): Waiting {
  const differences = new PutByBatch(changes);
  const counts = new CounterChanges();
  addAll(counts, differences.all);
  return { differences, counts: counts.rolledUp() };
}

/** What one counting has changed. */
export interface Counted {
  /** Number of the state of the counters after it. */
  generation: number;
  changes: CounterChanges;
  /** As much as is taken at once was there; there may be more. */
  more: boolean;
}

/** What the ledger holds, as one look saw it: the counters of a generation, and what they are still to get. */
export interface Standing {
  generation: number;
  waiting: readonly Waiting[];
  /** The same text stands for the same state of the ledger. */
  stamp: string;
}

/**
 * Brings what was put by into the counters, as part of the transaction; undefined: there was nothing. One
 * counts at a time: two would wait for each other's rows in a circle.
 *
 * What was counted goes on to what is pending for the past (`Past`).
 *
 * @param upTo the last row of `reporting.uncounted` that is wanted; none: everything
 * @param keep false: the past is made anew afterwards
 */
export async function count(
  manager: EntityManager,
  upTo?: string,
  keep = true,
): Promise<Counted | undefined> {
  await manager.query(`select pg_advisory_xact_lock(hashtext('dunghan counting'))`);
  const rows = await manager.query<{ changes: string }[]>(
    `with counted as (
       delete from reporting.uncounted
        where id in (select id from reporting.uncounted
                      where $1::bigint is null or id <= $1 order by id limit ${BATCHES_AT_ONCE})
       returning id, changes),
     kept as (insert into reporting.past_pending (changes) select changes from counted where $2 order by id)
     select changes from counted`,
    [upTo ?? null, keep],
  );
  if (rows.length === 0) return undefined;
  const changes = collected(rows);
  await changes.write(manager);
  const [[row]] = await manager.query<[{ generation: string }[], number]>(
    `update reporting.counting set generation = generation + 1, kept = kept + $1 where id = 1 returning generation`,
    [keep ? 1 : 0],
  );
  return {
    generation: Number(row?.generation),
    changes,
    more: rows.length === BATCHES_AT_ONCE,
  };
}

/**
 * Keeps the counters up with the ledger. Counting many differences together touches far fewer rows than one
 * batch of the log after the other: a deadline is entered and taken back, neighbours share their day. So it
 * waits for enough of them, for a little time to pass, or for somebody to ask.
 */
@Injectable()
export class Counting implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly listeners: ((counted: Counted) => void)[] = [];
  private loop: Promise<void> = Promise.resolve();
  private waiting = 0;
  /** Put by by this process and not counted yet. */
  private behind = 0;
  /** Rows of `reporting.uncounted` by id, as they were read. */
  private seen = new Map<string, Waiting>();
  /** The generation that listeners have heard of, and what is being counted for the next. */
  private told = -1;
  private counting: Promise<unknown> | undefined;
  private enough: (() => void) | undefined;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  onCounted(listener: (counted: Counted) => void): void {
    this.listeners.push(listener);
  }

  /** Differences have been put by, and their transaction has ended. */
  noted(differences: number): void {
    this.waiting += differences;
    this.behind += differences;
    if (this.waiting >= DIFFERENCES_AT_ONCE) this.enough?.();
  }

  /** Resolves once so much has been counted that more may be put by. */
  async room(): Promise<void> {
    while (this.behind > MOST_WAITING && !this.stopping.signal.aborted) {
      try {
        await (this.counting ?? this.upToDate());
      } catch {
        // Counting tries again and says why; what arrives is not to wait for that.
        return;
      }
    }
  }

  /**
   * Resolves once the counters hold everything that was in the ledger when it was called.
   * @returns the generation of the counters then, or a later one
   */
  async upToDate(): Promise<number> {
    let state = await this.state();
    if (state.last !== null) {
      await this.countAll();
      state = await this.state();
    } else {
      // Another process may have counted what this one has put by.
      this.behind = 0;
    }
    return Number(state.generation);
  }

  /**
   * Everything that was in the ledger when it was called, without waiting for it to be counted; undefined: too much
   * is put by for that. Listeners have heard of its generation unless another process has counted.
   */
  readonly standing = shareNext(async (): Promise<Standing | undefined> => {
    const rows = await this.database.query<
      { generation: string; id: string | null; much: boolean | null; changes: string | null }[]
    >(
      `select c.generation, u.id, u.bytes > ${BYTES_BESIDE} as much,
              case when u.bytes <= ${BYTES_BESIDE} and u.id <> all($1::bigint[]) then u.changes end as changes
         from reporting.counting c
         left join lateral (
           select id, changes, sum(octet_length(changes)) over (order by id) as bytes
             from reporting.uncounted order by id limit ${ROWS_BESIDE + 1}) u on true
        where c.id = 1`,
      [[...this.seen.keys()]],
    );
    const generation = Number(rows[0]?.generation ?? 0);
    // It has ended for the database, and its listeners hear of it in a moment.
    if (generation > this.told) await this.counting?.catch(() => undefined);
    if (rows.length > ROWS_BESIDE || rows.some(({ much }) => much)) return undefined;
    const seen = new Map<string, Waiting>();
    for (const row of rows) {
      if (row.id !== null) seen.set(row.id, this.seen.get(row.id) ?? waitingOf(row.changes ?? '[]'));
    }
    this.seen = seen;
    return {
      ...{ generation, waiting: [...seen.values()] },
      stamp: `${generation} ${[...seen.keys()].join()}`,
    };
  });

  private readonly state = shareNext(async () => {
    const rows = await this.database.query<{ last: string | null; generation: string }[]>(
      `select generation, (select max(id) from reporting.uncounted) as last from reporting.counting where id = 1`,
    );
    return rows[0] ?? { last: null, generation: '0' };
  });

  /** Counts what is there when it begins: while more keeps coming, whoever asked would wait for good. */
  private readonly countAll = shareNext(async () => {
    this.waiting = 0;
    const { last } = await this.state();
    for (let more = last !== null; more;) {
      const counting = this.countOnce(last ?? undefined);
      this.counting = counting;
      more = await counting.finally(() => (this.counting = undefined));
    }
  });

  private async countOnce(upTo: string | undefined): Promise<boolean> {
    const counted = await this.database.transaction(async (manager) => {
      await asLogBatch(manager);
      return count(manager, upTo);
    });
    if (!counted) return false;
    this.behind = Math.max(0, this.behind - counted.changes.differences);
    this.told = counted.generation;
    for (const listener of this.listeners) listener(counted);
    return counted.more;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.upToDate().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'counting failed; trying again'),
      );
      const gathering = new AbortController();
      this.enough = () => gathering.abort();
      await pause(LONGEST_WAIT_MS, AbortSignal.any([gathering.signal, this.stopping.signal]));
    }
    // What is put by stays put by; the next start counts it.
  }
}
