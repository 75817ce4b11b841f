import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was known when, summed up, so that `asOf` need not read the whole ledger (docs/decisions/016). A database with
 * a ledger has it made by reporting, in the background; until then `asOf` reads the ledger.
 */
export class Past1700000010000 implements MigrationInterface {
  name = 'Past1700000010000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...TUNING, FIRST]) await runner.query(statement);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}

const TABLES = [
  `create table reporting.past_pending (
     id bigint generated always as identity not null, changes text not null,
     primary key (id))`,
  `create table reporting.past_epoch (
     number bigint generated always as identity not null, earliest timestamptz not null,
     latest timestamptz not null, changes bytea not null,
     primary key (number))`,
  `create table reporting.past_page (
     kind text collate "C" not null, unit text collate "C" not null, starts_at timestamptz not null,
     epoch bigint not null, whole_since bigint not null, bytes_since int not null, counts bytea not null,
     primary key (kind, unit, starts_at, epoch))`,
  `create table reporting.past_name (
     name text collate "C" not null, id int not null,
     primary key (name))`,
  `create table reporting.past (
     id int not null, unkept bigint not null,
     primary key (id))`,
  // An old copy that still counts while copies are replaced leaves it as it is; that is how it is noticed.
  'alter table reporting.counting add column kept bigint not null default 0',
];

/** Storage, not meaning: what is packed stays as it is. */
const TUNING = [
  'alter table reporting.past_pending alter column changes set storage external',
  'alter table reporting.past_epoch alter column changes set storage external',
  'alter table reporting.past_page alter column counts set storage external',
  'alter table reporting.past_pending set (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0)',
];

const FIRST = `
  insert into reporting.past (id, unkept)
  select 1, case when exists (select from reporting.ledger) then -1 else generation end
    from reporting.counting where id = 1`;
