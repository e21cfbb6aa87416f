"""dbt plugin: a wrong contract is told before dbt reads the project.

dbt itself takes any meta, known or not.
"""

from __future__ import annotations

from dbt.plugins import dbtPlugin

from orchestration.core.contracts import load_contracts
from orchestration.dbt.lock_plugin import PROJECT


class CheckedContracts(dbtPlugin):  # type: ignore[misc]  # follows no stubs
    """Found by its module's name; dbt makes one a command."""

    def initialize(self) -> None:
        """Read every contract."""
        if self.project_name == PROJECT:
            load_contracts()
