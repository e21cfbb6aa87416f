"""A restored cluster, to rehearse with: a server of ours on it, through a private socket."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import psycopg

from orchestration.backup.errors import DamagedBackup
from orchestration.backup.postgres.tools import ScratchServer
from orchestration.warehouse.hashing import TableContent
from orchestration.warehouse.postgres_hashing import postgres_contents
from orchestration.warehouse.protocol import Row

_OWN = (
    "from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' "
    "and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
)
_EMPTY_ALL = (
    f"do $$ declare t record; begin for t in select n.nspname, c.relname {_OWN} loop "
    "execute format('delete from %I.%I', t.nspname, t.relname); end loop; end $$"
)


class OpenedCluster:
    """The server."""

    def __init__(self, server: ScratchServer) -> None:
        self._server = server
        self.variables: Mapping[str, str] = server.address

    def ask(self, sql: str) -> list[Row]:
        with self._server.connect() as session:
            return session.execute(sql.encode()).fetchall()

    def change(self, sql: str) -> None:
        with self._server.connect() as session:
            session.execute(sql.encode())

    def contents(self) -> list[TableContent]:
        with self._server.connect() as session:
            try:
                return postgres_contents(session)
            except psycopg.Error:
                raise DamagedBackup("the restored server cannot be read: it is damaged") from None

    def largest_file(self) -> Path:
        [(path,)] = self.ask(
            f"select pg_relation_filepath(c.oid) {_OWN} order by pg_relation_size(c.oid) desc "
            "limit 1"
        )
        return self._server.data / str(path)

    def kill_while_emptying(self) -> None:
        assert self._server.process is not None
        pid = self._server.process.pid
        with contextlib.suppress(psycopg.OperationalError), self._server.connect() as session:
            session.execute("begin")
            session.execute(_EMPTY_ALL.encode())
            # Its workers would end their work without it, and commit.
            workers = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
            for process in (pid, *map(int, workers)):
                os.kill(process, signal.SIGKILL)
        self._server.process.wait()
