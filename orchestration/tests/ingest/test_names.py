"""Whatever a user calls a stream, a field or a column, nothing of Granary's own is called so."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from orchestration.core.contracts import Contracts, load_contracts
from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import PROJECT_DIR
from orchestration.ingest.parse_sql import insert_rejects, insert_rows
from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    failed,
    interaction,
    loaded,
    rejected,
)
from orchestration.tests.workspace import Workspace

BOOKS = "models/staging/granary/_granary__books.yml"


def _contracts(folder: Path, *tables: dict[str, Any]) -> Contracts:
    """The contracts of a project that has these streams of source `odd`."""
    (folder / BOOKS).parent.mkdir(parents=True)
    shutil.copy(PROJECT_DIR / BOOKS, folder / BOOKS)
    contract = folder / "models/staging/odd/_odd__sources.yml"
    contract.parent.mkdir(parents=True)
    meta = {"quality": {"minimum_score": 0.8, "alert_below": 0.85}}
    source = {"name": "odd", "schema": "raw", "config": {"meta": meta}, "tables": list(tables)}
    contract.write_text(yaml.safe_dump({"sources": [source]}))
    return load_contracts(folder)


def _column(name: str, data_type: str = "varchar") -> dict[str, Any]:
    meta = {"class": "operational", "required": data_type == "timestamp"}
    return {"name": name, "data_type": data_type, "config": {"meta": meta}}


def _stream(*names: str, **said: Any) -> dict[str, Any]:
    """A stream whose fields have these names, beside its time."""
    lifecycle = {"policy": "silver"}
    return {
        "name": "things",
        "config": {"meta": {"natural_key": ["at"], "event_time": "at", "lifecycle": lifecycle}},
        "columns": [_column("at", "timestamp"), *map(_column, names)],
    } | said


@pytest.fixture(scope="module")
def words() -> list[str]:
    """Every word of the loader's SQL that could be a field: columns, relations, functions."""
    stream = load_contracts()["assistant", "interactions"]
    sql = insert_rows(stream, "t") + insert_rejects(stream, "t")
    found = sorted({w.lower() for w in re.findall(r"(?<![\w$])[A-Za-z]\w*", sql)} - {"at"})
    assert {"case", "text"} <= set(found)
    return [
        *found,
        "path",
        "chunk",
        "left_out",
        "files",
        "file_id",
        "line",
        "fault",
        "original",
        "batch",
    ]


def test_a_field_may_have_any_plain_name(
    workspace: Workspace, tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = list(dict.fromkeys(words))
    contracts = _contracts(tmp_path, _stream(*names, name="select", identifier="order"))
    monkeypatch.setattr("orchestration.ingest.loader.load_contracts", lambda: contracts)
    row = {"at": "2026-01-01T00:00:00Z"} | {name: f"a {name}" for name in names}
    text, sink = io.StringIO(), io.BytesIO()
    csv.writer(text).writerows([row, row.values()])
    pq.write_table(pa.table({name: [value] for name, value in row.items()}), sink)
    files = {
        "a.jsonl": json.dumps(row).encode() + b"\nno JSON\n",
        "b.csv": text.getvalue().encode(),
        "c.parquet": sink.getvalue(),
    }
    for name, content in files.items():
        workspace.write(f"odd/select/2026-01-01/{name}", content)
    report = workspace.ingest()
    assert (report.rows, report.rejects, report.failures) == (3, 1, [])
    found = loaded(workspace, *names, "_extra", table='"order"')
    expected = [f"a {name}" for name in names] + [None]
    assert found == {(f"odd/select/2026-01-01/{name}", 1): expected for name in files}
    [(reason, kept)] = rejected(workspace).values()
    assert (reason, kept) == ("malformed JSON", "no JSON")


@pytest.mark.parametrize(
    ("stream", "problem"),
    [
        (_stream("_line"), "names that begin with _ are Granary's own"),
        (_stream("_id"), "names that begin with _ are Granary's own"),
        (_stream("Query"), "'Query' is not a plain lower-case name"),
        (_stream("query", "query"), "column query appears twice"),
        (_stream("ctid"), "no column may be called ctid"),
        (_stream("rowid"), "no column may be called rowid"),
        (_stream("file_row_number"), "no column may be called file_row_number"),
        (_stream("lifecycle_day"), "no column may be called lifecycle_day"),
        (_stream("x" * 64), "is too long"),
        (_stream(identifier="y" * 53), "is too long"),
        (_stream(identifier="load_ledger"), "table load_ledger already belongs to Granary itself"),
        (_stream(name="rejects"), "table rejects already belongs to Granary itself"),
    ],
)
def test_a_contract_with_a_name_that_cannot_be_is_refused(
    tmp_path: Path, stream: dict[str, Any], problem: str
) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"_odd__sources.yml:\d+: stream odd\.\w+: .*{problem}"
    ):
        _contracts(tmp_path, stream)


