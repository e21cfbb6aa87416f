#!/usr/bin/env bash
# DuckDB 1.5.5: a sum of decimal(38,0) that leaves its range raises an error over a table, and wraps
# to a plausible number of the other sign over a union, without a word.
#
# Products stop early, too, but say so: decimal(18,6) times decimal(18,6) keeps 18 digits and both
# scales, so 1,000,000 times 1 is out of range. PostgreSQL's numeric gives both results.
#
# What to do: keep sums far below 38 digits (cast to the scale that is needed), and cast factors to
# a wider type before they are multiplied.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$folder"

cat >finding.py <<'PYTHON'
import duckdb

engine = duckdb.connect()
greatest = f"cast('{'9' * 38}' as decimal(38, 0))"
engine.execute(f"create table two as select {greatest} as n from range(2)")
for name, query in {
    "sum over a table": "select sum(n) from two",
    "sum over a union": f"select sum(n) from (select {greatest} as n union all select {greatest})",
    "product": "select cast(1000000 as decimal(18, 6)) * cast(1 as decimal(18, 6))",
}.items():
    try:
        print(name, *engine.execute(query).fetchone(), sep=": ")
    except duckdb.Error as error:
        print(name, type(error).__name__, sep=": ")
PYTHON

venv/bin/python finding.py | tee seen
diff - seen <<'EXPECTED'
sum over a table: OutOfRangeException
sum over a union: -140282366920938463463374607431768211458
product: OutOfRangeException
EXPECTED
