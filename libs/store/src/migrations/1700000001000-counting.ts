import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ledger differences wait in a table of their own until they are counted, many batches together. */
export class Counting1700000001000 implements MigrationInterface {
  name = 'Counting1700000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table reporting.uncounted (
         id bigint generated always as identity not null, changes text not null,
         primary key (id))`,
    );
    await runner.query(
      `create table reporting.counting (
         id int not null, generation bigint not null,
         primary key (id))`,
    );
    await runner.query('insert into reporting.counting (id, generation) values (1, 0)');
    // Storage, not meaning: see the foundation's tuning of small hot tables and long texts.
    await runner.query('alter table reporting.uncounted alter column changes set storage external');
    for (const table of ['reporting.uncounted', 'reporting.counting']) {
      await runner.query(
        `alter table ${table} set (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0)`,
      );
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}
