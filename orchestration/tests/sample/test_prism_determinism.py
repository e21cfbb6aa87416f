"""Same options, same bytes; and what is delivered does not depend on what comes after."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from orchestration.sample import SampleError, write_sample, write_samples
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.sample import prism_oracle as oracle
from orchestration.tests.sample.test_determinism import contents

SMALL = PrismOptions(
    days=2, analyses_per_day=50, analyses_per_part=20, users=80, user_departures_per_day=0.3,
    faults={"late": 0.1, "redelivered": 0.1, "corrected": 0.1, "out_of_order": 0.1},
)  # fmt: skip


def written(home: Path, options: PrismOptions) -> dict[str, bytes]:
    write_sample(home / "landing", home / "truth", options)
    return contents(home)


def test_the_same_options_give_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path / "one", SMALL)
    assert len(first) > 40
    assert {path.split("/")[2] for path in first if "landing" in path} == set(oracle.CONTRACT)
    assert written(tmp_path / "two", SMALL) == first
    assert not [name for name in first if name.endswith(".tmp")]


def test_every_machine_writes_the_same_rows(tmp_path: Path) -> None:
    """A wanted change of the sample changes this digest; a machine or a library must not."""
    written(tmp_path, SMALL)
    digest = sha256()
    for stream in sorted(oracle.CONTRACT):
        for _, _, record in oracle.read(tmp_path / "landing", stream).delivered:
            values = (v.isoformat() if hasattr(v, "isoformat") else v for v in record.values())
            digest.update(repr(tuple(values)).encode())
    assert digest.hexdigest() == "d182a36d7adf534bcd69149c29f1e98b3e3f9687d2c7ad53d8f6df8ee7d37d02"


def test_another_seed_gives_another_sample(tmp_path: Path) -> None:
    first = written(tmp_path / "one", replace(SMALL, days=1))
    other = written(tmp_path / "two", replace(SMALL, days=1, seed=8))
    for stream in oracle.CONTRACT:
        path = f"landing/prism/{stream}/2026-01-01/part-0000.parquet"
        assert path not in first or first[path] != other.get(path)


def test_earlier_days_do_not_know_how_many_follow(tmp_path: Path) -> None:
    short = written(tmp_path / "short", SMALL)
    longer = written(tmp_path / "longer", replace(SMALL, days=3))
    early = {p: c for p, c in short.items() if p.startswith("landing/")}
    assert len({p.split("/")[3] for p in early}) == 2
    assert early == {
        p: c
        for p, c in longer.items()
        if p.startswith("landing/") and p.split("/")[3] < "2026-01-03"
    }


def test_overwriting_extends_a_sample_in_place(tmp_path: Path) -> None:
    written(tmp_path, SMALL)
    with pytest.raises(SampleError, match="prism already holds data"):
        written(tmp_path, SMALL)
    longer = written(tmp_path, replace(SMALL, days=3, overwrite=True))
    with pytest.raises(SampleError, match="no part of this sample"):
        written(tmp_path, replace(SMALL, days=1, overwrite=True))
    assert len({p.split("/")[3] for p in longer if p.startswith("landing/")}) == 3


def test_sources_lie_beside_each_other(tmp_path: Path) -> None:
    assistant = AssistantOptions(days=1, rows_per_day=20)
    prism = PrismOptions(days=2, analyses_per_day=20)
    seen: list[tuple[int, int]] = []
    both = write_samples(
        tmp_path / "landing", tmp_path / "truth", [assistant, prism],
        lambda done, days: seen.append((done, days)),
    )  # fmt: skip
    assert seen == [(1, 3), (2, 3), (3, 3)]
    alone = write_sample(tmp_path / "alone", tmp_path / "alone truth", assistant)
    other = write_sample(tmp_path / "other", tmp_path / "other truth", prism)
    for name in ("files", "lines", "expected_rows", "expected_rejects", "faults"):
        assert getattr(both, name) == getattr(alone, name) + getattr(other, name)
    assert both.unique_rows == alone.unique_rows | other.unique_rows
    assert {p.name for p in (tmp_path / "truth").iterdir()} == {
        "assistant.json", "assistant_faults.jsonl", "prism.json", "prism_faults.jsonl",
    }  # fmt: skip


def test_no_source_is_written_where_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "landing" / "prism" / "mine.parquet"
    path.parent.mkdir(parents=True)
    path.touch()
    both = [AssistantOptions(days=1), PrismOptions(days=1)]
    with pytest.raises(SampleError, match="prism already holds data"):
        write_samples(tmp_path / "landing", tmp_path / "truth", both)
    assert list(contents(tmp_path)) == ["landing/prism/mine.parquet"]


@pytest.mark.parametrize(("days", "analyses", "users"), [(1, 1, 1), (3, 2, 3)])
def test_a_tiny_sample_is_still_a_sample(
    tmp_path: Path, days: int, analyses: int, users: int
) -> None:
    options = PrismOptions(
        days=days, analyses_per_day=analyses, users=users, organizations=1,
        start=date(2024, 2, 28), user_departures_per_day=0.5,
    )  # fmt: skip
    assert write_sample(tmp_path / "landing", tmp_path / "truth", options).expected_rows > 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 0},
        {"analyses_per_day": 0},
        {"analyses_per_day": 50_000, "analyses_per_part": 20},
        {"users": 0},
        {"organizations": 0},
        {"user_changes_per_day": -1.0},
        {"faults": {"late": 1.5}},
        {"faults": {"late": 0.6, "redelivered": 0.6}},
        {"faults": {"filename_missing": 0.6, "filename_pattern": 0.6}},
        {"faults": {"gremlins": 0.1}},
    ],
    ids=str,
)
def test_impossible_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SampleError):
        PrismOptions(**wrong)
