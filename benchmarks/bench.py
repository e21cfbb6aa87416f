"""What all benchmarks share: sizes, throw-away homes, the sample and the table of results."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from benchmarks import work
from benchmarks.measure import Measured, run
from benchmarks.rows import Row, Target
from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import Settings

DAYS = 30
UNITS = {"k": 1_000, "M": 1_000_000}
TEN_MILLION = 10_000_000
# Prefixes of environment variables that are not passed on to the homes of a benchmark.
OWN_VARIABLES = ("GRANARY_", "DBT_", "DAGSTER_", "PG")


@dataclass(frozen=True)
class Size:
    """A size by name, such as 1M, and its approximate number of interactions, drawn at random."""

    name: str
    interactions: int

    @classmethod
    def parse(cls, text: str) -> Size:
        """Parse a size such as `100k`, `1M` or `10M`.

        Raises:
            ConfigurationError: the text is not a size.
        """
        found = re.fullmatch(r"([1-9][0-9]{0,3})([kM])", text.strip())
        if not found:
            raise ConfigurationError(f"size {text!r}: write it as 100k, 1M or 10M")
        return cls(text.strip(), int(found[1]) * UNITS[found[2]])

    @classmethod
    def parse_list(cls, text: str) -> list[Size]:
        """Parse sizes separated by commas.

        Raises:
            ConfigurationError: a part is not a size.
        """
        return [cls.parse(part) for part in text.split(",")]

    @property
    def rows_per_day(self) -> int:
        """Interactions per day of the sample's 30 days."""
        return self.interactions // DAYS

    @property
    def rounds(self) -> int:
        """How often to measure; the fastest round counts."""
        return 2 if self.interactions < TEN_MILLION else 1


@dataclass(frozen=True)
class Home:
    """A throw-away GRANARY_HOME with a key and a dbt target path of its own."""

    path: Path
    key: str

    @property
    def settings(self) -> Settings:
        """The settings of this home: where its files are, and its key."""
        return Settings(
            home=self.path,
            target="duckdb",
            pii_key=SecretStr(self.key),
            pii_key_file=None,
            target_path=self.path / "target",
        )

    def environment(self) -> dict[str, str]:
        """Return the environment for processes that work in this home."""
        kept = {n: v for n, v in os.environ.items() if not n.startswith(OWN_VARIABLES)}
        return kept | {
            "GRANARY_HOME": str(self.path),
            "GRANARY_TARGET": "duckdb",
            "GRANARY_PII_KEY": self.key,
            "GRANARY_TARGET_PATH": str(self.path / "target"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }

    def run(self, function: Callable[..., Any], *arguments: object) -> Measured:
        """Run a function in a process of its own in this home, and measure it."""
        return run(function, *map(str, arguments), env=self.environment())

    def clear(self) -> None:
        """Remove the warehouse and the published copy; the landing zone and dbt's files stay."""
        for path in self.path.glob("*.duckdb*"):
            path.unlink()

    def save(self, name: str) -> None:
        """Save a copy of the warehouse and of what is published under a name."""
        folder = self.path / "saved" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file in (self.settings.warehouse, self.settings.serving):
            if file.exists():
                shutil.copyfile(file, folder / file.name)

    def restore(self, name: str) -> None:
        """Replace the warehouse and what is published by a saved copy."""
        self.clear()
        for file in (self.path / "saved" / name).iterdir():
            shutil.copyfile(file, self.path / file.name)

    def link(self, source: Home, pattern: str) -> None:
        """Land files of another home, by hard links where the file system allows them."""
        for file in source.settings.landing.glob(pattern):
            if file.is_file():
                target = self.settings.landing / file.relative_to(source.settings.landing)
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    os.link(file, target)
                except OSError:
                    shutil.copy2(file, target)


@dataclass
class Bench:
    """The benchmarks of one size: where they work, and their results so far."""

    size: Size
    folder: Path
    key: str
    first: bool = True
    """Whether this is the run's first size: what does not depend on size is measured only then."""
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, message: str) -> None:
        """Print a line of progress to standard error."""
        print(f"{self.size.name}: {message}", file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def home(self, name: str) -> Iterator[Home]:
        """Yield an empty home, which is removed afterwards."""
        home = Home(self.folder / name, self.key)
        home.path.mkdir()
        try:
            yield home
        finally:
            shutil.rmtree(home.path, ignore_errors=True)

    @cached_property
    def sample(self) -> Home:
        """A home with the sample of 30 days, faults included; other homes link its files."""
        self.say("writing the sample")
        home = Home(self.folder / "sample", self.key)
        home.run(work.write_sample_of, DAYS, self.size.rows_per_day, "faults")
        return home

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        target: Target | None = None,
        size: str = "",
        sized: bool = True,
        peak_mb: float | None = None,
    ) -> None:
        """Add a row to the table of results.

        Args:
            name: what was measured; what precedes the first colon groups rows.
            value: the figure.
            unit: its unit.
            target: the bound it is held to.
            size: details of the size.
            sized: whether the name of the size precedes `size`; False if it makes no difference.
            peak_mb: peak memory in MiB.
        """
        self.rows.append(
            Row(
                name=name,
                size=", ".join(filter(None, (self.size.name * sized, size))),
                value=value,
                unit=unit,
                target=target.text() if target else "",
                met=target.met(value, self.size.interactions) if target else None,
                peak_mb=None if peak_mb is None else round(peak_mb, 1),
            )
        )
