import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What Grafana may read: views of their own schema, for a role that may read nothing else. They show no more than
 * the report API does (docs/operate.md lists them): no applicant, no officer, no body of an event, no document of a dossier.
 * A view runs with the rights of its owner, so the role needs none on the tables.
 */
export class MonitoringViews1700000006000 implements MigrationInterface {
  name = 'MonitoringViews1700000006000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [READER, 'create schema monitoring', ...VIEWS, GRANT]) {
      await runner.query(statement);
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations are forward only: restore a backup instead'));
  }
}

/**
 * The group that Grafana's own user is a member of. Roles belong to the whole server: another database may have made
 * it, at this very moment too. Whoever may not make roles is told what to ask for, and the views come all the same.
 */
const READER = `
do $$
begin
  if not exists (select from pg_roles where rolname = 'dunghan_reader') then
    create role dunghan_reader nologin;
  end if;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise warning 'role dunghan_reader is missing and may not be made here: see docs/operate.md';
end
$$`;

const GRANT = `
do $$
begin
  if exists (select from pg_roles where rolname = 'dunghan_reader') then
    grant usage on schema monitoring to dunghan_reader;
    grant select on all tables in schema monitoring to dunghan_reader;
  end if;
end
$$`;

/** Columns of reporting.counter that are figures, as the foundation made them. */
const MEASURES = [
  ...['received_counter', 'received_online', 'received_post', 'reopened'],
  ...['resolved_early', 'resolved_on_time', 'resolved_late', 'resolved_no_due_date'],
  ...['closed_refused', 'closed_withdrawn', 'closed_stopped', 'refused'],
  ...['in_time', 'overdue', 'paused', 'paused_past_due', 'no_due_date'],
];

/**
 * Figures up to now, to be summed: whole days, less what today still holds ahead. The sum over all rows of a stock
 * (in_time … no_due_date) is what stands now; the sum of a flow over days is what happened in them.
 */
const figures = (keys: string, where: string) => `
  select ${keys}, starts_at as day, ${MEASURES.join(', ')}
    from reporting.counter where unit = 'd' and starts_at <= now() and ${where}
  union all
  select ${keys}, date_trunc('day', starts_at, 'Asia/Ho_Chi_Minh'), ${MEASURES.map((measure) => `-${measure}`).join(', ')}
    from reporting.counter
   where unit = 'i' and starts_at > now()
     and starts_at < date_trunc('day', now(), 'Asia/Ho_Chi_Minh') + interval '1 day' and ${where}`;

const VIEWS = [
  `create view monitoring.agency as
     select id, doc ->> 'name' as name, doc ->> 'kind' as kind, doc ->> 'parent' as parent from catalogue.agency`,
  `create view monitoring.procedure as
     select distinct on (code) code, doc ->> 'name' as name, doc ->> 'domain' as domain
       from catalogue.procedure_version order by code, recorded_at desc`,
  `create view monitoring.calendar_change as
     select id as calendar, version, recorded_at from catalogue.calendar_version`,
  `create view monitoring.open_dossier as
     select source, code, agency, procedure, channel, state,
            case when state = 'paused' then 'paused'
                 when overdue_from is null then 'no-due-date'
                 when overdue_from <= now() then 'overdue'
                 when due_soon_from <= now() then 'due-soon'
                 else 'in-time' end as timeliness,
            state = 'paused' and overdue_from <= now() as past_due_while_paused,
            overdue_from - interval '1 millisecond' as due_at, overdue_from
       from reporting.dossier where open and state in ('running', 'paused')`,
  `create view monitoring.agency_figure as ${figures('agency', `agency <> '' and procedure = '' and channel = ''`)}`,
  `create view monitoring.procedure_figure as
   ${figures('agency, procedure, channel', `agency <> '' and procedure <> ''`)}`,
  // Milliseconds since 1800, measure and sign, packed into one number: apps/reporting/src/counters/ledger-entries.ts.
  `create view monitoring.restatement as
     select agency, procedure, recorded_at, at, measure, change
       from (select l.agency, l.procedure, l.recorded_at,
                    timestamptz '1800-01-01T00:00:00Z' + (e / 64) * interval '1 millisecond' as at,
                    (array['${MEASURES.join(`', '`)}'])[(e / 2) % 32 + 1] as measure,
                    case when e % 2 = 0 then 1 else -1 end as change
               from reporting.ledger l cross join lateral unnest(l.entries) as e
              where (e / 2) % 32 < ${MEASURES.indexOf('in_time')}) entry
      where recorded_at >= date_trunc('month', at, 'Asia/Ho_Chi_Minh') + interval '1 month'`,
  `create view monitoring.quarantine as
     select id, recorded_at, reason, source, topic, partition, position as "offset", replayed_at, replay_reason
       from processing.quarantine`,
];
