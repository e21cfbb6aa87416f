#!/usr/bin/env bash
# DuckDB 1.5.5: a condition with a long regular expression over a union of 60 tables of one row costs
# the CPU of some 18 such tables, because it is moved into every branch and its pattern is compiled in
# each, before a row is read. Behind a materialized CTE whose rows are projected first it is one or two.
#
# A constant pattern is compiled when the statement is bound and again for each executor. That takes
# milliseconds for a pattern with alternations of Unicode classes and counted repetition, whatever
# the number of rows; the tables here hold one row each.
#
#   where regexp_matches(...) over one table          6 ms of CPU
#   the same over the union                         103 ms
#   the match as a column of a materialized CTE       9 ms
#
# What to do: match in a column of a materialized CTE, and compare that column outside.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$folder"

cat >finding.py <<'PYTHON'
import time

import duckdb

BRANCHES = 60
WORD = "[一-鿿ァ-ヿÀ-ӿ]{1,30}[0-9０-９]{1,30}"
PATTERN = "|".join(f"{WORD}{letter}" for letter in "abcdefghijklmnop")
engine = duckdb.connect()
engine.execute("set threads = 1")
for number in range(BRANCHES):
    engine.execute(f"create table t{number} as select 'text' as content")
union = " union all ".join(f"select content from t{number}" for number in range(BRANCHES))
matches = f"regexp_matches(content, '{PATTERN}')"


def seconds(statement: str) -> float:
    best = 1e9
    for _ in range(3):
        started = time.process_time()
        assert engine.execute(statement).fetchall() == [(0,)]
        best = min(best, time.process_time() - started)
    return best


one = seconds(f"select count(*) from t0 where {matches}")
everywhere = seconds(f"select count(*) from ({union}) where {matches}")
behind = seconds(
    f"with texts as materialized ({union}), found as materialized "
    f"(select {matches} as is_found from texts) select count(*) from found where is_found"
)
print("the union costs more than 10 tables:", everywhere > 10 * one)
print("the column costs less than 5 tables:", behind < 5 * one)
PYTHON

venv/bin/python finding.py | tee seen
diff - seen <<'EXPECTED'
the union costs more than 10 tables: True
the column costs less than 5 tables: True
EXPECTED
