import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { SnapshotMessage, TimelinessMessage } from '#libs/contracts';
import type { DossierState, Instant, Spent } from '#libs/dossier';
import { claimOffset, dropRepeated, type LogBatch, moveOffset } from '#libs/event-log';
import { instantSql, joinJson, numberArray, LOG_BATCH_SETTINGS, textArray } from '#libs/store';
import { Counting, putBy } from '../counters/counting.js';
import { columnsOf } from '../dossiers/dossier-columns.js';
import {
  type CellEntries,
  type LedgerChange,
  ledgerDifference,
  restatedIn,
} from '../counters/ledger-entries.js';
import { metrics } from '../metrics.js';

export const REPORTING_GROUP = 'reporting';

/** Older resolutions are history, not news. */
const NEWS_MS = 3_600_000;

/** A dossier of the batch in hand. */
interface ReportedInHand {
  source: string;
  code: string;
  state: DossierState | undefined;
  recordedAt: Instant;
  changed: boolean;
}

interface News {
  kind: string;
  source: string;
  code: string;
}

/**
 * The use case of reporting: snapshots become ledger differences and the dossier list, announcements become
 * live events, all in one transaction with the consumer's offset. Counters follow from the ledger (`Counting`).
 */
@Injectable()
export class ApplyTimeliness {
  constructor(
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Counting) private readonly counting: Counting,
  ) {}

  async apply(batch: LogBatch): Promise<void> {
    await this.counting.room();
    const heard = await this.database.transaction(async (manager) => {
      const from = await claimOffset(manager, REPORTING_GROUP, batch, LOG_BATCH_SETTINGS);
      if (from >= batch.nextOffset) return { news: 0, differences: 0, restated: 0 };
      // What the forwarder sends again carries its old place in the outbox: an announcement has no other mark
      // by which a repetition could be told.
      const unapplied = batch.messages.filter(({ offset }) => offset >= from);
      const messages = await dropRepeated(manager, REPORTING_GROUP, batch, unapplied);
      const effect = await applyMessages(
        manager,
        messages.map(({ value }) => JSON.parse(value) as TimelinessMessage),
        Date.now(),
      );
      await moveOffset(manager, REPORTING_GROUP, batch);
      return effect;
    });
    this.counting.noted(heard.differences);
    metrics.batchApplied(heard.news, heard.restated);
  }
}

/** The effect of messages, without offsets: also what a rebuild replays. */
export async function applyMessages(
  manager: EntityManager,
  messages: readonly TimelinessMessage[],
  now: Instant,
): Promise<{ news: number; differences: number; restated: number }> {
  const inHand = await load(
    manager,
    messages.filter((message) => message.kind === 'snapshot'),
  );
  const ledger: LedgerChange[] = [];
  const news: News[] = [];
  for (const message of messages) {
    const { source, code } = message;
    if (message.kind === 'snapshot') {
      const dossier = inHand.get(keyOf(message)) as ReportedInHand;
      const change = takeSnapshot(dossier, message, now);
      for (const part of change.ledger)
        ledger.push({ ...part, source, code, recordedAt: message.recordedAt });
      if (change.resolvedJustNow) news.push({ kind: 'resolved', source, code });
    } else {
      news.push({ kind: message.kind, source, code });
    }
  }
  await save(
    manager,
    [...inHand.values()].filter(({ changed }) => changed),
  );
  await appendLedger(manager, ledger);
  await putBy(manager, ledger);
  await appendNews(manager, news, now);
  return { news: news.length, differences: ledger.length, restated: restatedIn(ledger) };
}

const keyOf = ({ source, code }: { source: string; code: string }): string => `${source}\u0000${code}`;

function takeSnapshot(
  dossier: ReportedInHand,
  message: SnapshotMessage,
  now: Instant,
): { ledger: CellEntries[]; resolvedJustNow: boolean } {
  // Already known: what waits in the log during a rebuild comes again.
  if (message.recordedAt <= dossier.recordedAt) return { ledger: [], resolvedJustNow: false };
  const before = dossier.state;
  // The fold's private memory stays with processing; nothing here reads it.
  const after = message.state as DossierState;
  dossier.state = after;
  dossier.recordedAt = message.recordedAt;
  dossier.changed = true;
  return {
    ledger: ledgerDifference(before, after),
    resolvedJustNow:
      after.resolvedAt !== null &&
      after.resolvedAt > now - NEWS_MS &&
      (before?.resolvedAt !== after.resolvedAt || before.state !== after.state),
  };
}

async function load(
  manager: EntityManager,
  messages: readonly SnapshotMessage[],
): Promise<Map<string, ReportedInHand>> {
  const inHand = new Map<string, ReportedInHand>();
  for (const message of messages) {
    const key = keyOf(message);
    if (inHand.has(key)) continue;
    const { source, code } = message;
    inHand.set(key, { source, code, state: undefined, recordedAt: -Infinity, changed: false });
  }
  const keys = [...inHand.values()];
  if (keys.length === 0) return inHand;
  const rows = await manager.query<{ source: string; code: string; recorded_at: number; doc: string }[]>(
    `select d.source, d.code, (extract(epoch from d.recorded_at) * 1000)::float8 as recorded_at, d.doc
       from unnest($1::text[], $2::text[]) as k(source, code)
       join reporting.dossier d on d.source = k.source and d.code = k.code`,
    [textArray(keys.map(({ source }) => source)), textArray(keys.map(({ code }) => code))],
  );
  for (const row of rows) {
    const dossier = inHand.get(keyOf(row)) as ReportedInHand;
    dossier.state = JSON.parse(row.doc) as DossierState;
    dossier.recordedAt = Math.round(row.recorded_at);
  }
  return inHand;
}

