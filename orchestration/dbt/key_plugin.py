"""dbt-duckdb plugin: gives every cursor the pseudonymisation key as session variables.

The key never becomes part of a statement's text, so no log, manifest or compiled file can hold it.
What is set are the two padded keys of HMAC (RFC 2104, section 2), which `hash_pii` concatenates.
"""

from __future__ import annotations

from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import Settings
from orchestration.secrecy.pseudonyms import pads


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt-duckdb is untyped
    """Reads the key when dbt first opens the warehouse; without one, dbt stops."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:  # noqa: ARG002 (dbt's signature)
        try:
            self._inner, self._outer = pads(Settings().read_key())
        except ConfigurationError as error:
            raise DbtRuntimeError(str(error)) from None

    def configure_cursor(self, cursor: Any) -> None:
        cursor.execute("set variable granary_inner_pad = $1::blob", [self._inner])
        cursor.execute("set variable granary_outer_pad = $1::blob", [self._outer])
