#!/usr/bin/env bash
# DuckDB 1.5.5: COPY … TO Parquet cuts intervals and offsets of times off, without a word.
#
#   INTERVAL               written in milliseconds, the format's unit: microseconds are cut off
#   TIME WITH TIME ZONE    written in UTC: the offset is gone (12:00+09 comes back as 03:00+00)
#
# An interval below zero, which the format cannot hold either, raises an error; so one would expect
# an error for the others, too. Timestamps keep their microseconds.
#
# What to do: write an interval as a number in a stated unit, an offset as a column of its own, and
# compare a written file with what it was written from.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$folder"

cat >finding.py <<'PYTHON'
import duckdb

engine = duckdb.connect()
for value in (
    "interval '1.234567 seconds'",
    "timetz '12:00:00+09'",
    "interval '-1 day'",
    "timestamp '2026-01-05 09:31:02.234567'",
):
    described = "select cast(value as varchar) from {}"
    query = f"select {value} as value"
    print(*engine.execute(described.format(f"({query})")).fetchone(), end=" -> ")
    try:
        engine.execute(f"copy ({query}) to 'written.parquet'")
        print(*engine.execute(described.format("'written.parquet'")).fetchone())
    except duckdb.Error as error:
        print(type(error).__name__)
PYTHON

venv/bin/python finding.py | tee seen
diff - seen <<'EXPECTED'
00:00:01.234567 -> 00:00:01.234
12:00:00+09 -> 03:00:00+00
-1 day -> IOException
2026-01-05 09:31:02.234567 -> 2026-01-05 09:31:02.234567
EXPECTED
