"""Choose how many decimals to show; values are rounded for display and nowhere before."""

from __future__ import annotations

from decimal import Decimal


def places(value: float | Decimal, least: int) -> int:
    """Return how many decimals show the first non-zero digit of a value, but at least `least`."""
    return max(least, -Decimal(str(value)).adjusted()) if value else least