async function save(manager: EntityManager, dossiers: ReportedInHand[]): Promise<void> {
  if (dossiers.length === 0) return;
  const sorted = dossiers
    .map(({ source, code, recordedAt, state }) => {
      const known = state as DossierState;
      return { source, code, recordedAt, doc: JSON.stringify(known), ...columnsOf(known) };
    })
    .sort((a, b) => compare(a.source, b.source) || compare(a.code, b.code));
  type Row = (typeof sorted)[number];
  const texts = (of: (row: Row) => string | null) => textArray(sorted.map(of));
  const numbers = (of: (row: Row) => number | null) => numberArray(sorted.map(of));
  const booleans = (of: (row: Row) => boolean) => `{${sorted.map(of).join(',')}}`;
  const spent = (of: keyof Spent) => numbers((row) => row.spent?.[of] ?? null);
  await manager.query(SAVE, [
    texts(({ source }) => source),
    texts(({ code }) => code),
    texts(({ agency }) => agency),
    texts(({ procedure }) => procedure),
    texts(({ channel }) => channel),
    texts(({ state }) => state),
    texts(({ outcome }) => outcome),
    numbers(({ dueSoonFrom }) => dueSoonFrom),
    numbers(({ overdueFrom }) => overdueFrom),
    booleans(({ extended }) => extended),
    numbers(({ recordedAt }) => recordedAt),
    joinJson(sorted.map(({ doc }) => doc)),
    numbers(({ acceptedAt }) => acceptedAt),
    numbers(({ closedAt }) => closedAt),
    numbers(({ pausedSince }) => pausedSince),
    numbers(({ awaiting }) => awaiting),
    booleans(({ steady }) => steady),
    booleans(({ recurring }) => recurring),
    spent('days'),
    spent('own'),
    spent('waiting'),
    spent('supplements'),
    spent('supplementTime'),
    spent('fees'),
    spent('feeTime'),
    spent('extensions'),
  ]);
}

const INSTANTS = ['due_soon_from', 'overdue_from', 'recorded_at', 'accepted_at', 'closed_at', 'paused_since'];
/** In the order of the parameters. */
const SAVED = Object.entries({
  ...{ source: 'text', code: 'text', agency: 'text', procedure: 'text', channel: 'text', state: 'text' },
  ...{ outcome: 'text', due_soon_from: 'bigint', overdue_from: 'bigint', extended: 'boolean' },
  ...{ recorded_at: 'bigint', doc: 'json', accepted_at: 'bigint', closed_at: 'bigint' },
  ...{ paused_since: 'bigint', awaiting: 'smallint', steady: 'boolean', recurring: 'boolean' },
  ...{ days_from_due: 'int', own_ms: 'bigint', waiting_ms: 'bigint', supplement_count: 'int' },
  ...{ supplement_ms: 'bigint', fee_count: 'int', fee_ms: 'bigint', extension_count: 'int' },
});
const NAMES = SAVED.map(([name]) => name);
const SAVE = `
  insert into reporting.dossier (open, ${NAMES.join(', ')})
  select state in ('running', 'paused'),
         ${NAMES.map((name) => (INSTANTS.includes(name) ? instantSql(name) : name)).join(', ')}
    from unnest(${SAVED.map(([, type], i) =>
      type === 'json' ? `string_to_array($${i + 1}, chr(1))` : `$${i + 1}::${type}[]`,
    ).join(', ')}) as t(${NAMES.join(', ')})
  on conflict (source, code) do update set
    ${['open', ...NAMES.slice(2)].map((name) => `${name} = excluded.${name}`).join(', ')}`;

export async function appendLedger(manager: EntityManager, ledger: LedgerChange[]): Promise<void> {
  if (ledger.length === 0) return;
  await manager.query(
    `insert into reporting.ledger (recorded_at, source, code, agency, procedure, channel, entries)
     select ${instantSql('recorded_at')}, source, code, agency, procedure, channel, entries::bigint[]
       from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                   string_to_array($7, ' '))
            as t(recorded_at, source, code, agency, procedure, channel, entries)`,
    [
      numberArray(ledger.map(({ recordedAt }) => recordedAt)),
      textArray(ledger.map(({ source }) => source)),
      textArray(ledger.map(({ code }) => code)),
      textArray(ledger.map(({ cell }) => cell.agency)),
      textArray(ledger.map(({ cell }) => cell.procedure)),
      textArray(ledger.map(({ cell }) => cell.channel)),
      ledger.map(({ entries }) => `{${entries.join(',')}}`).join(' '),
    ],
  );
}

async function appendNews(manager: EntityManager, news: News[], now: Instant): Promise<void> {
  if (news.length === 0) return;
  // Readers follow the ids, so they must become visible in order; and what readers have seen must not be
  // lost and told again, so this commit does wait for the disk.
  await manager.query(
    `select pg_advisory_xact_lock(hashtext('dunghan live events')), set_config('synchronous_commit', 'on', true)`,
  );
  await manager.query(
    `with told as (
       insert into reporting.live_event (at, kind, source, code)
       select ${instantSql('$1::bigint')}, kind, source, code
         from unnest($2::text[], $3::text[], $4::text[]) as t(kind, source, code)
       returning id)
     select pg_notify('dunghan_live', '') from (select count(*) from told) t`,
    [now, news.map(({ kind }) => kind), news.map(({ source }) => source), news.map(({ code }) => code)],
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
