"""Forms of SQL that the engines answer differently stand in one macro each, and nowhere bare."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.workspace import Workspace

QUOTIENT = r"(?<![/'*])/(?![/'*])"
# A bare form, and the macro to write, in which alone it stands.
BARE = {
    r"\bdesc\b(?!\s+nulls\s+(first|last)\b)": "desc nulls last (or first)",
    r"\bround\s*\(": "scaled_integer, or to_decimal",
    r"\b(date_?diff|date_?sub|age)\s*\(": "days_between, or seconds_between",
    r"\bdate_?(trunc|part)\s*\(": "start_of",
    r"(?<!\{\{ )\b(?<!macro )median\s*\(": "{{ median(…) }}",
    QUOTIENT: "ratio, or whole_quotient",
}
# A macro in use, and what both engines answer. Bare, each is answered by them in two ways.
ANSWERS = {
    "{{ ratio('1', '4') }}": 0.25,
    "{{ whole_quotient('7', '2') }}": 3,
    "{{ scaled_integer('cast(2.5 as double precision)', 1) }}": 3,
    "{{ to_decimal('cast(-0.5 as double precision)', 4, 1) }}": Decimal("-0.5"),
    "{{ money('cast(0.0000004 as double precision)') }}": Decimal("0.0000004"),
    "{{ money('cast(123456.789 as double precision)') }}": Decimal("123456.789"),
    "{{ start_of('week', \"date '2026-03-01'\") }}": date(2026, 2, 23),
    "{{ start_of('hour', \"timestamp '2026-03-01 09:31:02'\", 'timestamp') }}":
        datetime(2026, 3, 1, 9),
    "{{ seconds_between(\"timestamp '2026-03-01 23:59:59.5'\", \"timestamp '2026-03-02'\") }}":
        Decimal("0.5"),
    # Of a key that is there twice the first value counts.
    "(select {{ json_changed_keys('old', 'new') }} from json_documents)": "b",
    "(select {{ json_array_count('list', 'k', 'x') }} from json_documents)": 1,
    "(select n from (values (1), (null), (2)) as t (n) order by n desc nulls last limit 1)": 2,
    "(select {{ median('n') }} from (values (1), (null), (2)) as t (n))": 1.5,
}  # fmt: skip

DOCUMENTS = """
with json_documents as (
    select
        cast('{"a": 1, "a": 2, "b": 1}' as json) as old,
        cast('{"a": 1, "b": 3}' as json) as new,
        cast('[{"k": "x", "k": "y"}, {"k": "y", "k": "x"}]' as json) as list
)
"""


def test_macros_answer_alike(workspace: Workspace) -> None:
    compiled = workspace.dbt("compile", "--inline", f"{DOCUMENTS} select {', '.join(ANSWERS)}")
    assert compiled.success, compiled.exception
    statement = compiled.result.results[0].node.compiled_code
    if workspace.postgres:
        [row] = workspace.query(statement)
    else:
        [row] = duckdb.connect().execute(statement).fetchall()
    assert dict(zip(ANSWERS, row, strict=True)) == ANSWERS


def _sql(path: Path) -> str:
    """What the engine is given: without comments, texts, and what Jinja says to itself."""
    text = path.read_text("utf-8")
    for noise in (r"\{#.*?#\}", r"--[^\n]*"):
        text = re.sub(noise, "", text, flags=re.DOTALL)
    if not path.is_relative_to(PROJECT_DIR / "macros"):
        # There a macro's arguments are SQL in quotes.
        text = re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL)
    return text


@pytest.mark.parametrize("form", BARE)
def test_no_model_writes_a_form_that_engines_read_differently(form: str) -> None:
    searched, found = 0, []
    for folder in ("models", "macros", "snapshots", "tests"):
        for path in (PROJECT_DIR / folder).rglob("*.sql"):
            searched += 1
            if path.stem in BARE[form] or (form == QUOTIENT and path.parent.name == "privacy"):
                continue  # the macro itself; and patterns, which hold strokes of their own
            found += [f"{path.relative_to(PROJECT_DIR)}: {line.strip()}"
                      for line in _sql(path).splitlines() if re.search(form, line)]  # fmt: skip
    assert searched > 150
    assert found == [], f"write {BARE[form]}"
