"""dbt plugin: dbt holds the writer lock from its first connection to its end.

On PostgreSQL dbt opens a connection a node, and none lasts; so the lock has one of its own. On
DuckDB the file is held as well, by whichever process has it open.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import threading
from pathlib import Path
from typing import Any

import dbt.adapters.factory as adapters
from dbt.adapters.contracts.connection import Connection, ConnectionState, Identifier
from dbt.flags import get_flags
from dbt.plugins import dbtPlugin
from dbt_common.events.event_manager_client import add_callback_to_manager
from dbt_common.exceptions import DbtRuntimeError
from dbt_common.invocation import get_invocation_id

from orchestration.core.errors import WarehouseError
from orchestration.core.files import started
from orchestration.core.home import keep_private
from orchestration.core.settings import Settings
from orchestration.warehouse.duckdb import when_free
from orchestration.warehouse.duckdb_files import create_file, remove_spilled
from orchestration.warehouse.lock import LOCK_IS_HELD, exclusive, hold_server

PROJECT = "granary"
PR_SET_PDEATHSIG = 1  # of Linux
# Commands that change nothing on a server; a DuckDB file is opened for writing by these, too.
READING = {"compile", "debug", "generate", "list", "parse", "show"}


class WriterLock(dbtPlugin):  # type: ignore[misc]  # follows no stubs
    """dbt finds this class by its module's name, and creates one object a command."""

    def initialize(self) -> None:
        """Look out for connections, and keep what dbt writes private."""
        if self.project_name == PROJECT:
            keep_private()
            _end_with_parent()
            add_callback_to_manager(_Run(getattr(get_flags(), "WHICH", "")))


def _end_with_parent() -> None:
    """Let a dbt that writes under the lock of who started it end when that one does.

    A lock goes with its process, `kill -9` included; a dbt that went on would write beside others.
    """
    parent = int(os.environ.get(LOCK_IS_HELD) or os.getpid())
    if parent == os.getpid():
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if started(parent) is None:  # it ended before that
        os.kill(os.getpid(), signal.SIGKILL)


class _Run:
    """One command of dbt, told of everything that happens in it."""

    def __init__(self, command: str) -> None:
        self._command = command
        self._guard = threading.Lock()
        self._held = contextlib.ExitStack()
        self._server: Any = None
        self._is_held = False

    def __call__(self, event: Any) -> None:
        if event.info.name == "NewConnectionOpening":
            with self._guard:
                try:
                    self._hold()
                except WarehouseError as error:
                    raise DbtRuntimeError(str(error)) from None
        elif event.info.name == "CommandCompleted":
            self._held.close()

    def _hold(self) -> None:
        if self._is_held:
            self._check()
        elif (adapter := adapters.FACTORY.adapters.get("postgres")) is not None:
            if self._command not in READING:
                self._hold_server(adapter)
        elif (adapter := adapters.FACTORY.adapters.get("duckdb")) is not None:
            self._hold_file(adapter.config.credentials.path)
        self._is_held = True

    def _hold_server(self, adapter: Any) -> None:
        opened = Connection(
            type=Identifier("postgres"),
            name="writer_lock",
            state=ConnectionState.INIT,
            credentials=adapter.config.credentials,
        )
        self._server = adapter.connections.open(opened).handle
        self._held.callback(self._server.close)
        self._server.autocommit = True
        hold_server(self._run)
        # By this name `check_lock` knows that the lock is this run's.
        self._run(f"select set_config('application_name', 'dbt {get_invocation_id()}', false)")

    def _hold_file(self, path: str) -> None:
        if path == ":memory:":
            return
        if LOCK_IS_HELD not in os.environ:
            self._held.enter_context(exclusive(Settings()))
        if not Path(path).exists():
            create_file(Path(path))
        else:
            import duckdb  # noqa: PLC0415 (a server's dbt does without)

            # A process that does not know the lock may have it open.
            when_free(Path(path), lambda: duckdb.connect(path).close())
            remove_spilled(Path(path))

    def _check(self) -> None:
        if self._server is None:
            return
        try:
            self._run("select 1")
        except Exception as error:
            raise DbtRuntimeError(
                "the connection that held the writer lock is lost "
                f"({type(error).__name__}): nothing more is written; run the command again"
            ) from None

    def _run(self, statement: str) -> list[tuple[Any, ...]]:
        with self._server.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())
