import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schemas log, catalogue, processing and reporting. Forward only. */
export class Foundation1700000000000 implements MigrationInterface {
  name = 'Foundation1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...TUNING, APPEND]) await runner.query(statement);
    await runner.query('insert into catalogue.revision (id, number) values (1, 0)');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}

const TABLES = [
  'create schema if not exists log',
  'create schema if not exists catalogue',
  'create schema if not exists processing',
  'create schema if not exists reporting',
  `create table log.head (
     topic text collate "C" not null, partition int not null, next_offset bigint not null,
     primary key (topic, partition))`,
  `create table log.batch (
     topic text collate "C" not null, partition int not null, base_offset bigint not null,
     next_offset bigint not null, bytes int not null, appended_at timestamptz not null, payload text not null,
     primary key (topic, partition, base_offset))`,
  `create table log.consumer_offset (
     consumer_group text collate "C" not null, topic text collate "C" not null, partition int not null,
     next_offset bigint not null,
     primary key (consumer_group, topic, partition))`,
  `create table log.consumer_member (
     consumer_group text collate "C" not null, topic text collate "C" not null, member uuid not null,
     seen_at timestamptz not null,
     primary key (consumer_group, topic, member))`,
  `create table catalogue.revision (
     id int not null, number bigint not null, primary key (id))`,
  `create table catalogue.agency (
     id text collate "C" not null, doc jsonb not null,
     primary key (id))`,
  `create table catalogue.procedure_version (
     code text collate "C" not null, recorded_at timestamptz not null, doc jsonb not null,
     primary key (code, recorded_at))`,
  `create table catalogue.calendar_version (
     id text collate "C" not null, version int not null, recorded_at timestamptz not null, doc jsonb not null,
     primary key (id, version))`,
  `create table processing.dossier (
     source text collate "C" not null, code text collate "C" not null, partition int not null,
     movable_under int, record text not null,
     primary key (source, code))`,
  `create table processing.dossier_event (
     source text collate "C" not null, id text collate "C" not null, code text collate "C" not null,
     recorded_at timestamptz not null, calendar_version int not null, rule text, body text not null,
     primary key (source, id))`,
  `create table processing.timer (
     settling boolean not null, at timestamptz not null, source text collate "C" not null,
     code text collate "C" not null, kind text collate "C" not null, deadline timestamptz not null,
     primary key (settling, at, source, code, kind))`,
  `create table processing.quarantine (
     id bigint generated always as identity not null, recorded_at timestamptz not null, topic text not null,
     partition int not null, position bigint not null, key text not null, value bytea not null,
     reason text not null, errors jsonb not null, replayed_at timestamptz,
     primary key (id))`,
  `create table processing.calendar_move (
     version int not null, partition int not null, total int not null, done int not null,
     finished boolean not null,
     primary key (version, partition))`,
  `create table reporting.dossier (
     source text collate "C" not null, code text collate "C" not null, agency text collate "C",
     procedure text collate "C", channel text, state text not null, open boolean not null, outcome text,
     due_soon_from timestamptz, overdue_from timestamptz, recorded_at timestamptz not null,
     doc text not null,
     primary key (source, code))`,
  `create index dossier_open_by_deadline on reporting.dossier (overdue_from, source, code) where open`,
  `create index dossier_by_deadline on reporting.dossier (overdue_from, source, code)`,
  `create table reporting.ledger (
     recorded_at timestamptz not null, source text collate "C" not null, code text collate "C" not null,
     agency text collate "C" not null, procedure text collate "C" not null, channel text not null,
     entries bigint[] not null,
     primary key (recorded_at, source, code, agency, procedure, channel))`,
  `create table reporting.counter (
     unit text collate "C" not null, agency text collate "C" not null, procedure text collate "C" not null,
     channel text collate "C" not null, starts_at timestamptz not null,
     received_counter int not null, received_online int not null, received_post int not null,
     reopened int not null, resolved_early int not null, resolved_on_time int not null,
     resolved_late int not null, resolved_no_due_date int not null, closed_refused int not null,
     closed_withdrawn int not null, closed_stopped int not null, refused int not null,
     in_time int not null, overdue int not null, paused int not null, paused_past_due int not null,
     no_due_date int not null,
     primary key (unit, agency, procedure, channel, starts_at))`,
  `create index counter_of_all_agencies on reporting.counter (unit, starts_at) where agency = ''`,
  `create table reporting.live_event (
     id bigint generated always as identity not null, at timestamptz not null, kind text not null,
     source text collate "C" not null, code text collate "C" not null,
     primary key (id))`,
];

/**
 * Storage, not meaning. Rows that are rewritten often keep room on their page, so that an update
 * touches no index; long texts stay in line and uncompressed, because compressing them costs more
 * than writing them; the small hot tables are vacuumed early.
 */
const TUNING = [
  'alter table log.batch alter column payload set storage external',
  'alter table processing.dossier alter column record set storage external',
  'alter table processing.dossier set (toast_tuple_target = 8160, fillfactor = 70)',
  'alter table reporting.dossier alter column doc set storage external',
  'alter table reporting.dossier set (toast_tuple_target = 8160, fillfactor = 80)',
  'alter table reporting.counter set (fillfactor = 70)',
  ...['log.head', 'log.consumer_offset', 'log.consumer_member', 'catalogue.revision'].map(
    (table) =>
      `alter table ${table} set (fillfactor = 30, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0)`,
  ),
  'alter table processing.timer set (autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_scale_factor = 0.05)',
];

/**
 * Appends one framed batch per partition and wakes the readers. The head row's lock is held until
 * commit, so offsets are gapless and in commit order; partitions are taken in ascending order, so two
 * appenders cannot wait for each other.
 */
const APPEND = `
create function log.append(into_topic text, partitions int[], counts int[], payloads text[]) returns void
language plpgsql as $$
declare
  base bigint;
begin
  for i in 1 .. cardinality(partitions) loop
    update log.head set next_offset = next_offset + counts[i]
      where topic = into_topic and partition = partitions[i]
      returning next_offset - counts[i] into base;
    if not found then
      raise exception 'log topic % has no partition %', into_topic, partitions[i];
    end if;
    insert into log.batch (topic, partition, base_offset, next_offset, bytes, appended_at, payload)
      values (into_topic, partitions[i], base, base + counts[i], octet_length(payloads[i]),
              clock_timestamp(), payloads[i]);
  end loop;
  perform pg_notify('dunghan_log', into_topic);
end
$$`;
