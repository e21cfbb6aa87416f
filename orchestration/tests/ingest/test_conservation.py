"""No line is lost, whatever it holds: lines = rows + rejects, counted independently."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable
from unittest import mock

import pytest
import zstandard
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from orchestration.ingest import batch, reader
from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    assert_sound,
    failed,
    interaction,
    ledger,
    lines,
    loaded,
    many,
    path_of,
    rejected,
)
from orchestration.tests.workspace import Workspace

BOM = b"\xef\xbb\xbf"
EXAMPLES = {"duckdb": 40, "postgres": 15}
Line = tuple[bytes, bool]
"""A line without its end, and whether it keeps the contract."""

_numbers = itertools.count()
_plain = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def _fine(query: str, ascii_only: bool) -> Line:
    return json.dumps(interaction(query=query), ensure_ascii=ascii_only).encode(), query != ""


def _spliced(member: str, fine: bool) -> Line:
    return json.dumps(interaction())[:-1].encode() + b"," + member.encode() + b"}", fine


VALID = st.one_of(
    st.builds(_fine, st.text(_plain, max_size=30), st.booleans()),
    st.builds(lambda size: _fine("long " * size, True), st.integers(1, 4_000)),
    st.sampled_from(
        [
            _spliced('"n": 123456789012345678901234567890', True),
            _spliced('"n": 1e999', True),
            _spliced('"n": "\\u0000"', True),
            _spliced('"": {"a": [null, {"b": "\\ud83d\\ude00"}]}', True),
            (b"  " + json.dumps(interaction()).encode() + b"\t", True),
        ]
    ),
)
UNFIT = st.one_of(
    st.binary(max_size=40).map(lambda b: (b.replace(b"\n", b"?"), False)),
    st.text(max_size=20).map(
        lambda t: (t.replace("\n", " ").encode("utf-8", "surrogatepass"), False)
    ),
    st.builds(lambda size: (b"x" * size, False), st.integers(1, 20_000)),
    st.sampled_from(
        [
            (b"", False),
            (b" \t ", False),
            (b"\0", False),
            (b"a\0b\0", False),
            (b"\xed\xa0\x80", False),
            (b"\xff\xfe{}", False),
            (b"{}", False),
            (b"[]", False),
            (b"null", False),
            (b'{"a":1}{"b":2}', False),
            (BOM + json.dumps(interaction()).encode(), False),
            (b"\xff" + json.dumps(interaction()).encode(), False),
            (json.dumps(interaction()).encode()[:-9], False),
            (json.dumps(interaction(query="nul \0")).encode(), False),
            (json.dumps(interaction(query="lone \ud800")).encode(), False),
            (json.dumps(interaction(response_length=10**400)).encode(), False),
            (json.dumps(interaction(response_length=2**53)).encode(), False),
            (json.dumps(interaction(query=None)).encode(), False),
            (json.dumps(interaction()).replace("1.25", "1e999").encode(), False),
            (json.dumps(interaction()).replace('"s1"', "\x01").encode(), False),
        ]
    ),
)


@st.composite
def file_contents(draw: st.DrawFn) -> tuple[bytes, list[Line]]:
    """A file of lines with either line end, perhaps a byte order mark, perhaps no last end."""
    drawn = draw(st.lists(st.one_of(VALID, UNFIT), max_size=12))
    ends = [draw(st.sampled_from([b"\n", b"\n", b"\r\n"])) for _ in drawn]
    content = b"".join(line + end for (line, _), end in zip(drawn, ends, strict=True))
    if drawn and drawn[-1][0] and draw(st.booleans()):
        content = content[: -len(ends[-1])]
    if content.startswith(BOM):
        # A mark at the start is none of the content, so the line after it is fine.
        drawn[0] = (drawn[0][0], drawn[0][0].startswith(BOM + b"{"))
    elif draw(st.booleans()):
        content = BOM + content
    return content, drawn


def _expected(content: bytes) -> list[str]:
    """What the lines of a file are, written without the loader's code."""
    text = content.removeprefix(BOM).decode("utf-8", "backslashreplace")
    listed = [line.removesuffix("\r") for line in text.split("\n")]
    return listed if listed[-1] or text.endswith("\r") else listed[:-1]


def _gzip(content: bytes, cut: int) -> bytes:
    return gzip.compress(content[:cut], 1) + gzip.compress(content[cut:], 1)


def _zstd(content: bytes, cut: int) -> bytes:
    compressor = zstandard.ZstdCompressor(level=1)
    return compressor.compress(content[:cut]) + compressor.compress(content[cut:])


