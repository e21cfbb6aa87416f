"""One small sample at default rates, shared by the tests that only read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestration.sample import SampleOptions, SampleResult, write_sample
from orchestration.tests.sample import oracle


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
