"""Small samples of each source, shared by the tests that only read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from orchestration.sample import Options, SampleResult, write_sample
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.sample import oracle, prism_oracle

SHARES = PrismOptions().shares
NO_FAULTS = dict.fromkeys(SHARES, 0.0)


@dataclass(frozen=True)
class Sample:
    """A written sample, its truth, and its oracle's reading of it."""

    landing: Path
    options: Any
    result: SampleResult
    truth: dict[str, Any]
    faults: list[dict[str, Any]]
    readings: dict[str, Any]

    @classmethod
    def write(cls, home: Path, options: Options) -> Sample:
        """Write a sample into a folder and read it."""
        reader: ModuleType = {"assistant": oracle, "prism": prism_oracle}[options.source]
        landing, truth = home / "landing", home / "truth"
        result = write_sample(landing, truth, options)
        faults = (truth / f"{options.source}_faults.jsonl").read_text("utf-8").splitlines()
        return cls(
            landing=landing,
            options=options,
            result=result,
            truth=json.loads((truth / f"{options.source}.json").read_text("utf-8")),
            faults=[json.loads(line) for line in faults],
            readings={stream: reader.read(landing, stream) for stream in reader.CONTRACT},
        )


def assert_counts(truth: dict[str, Any], reading: Any) -> None:
    """Compare what the truth says of a stream with what its oracle read."""
    assert truth["expected_rows"] > 0
    assert truth["files"] == reading.files.total()
    assert truth["lines"] == reading.lines.total()
    assert truth["expected_rows"] == reading.rows.total()
    assert truth["expected_rejects"] == reading.lines.total() - reading.rows.total()
    assert truth["unique_rows"] == len(reading.latest)
    assert list(truth["by_delivery_day"]) == sorted(reading.files)
    for day, count in truth["by_delivery_day"].items():
        assert count["files"] == reading.files[day]
        assert count["lines"] == reading.lines[day]
        assert count["expected_rows"] == reading.rows[day]
        assert count["expected_rejects"] == reading.lines[day] - reading.rows[day]
        assert count["unique_rows"] == reading.new_keys[day]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The assistant's, with its usual faults."""
    options = AssistantOptions(days=14, rows_per_day=400)
    return Sample.write(tmp_path_factory.mktemp("sample"), options)


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Prism's, with faults of every kind, several times as many as usual."""
    options = PrismOptions(
        days=10,
        analyses_per_day=260,
        users=120,
        organizations=15,
        organization_changes_per_day=2.0,
        user_departures_per_day=0.2,
        user_returns_per_day=0.5,
        faults={name: 7 * share for name, share in SHARES.items()}
        | {"missing_required": 0.04, "late": 0.1, "redelivered": 0.12},
    )
    return Sample.write(tmp_path_factory.mktemp("faulty"), options)


@pytest.fixture(scope="session")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Prism's without any fault: the application's world as it is."""
    options = PrismOptions(
        days=14,
        analyses_per_day=120,
        users=60,
        organizations=5,
        organization_changes_per_day=0.8,
        user_changes_per_day=3.0,
        user_departures_per_day=0.05,
        user_returns_per_day=0.2,
        faults=NO_FAULTS,
    )
    return Sample.write(tmp_path_factory.mktemp("faultless"), options)
