#!/usr/bin/env bash
# DuckDB 1.5.5: a log that an older file of the same name left is replayed over the file that
# replaced it, without a word.
#
# A process deletes the 5 rows of a table in served.duckdb and ends before a checkpoint, so the
# deletion is in served.duckdb.wal alone. Another file, with 12 rows of its own in a table of that
# name, is written, closed and renamed to served.duckdb: the usual way to replace a file that
# readers use. The next connection, even a read-only one, applies the old log to the new file:
# 7 rows are left. The log carries nothing that ties it to the file it was written for.
#
# What to do: whoever renames a database file over another removes <name>.wal as well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$folder"

cat >write_and_end.py <<'PYTHON'
import os

import duckdb

served = duckdb.connect("served.duckdb")
served.execute("delete from version")
os._exit(0)  # as if it were killed: no checkpoint
PYTHON

cat >finding.py <<'PYTHON'
import os
import subprocess
import sys

import duckdb


def write(path: str, version: int, rows: int) -> None:
    with duckdb.connect(path) as file:
        file.execute(
            f"create table version as select {version} as version, i from range({rows}) as r (i)"
        )


write("served.duckdb", 1, 5)
subprocess.run([sys.executable, "write_and_end.py"], check=True)
write("next.duckdb", 2, 12)
os.replace("next.duckdb", "served.duckdb")
with duckdb.connect("served.duckdb", read_only=True) as reader:
    print(reader.execute("select version, count(*) from version group by version").fetchall())
PYTHON

seen=$(venv/bin/python finding.py)
expected='[(2, 7)]'
echo "seen:     $seen"
echo "expected: $expected   (12 rows were written as version 2)"
[[ $seen == "$expected" ]]
