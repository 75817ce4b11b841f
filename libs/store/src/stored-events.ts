import type { EntityManager } from 'typeorm';
import { type IncomingEvent, parseEvent } from '#libs/contracts';
import type { CatalogueRule, Fact, Instant } from '#libs/dossier';
import { instantSql, millisSql } from './bulk.js';

/** An event as the fold wants it. */
export function factOf(
  event: IncomingEvent,
  recordedAt: Instant,
  calendarVersion: number,
  rule: CatalogueRule | undefined,
): Fact {
  const { id, time, sequence, content } = event;
  const envelope = { id, time, sequence, recordedAt, calendarVersion };
  if (rule === undefined) return { ...envelope, ...content };
  if (content.type !== 'corrected') return { ...envelope, ...content, rule } as Fact;
  const { data } = content;
  return { ...envelope, type: 'corrected', data: { ...data, content: { ...data.content, rule } } };
}

/**
 * Stored events, in the order asked for, as facts; those that are not there are left out.
 *
 * @param recordedBy those recorded later are left out, too
 */
export async function loadFacts<Wanted extends { source: string; id: string }>(
  manager: EntityManager,
  wanted: readonly Wanted[],
  recordedBy?: Instant,
): Promise<{ wanted: Wanted; fact: Fact }[]> {
  if (wanted.length === 0) return [];
  const rows = await manager.query<
    { nth: number; recorded_at: string; calendar_version: number; rule: string | null; body: string }[]
  >(
    `select k.nth::int as nth, ${millisSql('e.recorded_at')} as recorded_at, e.calendar_version, e.rule, e.body
       from unnest($1::text[], $2::text[]) with ordinality as k(source, id, nth)
       join processing.dossier_event e on e.source = k.source and e.id = k.id
      where $3::bigint is null or e.recorded_at <= ${instantSql('$3::bigint')}
      order by k.nth`,
    [wanted.map(({ source }) => source), wanted.map(({ id }) => id), recordedBy ?? null],
  );
  return rows.map((row) => {
    const read = parseEvent(JSON.parse(row.body), 0);
    // It was checked when it came: a fault now means that the store is damaged.
    if (!read.ok) throw new Error('a stored event is no longer readable');
    const rule = row.rule === null ? undefined : (JSON.parse(row.rule) as CatalogueRule);
    return {
      wanted: wanted[row.nth - 1] as Wanted,
      fact: factOf(read.event, Number(row.recorded_at), row.calendar_version, rule),
    };
  });
}

/** All facts of one dossier in order of arrival, and the calendar version it was last folded under. */
export async function loadDossierFacts(
  manager: EntityManager,
  source: string,
  code: string,
): Promise<{ facts: Fact[]; calendarVersion: number } | undefined> {
  const rows = await manager.query<{ record: string }[]>(
    'select record from processing.dossier where source = $1 and code = $2',
    [source, code],
  );
  const row = rows[0];
  if (!row) return undefined;
  const { ids, state } = JSON.parse(row.record) as { ids: string[]; state: { calendarVersion: number } };
  const loaded = await loadFacts(
    manager,
    ids.map((id) => ({ source, id })),
  );
  return { facts: loaded.map(({ fact }) => fact), calendarVersion: state.calendarVersion };
}
