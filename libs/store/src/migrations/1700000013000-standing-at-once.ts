import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How each open dossier stands is told by an index alone: one in ten is open or fewer, each on a page of its own, and
 * a report on ageing read all of those pages. Those of which the document has to tell are found by themselves. Likewise
 * how long each that has closed took, and the deadlines of those of a period, by which their list may be sorted.
 */
export class StandingAtOnce1700000013000 implements MigrationInterface {
  name = 'StandingAtOnce1700000013000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop index reporting.dossier_open_by_deadline');
    await runner.query(
      `create index dossier_open_by_deadline on reporting.dossier (overdue_from, source, code)
        include (agency, procedure, channel, accepted_at, recorded_at, state, steady, paused_since, awaiting)
        where open`,
    );
    await runner.query(
      `create index dossier_unsteady on reporting.dossier (recorded_at) where open and not steady`,
    );
    await runner.query('drop index reporting.dossier_by_closing');
    await runner.query(
      `create index dossier_by_closing on reporting.dossier (closed_at, source, code, agency, accepted_at)
        include (overdue_from, procedure, channel, outcome, recurring, days_from_due, own_ms, waiting_ms, supplement_count,
                 supplement_ms, fee_count, fee_ms, extension_count)
        where closed_at is not null`,
    );
    await runner.query('drop index reporting.dossier_by_acceptance');
    await runner.query(
      `create index dossier_by_acceptance on reporting.dossier (accepted_at, source, code, agency)
        include (overdue_from, procedure, channel) where accepted_at is not null`,
    );
    // An index tells by itself only of pages that were vacuumed since they changed.
    await runner.query(
      `alter table reporting.dossier set (autovacuum_vacuum_scale_factor = 0.05,
                                          autovacuum_vacuum_insert_scale_factor = 0.05)`,
    );
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}
