"""How many decimals a number is shown with: it is rounded there and nowhere before."""

from __future__ import annotations

from decimal import Decimal


def places(value: float | Decimal, least: int) -> int:
    """Decimals that show a number's first digit, and at least so many; zero needs no more."""
    return max(least, -Decimal(str(value)).adjusted()) if value else least
