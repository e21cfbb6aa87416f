"""dbt-duckdb plugin: how the warehouse is opened, and that it stays so while dbt works on it.

With `keep_open: false` dbt closes the file after every schema it lists and every node, and the next
one reads it cold. Here a thread that dbt starts keeps a connection of its own. It ends with the
thread, when that part of the run ends: no lock is left behind, and no other process comes in
between two nodes.

DuckDB takes every core of the machine, also where a container or a neighbour leaves it fewer, and
most of its memory.
"""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from orchestration.core.settings import Settings
from orchestration.warehouse.duckdb import limit_memory

_of_thread = threading.local()


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt-duckdb is untyped
    """Gives each thread that dbt starts a connection to hold, and DuckDB its cores and memory."""

    @cached_property
    def _settings(self) -> Settings:
        return Settings()

    def configure_connection(self, conn: Any) -> None:
        if self._settings.build_threads:
            conn.execute(f"set threads = {self._settings.build_threads}")
        limit_memory(conn, self._settings.build_memory)

    def configure_cursor(self, _cursor: Any) -> None:
        # The main thread may go on after the run, and would keep the file.
        is_main = threading.current_thread() is threading.main_thread()
        if not is_main and not hasattr(_of_thread, "connection"):
            # Not a copy of the cursor: that would be closed with it.
            _of_thread.connection = duckdb.connect(self.creds.path)
