#!/usr/bin/env bash
# DuckDB 1.5.5: JSON functions take NaN and Infinity, and write them, so what they write is no JSON.
#
#   json_valid      says true of {"a": NaN}, of {"a": Infinity} and of a comma before a bracket
#   json()          leaves out the comma, but writes NaN and Infinity back as they were
#   to_json         writes a double that is no number as NaN or Infinity, without quotes
#
# RFC 8259 has no such numbers. PostgreSQL's json type refuses the value, and with it the COPY of all
# rows it came in; Python's parser takes it, a strict one does not.
#
# What to do: replace the words outside of strings by null or by a text before JSON leaves DuckDB.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$folder"

cat >finding.py <<'PYTHON'
import duckdb

for text in ('{"a": NaN}', '{"a": [1, -Infinity, ]}', '{"a": tru}'):
    print(text, *duckdb.execute("select json_valid($1), try(json($1))", [text]).fetchone())
print(*duckdb.execute("select to_json({'a': 'nan'::double, 'b': 'inf'::double})").fetchone())
PYTHON

venv/bin/python finding.py | tee seen
diff - seen <<'EXPECTED'
{"a": NaN} True {"a":NaN}
{"a": [1, -Infinity, ]} True {"a":[1,-Infinity]}
{"a": tru} False None
{"a":NaN,"b":Infinity}
EXPECTED
