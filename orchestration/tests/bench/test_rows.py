"""What the bench reads and writes: sizes, targets, bench.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.bench import Bench, Size
from benchmarks.rows import Row, Target, write
from orchestration.core.errors import ConfigurationError

KEYS = ["name", "size", "value", "unit", "target", "met", "peak_mb"]


def test_sizes_are_read() -> None:
    sizes = Size.parse_list("100k, 1M,10M")
    assert [(s.name, s.interactions) for s in sizes] == [
        ("100k", 100_000),
        ("1M", 1_000_000),
        ("10M", 10_000_000),
    ]


@pytest.mark.parametrize("text", ["", "100", "1m", "0k", "1M,", "1.5M", "-1k", "10 M"])
def test_a_size_spelled_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write it as 100k, 1M or 10M"):
        Size.parse_list(text)


@pytest.mark.parametrize(
    ("target", "value", "interactions", "met"),
    [
        (Target(0.7, least=True), 0.7, 1_000, True),
        (Target(0.7, least=True), 0.699, 1_000, False),
        (Target(1.3, least=False), 1.3, 1_000, True),
        (Target(1.3, least=False), 1.301, 1_000, False),
        (Target(1.3, least=False, counts_from=10_000_000), 9.0, 1_000_000, None),
        (Target(1.3, least=False, counts_from=10_000_000), 9.0, 10_000_000, False),
    ],
)
def test_targets_are_met_at_their_bound_and_not_past_it(
    target: Target, value: float, interactions: int, met: bool | None
) -> None:
    assert target.met(value, interactions) is met


def test_bench_json_is_a_list_of_rows(tmp_path: Path) -> None:
    bench = Bench(Size.parse("100k"), tmp_path, "00" * 32)
    bench.add("redaction", 2e6, "texts/s", target=Target(1e6, least=True), peak_mb=12.34)
    bench.add("redaction: a figure", 0.5, "ratio", size="20 texts")
    path = tmp_path / "home" / "bench.json"
    write(bench.rows, path)
    first, second = json.loads(path.read_text("utf-8"))
    assert list(first) == list(second) == KEYS
    assert first == {
        "name": "redaction",
        "size": "100k",
        "value": 2e6,
        "unit": "texts/s",
        "target": ">= 1,000,000",
        "met": True,
        "peak_mb": 12.3,
    }
    assert (second["size"], second["target"], second["met"]) == ("100k, 20 texts", "", None)


def test_bench_json_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    write([Row("old", "100k", 1.0, "s")], path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write([Row("new", "100k", object(), "s")], path)  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
