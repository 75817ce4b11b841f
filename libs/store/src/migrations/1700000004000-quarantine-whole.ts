import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The quarantine keeps a message as it was, headers, key and missing value included, and why it was replayed. */
export class QuarantineWhole1700000004000 implements MigrationInterface {
  name = 'QuarantineWhole1700000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table processing.quarantine
         alter column key drop not null, alter column value drop not null, add column key_bytes bytea,
         add column headers text not null default '{}', add column source text collate "C",
         add column replay_reason text`,
    );
    await runner.query('alter table processing.quarantine alter column headers drop default');
    // Whatever there was came by intake, with the key `<source>|<subject>`.
    await runner.query(
      `update processing.quarantine set source = split_part(key, '|', 1) where strpos(key, '|') between 2 and 257`,
    );
    await runner.query(
      'create index quarantine_waiting on processing.quarantine (id) where replayed_at is null',
    );
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}
