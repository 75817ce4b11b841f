import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Reports as they were issued. They are not derived from anything: a schema of their own, which no rebuild empties,
 * and rows that the database itself keeps from being changed or taken away, whoever asks.
 */
export class IssuedReports1700000008000 implements MigrationInterface {
  name = 'IssuedReports1700000008000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, KEEP, ...TABLES_KEPT.flatMap(keep)]) await runner.query(statement);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}

const TABLES = [
  'create schema if not exists issued',
  `create table issued.year (
     year int not null, last_number int not null,
     primary key (year))`,
  `create table issued.catalogue (
     checksum text collate "C" not null, document text not null,
     primary key (checksum))`,
  `create table issued.report (
     year int not null, sequence int not null, number text collate "C" not null, kind text not null,
     issued_at timestamptz not null, as_of timestamptz not null, agency text collate "C",
     request text collate "C" not null, as_of_given boolean not null, idempotency_key text collate "C",
     catalogue text collate "C" not null, summary text not null, document text not null,
     primary key (year, sequence))`,
  'create unique index report_number on issued.report (number)',
  `create unique index report_idempotency_key on issued.report (idempotency_key) where idempotency_key is not null`,
  'create index report_request on issued.report (request) where as_of_given',
  `create table issued.withdrawal (
     number text collate "C" not null, withdrawn_at timestamptz not null, reason text not null,
     primary key (number))`,
];

const TABLES_KEPT = ['report', 'catalogue', 'withdrawal'];

const KEEP = `
create function issued.keep() returns trigger language plpgsql as $$
begin
  raise exception 'what was issued is neither changed nor deleted (%.%): withdraw it instead',
    tg_table_schema, tg_table_name using errcode = 'restrict_violation';
end
$$`;

const keep = (table: string): string[] => [
  `create trigger keep before update or delete on issued.${table} for each row execute function issued.keep()`,
  `create trigger keep_all before truncate on issued.${table} for each statement execute function issued.keep()`,
];
