import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What lists and reports on single dossiers ask is in columns: when it was accepted and closed, what it waits
 * for, where its time went. What the stored documents say of that is taken over here; how long resolved dossiers
 * took they do not say, that comes with `npm run rebuild -- reporting`. Defaults stay: while copies are replaced
 * one by one, an old one must still be able to write.
 *
 * Causes of lateness are told by officials and follow from nothing, so they stand apart and a rebuild leaves them.
 */
export class DossierFacts1700000009000 implements MigrationInterface {
  name = 'DossierFacts1700000009000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [COLUMNS, DOSSIER_FACTS_FROM_DOCUMENTS, ...INDEXES, ...CAUSES])
      await runner.query(statement);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}

const COLUMNS = `alter table reporting.dossier
  add column accepted_at timestamptz, add column closed_at timestamptz, add column paused_since timestamptz,
  add column awaiting smallint not null default 0, add column steady boolean not null default false,
  add column recurring boolean not null default true,
  add column days_from_due int, add column own_ms bigint, add column waiting_ms bigint,
  add column supplement_count int, add column supplement_ms bigint,
  add column fee_count int, add column fee_ms bigint, add column extension_count int`;

/** Which reasons are outstanding only processing knew until now. */
export const DOSSIER_FACTS_FROM_DOCUMENTS = `
  update reporting.dossier d set
    accepted_at = to_timestamp((s.doc ->> 'acceptedAt')::float8 / 1000),
    paused_since = to_timestamp((s.doc ->> 'pausedSince')::float8 / 1000),
    closed_at = case when d.open then null else (
      select to_timestamp(max((f ->> 'at')::float8) / 1000) from jsonb_array_elements(s.doc -> 'flows') f
       where f ->> 'kind' not in ('received', 'reopened')) end,
    steady = jsonb_array_length(s.doc -> 'segments') <= 2
      and s.doc #>> '{segments,0,status}' = 'running'
      and coalesce(s.doc #>> '{segments,1,status}', 'closed') = 'closed'
      and s.doc #> '{segments,0,overdueFrom}' is not distinct from s.doc -> 'overdueFrom',
    recurring = (
      select count(*) filter (where f ->> 'kind' = 'reopened') > 0
          or count(*) filter (where f ->> 'kind' = 'refused') > 0 and count(*) > 1
        from jsonb_array_elements(s.doc -> 'flows') f),
    awaiting = case when d.state = 'paused'
      then coalesce((p.record::jsonb #>> '{state,fold,clock,awaiting}')::smallint, 0) else 0 end
   from (select source, code, doc::jsonb as doc from reporting.dossier) s
   left join processing.dossier p on p.source = s.source and p.code = s.code
  where d.source = s.source and d.code = s.code`;

const INDEXES = [
  `create index dossier_by_acceptance on reporting.dossier (accepted_at, source, code, agency)
     where accepted_at is not null`,
  `create index dossier_by_closing on reporting.dossier
     (closed_at, source, code, agency, accepted_at) where closed_at is not null`,
  `create index dossier_late on reporting.dossier (closed_at, source, code, agency) where outcome = 'late'`,
  `create index dossier_ended on reporting.dossier (closed_at, source, code, agency)
     where state in ('refused', 'withdrawn', 'stopped')`,
  `create index dossier_recurring on reporting.dossier (source, code) where recurring`,
];

const CAUSES = [
  `create table reporting.cause_entry (
     id bigint generated always as identity not null, source text collate "C" not null,
     code text collate "C" not null, recorded_at timestamptz not null, before text, cause text,
     by text not null,
     primary key (id))`,
  'create index cause_entry_of_dossier on reporting.cause_entry (source, code, id)',
];
