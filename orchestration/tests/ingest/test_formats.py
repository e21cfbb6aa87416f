"""CSV and Parquet give the rows that JSON lines of the same records give."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    assert_sound,
    failed,
    interaction,
    ledger,
    lines,
    loaded,
    packed,
    rejected,
)
from orchestration.tests.workspace import Workspace

FIELDS = [
    "session_id",
    "user_id",
    "timestamp",
    "user_role",
    "query",
    "query_type",
    "response_time",
    "response_length",
    "code_snippets_shown",
    "citations_provided",
    "success",
    "user_rating",
]
TEXTS = [
    "plain",
    'quoted "words", commas, and\na line break',
    "a line break of Windows\r\nhere",
    "日本語の質問、改行\nあり",
    " outer blanks ",
    "'single' \\backslash\\ {json} [list]",
    "123",
    "true",
    "null",
    "emoji 😀 and \u2028 separator",
]


def _records() -> list[dict[str, Any]]:
    records = []
    for number, text in enumerate(TEXTS):
        record = interaction(
            query=text,
            response_time=number / 8,
            response_length=number * 1_000_000_007,
            success=number % 2 == 0,
            timestamp=f"2026-01-0{number % 3 + 1}T10:00:00.{number:06d}+09:00",
            user_rating=number % 5 + 1 if number % 3 else None,
            code_snippets_shown=0,
        )
        if number % 4 == 0:
            del record["user_id"]
        records.append(record)
    return records


def _csv(records: list[dict[str, Any]], header: list[str], end: str = "\r\n") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, lineterminator=end)
    writer.writeheader()
    for record in records:
        flag = {"success": "true" if record["success"] else "false"}
        writer.writerow({name: value for name, value in (record | flag).items() if name in header})
    return text.getvalue().encode()


def _parquet(columns: Mapping[str, pa.Array]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=4)
    return sink.getvalue()


def _rows(workspace: Workspace, *more: str) -> dict[str, list[list[Any]]]:
    """Rows of each file, in the order of its lines, by file name."""
    found: dict[str, list[list[Any]]] = {}
    for (path, _), values in sorted(loaded(workspace, *FIELDS, "_event_date", *more).items()):
        found.setdefault(path.split("/")[-1], []).append(values)
    return found


def test_every_format_gives_the_same_rows(workspace: Workspace) -> None:
    records = _records()
    full = [{name: record.get(name) for name in FIELDS} for record in records]
    typed = {
        "text": {
            name: pa.array([None if r[name] is None else str(r[name]) for r in full])
            for name in FIELDS
        },
        "exact": {name: pa.array([r[name] for r in full]) for name in FIELDS},
    }
    for r in full:
        r["timestamp"] = datetime.fromisoformat(str(r["timestamp"])).astimezone(UTC)
    times: list[Any] = [r["timestamp"] for r in full]
    zoned = pa.array(times, pa.timestamp("us", tz="UTC"))
    naive = pa.array([t.replace(tzinfo=None) for t in times], pa.timestamp("us"))
    small = pa.array([r["user_rating"] for r in full], pa.int8())
    exact = typed["exact"]
    files = {
        "a.jsonl": lines(records),
        "b.csv": _csv(records, FIELDS),
        "c.csv": b"\xef\xbb\xbf" + _csv(records, FIELDS[::-1], end="\n"),
        "d.csv.gz": packed(_csv(records, FIELDS), ".gz"),
        "e.csv.zst": packed(_csv(records, FIELDS), ".zst"),
        "f.parquet": _parquet(exact),
        "g.parquet": _parquet(typed["text"]),
        "h.parquet": _parquet(exact | {"timestamp": zoned, "user_rating": small}),
        "i.parquet": _parquet(
            exact | {"timestamp": naive, "query": pa.array(TEXTS).dictionary_encode()}
        ),
    }
    for name, content in files.items():
        workspace.write(f"{INTERACTIONS}/{name}", content)
    report = workspace.ingest()
    assert (report.files, report.rejects, report.failures) == (len(files), 0, [])
    rows = _rows(workspace, "_extra")
    for name in files:
        assert rows[name] == rows["a.jsonl"], name
    assert [row[4] for row in rows["a.jsonl"]] == TEXTS
    assert_sound(workspace)


def test_an_empty_csv_field_is_a_missing_value(workspace: Workspace) -> None:
    header = [*FIELDS, "campaign"]
    optional, required = interaction(campaign="spring"), interaction(query="")
    del optional["user_id"], optional["response_length"]
    workspace.write(f"{INTERACTIONS}/a.csv", _csv([optional, required], header))
    workspace.ingest()
    [(user, length, extra)] = loaded(workspace, "user_id", "response_length", "_extra").values()
    assert (user, length, extra) == (None, None, '{"campaign":"spring"}')
    [(place, (reason, _))] = rejected(workspace).items()
    assert (place[1], reason) == (2, "missing field: query")


def test_a_csv_record_of_another_width_is_rejected(workspace: Workspace) -> None:
    fine = _csv([interaction()], FIELDS).decode().split("\r\n")
    content = "\r\n".join([fine[0], "short,record", fine[1], fine[1] + ",more", "", fine[1], ""])
    workspace.write(f"{INTERACTIONS}/a.csv", content.encode())
    workspace.ingest()
    reasons = {line: reason for (_, line), (reason, _) in rejected(workspace).items()}
    assert reasons == {
        1: "2 fields where the header has 12",
        3: "13 fields where the header has 12",
        4: "0 fields where the header has 12",
    }
    texts = [text for _, text in rejected(workspace).values()]
    assert '["short", "record"]' in texts
    assert ledger(workspace) == {f"{INTERACTIONS}/a.csv": (5, 2, 3)}


def test_csv_values_of_a_wrong_type_are_rejected(workspace: Workspace) -> None:
    wrong = [
        interaction(response_time="fast"),
        interaction(response_length="2.5"),
        interaction(timestamp="yesterday"),
        interaction(),
    ]
    content = _csv(wrong, FIELDS).replace(b"true", b"perhaps", 4).replace(b"perhaps", b"true", 3)
    workspace.write(f"{INTERACTIONS}/a.csv", content)
    workspace.ingest()
    reasons = {line: reason for (_, line), (reason, _) in rejected(workspace).items()}
    assert reasons == {
        1: "wrong type: response_time is not a number",
        2: "wrong type: response_length is not a whole number",
        3: "wrong type: timestamp is not an ISO 8601 time",
        4: "wrong type: success is not true or false",
    }


def test_a_csv_record_that_is_no_utf_8_is_rejected(workspace: Workspace) -> None:
    """As a JSON line is; a text that merely looks like a kept byte is none."""
    records = [interaction(query=query) for query in ("café", "caf\\xe9", "カフェ")]
    fine = _csv(records, FIELDS)
    latin = _csv(records[:1], FIELDS).decode().encode("latin-1")
    workspace.write(f"{INTERACTIONS}/a.csv", fine + latin.splitlines(keepends=True)[1])
    workspace.write(f"{INTERACTIONS}/a.jsonl", lines(records[:1]).decode().encode("latin-1"))
    workspace.ingest()
    rows = sorted(loaded(workspace, "query").items())
    assert [query for _, (query,) in rows] == [record["query"] for record in records]
    found = rejected(workspace)
    assert {
        path.rsplit(".")[-1]: (line, reason) for (path, line), (reason, _) in found.items()
    } == {
        "csv": (4, "not UTF-8"),
        "jsonl": (1, "not UTF-8"),
    }
    assert all('"caf\\xe9"' in text for _, text in found.values())
    assert_sound(workspace)


def test_a_csv_file_without_its_header_is_refused(duckdb_workspace: Workspace) -> None:
    """Nothing of it is lost: with the header it loads."""
    header, *records = _csv([interaction(query="one"), interaction(query="two")], FIELDS).split(
        b"\r\n"
    )
    contents = {
        "a.csv": b"\n".join(records),
        "b.csv": header.replace(b",", b";") + b"\n" + records[0].replace(b",", b";"),
        "c.csv": b"\n" + b"\n".join([header, *records]),
        "d.csv": b"\n".join([header, *records]).decode().encode("utf-16"),
        # A record may say what a field is called.
        "f.csv": records[0].replace(b"one", b"query") + b"\n" + records[1],
    }
    for name, content in contents.items():
        duckdb_workspace.write(f"{INTERACTIONS}/{name}", content)
    umlaut = header + ",Größe".encode("latin-1") + b"\n" + records[0] + b",9"
    duckdb_workspace.write(f"{INTERACTIONS}/e.csv", umlaut)
    report = duckdb_workspace.ingest()
    assert (report.files, report.lines) == (0, 0)
    reasons = {path.split("/")[-1]: reason for path, reason in failed(duckdb_workspace).items()}
    assert reasons.pop("e.csv") == "its header is not UTF-8"
    assert reasons.keys() == contents.keys()
    assert all(r.startswith("its first line lacks session_id, ") for r in reasons.values())
    file = duckdb_workspace.settings.landing / f"{INTERACTIONS}/a.csv"
    file.write_bytes(header + b"\n" + contents["a.csv"])
    assert duckdb_workspace.ingest().rows == 2


def test_parquet_of_many_batches_is_numbered_through(
    duckdb_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.ingest.records.RECORDS_A_CHUNK", 100)
    records = [interaction(query=f"question {i}") for i in range(1, 1_001)]
    records[499]["success"] = None
    table = {name: pa.array([r[name] for r in records]) for name in records[0]}
    duckdb_workspace.write(f"{INTERACTIONS}/a.parquet", _parquet(table))
    duckdb_workspace.write(f"{INTERACTIONS}/b.csv", _csv(records[:450], FIELDS))
    duckdb_workspace.ingest()
    for (_, line), (query,) in loaded(duckdb_workspace, "query").items():
        assert query == f"question {line}"
    assert [line for _, line in rejected(duckdb_workspace)] == [500]
    assert ledger(duckdb_workspace)[f"{INTERACTIONS}/a.parquet"] == (1_000, 999, 1)


def test_parquet_written_by_an_engine_loads(workspace: Workspace) -> None:
    """Decimals, dates, lists and structs as DuckDB writes them."""
    path = workspace.write(f"{INTERACTIONS}/a.parquet", b"")
    duckdb.execute(
        f"""
        copy (
            select 's' as session_id, timestamptz '2026-01-01 09:00:00+09' as timestamp,
                'r' as user_role, 'q' as query, 't' as query_type,
                cast(1.25 as decimal(9, 2)) as response_time, cast(7 as hugeint) as response_length,
                true as success, [1, 2] as list, {{'a': date '2026-01-01'}} as struct
        ) to '{path}' (format parquet)
        """
    )
    workspace.ingest()
    [(time, seconds, length, extra)] = loaded(
        workspace, "timestamp", "response_time", "response_length", "_extra"
    ).values()
    assert time == datetime(2026, 1, 1) + timedelta(hours=0)
    assert (seconds, length) == (1.25, 7)
    assert extra == '{"list":[1,2],"struct":{"a":"2026-01-01"}}'


def test_parquet_of_types_no_engine_has_loads(duckdb_workspace: Workspace) -> None:
    half, wide = pa.array([np.float16(1.25)], pa.float16()), Decimal("12345678901234567890.25")
    record: dict[str, pa.Array] = {name: pa.array([v]) for name, v in interaction().items()}
    record |= {
        "response_time": half,
        "response_length": pa.array([Decimal("340.00")], pa.decimal256(60, 2)),
        "price": pa.array([wide], pa.decimal256(76, 2)),
        "small": pa.array([Decimal("1.5")], pa.decimal256(10, 1)),
        "halves": pa.array([[np.float16(0.5)]], pa.list_(pa.float16())),
        "inner": pa.array([{"half": np.float16(2)}], pa.struct([("half", pa.float16())])),
    }
    duckdb_workspace.write(f"{INTERACTIONS}/a.parquet", _parquet(record))
    assert duckdb_workspace.ingest().rejects == 0
    [(seconds, length, extra)] = loaded(
        duckdb_workspace, "response_time", "response_length", "_extra"
    ).values()
    assert (seconds, length) == (1.25, 340)
    assert json.loads(extra) == {
        "price": str(wide), "small": 1.5, "halves": [0.5], "inner": {"half": 2.0},
    }  # fmt: skip


def test_a_column_that_cannot_be_read_is_named(duckdb_workspace: Workspace) -> None:
    halves = pa.map_(pa.string(), pa.float16())
    record = {name: pa.array([value]) for name, value in interaction().items()}
    record["half"] = pa.array([[("a", np.float16(1))]], halves)
    duckdb_workspace.write(f"{INTERACTIONS}/a.parquet", _parquet(record))
    assert duckdb_workspace.ingest().rows == 0
    [reason] = failed(duckdb_workspace).values()
    assert reason.startswith(
        "its column 'half' cannot be read: it is of type map<string, halffloat"
    )


def test_decimals_without_a_digit_before_the_point_load(duckdb_workspace: Workspace) -> None:
    """Which the engine writes as JSON in another way from 16 digits on."""
    digits = {4: "0.1234", 18: "-0.000120000000000001", 37: "0.5", 38: f"0.{'9' * 38}"}
    record: dict[str, pa.Array] = {name: pa.array([v]) for name, v in interaction().items()}
    record |= {f"d{n}": pa.array([Decimal(v)], pa.decimal128(n, n)) for n, v in digits.items()}
    record["wide"] = pa.array([[Decimal(digits[18])]], pa.list_(pa.decimal256(18, 18)))
    record["response_time"] = pa.array([Decimal("0.25")], pa.decimal128(20, 20))
    duckdb_workspace.write(f"{INTERACTIONS}/a.parquet", _parquet(record))
    report = duckdb_workspace.ingest()
    assert (report.rows, report.rejects) == (1, 0)
    [(seconds, extra)] = loaded(duckdb_workspace, "response_time", "_extra").values()
    found = json.loads(extra, parse_float=Decimal)
    assert seconds == 0.25
    assert found.pop("wide") == [Decimal(digits[18])]
    assert {name: Decimal(v) for name, v in found.items()} == {
        f"d{n}": Decimal(v) for n, v in digits.items()
    }


def test_bytes_of_parquet_are_text_or_their_row_is_rejected(workspace: Workspace) -> None:
    """Old writers do not say that a column is text."""
    bytes_ = ["größe 日本".encode(), b"a\\b", "größe".encode("latin-1"), None]
    for name, kind in {"a": pa.binary(), "b": pa.large_binary()}.items():
        record = {n: pa.array([v] * len(bytes_)) for n, v in interaction().items()}
        record |= {"query": pa.array(bytes_, kind), "other": pa.array(bytes_, kind)}
        workspace.write(f"{INTERACTIONS}/{name}.parquet", _parquet(record))
    workspace.ingest()
    rows, rejects = loaded(workspace, "query", "_extra"), rejected(workspace)
    for name in ("a", "b"):
        path = f"{INTERACTIONS}/{name}.parquet"
        for line, text in ((1, "größe 日本"), (2, "a\\b")):
            query, extra = rows[path, line]
            assert (query, json.loads(extra)) == (text, {"other": text})
        assert rejects[path, 3][0] == "not UTF-8"
        assert rejects[path, 4][0] == "missing field: query"
    assert_sound(workspace)


@pytest.mark.parametrize("window_log", [28, 31])
def test_a_zstd_file_may_have_a_large_window(duckdb_workspace: Workspace, window_log: int) -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=window_log)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    content = packer.compress(lines([interaction()])) + packer.flush()
    duckdb_workspace.write(f"{INTERACTIONS}/a.jsonl.zst", content)
    report = duckdb_workspace.ingest()
    assert (report.rows, report.failures) == (1, [])
