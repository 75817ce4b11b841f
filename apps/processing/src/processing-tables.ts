import type { EntityManager } from 'typeorm';
import type { IncomingEvent } from '#libs/contracts';
import type { Fact, Instant } from '#libs/dossier';
import type { DeliveredMessage, LogBatch } from '#libs/event-log';
import { instantSql, joinJson, loadFacts, numberArray, textArray } from '#libs/store';
import type { DossierInHand } from './apply-events.js';
import { type DossierRecord, isOpen, type TimerSpec } from './dossier-record.js';
import type { ArrivedEvent, Poison } from './read-events.js';

/** The SQL of processing: one statement per table and batch, keys sorted where rows are written. */

interface DossierKey {
  source: string;
  code: string;
}

const sources = (keys: readonly { source: string }[]): string => textArray(keys.map(({ source }) => source));
const codes = (keys: readonly { code: string }[]): string => textArray(keys.map(({ code }) => code));
const byKey = (a: DossierKey, b: DossierKey): number =>
  a.source < b.source ? -1 : a.source > b.source ? 1 : a.code < b.code ? -1 : a.code > b.code ? 1 : 0;

export async function loadRecords(
  manager: EntityManager,
  keys: readonly DossierKey[],
): Promise<(DossierKey & { record: DossierRecord })[]> {
  const rows = await manager.query<(DossierKey & { record: string })[]>(
    `select d.source, d.code, d.record
       from unnest($1::text[], $2::text[]) as k(source, code)
       join processing.dossier d on d.source = k.source and d.code = k.code`,
    [sources(keys), codes(keys)],
  );
  return rows.map(({ source, code, record }) => ({
    source,
    code,
    record: JSON.parse(record) as DossierRecord,
  }));
}

export async function saveRecords(
  manager: EntityManager,
  partition: number,
  dossiers: readonly DossierInHand[],
): Promise<void> {
  if (dossiers.length === 0) return;
  const sorted = [...dossiers].sort(byKey);
  await manager.query(
    `insert into processing.dossier as d (source, code, partition, movable_under, record)
     select source, code, $3, movable_under, record
       from unnest($1::text[], $2::text[], $4::int[], string_to_array($5, chr(1)))
            as t(source, code, movable_under, record)
     on conflict (source, code) do update
       set partition = excluded.partition, movable_under = excluded.movable_under, record = excluded.record`,
    [
      ...[sources(sorted), codes(sorted), partition],
      numberArray(
        sorted.map(({ record: { state } }) => (state?.ours && isOpen(state) ? state.calendarVersion : null)),
      ),
      joinJson(sorted.map(({ record }) => JSON.stringify(record))),
    ],
  );
}

