"""A naming convention for dlt that keeps the source's column names unchanged.

dlt's own conventions trim names and replace quotes, so that two names may become one.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlt.common.normalizers.naming.naming import NamingConvention as Base


class NamingConvention(Base):
    """Leaves every name as it is. dlt finds this class by its name in the module."""

    @property
    def is_case_sensitive(self) -> bool:
        return True

    def normalize_identifier(self, identifier: str) -> str:
        return identifier

    def normalize_path(self, path: str) -> str:
        return path

    def break_path(self, path: str) -> Sequence[str]:
        return [path]
