"""Small samples of each source, shared by the tests that only read them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestration.sample import (
    PrismOptions,
    PrismResult,
    SampleOptions,
    SampleResult,
    write_prism_sample,
    write_sample,
)
from orchestration.sample.prism import FAULTS, NO_FAULTS
from orchestration.tests.sample import oracle, prism_oracle


@dataclass(frozen=True)
class Sample:
    """A written sample, its truth, and the oracle's reading of it."""

    landing: Path
    result: SampleResult
    truth: dict[str, Any]
    faults: list[dict[str, Any]]
    readings: dict[str, oracle.Reading]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    home = tmp_path_factory.mktemp("sample")
    options = SampleOptions(days=14, rows_per_day=400)
    result = write_sample(home / "landing", home / "truth", options)
    faults = (home / "truth" / "assistant_faults.jsonl").read_text("utf-8").splitlines()
    return Sample(
        landing=home / "landing",
        result=result,
        truth=json.loads((home / "truth" / "assistant.json").read_text("utf-8")),
        faults=[json.loads(line) for line in faults],
        readings={s: oracle.read(home / "landing", s) for s in oracle.CONTRACT},
    )


@dataclass(frozen=True)
class PrismSample:
    """A written sample of the document-analysis platform, its truth, and the oracle's reading."""

    landing: Path
    options: PrismOptions
    result: PrismResult
    truth: dict[str, Any]
    faults: list[dict[str, Any]]
    readings: dict[str, prism_oracle.Reading]

    @classmethod
    def write(cls, home: Path, options: PrismOptions) -> PrismSample:
        """Write a sample into a folder and read it."""
        result = write_prism_sample(home / "landing", home / "truth", options)
        faults = (home / "truth" / "prism_faults.jsonl").read_text("utf-8").splitlines()
        return cls(
            landing=home / "landing",
            options=options,
            result=result,
            truth=json.loads((home / "truth" / "prism.json").read_text("utf-8")),
            faults=[json.loads(line) for line in faults],
            readings={s: prism_oracle.read(home / "landing", s) for s in prism_oracle.CONTRACT},
        )


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> PrismSample:
    """Faults of every kind, several times as many as usual."""
    options = PrismOptions(
        days=8,
        analyses_per_day=180,
        users=80,
        organizations=15,
        organization_changes_per_day=2.0,
        user_departures_per_day=0.2,
        user_returns_per_day=0.5,
        faults={name: 6 * share for name, share in FAULTS.items()} | {"missing_required": 0.04},
    )
    return PrismSample.write(tmp_path_factory.mktemp("faulty"), options)


@pytest.fixture(scope="session")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> PrismSample:
    """No fault at all: the application's world as it is."""
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
    return PrismSample.write(tmp_path_factory.mktemp("faultless"), options)