def _check(workspace: Workspace, content: bytes, drawn: list[Line], cut: int) -> None:
    folder = f"assistant/interactions/2026-01-{next(_numbers) % 28 + 1:02d}"
    name = f"part-{next(_numbers):06d}.jsonl"
    paths = {
        f"{folder}/{name}": content,
        f"{folder}/{name}.gz": _gzip(content, cut % (len(content) + 1)),
        f"{folder}/{name}.zst": _zstd(content, cut % (len(content) + 1)),
    }
    for path, stored in paths.items():
        workspace.write(path, stored)
    report = workspace.ingest()
    assert (report.files, report.failures) == (3, [])
    fine = {number for number, (_, kept) in enumerate(drawn, 1) if kept}
    expected = _expected(content)
    assert len(expected) == len(drawn)
    listed = ", ".join(f"'{path}'" for path in paths)
    with workspace.reading():
        files = workspace.query(
            f"select file_id, line_count, row_count, reject_count from raw.load_ledger "
            f"where path in ({listed})"
        )
        ids = ", ".join(str(file_id) for file_id, *_ in files)
        rows = workspace.query(
            "select _file_id, _line, query from raw.assistant_interactions "
            f"where _file_id in ({ids})"
        )
        rejects = workspace.query(
            f"select file_id, line, text, reason from raw.rejects where file_id in ({ids})"
        )
    assert len(files) == 3
    unfit = {*range(1, len(drawn) + 1)} - fine
    for file_id, line_count, row_count, reject_count in files:
        assert line_count == len(expected)
        assert (row_count, reject_count) == (len(fine), len(unfit))
        assert sorted(line for of_file, line, _ in rows if of_file == file_id) == sorted(fine)
        assert sorted(line for of_file, line, *_ in rejects if of_file == file_id) == sorted(unfit)
    for _, line, query in rows:
        assert query == json.loads(expected[line - 1])["query"]
    for _, line, text, reason in rejects:
        assert text == expected[line - 1].replace("\0", "\\u0000")
        assert reason


def _property(workspace: Workspace, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        # An example is a whole load; making one smaller would take minutes.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        file=file_contents(),
        cut=st.integers(0, 1 << 16),
        piece=st.sampled_from([3, 64, 1_000, 1_000, 1 << 20]),
        chunk=st.sampled_from([2_000, 128 << 20, 128 << 20]),
    )
    @example(file=(b"", []), cut=0, piece=64, chunk=1)
    @example(file=(BOM, []), cut=1, piece=64, chunk=1)
    @example(file=(b"\n\n\r\n", [(b"", False)] * 3), cut=2, piece=3, chunk=1)
    @example(file=(b"x\r\r\n", [(b"x\r", False)]), cut=2, piece=64, chunk=1)
    @example(file=(b"\r", [(b"", False)]), cut=0, piece=64, chunk=1)
    def holds(file: tuple[bytes, list[Line]], cut: int, piece: int, chunk: int) -> None:
        content, drawn = file
        # Long lines in tiny pieces take minutes and show nothing that short ones do not.
        piece = max(piece, len(content) // 200)
        with (
            mock.patch.object(batch, "SLAB_BYTES", piece),
            mock.patch.object(reader, "SCAN_BYTES", piece),
            mock.patch.object(batch, "CHUNK_BYTES", chunk),
        ):
            _check(workspace, content, drawn, cut)

    holds()
    assert_sound(workspace)


@pytest.mark.long
def test_lines_are_rows_or_rejects(module_workspace: Workspace) -> None:
    """All examples go into one warehouse: opening one costs more than an example."""
    _property(module_workspace, EXAMPLES[module_workspace.settings.target])
    # What is drawn differs with the modules that are imported, and so do these numbers.
    assert len(loaded(module_workspace)) > 10
    assert len(rejected(module_workspace)) > 10


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_many_lines_are_numbered_across_chunks(
    duckdb_workspace: Workspace, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slabs and chunks cut where they like; the numbers do not notice."""
    monkeypatch.setattr(batch, "SLAB_BYTES", 50_000)
    monkeypatch.setattr(reader, "SCAN_BYTES", 10_000)
    monkeypatch.setattr(batch, "CHUNK_BYTES", 120_000)
    content = b"".join(
        b"broken %d\n" % i if i % 7 == 0 else lines([interaction(query=f"question {i}")])
        for i in range(1, 5_001)
    )
    packed: dict[str, Callable[[bytes], bytes]] = {
        "": bytes,
        ".gz": gzip.compress,
        ".zst": zstandard.ZstdCompressor().compress,
    }
    file = duckdb_workspace.write(f"{INTERACTIONS}/part.jsonl{suffix}", packed[suffix](content))
    duckdb_workspace.write(f"{INTERACTIONS}/zart.jsonl", many(10))
    duckdb_workspace.ingest()
    path = path_of(duckdb_workspace, file)
    for (of_path, line), (query,) in loaded(duckdb_workspace, "query").items():
        assert of_path != path or query == f"question {line}"
    for (_, line), (_, text) in rejected(duckdb_workspace).items():
        assert text == f"broken {line}"
    assert ledger(duckdb_workspace)[path] == (5_000, 5_000 - 714, 714)


def test_a_line_too_long_for_the_reader_fails_its_file_only(
    duckdb_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "SLAB_BYTES", 4_096)
    monkeypatch.setattr(reader, "LONGEST_LINE_BYTES", 1 << 20)
    file = duckdb_workspace.write(f"{INTERACTIONS}/long.jsonl", many(5) + b"secret" * 300_000)
    duckdb_workspace.write(f"{INTERACTIONS}/part.jsonl", many(5))
    report = duckdb_workspace.ingest()
    assert (report.files, report.rows) == (1, 5)
    assert failed(duckdb_workspace) == {
        path_of(duckdb_workspace, file): "holds a line longer than 1 MiB"
    }


def test_empty_lines_at_the_end_are_lines(workspace: Workspace) -> None:
    workspace.write(f"{INTERACTIONS}/part.jsonl", many(1) + b"\n\n")
    workspace.ingest()
    assert sorted(rejected(workspace).values()) == [("blank line", ""), ("blank line", "")]
    assert_sound(workspace)
