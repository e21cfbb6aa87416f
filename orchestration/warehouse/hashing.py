"""What a checksum of a table is: the same for the same rows in any order.

Every row is hashed, and the hashes are added as integers, so that equal rows do not cancel out as
they would with XOR. A lost, added, doubled or altered row changes the sum. Checksums detect damage,
not forgery; against that a backup's manifest is sealed.

`duckdb_hashing` and `postgres_hashing` compute them where the rows are.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

Count = Callable[[int, int], None]


@dataclass(frozen=True, order=True)
class TableContent:
    """Content of a table: its number of rows and two independent sums of their hashes."""

    schema: str
    name: str
    rows: int
    upper: int
    lower: int

    @property
    def relation(self) -> str:
        """The table as `schema.name`."""
        return f"{self.schema}.{self.name}"

    def digest(self, secret: bytes) -> str:
        """Return the HMAC-SHA-256 of the content under a backup's secret, hexadecimal.

        Without a secret, the content of a small table could be guessed by trying.
        """
        message = f"{self.schema}\0{self.name}\0{self.rows}\0{self.upper}\0{self.lower}"
        return hmac.new(secret, message.encode(), hashlib.sha256).hexdigest()
