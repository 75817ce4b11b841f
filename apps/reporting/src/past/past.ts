import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { LOGGER, type Logger, pause } from '#libs/platform';
import { asLogBatch, instantSql, millisSql, numberArray, textArray } from '#libs/store';
import { Counting } from '../counters/counting.js';
import type { PutBy } from '../counters/put-by.js';
import { PACKED } from './epoch-memory.js';
import { MOST_NAMES, type PagePlace, PastChanges } from './past-changes.js';
import { packDifferences } from './past-differences.js';
import { addPages, type Page } from './past-page.js';

/** An epoch is made of what is pending once it is as much: some five thousand differences. */
const EPOCH_BYTES = 500_000;
/**
 * With a backlog an epoch takes a share of what is pending, up to a limit: much at once touches far fewer pages, and
 * questions about an instant inside an epoch read all of it.
 */
const [BACKLOG_SHARE, MOST_EPOCH_BYTES] = [0.1, 2_500_000];
/** The same for one that is read from the ledger. */
const EPOCH_ROWS = 5_000;
/** Smaller pages are read so fast that a whole one in between would only take room. */
const SMALLEST_WHOLE_BYTES = 4_096;
/** Work on a page of this size takes as long as the event loop may be held up. */
const LARGE_BYTES = 8_192;
/** Differences summed up without letting others have the event loop. */
const CHANGES_AT_ONCE = 500;
/** How often it is looked whether the past has been dropped or an old copy has counted. */
const LONGEST_WAIT_MS = 10_000;

/** True in `reporting.counting c, reporting.past p`: epochs and what is pending hold everything that was counted. */
export const PAST_IS_WHOLE = 'c.id = 1 and p.id = 1 and c.generation - c.kept = p.unkept';

/**
 * Keeps what was known when (docs/decisions/016): what has been counted is gathered until it makes an epoch, whose
 * differences are kept as they are and summed up on pages, so that a question about what was known at an instant reads
 * the pages of the epochs before it and the differences of those that it cuts.
 */
@Injectable()
export class Past implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private wake: (() => void) | undefined;

  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Counting) counting: Counting,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    counting.onCounted(() => this.wake?.());
  }

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /**
   * Makes what is pending into epochs as far as it is enough, or all of the past anew where it is not whole.
   * @param epochBytes how much is enough
   */
  async keepUp(epochBytes = EPOCH_BYTES): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const [state] = await this.database.query<{ whole: boolean; bytes: string }[]>(
        `select exists (select from reporting.counting c, reporting.past p where ${PAST_IS_WHOLE}) as whole,
                (select coalesce(sum(octet_length(changes)), 0) from reporting.past_pending) as bytes`,
      );
      if (!state?.whole) {
        if (!(await this.build())) return;
      } else if (Number(state.bytes) >= epochBytes) {
        const share = Math.min(MOST_EPOCH_BYTES, Math.floor(Number(state.bytes) * BACKLOG_SHARE));
        await this.database.transaction((manager) => makeEpoch(manager, Math.max(epochBytes, share)));
      } else {
        return;
      }
    }
  }

  /** Everything anew from the ledger, as it stands; false: somebody else is at it. */
  private build(): Promise<boolean> {
    return this.database.transaction('REPEATABLE READ', async (manager) => {
      if (!(await locked(manager))) return false;
      await asLogBatch(manager);
      const rows = await manager.query<{ count: string }[]>('select count(*) from reporting.ledger');
      const total = Number(rows[0]?.count);
      this.logger.info({ differences: total }, 'summing up what was known when');
      for (const table of ['past_pending', 'past_epoch', 'past_page'])
        await manager.query(`delete from reporting.${table}`);
      await manager.query(
        `update reporting.past set unkept = (select generation - kept from reporting.counting where id = 1) where id = 1`,
      );
      let done = 0;
      for await (const changes of counted(manager)) {
        this.stopping.signal.throwIfAborted();
        await addEpoch(manager, changes);
        const before = Math.floor((done / total) * 10);
        done += changes.length;
        if (Math.floor((done / total) * 10) > before)
          this.logger.info({ differences: total, done }, 'summing up what was known when');
      }
      return true;
    });
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const woken = new AbortController();
      this.wake = () => woken.abort();
      await this.keepUp().catch((error: unknown) => {
        if (!this.stopping.signal.aborted)
          this.logger.warn({ err: error }, 'summing up what was known failed; trying again');
      });
      await pause(LONGEST_WAIT_MS, AbortSignal.any([woken.signal, this.stopping.signal]));
    }
  }
}

