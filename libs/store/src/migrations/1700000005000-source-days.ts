import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When each source sent something, and its longest silence, by day: what tells an unusual silence. */
export class SourceDays1700000005000 implements MigrationInterface {
  name = 'SourceDays1700000005000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table processing.source_day (
         source text collate "C" not null, day date not null, last_at timestamptz not null,
         longest_gap_ms bigint not null,
         primary key (source, day))`,
    );
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}