/** Stores events; returns those whose (source, id) another dossier already has. */
export async function insertEvents(
  manager: EntityManager,
  rows: readonly {
    arrived: ArrivedEvent;
    recordedAt: Instant;
    calendarVersion: number;
    rule: string | null;
  }[],
): Promise<ArrivedEvent[]> {
  if (rows.length === 0) return [];
  const sorted = [...rows].sort(
    (a, b) =>
      compare(a.arrived.event.source, b.arrived.event.source) ||
      compare(a.arrived.event.id, b.arrived.event.id),
  );
  const ids = [
    textArray(sorted.map(({ arrived }) => arrived.event.source)),
    textArray(sorted.map(({ arrived }) => arrived.event.id)),
  ];
  const [inserted] = await manager.query<{ count: number }[]>(
    `with stored as (
       insert into processing.dossier_event (source, id, code, recorded_at, calendar_version, rule, body)
       select source, id, code, ${instantSql('recorded_at')}, calendar_version, nullif(rule, 'null'), body
         from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::int[],
                     string_to_array($6, chr(1)), string_to_array($7, chr(1)))
              as t(source, id, code, recorded_at, calendar_version, rule, body)
       on conflict do nothing returning 1)
     select count(*)::int as count from stored`,
    [
      ...ids,
      textArray(sorted.map(({ arrived }) => arrived.event.subject)),
      numberArray(sorted.map(({ recordedAt }) => recordedAt)),
      numberArray(sorted.map(({ calendarVersion }) => calendarVersion)),
      joinJson(sorted.map(({ rule }) => rule ?? 'null')),
      joinJson(sorted.map(({ arrived }) => arrived.event.canonical)),
    ],
  );
  if (inserted?.count === sorted.length) return [];
  const owners = await manager.query<{ nth: number; code: string }[]>(
    `select k.nth::int as nth, e.code
       from unnest($1::text[], $2::text[]) with ordinality as k(source, id, nth)
       join processing.dossier_event e on e.source = k.source and e.id = k.id`,
    ids,
  );
  return owners
    .map(({ nth, code }) => ({ arrived: (sorted[nth - 1] as (typeof sorted)[0]).arrived, code }))
    .filter(({ arrived, code }) => arrived.event.subject !== code)
    .map(({ arrived }) => arrived);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Canonical texts of stored events, by source and id. */
export async function storedBodies(
  manager: EntityManager,
  events: readonly IncomingEvent[],
): Promise<Map<string, string>> {
  if (events.length === 0) return new Map();
  const rows = await manager.query<{ source: string; id: string; body: string }[]>(
    `select e.source, e.id, e.body
       from unnest($1::text[], $2::text[]) as k(source, id)
       join processing.dossier_event e on e.source = k.source and e.id = k.id`,
    [events.map(({ source }) => source), events.map(({ id }) => id)],
  );
  return new Map(rows.map(({ source, id, body }) => [`${source}\u0000${id}`, body]));
}

/** The facts stored before the steps in hand, in order of arrival. */
export async function loadHistories(
  manager: EntityManager,
  dossiers: readonly Pick<DossierInHand, 'source' | 'code' | 'record' | 'steps'>[],
): Promise<Map<string, Fact[]>> {
  const histories = new Map<string, Fact[]>();
  const wanted = dossiers.flatMap(({ source, code, record, steps }) => {
    const fresh = new Set(steps.flatMap(({ facts }) => facts.map(({ id }) => id)));
    return record.ids.filter((id) => !fresh.has(id)).map((id) => ({ source, code, id }));
  });
  for (const { wanted: asked, fact } of await loadFacts(manager, wanted)) {
    const key = `${asked.source}\u0000${asked.code}`;
    const list = histories.get(key);
    if (list) list.push(fact);
    else histories.set(key, [fact]);
  }
  return histories;
}

export async function insertQuarantine(
  manager: EntityManager,
  batch: LogBatch,
  poison: readonly Poison[],
  now: Instant,
): Promise<void> {
  if (poison.length === 0) return;
  await manager.query(
    `insert into processing.quarantine
            (recorded_at, topic, partition, position, key, key_bytes, value, headers, reason, errors, source)
     select ${instantSql('$1')}, $2, $3, position, key, key_bytes, value, headers, reason, errors::jsonb, source
       from unnest($4::bigint[], $5::text[], $6::bytea[], $7::bytea[], $8::text[], $9::text[], $10::text[], $11::text[])
            as t(position, key, key_bytes, value, headers, reason, errors, source)`,
    [
      ...[now, batch.topic, batch.partition],
      poison.map(({ message }) => message.offset),
      poison.map(({ message }) => (message.keyBytes === null ? null : writable(message.key))),
      poison.map(({ message }) => (message.keyBytes ? Buffer.from(message.keyBytes) : null)),
      poison.map(({ message }) => bytesOf(message)),
      // As text, whose escapes may say NUL, which jsonb does not know.
      poison.map(({ message }) => JSON.stringify(message.headers)),
      poison.map(({ reason }) => reason),
      poison.map(({ errors }) => JSON.stringify(errors)),
      poison.map(({ source }) => source),
    ],
  );
}

/** The value as it was, to the byte; null where there is none. */
function bytesOf({ bytes, value }: DeliveredMessage): Buffer | null {
  if (bytes === undefined) return Buffer.from(value, 'utf8');
  return bytes === null ? null : Buffer.from(bytes);
}

const writable = (text: string): string => text.replace(/[\0\p{Surrogate}]/gu, '\uFFFD');

/** Deletes timers; returns the places of those that still stood. */
export async function cancelTimers(
  manager: EntityManager,
  timers: readonly (DossierKey & { timer: TimerSpec })[],
): Promise<Set<number>> {
  if (timers.length === 0) return new Set();
  const [rows] = await manager.query<[{ nth: number }[], number]>(
    `delete from processing.timer t
      using unnest($1::boolean[], $2::bigint[], $3::text[], $4::text[], $5::text[]) with ordinality
            as k(settling, at, source, code, kind, nth)
      where t.settling = k.settling and t.at = ${instantSql('k.at')} and t.source = k.source
        and t.code = k.code and t.kind = k.kind
      returning k.nth::int - 1 as nth`,
    [
      timers.map(({ timer }) => timer.settling),
      numberArray(timers.map(({ timer }) => timer.at)),
      ...[sources(timers), codes(timers)],
      textArray(timers.map(({ timer }) => timer.kind)),
    ],
  );
  return new Set(rows.map(({ nth }) => nth));
}

/** Writes new timers and tells the clock when the earliest of them is due. */
export async function insertTimers(
  manager: EntityManager,
  dossiers: readonly DossierInHand[],
): Promise<void> {
  const timers = dossiers.flatMap(({ source, code, newTimers }) =>
    newTimers.map((timer) => ({ source, code, timer })),
  );
  if (timers.length === 0) return;
  await manager.query(
    `with new as (
       insert into processing.timer (settling, at, source, code, kind, deadline)
       select settling, ${instantSql('at')}, source, code, kind, ${instantSql('deadline')}
         from unnest($1::boolean[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[])
              as t(settling, at, source, code, kind, deadline)
       order by 1, 2, 3, 4, 5
       on conflict do nothing)
     select pg_notify('dunghan_timer', $7::text)`,
    [
      timers.map(({ timer }) => timer.settling),
      numberArray(timers.map(({ timer }) => timer.at)),
      ...[sources(timers), codes(timers)],
      textArray(timers.map(({ timer }) => timer.kind)),
      numberArray(timers.map(({ timer }) => timer.deadline)),
      String(timers.reduce((least, { timer }) => Math.min(least, timer.at), Infinity)),
    ],
  );
}
