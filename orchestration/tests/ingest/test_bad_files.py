"""Files that cannot be loaded: each is named with its reason, and the others load."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from orchestration.tests.ingest.helpers import (
    INTERACTIONS,
    MEMORY,
    assert_sound,
    failed,
    interaction,
    ledger,
    lines,
    loaded,
    many,
    memory,
    packed,
    path_of,
    rejected,
)
from orchestration.tests.processes import granary, limited
from orchestration.tests.workspace import Workspace

SECRET = "secret-4711"
BIG_LINE_BYTES = 50_000_000
FILE_LIMIT_BYTES = 8 << 20


def _records(count: int) -> bytes:
    """Records that do not compress to nothing, each with a secret."""
    chance = random.Random(1)
    return lines(interaction(query=f"{SECRET} {chance.randbytes(200).hex()}") for _ in range(count))


def _dangling(file: Path) -> None:
    file.symlink_to(file.with_name("nowhere"))


def _loop(file: Path) -> None:
    file.symlink_to(file)


def _circle(file: Path) -> None:
    file.symlink_to(file.parent)


def _bytes(content: bytes) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        file.write_bytes(content)

    return write


HEADER = ",".join(interaction()).encode() + b"\n"
GZIP, ZSTD = packed(_records(2_000), ".gz"), packed(_records(2_000), ".zst")
BAD: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "dangling link": ("a.jsonl", _dangling, "cannot be read: No such file or directory"),
    "link to itself": ("a.jsonl", _loop, "cannot be read: Too many levels of symbolic links"),
    "link to its folder": ("a", _circle, "is not a regular file"),
    "directory": ("a.jsonl", Path.mkdir, "is not a regular file"),
    "pipe": ("a.jsonl", os.mkfifo, "is not a regular file"),
    "unknown type": ("a.xml", _bytes(_records(1)), "file type must be one of "),
    "no type": ("a", _bytes(_records(1)), "file type must be one of "),
    "gzip cut off": ("a.jsonl.gz", _bytes(GZIP[:-100]), "cannot be read: damaged or truncated"),
    "gzip without its end": ("a.jsonl.gz", _bytes(GZIP[:-4]), "cannot be read: damaged or"),
    "gzip damaged": (
        "a.jsonl.gz",
        _bytes(GZIP[:5_000] + b"damage" + GZIP[5_006:]),
        "cannot be read: damaged or truncated",
    ),
    "no gzip": ("a.jsonl.gz", _bytes(_records(3)), "cannot be read: damaged or truncated"),
    "zstd cut off": ("a.jsonl.zst", _bytes(ZSTD[:-100]), "cannot be read: damaged or truncated"),
    "zstd damaged": (
        "a.jsonl.zst",
        _bytes(ZSTD[:5_000] + b"damage" + ZSTD[5_006:]),
        "cannot be read: damaged or truncated",
    ),
    "no zstd": ("a.jsonl.zst", _bytes(_records(3)), "cannot be read: damaged or truncated"),
    "no parquet": ("a.parquet", _bytes(_records(3)), "cannot be read: broken file"),
    "no CSV": ("a.csv", _bytes(HEADER + b'"open ' + _records(1)), "is not CSV after"),
}


def test_each_bad_file_is_named_and_the_others_load(workspace: Workspace) -> None:
    expected = {}
    for number, (name, make, reason) in enumerate(BAD.values()):
        folder = workspace.settings.landing / f"assistant/interactions/2026-01-{number + 1:02d}"
        folder.mkdir(parents=True)
        make(folder / name)
        expected[path_of(workspace, folder / name)] = reason
        workspace.write(path_of(workspace, folder / "good.jsonl"), many(2, first=2 * number))
    (workspace.settings.landing / "assistant/unheard_of/2026-01-01").mkdir(parents=True)
    expected["assistant/unheard_of"] = "no contract describes assistant.unheard_of"
    workspace.write("elsewhere/stream/2026-01-01/a.jsonl", _records(1))
    expected["elsewhere"] = "no contract describes source elsewhere"

    run = granary("ingest", "--json")
    assert run.returncode == 5
    failures = {f["path"]: f["reason"] for f in json.loads(run.stdout)["failures"]}
    assert failures.keys() == expected.keys()
    for path, reason in expected.items():
        assert failures[path].startswith(reason), path
        assert path in run.stderr
    assert SECRET not in run.stdout + run.stderr
    assert failed(workspace) == failures
    status = json.loads(granary("status", "--json").stdout)
    assert {f["path"]: f["reason"] for f in status["failed_files"]} == failures
    assert len(loaded(workspace)) == 2 * len(BAD)
    assert_sound(workspace)


def test_a_repaired_file_loads_and_is_named_no_more(workspace: Workspace) -> None:
    file = workspace.write(f"{INTERACTIONS}/a.jsonl.gz", GZIP[:-100])
    workspace.ingest()
    assert len(failed(workspace)) == 1
    file.write_bytes(GZIP)
    report = workspace.ingest()
    assert (report.rows, report.failures, failed(workspace)) == (2_000, [], {})
    assert_sound(workspace)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(workspace: Workspace) -> None:
    file = workspace.write(f"{INTERACTIONS}/a.jsonl", many(2))
    workspace.write(f"{INTERACTIONS}/b.jsonl", many(2))
    file.chmod(0)
    assert workspace.ingest().rows == 2
    assert failed(workspace) == {path_of(workspace, file): "cannot be read: Permission denied"}


def test_a_name_that_is_not_utf_8_is_named(workspace: Workspace) -> None:
    workspace.write(f"{INTERACTIONS}/a.jsonl", lines([interaction()]))
    folder = os.fsencode(workspace.settings.landing / INTERACTIONS)
    strange = [b"b\xff.jsonl", b"caf\xe9.txt", b"d\xff/e.jsonl"]
    os.mkdir(folder + b"/d\xff")
    for name in strange:
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(lines([interaction()]))
    os.mkdir(os.fsencode(workspace.settings.landing) + b"/other\xff")
    assert workspace.ingest().rows == 1
    reason = "its name is not UTF-8: rename it"
    assert failed(workspace) == {
        **{f"{INTERACTIONS}/{n.decode('utf-8', 'backslashreplace')}": reason for n in strange},
        r"other\xff": r"no contract describes source other\xff",
    }


def test_an_empty_file_loads_as_no_lines(workspace: Workspace) -> None:
    names = {"a.jsonl": b"", "b.jsonl.gz": gzip.compress(b""), "c.csv": b"", "d.jsonl.gz": b""}
    names |= {"e.jsonl.zst": zstandard.ZstdCompressor().compress(b""), "f.jsonl.zst": b""}
    for name, content in names.items():
        workspace.write(f"{INTERACTIONS}/{name}", content)
    report = workspace.ingest()
    assert (report.files, report.lines, report.failures) == (len(names), 0, [])
    assert set(ledger(workspace).values()) == {(0, 0, 0)}
    assert workspace.ingest().files == 0


@pytest.mark.long
def test_a_very_long_line_is_kept_whole(workspace: Workspace) -> None:
    text = "本" * (BIG_LINE_BYTES // 3)
    workspace.write(f"{MEMORY}/a.jsonl", lines([memory(value=text), memory(key="after")]))
    workspace.write(f"{MEMORY}/b.jsonl", text.encode() + b"\n" + lines([memory(key="too")]))
    report = workspace.ingest()
    assert (report.rows, report.rejects, report.failures) == (3, 1, [])
    [(length,)] = workspace.query(
        "select length(value) from raw.assistant_session_memory where key = 'name'"
    )
    assert length == len(text)
    [(reason, kept)] = rejected(workspace).values()
    assert (reason, kept == text) == ("malformed JSON", True)


def _assert_no_room(workspace: Workspace, run: subprocess.CompletedProcess[str]) -> None:
    """The big file is named, the small ones are there, and nothing is broken."""
    assert run.returncode == 5, run.stderr
    big = f"{INTERACTIONS}/big.jsonl"
    assert run.stderr.count("not loaded: ") == 1
    assert f"not loaded: {big}: the disk is full" in run.stderr
    assert SECRET not in run.stdout + run.stderr
    status = json.loads(granary("status", "--json").stdout)
    assert [f["path"] for f in status["failed_files"]] == [big]
    assert {s["stream"]: s["rows"] for s in status["streams"]} == {
        "interactions": 2,
        "session_memory": 1,
    }
    assert_sound(workspace)


def _land_big(workspace: Workspace) -> None:
    chance = random.Random(1)
    big = (interaction(query=SECRET + chance.randbytes(25_000).hex()) for _ in range(500))
    workspace.write(f"{INTERACTIONS}/big.jsonl", lines(big))
    workspace.write(f"{INTERACTIONS}/small.jsonl", many(2))
    workspace.write(f"{MEMORY}/small.jsonl", lines([memory()]))


def test_where_a_file_may_not_grow_the_others_load(workspace: Workspace) -> None:
    workspace.ingest()
    _land_big(workspace)
    _assert_no_room(workspace, granary("ingest", before=limited(FILE_LIMIT_BYTES)))
    # With room again, what was left out loads.
    assert workspace.ingest().rows == 500
    assert failed(workspace) == {}
    assert_sound(workspace)


def test_on_a_full_disk_the_others_load(tmp_path: Path, workspace: Workspace) -> None:
    root = workspace.settings.root
    landing = tmp_path / "elsewhere"
    landing.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={FILE_LIMIT_BYTES}", "tmpfs", str(root)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        (root / "landing").symlink_to(landing)
        _land_big(workspace)
        _assert_no_room(workspace, granary("ingest"))
    finally:
        subprocess.run(["umount", str(root)], check=True)
