"""Same options, same bytes; and what is delivered does not depend on what comes after."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from orchestration.sample import SampleError, write_sample
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.tests.sample import oracle

SMALL = AssistantOptions(
    days=5, rows_per_day=300, lines_per_file=150, faults={"late": 0.05, "redelivered": 0.05}
)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def written(home: Path, options: AssistantOptions) -> dict[str, bytes]:
    write_sample(home / "landing", home / "truth", options)
    return contents(home)


def test_the_same_options_give_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path / "one", SMALL)
    assert len(first) > 40
    assert written(tmp_path / "two", SMALL) == first


def test_every_machine_writes_the_same_lines(tmp_path: Path) -> None:
    """A wanted change of the sample changes this digest; a machine or a library must not."""
    write_sample(tmp_path / "landing", tmp_path / "truth", SMALL)
    digest = sha256()
    for stream in sorted(oracle.CONTRACT):
        for _, path in oracle.files_of(tmp_path / "landing", stream):
            digest.update(oracle.text_of(path).encode())
    assert digest.hexdigest() == "bc1951a703b762fdc0091cbe22ccb89044e239f8f0eaf80198f838961e5a7275"


def test_another_seed_gives_another_sample(tmp_path: Path) -> None:
    first = written(tmp_path / "one", SMALL)
    other = written(tmp_path / "two", replace(SMALL, seed=8))
    path = "landing/assistant/interactions/2026-01-01/part-0000.jsonl"
    assert first[path] != other[path]


def test_earlier_days_do_not_know_how_many_follow(tmp_path: Path) -> None:
    five = written(tmp_path / "five", SMALL)
    eight = written(tmp_path / "eight", replace(SMALL, days=8))
    early = {p: c for p, c in five.items() if p.startswith("landing/")}
    assert len({p.split("/")[3] for p in early}) == 5
    assert early == {
        p: c
        for p, c in eight.items()
        if p.startswith("landing/") and p.split("/")[3] < "2026-01-06"
    }


def test_a_landing_zone_with_data_is_refused(tmp_path: Path) -> None:
    before = written(tmp_path, SMALL)
    with pytest.raises(SampleError, match="already holds data"):
        written(tmp_path, replace(SMALL, seed=8))
    assert contents(tmp_path) == before


def test_overwriting_extends_a_sample_in_place(tmp_path: Path) -> None:
    written(tmp_path / "grown", SMALL)
    longer = replace(SMALL, days=7, overwrite=True)
    assert written(tmp_path / "grown", longer) == written(tmp_path / "fresh", longer)


def test_overwriting_does_not_leave_files_of_another_sample(tmp_path: Path) -> None:
    written(tmp_path, SMALL)
    with pytest.raises(SampleError, match="no part of this sample"):
        written(tmp_path, replace(SMALL, days=2, overwrite=True))


def test_nothing_unfinished_is_left(tmp_path: Path) -> None:
    assert not [name for name in written(tmp_path, SMALL) if name.endswith(".tmp")]


def test_progress_counts_the_days(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_sample(
        tmp_path / "landing",
        tmp_path / "truth",
        SMALL,
        lambda done, days: seen.append((done, days)),
    )
    assert seen == [(day, 5) for day in range(1, 6)]


@pytest.mark.parametrize(("days", "rows"), [(1, 1), (2, 3)])
def test_a_tiny_sample_is_still_a_sample(tmp_path: Path, days: int, rows: int) -> None:
    options = AssistantOptions(days=days, rows_per_day=rows, start=date(2024, 2, 28))
    assert write_sample(tmp_path / "landing", tmp_path / "truth", options).expected_rows > 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 0},
        {"rows_per_day": 0},
        {"faults": {"late": 1.5}},
        {"faults": {"late": 0.6, "redelivered": 0.6}},
        {"faults": {"malformed": 0.6, "wrong_type": 0.6}},
    ],
    ids=str,
)
def test_impossible_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SampleError):
        AssistantOptions(**wrong)
