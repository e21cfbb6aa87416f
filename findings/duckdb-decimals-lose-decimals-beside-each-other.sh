#!/usr/bin/env bash
# DuckDB 1.5.5: decimals of different scale in one CASE, COALESCE, UNION ALL or list lose decimals,
# without a word.
#
#   decimal(38,12) beside decimal(38,6)    is decimal(38,6): 0.0000004 becomes 0.000000
#   decimal(20,12) beside decimal(20,6)    is decimal(26,12), which holds both
#
# The common type needs 32 digits before the point and 12 behind it, 44 in all. Of more than 38 it
# gives up those behind the point, and rounds, rather than raise an error where a value does not fit.
# PostgreSQL's numeric keeps all of them.
#
# What to do: cast every branch to one type.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$folder"

cat >finding.py <<'PYTHON'
import duckdb

engine = duckdb.connect()
for digits in (38, 20):
    small, other = f"0.0000004::decimal({digits},12)", f"1::decimal({digits},6)"
    for query in (
        f"select case when true then {small} else {other} end as value",
        f"select coalesce({small}, {other}) as value",
        f"select {small} as value union all select {other} order by 1 limit 1",
        f"select list_value({small}, {other})[1] as value",
    ):
        print(*engine.execute(f"select value, typeof(value) from ({query})").fetchone())
PYTHON

venv/bin/python finding.py | tee seen
diff - seen <<'EXPECTED'
0.000000 DECIMAL(38,6)
0.000000 DECIMAL(38,6)
0.000000 DECIMAL(38,6)
0.000000 DECIMAL(38,6)
4.00000E-7 DECIMAL(26,12)
4.00000E-7 DECIMAL(26,12)
4.00000E-7 DECIMAL(26,12)
4.00000E-7 DECIMAL(26,12)
EXPECTED
