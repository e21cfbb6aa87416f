"""Read seeds in Python, from the same CSV files that dbt loads."""

from __future__ import annotations

import csv

from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import PROJECT_DIR


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a seed, such as `operations/alert_rules`: texts by column.

    Raises:
        ConfigurationError: the seed cannot be read.
    """
    try:
        with open(PROJECT_DIR / "seeds" / f"{name}.csv", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        raise ConfigurationError(f"seeds/{name}.csv cannot be read") from None