def test_two_streams_share_no_table(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"odd\.others: table things already belongs to odd\.things"
    ):
        _contracts(tmp_path, _stream(), _stream(name="others", identifier="things"))


# What engines fold, trim, cut off or take for something of their own.
COLUMNS = [
    "Query", "QUERY", "query ", ' "query"', "query'; --", "batch", "file_row_number", "filename",
    "_line", "_file_id", "rowid", "日本語", "a.b", "a/b~c", "", " ", "x" * 200,
]  # fmt: skip


def test_a_column_of_any_name_keeps_its_value(workspace: Workspace) -> None:
    row = interaction() | {name: f"of {name}" for name in COLUMNS}
    table, sink, text = pa.table({k: [v] for k, v in row.items()}), io.BytesIO(), io.StringIO()
    pq.write_table(table, sink)
    csv.writer(text).writerows([row, row.values()])
    files = {
        "a.parquet": sink.getvalue(),
        "b.csv": text.getvalue().encode(),
        "c.jsonl": json.dumps(row).encode(),
    }
    for name, content in files.items():
        workspace.write(f"{INTERACTIONS}/{name}", content)
    report = workspace.ingest()
    assert (report.rows, report.rejects, report.failures) == (3, 0, [])
    for query, extra in loaded(workspace, "query", "_extra").values():
        assert query == row["query"]
        assert json.loads(extra) == {name: f"of {name}" for name in COLUMNS}


def test_a_file_with_two_columns_of_one_name_is_refused(workspace: Workspace) -> None:
    sink = io.BytesIO()
    values = [pa.array([v]) for v in (*interaction().values(), "other", "more")]
    pq.write_table(pa.table(values, [*interaction(), "query", "Query"]), sink)
    workspace.write(f"{INTERACTIONS}/a.parquet", sink.getvalue())
    names = [*interaction(), "query", "campaign", "campaign"]
    row = [*interaction().values(), "p", 1, 2]
    text = io.StringIO()
    csv.writer(text).writerows([names, row])
    workspace.write(f"{INTERACTIONS}/b.csv", text.getvalue().encode())
    assert workspace.ingest().rows == 0
    assert failed(workspace) == {
        f"{INTERACTIONS}/a.parquet": "it has more than one column 'query': which one counts?",
        f"{INTERACTIONS}/b.csv": "it has more than one column 'campaign', 'query': "
        "which one counts?",
    }


def test_the_last_ending_says_what_a_file_is(workspace: Workspace) -> None:
    line = json.dumps(interaction()).encode()
    for name in ("a.csv.gz.jsonl", "b.csv.jsonl", "c.parquet.jsonl", "d.jsonl.csv"):
        workspace.write(f"{INTERACTIONS}/{name}", line)
    report = workspace.ingest()
    assert (report.rows, report.rejects) == (3, 0)
    assert list(failed(workspace)) == [f"{INTERACTIONS}/d.jsonl.csv"]


def test_numbers_in_names_count(duckdb_workspace: Workspace) -> None:
    """`events-10` comes after `events-9`, whatever stands around the number."""
    ordered = [
        "2026-01-01/events-9.jsonl", "2026-01-01/events-10-b.jsonl", "2026-01-01/events-10.jsonl",
        "2026-01-01/part 2/x.jsonl", "2026-01-01/part 10/x.jsonl", "2026-01-02/events-01.jsonl",
        "2026-01-02/events-1.jsonl",
    ]  # fmt: skip
    for name in reversed(ordered):
        path = f"assistant/interactions/{name}"
        duckdb_workspace.write(path, json.dumps(interaction(query=name)).encode())
    duckdb_workspace.ingest()
    found = duckdb_workspace.query("select path from raw.load_ledger order by file_id")
    assert [path.removeprefix("assistant/interactions/") for (path,) in found] == ordered
