"""Records, files and what came of them, as the tests of the loader need them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import zstandard

from orchestration.core.contracts import load_contracts
from orchestration.tests.workspace import Workspace

INTERACTIONS = "assistant/interactions/2026-01-01"
MEMORY = "assistant/session_memory/2026-01-01"


def interaction(**fields: Any) -> dict[str, Any]:
    """An interaction that keeps its contract."""
    return {
        "session_id": "s1",
        "user_id": "u1",
        "timestamp": "2026-01-01T09:30:00Z",
        "user_role": "Recruiter",
        "query": "What is a fact table?",
        "query_type": "technical",
        "response_time": 1.25,
        "response_length": 340,
        "success": True,
    } | fields


def memory(**fields: Any) -> dict[str, Any]:
    """A session memory that keeps its contract."""
    return {
        "session_id": "s1",
        "key": "name",
        "value": "a value",
        "updated_at": "2026-01-01T09:31:00Z",
    } | fields


def lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Records as JSON lines."""
    return b"".join(json.dumps(r, ensure_ascii=False).encode() + b"\n" for r in records)


def many(count: int, first: int = 0) -> bytes:
    """Interactions that differ, as JSON lines."""
    return lines(interaction(query=f"question {i}") for i in range(first, first + count))


def packed(content: bytes, suffix: str) -> bytes:
    """Content as a file of that suffix holds it."""
    if suffix == ".gz":
        return gzip.compress(content, compresslevel=1)
    if suffix == ".zst":
        return zstandard.ZstdCompressor(level=1, write_checksum=True).compress(content)
    return content


def loaded(workspace: Workspace, *fields: str, table: str = "assistant_interactions") -> Any:
    """Fields of raw rows by (path, line)."""
    listed = ", ".join(["l.path", "r._line", *(f'r."{name}"' for name in fields)])
    rows = workspace.query(
        f"select {listed} from raw.{table} as r join raw.load_ledger as l on r._file_id = l.file_id"
    )
    found = {(path, line): values for path, line, *values in rows}
    assert len(found) == len(rows), "a line is there twice"
    return found


def rejected(workspace: Workspace) -> dict[tuple[str, int], tuple[str, str]]:
    """(reason, text) of rejects by (path, line)."""
    rows = workspace.query("select file, line, reason, text from raw.rejects")
    found = {(path, line): (reason, text) for path, line, reason, text in rows}
    assert len(found) == len(rows), "a line is rejected twice"
    return found


def ledger(workspace: Workspace) -> dict[str, tuple[int, int, int]]:
    """(lines, rows, rejects) of loaded files by path."""
    rows = workspace.query(
        "select path, line_count, row_count, reject_count from raw.load_ledger order by path"
    )
    found = {path: tuple(counts) for path, *counts in rows}
    assert len(found) == len(rows), "a file is in the ledger twice"
    return found


def failed(workspace: Workspace) -> dict[str, str]:
    """Reasons of failed files by path."""
    return dict(workspace.query("select path, reason from raw.failed_files"))


def contents(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in schema raw but times and the ids a run gives, sorted."""
    tables = {}
    with workspace.reading():
        for stream in load_contracts().values():
            columns = [c for c in stream.raw_columns if c not in ("_file_id", "_batch_id", "_line")]
            found = loaded(workspace, *columns, table=stream.table)
            tables[stream.table] = sorted((*k, *map(repr, v)) for k, v in found.items())
        tables["rejects"] = sorted((*k, *v) for k, v in rejected(workspace).items())
        tables["load_ledger"] = sorted(
            workspace.query(
                "select path, source, stream, size_bytes, sha256, "
                "line_count, row_count, reject_count from raw.load_ledger"
            )
        )
        tables["window_changes"] = sorted(
            workspace.query("select distinct source, stream, window_date from raw.window_changes")
        )
        tables["failed_files"] = sorted(failed(workspace).items())
    return tables


def assert_sound(workspace: Workspace) -> None:
    """The books agree with the tables: nothing of a file is missing or there twice."""
    with workspace.reading():
        counted: dict[str, list[int]] = {path: [0, 0] for path in ledger(workspace)}
        for stream in load_contracts().values():
            for path, _ in loaded(workspace, table=stream.table):
                counted[path][0] += 1
            assert not workspace.query(
                f"select r._event_date, r._batch_id from raw.{stream.table} as r "
                f"except select window_date, batch_id from raw.window_changes "
                f"where stream = '{stream.name}'"
            ), "a day that changed is not noted"
            assert not workspace.query(
                f"select _file_id from raw.{stream.table} "
                "except select file_id from raw.load_ledger"
            ), "rows of a file that is not in the ledger"
        for path, _ in rejected(workspace):
            counted[path][1] += 1
        for path, (line_count, row_count, reject_count) in ledger(workspace).items():
            assert [row_count, reject_count] == counted[path], path
            assert line_count == row_count + reject_count, path


def landed(workspace: Workspace) -> list[str]:
    """Paths of all files in the landing zone."""
    landing = workspace.settings.landing
    return sorted(p.relative_to(landing).as_posix() for p in landing.rglob("*") if p.is_file())


def path_of(workspace: Workspace, file: Path) -> str:
    """A landed file's path as the books name it."""
    return file.relative_to(workspace.settings.landing).as_posix()
