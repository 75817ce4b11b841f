import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is recorded after a report was issued is recorded after the instant that it knows of (`knowledge.ts`). Those
 * issued before are protected from now on.
 */
export class ClosedKnowledge1700000012000 implements MigrationInterface {
  name = 'ClosedKnowledge1700000012000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create table issued.knowledge (id int not null, closed_until timestamptz not null, primary key (id))`,
    );
    await runner.query(
      `insert into issued.knowledge (id, closed_until)
       select 1, coalesce(max(as_of), timestamptz 'epoch') from issued.report`,
    );
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}
