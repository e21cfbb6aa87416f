"""The same values give the same row, or the same reason, whatever format delivers them."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.tests.ingest.helpers import INTERACTIONS, lines, loaded, rejected
from orchestration.tests.workspace import Workspace

BLANK = ["", "  ", None]
PLACEHOLDERS = ["undefined", "NULL", " null ", "None", "00000000-0000-0000-0000-000000000000"]
# What a column may hold, by how an application may type it.
KINDS: dict[str, list[list[Any]]] = {
    "session_id": [["s-1", "007", "42", *PLACEHOLDERS, *BLANK], [42, 7, 2**53 + 1, None]],
    "user_id": [["u-1", "0042", "-1", *PLACEHOLDERS, *BLANK], [42, -7, 2**62, None],
                [42.0, 7.5, None]],
    "timestamp": [
        ["2026-01-01T10:00:00Z", "2026-01-02", "2026-01-01 10:00:00.123456+09:00", "soon", *BLANK],
        [datetime(2026, 1, 1, 10, 0, 0, 5), datetime(1989, 1, 1), None],
        [date(2026, 1, 3), None],
    ],
    "user_role": [["analyst", "engineer", *BLANK]],
    "query": [["how?", " how? ", "true", "null", *BLANK]],
    "query_type": [["technical", "general"]],
    "response_time": [["0.25", "1", "1e-3", "fast", *BLANK], [0.25, 3.0, None], [1, 0, None]],
    "response_length": [["12", "3.0", "2.5", "x", *BLANK], [12, -4, 2**53 - 1, None],
                        [3.0, 2.5, None]],
    "citations_provided": [["1", ""], [1, None]],
    "success": [["true", "T", "f", "0", "FALSE", "yes", *BLANK], [True, False, None],
                [1, 0, 2, None]],
    "user_rating": [["5", ""], [5, None], [4.0, None]],
    "cost_usd": [["0.000012345", "1", "1e-7", "dear", *BLANK], [0.25, 1.2e-05, None]],
    "trace_id": [["4bf92f35", "7", *PLACEHOLDERS, *BLANK], [42, None]],
}  # fmt: skip
FIELDS = list(KINDS)


def _records(dice: random.Random) -> list[dict[str, Any]]:
    """Records whose columns are of one type each; about half of them become rows."""
    kinds = {name: dice.choice(kind) for name, kind in KINDS.items()}

    def value(name: str) -> Any:
        # Often the first value, which is fine: not every record is to be a reject.
        return dice.choice([kinds[name][0]] * 12 + kinds[name])

    return [{name: value(name) for name in FIELDS} for _ in range(40)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _csv(records: list[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(FIELDS)
    for record in records:
        writer.writerow(["" if v is None else _text(v) for v in record.values()])
    return text.getvalue().encode()


def _parquet(records: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    columns = {name: [record[name] for record in records] for name in FIELDS}
    filled = {name: pa.array(values) for name, values in columns.items()}
    pq.write_table(pa.table(filled), sink)
    return sink.getvalue()


def _files(records: list[dict[str, Any]]) -> dict[str, bytes]:
    texts = [{k: v if v is None else _text(v) for k, v in r.items()} for r in records]
    typed = [{k: _text(v) if isinstance(v, date) else v for k, v in r.items()} for r in records]
    present = [{k: v for k, v in r.items() if v is not None} for r in typed]
    return {
        "json.jsonl": lines(typed),
        "sparse.jsonl": lines(present),
        "texts.jsonl": lines(texts),
        "rows.csv": _csv(records),
        "typed.parquet": _parquet(records),
        "texts.parquet": _parquet(texts),
    }


@pytest.mark.parametrize("seed", range(6))
def test_the_same_values_give_the_same_result(workspace: Workspace, seed: int) -> None:
    records = _records(random.Random(seed))
    files = _files(records)
    for name, content in files.items():
        workspace.write(f"{INTERACTIONS}/{name}", content)
    workspace.ingest()
    rows, rejects = loaded(workspace, *FIELDS, "_event_date", "_extra"), rejected(workspace)
    for number, record in enumerate(records, 1):
        found = {}
        for name in files:
            place = f"{INTERACTIONS}/{name}", number
            assert (place in rows) != (place in rejects)
            found[name] = rows[place] if place in rows else rejects[place][0]
        expected = found["rows.csv"]
        assert found == dict.fromkeys(found, expected), record
    assert rows
    assert rejects
