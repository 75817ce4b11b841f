import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the metrics ask of running dossiers can be read from an index alone, without their documents. The default
 * stays: while copies are replaced one by one, an old one must still be able to write.
 */
export class FiguresOfRunning1700000007000 implements MigrationInterface {
  name = 'FiguresOfRunning1700000007000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table reporting.dossier add column extended boolean not null default false');
    await runner.query(
      `update reporting.dossier set extended = true where (doc::json ->> 'extensionCount')::int > 0`,
    );
    await runner.query(
      `create index dossier_running on reporting.dossier (agency, overdue_from, due_soon_from, extended)
        where state = 'running'`,
    );
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}
