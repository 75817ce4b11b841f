#!/bin/sh
# The user with whom Grafana signs in: a member of dunghan_reader, to which the migrations grant the views of the
# schema monitoring. Run once by the image of PostgreSQL on an empty volume; on a server of your own run the SQL
# below, with a password of your own.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 <<'SQL'
\getenv password GRAFANA_DATABASE_PASSWORD
do $$ begin create role dunghan_reader nologin; exception when duplicate_object then null; end $$;
create role grafana login connection limit 8 in role dunghan_reader password :'password';
alter role grafana set default_transaction_read_only = on;
alter role grafana set statement_timeout = '15s';
alter role grafana set idle_in_transaction_session_timeout = '15s';
SQL