/** One makes epochs at a time; whoever else wants to need not wait for it. */
async function locked(manager: EntityManager): Promise<boolean> {
  const [row] = await manager.query<{ locked: boolean }[]>(
    `select pg_try_advisory_xact_lock(hashtext('dunghan past')) as locked`,
  );
  return row?.locked ?? false;
}

/** One epoch of what has been pending longest. */
async function makeEpoch(manager: EntityManager, epochBytes: number): Promise<void> {
  if (!(await locked(manager))) return;
  await asLogBatch(manager);
  const [rows] = await manager.query<[{ changes: string }[], number]>(
    `delete from reporting.past_pending
      where id in (select id from (select id, sum(octet_length(changes)) over (order by id) - octet_length(changes) as before
                                     from reporting.past_pending) t
                    where before < $1)
      returning changes`,
    [epochBytes],
  );
  const changes = rows.flatMap((row) => JSON.parse(row.changes) as PutBy[]);
  if (changes.length > 0) await addEpoch(manager, changes);
}

/** What the ledger holds and is counted, by instant of recording, an epoch at a time. */
async function* counted(manager: EntityManager): AsyncGenerator<PutBy[]> {
  // What is not counted yet comes by itself once it is.
  const uncounted = new Map<string, number>();
  for (const { changes } of await manager.query<{ changes: string }[]>(
    'select changes from reporting.uncounted',
  )) {
    for (const change of JSON.parse(changes) as PutBy[]) {
      const text = JSON.stringify(change);
      uncounted.set(text, (uncounted.get(text) ?? 0) + 1);
    }
  }
  await manager.query(
    `declare past cursor for
      select json_build_array(agency, procedure, channel, ${millisSql('recorded_at')}, entries)::text as change
        from reporting.ledger order by recorded_at`,
  );
  for (;;) {
    const rows = await manager.query<{ change: string }[]>(`fetch ${EPOCH_ROWS} from past`);
    if (rows.length === 0) break;
    const changes = rows.map(({ change }) => JSON.parse(change) as PutBy);
    yield uncounted.size === 0
      ? changes
      : changes.filter((change) => {
          const text = JSON.stringify(change);
          const left = uncounted.get(text) ?? 0;
          if (left > 0) uncounted.set(text, left - 1);
          return left === 0;
        });
  }
  await manager.query('close past');
}

async function addEpoch(manager: EntityManager, changes: PutBy[]): Promise<void> {
  const [first] = changes.sort((a, b) => a[3] - b[3]);
  const last = changes.at(-1);
  if (!first || !last) return;
  const ids = await idsOf(manager, changes);
  const idOf = (name: string) => ids.get(name) as number;
  const [epoch] = await manager.query<{ number: string }[]>(
    `insert into reporting.past_epoch (earliest, latest, changes)
     values (${instantSql('$1::bigint')}, ${instantSql('$2::bigint')}, $3) returning number`,
    [first[3], last[3], Buffer.concat([Buffer.of(PACKED), packDifferences(changes, idOf)])],
  );
  const sums = new PastChanges(idOf);
  for (let from = 0; from < changes.length; from += CHANGES_AT_ONCE) {
    for (const change of changes.slice(from, from + CHANGES_AT_ONCE)) sums.add(change);
    await othersTurn();
  }
  await addToPages(manager, Number(epoch?.number), sums);
}

/** Numbers of all names; new ones get the next. */
async function idsOf(manager: EntityManager, changes: readonly PutBy[]): Promise<Map<string, number>> {
  const rows = await manager.query<{ name: string; id: number }[]>(
    'select name, id from reporting.past_name',
  );
  const ids = new Map(rows.map(({ name, id }) => [name, id]));
  let next = Math.max(0, ...ids.values()) + 1;
  const found: string[] = [];
  for (const [agency, procedure, channel] of changes) {
    for (const name of [agency, procedure, channel]) {
      if (ids.has(name)) continue;
      ids.set(name, next++);
      found.push(name);
    }
  }
  if (next > MOST_NAMES)
    throw new Error(`more than ${MOST_NAMES - 1} agencies, procedures and channels have been seen`);
  if (found.length > 0) {
    await manager.query(
      'insert into reporting.past_name (name, id) select * from unnest($1::text[], $2::int[])',
      [found, found.map((name) => ids.get(name))],
    );
  }
  return ids;
}

