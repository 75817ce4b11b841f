import type { DataSource, EntityManager } from 'typeorm';
import { EVENTS_TOPIC, type SnapshotMessage, TIMELINESS_TOPIC } from '#libs/contracts';
import type { DossierState } from '#libs/dossier';
import { openDatabase, readConfig } from '#libs/platform';
import { CatalogueStore, connect, asLogBatch } from '#libs/store';
import { publicState } from '../../processing/src/apply-events.js';
import { saveRecords } from '../../processing/src/processing-tables.js';
import { applyMessages } from '../../reporting/src/consumer/apply-timeliness.js';
import { count } from '../../reporting/src/counters/counting.js';
import { replayAll, type Replayed } from './replay.js';
import { ProgressBar } from './progress-bar.js';

/**
 * `npm run rebuild -- reporting|processing`: drops what is derived and replays the stored events, in
 * one transaction, so that a stop in the middle changes nothing. Consumers of the same database wait
 * meanwhile; with the embedded database no other process may run.
 */
async function rebuild(what: string | undefined): Promise<void> {
  if (what !== 'reporting' && what !== 'processing') {
    console.error('usage: npm run rebuild -- reporting|processing');
    process.exit(2);
  }
  const config = readConfig(0);
  const handle = await openDatabase(config);
  const database = await connect(handle.url, config.DATABASE_POOL, handle.assertHeld);
  try {
    const started = Date.now();
    const events =
      what === 'reporting' ? await rebuildReporting(database) : await rebuildProcessing(database);
    const seconds = (Date.now() - started) / 1_000;
    console.log(
      `rebuilt ${what}: ${events} events in ${seconds.toFixed(1)} s, ${Math.round(events / seconds)} events/s`,
    );
  } finally {
    await database.destroy();
    await handle.stop();
  }
}

/** Ledger, counters and dossier list anew, with the instants of recording they had. */
export async function rebuildReporting(database: DataSource, quiet = false): Promise<number> {
  const catalogue = await new CatalogueStore(database).current();
  return database.transaction(async (manager) => {
    await lockConsumers(manager);
    await asLogBatch(manager);
    await manager.query(
      'truncate reporting.dossier, reporting.ledger, reporting.counter, reporting.uncounted, reporting.past_pending',
    );
    const bar = await ProgressBar.over(manager, quiet);
    let pages = 0;
    for await (const page of replayAll(database, catalogue)) {
      // Seen from the end of time nothing is news: the live stream has told it all before.
      await applyMessages(manager, page.flatMap(snapshotsOf), Infinity);
      bar.add(eventsIn(page));
      if (++pages % PAGES_COUNTED_TOGETHER === 0) await countAll(manager, false);
    }
    await countAll(manager, false);
    // Whoever remembers figures must see that the counters are others, even where there was nothing to count. And
    // reporting sees by it that what was summed up of the past is of another ledger.
    await manager.query('update reporting.counting set generation = generation + 1');
    // What waits in the log is still read: a snapshot known by now is harmless, an announcement is news. Only
    // over what the log no longer holds must the consumer not wait.
    await manager.query(
      `update log.consumer_offset o
          set next_offset = coalesce(
                (select min(b.base_offset) from log.batch b
                  where b.topic = o.topic and b.partition = o.partition and b.base_offset >= o.next_offset),
                h.next_offset)
         from log.head h
        where o.consumer_group = 'reporting' and o.topic = $1 and h.topic = o.topic and h.partition = o.partition`,
      [TIMELINESS_TOPIC],
    );
    return bar.done();
  });
}

/** Enough for neighbours to share their counter rows, few enough for memory. */
const PAGES_COUNTED_TOGETHER = 10;

/** Brings everything that was put by into the counters; `keep` as in `count`. */
export async function countAll(manager: EntityManager, keep = true): Promise<void> {
  while (await count(manager, undefined, keep)) {
    // Each round takes a part of what was put by.
  }
}

/** States anew; arrivals, calendar moves and what has been announced are facts and stay. */
export async function rebuildProcessing(database: DataSource, quiet = false): Promise<number> {
  const catalogue = await new CatalogueStore(database).current();
  return database.transaction(async (manager) => {
    await lockConsumers(manager);
    await asLogBatch(manager);
    const bar = await ProgressBar.over(manager, quiet);
    for await (const page of replayAll(database, catalogue)) {
      for (const { dossier, stored } of page) {
        const { ids, moves, timers, announced } = stored;
        dossier.record = { ...dossier.record, ids, moves, timers, announced };
      }
      const partitions = new Set(page.map(({ partition }) => partition));
      for (const partition of partitions) {
        const dossiers = page
          .filter((replayed) => replayed.partition === partition)
          .map(({ dossier }) => dossier);
        await saveRecords(manager, partition, dossiers);
      }
      bar.add(eventsIn(page));
    }
    return bar.done();
  });
}

const eventsIn = (page: readonly Replayed[]): number =>
  page.reduce((sum, { stored }) => sum + stored.ids.length, 0);

function snapshotsOf({ dossier: { source, code, snapshots } }: Replayed): SnapshotMessage[] {
  return snapshots.map(({ recordedAt, state }) => ({
    kind: 'snapshot',
    source,
    code,
    recordedAt,
    state: publicState(state satisfies DossierState),
  }));
}

/** Nothing may be applied while its base is replaced. */
async function lockConsumers(manager: EntityManager): Promise<void> {
  await manager.query(
    // Of whichever log: offsets of another are stored under its name and the topic.
    `select 1 from log.consumer_offset where topic ~ ('(^| )(' || $1 || '|' || $2 || ')$')
      order by consumer_group, topic, partition for update`,
    [EVENTS_TOPIC, TIMELINESS_TOPIC],
  );
}

// Also imported by tests; only a start from the command line runs it.
if (process.argv[1]?.endsWith('rebuild.js')) {
  await rebuild(process.argv[2]).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
  process.exit(0);
}
