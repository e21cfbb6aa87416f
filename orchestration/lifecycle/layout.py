"""How rows are laid out in tier files, and the digest that verifies them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Literal

StoredTier = Literal["warm", "cold", "archive"]
# The day a row's age counts from, in warm and cold files.
DAY_COLUMN = "_lifecycle_day"


def content_of(columns: Collection[str]) -> str:
    """Return DuckDB select items: the number of rows, and a hash of them in any order.

    The hash is the sum of the lower halves of each row's MD5, taken over its values as text. Unlike
    DuckDB's own `hash`, it does not depend on the engine's version.
    """
    # '=' marks a value and '-' a null, so that null and '' differ; chr(31) separates columns.
    texts = ", ".join(f"""coalesce('=' || cast("{name}" as varchar), '-')""" for name in columns)
    row = f"array_to_string([{texts}], chr(31))"
    return f"count(*), cast(sum(md5_number_lower({row})) as varchar)"


def layout(tier: StoredTier, columns: Collection[str], source: str) -> tuple[str, list[str], str]:
    """Return how a tier stores the rows of `source`.

    Returns:
        SQL of the rows as written, the columns they are partitioned by, and the column of the day.
    """
    listed = ", ".join(f'"{name}"' for name in columns)
    if tier == "archive":
        laid_out = f"select {listed}, lifecycle_day, delete_on from ({source})"
        return laid_out, ["lifecycle_day", "delete_on"], "lifecycle_day"
    month = "cast(date_trunc('month', lifecycle_day) as date) as lifecycle_month"
    laid_out = f"select {listed}, lifecycle_day as {DAY_COLUMN}, {month} from ({source})"
    return laid_out, ["lifecycle_month"], DAY_COLUMN


def sums(groups: Sequence[tuple[Any, ...]], parts: int) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Add up (rows, hash) by partition: one partition may be written as several files.

    Args:
        groups: partition columns, then the number of rows and the hash.
        parts: how many partition columns there are.
    """
    found: dict[tuple[Any, ...], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for group in groups:
        part, rows, content = group[:parts], group[parts], group[parts + 1]
        before = found[part]
        found[part] = before[0] + rows, before[1] + int(content)
    return dict(found)
