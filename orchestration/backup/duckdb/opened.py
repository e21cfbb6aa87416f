"""A restored DuckDB file, to rehearse with: open only while it is asked, for dbt opens it too."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb

from orchestration.backup.duckdb.copy import asking, attach, file_contents
from orchestration.backup.errors import BackupError
from orchestration.warehouse.hashing import TableContent
from orchestration.warehouse.protocol import Row

# Opens a warehouse, empties every table in a transaction, says so, and waits to be killed.
_WRITER = """
import sys, time, duckdb
engine = duckdb.connect(sys.argv[1])
engine.execute("begin")
for (name,) in engine.execute(
    "select '\\"' || schema_name || '\\".\\"' || table_name || '\\"' from duckdb_tables()"
).fetchall():
    engine.execute("delete from " + name)
engine.execute("create table half_a_build as select range as id from range(100000)")
print("writing", flush=True)
time.sleep(600)
"""


class OpenedFile:
    """The file."""

    variables: Mapping[str, str] = {}

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, sql: str) -> list[Row]:
        with duckdb.connect() as engine:
            attach(engine, self._path, "copied")
            engine.execute("use copied")
            return asking(engine)(sql)

    def change(self, sql: str) -> None:
        with duckdb.connect(str(self._path)) as engine:
            engine.execute(sql)

    def contents(self) -> list[TableContent]:
        return file_contents(self._path)

    def largest_file(self) -> Path:
        return self._path

    def kill_while_emptying(self) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(self._path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            said = writer.stdout.readline()
            writer.kill()
        if said.strip() != "writing":
            raise BackupError("the restored warehouse could not be written to")
