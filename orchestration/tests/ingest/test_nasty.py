"""JSON and texts that broke other programs (JSONTestSuite, big list of naughty strings).

The suite's files are called y_ where a parser must accept, n_ where it must not, i_ where it may.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    MEMORY,
    assert_sound,
    interaction,
    ledger,
    lines,
    loaded,
    memory,
    path_of,
    rejected,
)
from orchestration.tests.workspace import Workspace

# DuckDB's JSON reader also takes a comma before a closing bracket, NaN and infinities.
LENIENT = {
    "n_array_comma_after_close.json",
    "n_array_extra_comma.json",
    "n_array_number_and_comma.json",
    "n_number_-NaN.json",
    "n_number_Inf.json",
    "n_number_NaN.json",
    "n_number_infinity.json",
    "n_number_minus_infinity.json",
}


@pytest.fixture(scope="module")
def suite(shared_data: Path) -> dict[str, bytes]:
    """Content of the suite's files by name."""
    files = {p.name: p.read_bytes() for p in sorted((shared_data / "nasty/json").glob("*.json"))}
    assert len(files) == 318
    return files


@pytest.fixture(scope="module")
def naughty(shared_data: Path) -> list[str]:
    """The strings of the list."""
    strings: list[str] = json.loads((shared_data / "nasty/blns.json").read_text("utf-8"))
    assert len(strings) == 515
    return strings


def _text(line: bytes) -> str:
    text = line.removesuffix(b"\r").decode("utf-8", "backslashreplace")
    return text.replace("\0", "\\u0000")


def test_every_file_of_the_suite_is_read_to_its_end(
    workspace: Workspace, suite: dict[str, bytes]
) -> None:
    for name, content in suite.items():
        workspace.write(f"{INTERACTIONS}/{name}l", content)
    report = workspace.ingest()
    assert (report.files, report.failures, report.rows) == (318, [], 0)
    kept, counts = rejected(workspace), ledger(workspace)
    for name, content in suite.items():
        path = f"{INTERACTIONS}/{name}l"
        listed = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        listed = listed if listed[-1] else listed[:-1]
        assert counts[path] == (len(listed), 0, len(listed)), name
        for number, line in enumerate(listed, 1):
            assert kept[path, number][1] == _text(line), name
    assert_sound(workspace)


def test_objects_of_the_suite_are_kept_as_further_members(
    workspace: Workspace, suite: dict[str, bytes]
) -> None:
    members = {
        name: content.strip()[1:-1].strip()
        for name, content in suite.items()
        if name.startswith("y_object") and b"\n" not in content.strip()
    }
    assert len(members) >= 10
    start = json.dumps(interaction())[:-1].encode()
    expected = {}
    for name, member in members.items():
        line = start + (b", " + member if member else b"") + b"}"
        file = workspace.write(f"{INTERACTIONS}/{name}l", line + b"\n")
        # Of a name that is there twice the first value counts.
        kept = json.loads(b"{" + member + b"}", object_pairs_hook=lambda p: dict(reversed(p)))
        expected[path_of(workspace, file), 1] = kept or None
    assert workspace.ingest().rejects == 0
    extra = {k: json.loads(e) if e else None for k, (e,) in loaded(workspace, "_extra").items()}
    assert extra == expected


def _as_value(name: str, content: bytes) -> bytes:
    """The content as the value of a field no contract knows, on one line."""
    return json.dumps(interaction())[:-1].encode() + b', "more": ' + content + b"}"


def test_every_value_of_the_suite_is_accepted_and_kept(
    workspace: Workspace, suite: dict[str, bytes]
) -> None:
    expected = {}
    for name, content in suite.items():
        if name.startswith("y_"):
            line = _as_value(name, content.replace(b"\n", b" ").replace(b"\r", b" "))
            file = workspace.write(f"{INTERACTIONS}/{name}l", line)
            if "duplicated" not in name:
                expected[path_of(workspace, file), 1] = json.loads(content)
    assert len(expected) > 90
    report = workspace.ingest()
    assert (report.rejects, report.failures) == (0, [])
    extra = {k: json.loads(e)["more"] for k, (e,) in loaded(workspace, "_extra").items()}
    assert {k: v for k, v in extra.items() if k in expected} == expected


def test_what_is_no_json_is_rejected_as_such(
    duckdb_workspace: Workspace, suite: dict[str, bytes]
) -> None:
    """No broken value goes through, but for what the engine's reader is known to take."""
    taken = set()
    for name, content in suite.items():
        value = content.strip()
        # An open object would be closed by the line's own end.
        if name.startswith("n_") and value and b"\n" not in value and not value.endswith(b"}"):
            duckdb_workspace.write(f"{INTERACTIONS}/{name}l", _as_value(name, value))
    duckdb_workspace.ingest()
    for path, _ in loaded(duckdb_workspace):
        taken.add(path.split("/")[-1][:-1])
    assert len(ledger(duckdb_workspace)) > 100
    assert taken <= LENIENT
    for reason, _ in rejected(duckdb_workspace).values():
        assert reason in ("malformed JSON", "not UTF-8")


def test_naughty_strings_arrive_as_they_are(workspace: Workspace, naughty: list[str]) -> None:
    for name, ascii_only in (("plain", False), ("escaped", True)):
        for stream, records in (
            (INTERACTIONS, [interaction(query=text) for text in naughty]),
            (MEMORY, [memory(value=text) for text in naughty]),
        ):
            listed = (json.dumps(r, ensure_ascii=ascii_only).encode() + b"\n" for r in records)
            workspace.write(f"{stream}/{name}.jsonl", b"".join(listed))
    report = workspace.ingest()
    # An empty text is a missing value: its line is a reject where the field is required.
    empty = naughty.count("")
    assert empty
    assert (report.rows, report.rejects) == (4 * len(naughty) - 2 * empty, 2 * empty)
    assert {reason for reason, _ in rejected(workspace).values()} == {"missing field: query"}
    for stream, column, table in (
        (INTERACTIONS, "query", "assistant_interactions"),
        (MEMORY, "value", "assistant_session_memory"),
    ):
        found = loaded(workspace, column, table=table)
        for name in ("plain", "escaped"):
            for number, text in enumerate(naughty, 1):
                [stored] = found.get((f"{stream}/{name}.jsonl", number), [None])
                assert (stored or "").encode() == text.encode()


def test_naughty_strings_are_names_and_values_of_unknown_fields(
    workspace: Workspace, naughty: list[str]
) -> None:
    named = [text for text in naughty if text not in interaction()]
    file = workspace.write(
        f"{INTERACTIONS}/a.jsonl", lines(interaction() | {text: text} for text in named)
    )
    assert workspace.ingest().rejects == 0
    path, extra = path_of(workspace, file), loaded(workspace, "_extra")
    for number, text in enumerate(named, 1):
        assert json.loads(extra[path, number][0]) == {text: text}


def test_a_nul_character_is_rejected_by_name(workspace: Workspace, naughty: list[str]) -> None:
    texts = ["\0", "a\0", *(f"{text}\0" for text in naughty[:20])]
    workspace.write(f"{INTERACTIONS}/a.jsonl", lines(interaction(query=t) for t in texts))
    workspace.write(f"{MEMORY}/a.jsonl", lines(memory(value=t) for t in texts))
    report = workspace.ingest()
    assert (report.rows, report.rejects) == (0, 2 * len(texts))
    for (path, line), (reason, kept) in rejected(workspace).items():
        field = "query" if "interactions" in path else "value"
        assert reason == f"NUL character in {field}"
        assert json.loads(kept)[field] == texts[line - 1]