/**
 * Writes what an epoch adds to each page: by itself, or summed up with everything before once the pages since the last
 * whole one have become as large as that. So no more than twice the whole is read, and not much more is written.
 */
async function addToPages(manager: EntityManager, epoch: number, sums: PastChanges): Promise<void> {
  const pages: (PagePlace & { counts: Page })[] = [];
  for (const page of sums.pages()) {
    pages.push(page);
    if (page.counts.length > LARGE_BYTES) await othersTurn();
  }
  const places = [
    textArray(pages.map(({ kind }) => kind)),
    textArray(pages.map(({ unit }) => unit)),
    numberArray(pages.map(({ startsAt }) => startsAt)),
  ];
  const lasts = await manager.query<
    { nth: number; whole_since: string; bytes_since: number; whole_bytes: number }[]
  >(
    `select p.nth::int as nth, l.whole_since, l.bytes_since, octet_length(w.counts) as whole_bytes
       from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality as p(kind, unit, starts_at, nth)
       cross join lateral (
         select whole_since, bytes_since from reporting.past_page l
          where l.kind = p.kind and l.unit = p.unit and l.starts_at = ${instantSql('p.starts_at')}
          order by epoch desc limit 1) l
       join reporting.past_page w
         on w.kind = p.kind and w.unit = p.unit and w.starts_at = ${instantSql('p.starts_at')} and w.epoch = l.whole_since`,
    places,
  );
  const lastOf = new Map(lasts.map((last) => [last.nth - 1, last]));
  const rows = pages.map(({ counts }, nth) => {
    const last = lastOf.get(nth);
    if (!last) return { counts, since: epoch, bytes: 0, whole: undefined };
    const bytes = last.bytes_since + counts.length;
    const since = Number(last.whole_since);
    return bytes < Math.max(last.whole_bytes, SMALLEST_WHOLE_BYTES)
      ? { counts, since, bytes, whole: undefined }
      : { counts, since: epoch, bytes: 0, whole: since };
  });
  for (const [nth, row] of rows.entries()) {
    if (row.whole === undefined) continue;
    const { kind, unit, startsAt } = pages[nth] as PagePlace;
    const before = await manager.query<{ counts: Page }[]>(
      `select counts from reporting.past_page
        where kind = $1 and unit = $2 and starts_at = ${instantSql('$3::bigint')} and epoch >= $4`,
      [kind, unit, startsAt, row.whole],
    );
    row.counts = await sumOf([...before.map(({ counts }) => counts), row.counts]);
  }
  await manager.query(
    `insert into reporting.past_page (kind, unit, starts_at, epoch, whole_since, bytes_since, counts)
     select kind, unit, ${instantSql('starts_at')}, $4, whole_since, bytes_since, counts
       from unnest($1::text[], $2::text[], $3::bigint[], $5::bigint[], $6::int[], $7::bytea[])
            as t(kind, unit, starts_at, whole_since, bytes_since, counts)`,
    [
      ...places,
      epoch,
      numberArray(rows.map(({ since }) => since)),
      numberArray(rows.map(({ bytes }) => bytes)),
      `{${rows.map(({ counts }) => `"\\\\x${counts.toString('hex')}"`).join(',')}}`,
    ],
  );
}

/** Two and two, so that long pages are read few times. */
async function sumOf(pages: readonly Page[]): Promise<Page> {
  let left = [...pages];
  while (left.length > 1) {
    const sums: Page[] = [];
    for (let nth = 0; nth < left.length; nth += 2) {
      const [a, b] = [left[nth] as Page, left[nth + 1]];
      sums.push(b ? addPages(a, b) : a);
      if (a.length > LARGE_BYTES) await othersTurn();
    }
    left = sums;
  }
  return left[0] as Page;
}

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
