"""dbt-duckdb plugin: keeps the warehouse open from the first node of a run to its last.

With `keep_open: false` dbt closes the file after every node, and the next one reads it cold. Here a
thread in which dbt runs nodes keeps a connection of its own. It ends with the thread, when the run
ends: no lock is left behind, and no other process comes in between two nodes.
"""

from __future__ import annotations

import threading
from multiprocessing.dummy import DummyProcess
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

_of_thread = threading.local()


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt-duckdb is untyped
    """Gives each of dbt's worker threads a connection to hold."""

    def configure_cursor(self, _cursor: Any) -> None:
        is_worker = isinstance(threading.current_thread(), DummyProcess)
        if is_worker and not hasattr(_of_thread, "connection"):
            # Not a copy of the cursor: that would be closed with it.
            _of_thread.connection = duckdb.connect(self.creds.path)
