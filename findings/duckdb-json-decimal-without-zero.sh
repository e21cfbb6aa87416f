#!/usr/bin/env bash
# DuckDB 1.5.5: json_object and to_json write a decimal that has all its digits behind the point, and
# 16 of them or more, without a digit before it: .5, which is no JSON.
#
#   decimal(15, 15)    0.5                    a double
#   decimal(16, 16)    .5000000000000000      the decimal's own text; json_valid says false of it
#   decimal(17, 16)    0.5000000000000000
#
# RFC 8259 asks for a digit before the point. PostgreSQL's json type and Python's parser refuse it,
# and DuckDB's own JSON functions do.
#
# What to do: cast such a decimal to one of a digit more, and one of 38 digits to text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$folder"

cat >finding.py <<'PYTHON'
import duckdb

for digits in ("15, 15", "16, 16", "17, 16", "38, 38"):
    query = f"select to_json(0.5::decimal({digits}))::varchar"
    [(written,)] = duckdb.execute(query).fetchall()
    print(f"({digits})", written, *duckdb.execute("select json_valid($1)", [written]).fetchone())
PYTHON

venv/bin/python finding.py | tee seen
diff - seen <<'EXPECTED'
(15, 15) 0.5 True
(16, 16) .5000000000000000 False
(17, 16) 0.5000000000000000 True
(38, 38) .50000000000000000000000000000000000000 False
EXPECTED
