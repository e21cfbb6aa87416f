"""A PostgreSQL warehouse in a backup: a base backup, the log behind it, and what the tables held.

What the manifest says of the tables is their content at one point of the log, a named restore
point. Every table is locked against writers for the moment in which that point is made and a
snapshot is taken; the tables are then read in that snapshot, while writers go on. Replayed up to
the point, the base backup holds exactly those rows.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from orchestration.backup.errors import BackupError
from orchestration.backup.manifest import WAL_FOLDER, WalRange
from orchestration.backup.parts import Copied
from orchestration.backup.postgres.tools import Tools, find_tools
from orchestration.backup.postgres.wal import archived, segments_between
from orchestration.backup.tables.leaving import what_left
from orchestration.core.errors import ConfigurationError, WarehouseError, first_line
from orchestration.core.settings import Settings
from orchestration.secrecy.sealing import (
    Advance,
    Recipients,
    Sealed,
    chunks_from,
    file_digest,
    seal,
)
from orchestration.warehouse import postgres
from orchestration.warehouse.hashing import Count
from orchestration.warehouse.postgres_hashing import POSTGRES_TABLES, postgres_contents

Server = psycopg.Connection[tuple[object, ...]]
# How long writers may keep tables busy.
PATIENCE_SECONDS = 600.0
# How long the server may go without archiving a segment it has been asked for. It tries again after
# a minute.
STALLED_SECONDS = 90.0
PAUSE_SECONDS = 0.1
DAMAGED_PAGES = (
    "pages on the server's disk are damaged, and nothing was backed up: its log names the file; "
    "rebuild an index, restore a table from an earlier backup, and look after the disk"
)
# A materialized view cannot be locked; its rows come from tables that are.
LOCKABLE = POSTGRES_TABLES.replace("'r', 'p', 'm'", "'r', 'p'")


def server_facts(server: Server) -> dict[str, str]:
    """Settings and names a backup depends on."""
    row = server.execute(
        "select current_setting('server_version_num')::int / 10000, "
        "current_setting('server_version'), current_setting('archive_mode'), "
        "current_setting('archive_command'), current_setting('wal_level'), "
        "(select setting::bigint from pg_settings where name = 'wal_segment_size'), "
        "(select system_identifier from pg_control_system()), current_database(), current_user, "
        "(select count(*) from pg_tablespace) - 2"
    ).fetchone()
    assert row is not None
    names = (
        "major version archive_mode archive_command wal_level segment_bytes system_identifier "
        "database role tablespaces"
    )
    return dict(zip(names.split(), map(str, row), strict=True))


def check_ready(facts: dict[str, str]) -> None:
    """Refuse a server that cannot be backed up, before anything is written.

    Raises:
        ConfigurationError: it does not archive its log, or has tablespaces.
    """
    if facts["archive_mode"] == "off" or facts["wal_level"] == "minimal":
        raise ConfigurationError(
            "the server does not archive its log, and without it no point in time can be restored: "
            "granary backup postgres-settings prints what to set (it needs a restart)"
        )
    if facts["archive_command"] in ("", "(disabled)"):
        raise ConfigurationError(
            "the server's archive_command is empty: granary backup postgres-settings prints it"
        )
    if facts["tablespaces"] != "0":
        raise ConfigurationError(
            "the server has tablespaces of its own, which a backup cannot hold: move their tables "
            "to pg_default"
        )


def back_up_postgres(
    settings: Settings,
    path: Path,
    recipients: Recipients,
    progress: Count | None = None,
    advance: Advance | None = None,
) -> Copied:
    """Write a base backup to an encrypted file and see the log behind it archived.

    Raises:
        ConfigurationError: the server is not set up for it.
        ToolsMissing: PostgreSQL's programs are not there.
        BackupError: one of them failed, or the server does not archive.
        WarehouseError: the server cannot be reached.
    """
    name = f"granary_{uuid.uuid4().hex}"
    with _rights(), postgres.connect() as server:
        facts = server_facts(server)
        check_ready(facts)
        tools = find_tools(settings, int(facts["major"]))
        archive = settings.backups / WAL_FOLDER / facts["system_identifier"]
        # pg_basebackup would wait for an archive that does not work, without saying so.
        wait_until_archived(archive, [_switch(server)])
        first = _segment(server, "pg_current_wal_insert_lsn()")
        sealed = _base(tools, path, recipients, advance)
        others = [
            str(row[0])
            for row in server.execute(
                "select datname from pg_database where not datistemplate "
                "and datname <> current_database() order by 1"
            ).fetchall()
        ]
        with consistent_point(server, name) as (reader, last, taken_at):
            contents = postgres_contents(reader, progress)
            newest = _newest_row(reader)
            left = what_left(lambda query: reader.execute(query.encode()).fetchall())
    segment_bytes = int(facts["segment_bytes"])
    needed = list(segments_between(first, last, segment_bytes))
    wait_until_archived(archive, needed)
    known = archived(archive)
    wal = WalRange(
        system_identifier=facts["system_identifier"],
        server_version=int(facts["major"]),
        database=facts["database"],
        role=facts["role"],
        other_databases=others,
        restore_point=name,
        segment_bytes=segment_bytes,
        segments={known[n].path.name: file_digest(known[n].path) for n in needed},
    )
    return Copied(sealed, taken_at, contents, newest, left, facts["version"], wal)


def _base(tools: Tools, path: Path, recipients: Recipients, advance: Advance | None) -> Sealed:
    """The data folder as one tar, as pg_basebackup sends it, with its own list of checksums."""
    command = [
        str(tools.folder / "pg_basebackup"),
        *("--pgdata=-", "--format=tar", "--wal-method=none", "--checkpoint=fast"),
        *("--manifest-checksums=SHA256", "--no-password", "--label=granary"),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            sealed = seal(chunks_from(process.stdout, advance), path, recipients)
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
    if process.returncode and any("checksum" in line for line in said):
        raise BackupError(DAMAGED_PAGES)
    if process.returncode:
        raise BackupError(
            f"pg_basebackup failed: {said[-1] if said else process.returncode} (its login needs "
            "the attribute REPLICATION, and pg_hba.conf a line for replication)"
        )
    return sealed


@contextlib.contextmanager
def consistent_point(server: Server, name: str) -> Iterator[tuple[Server, str, datetime]]:
    """A named point of the log, and a connection that sees what the tables held there.

    Yields:
        The connection, in a transaction; the segment in which the point lies; its moment, UTC.

    Raises:
        BackupError: writers leave no moment in which no table is being written to.
    """
    with postgres.connect() as reader:
        _lock_all(server)
        try:
            snapshot = _value(server, "select pg_export_snapshot()")
            point = _value(server, "select pg_create_restore_point(%s)", name)
            reader.execute("begin isolation level repeatable read, read only")
            reader.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
            # Models are built by renaming tables: that waits until these have been read.
            _lock(reader, "access share mode")
            taken_at = server.execute("select clock_timestamp() at time zone 'UTC'").fetchone()
        finally:
            server.execute("rollback")
        assert taken_at is not None
        assert isinstance(taken_at[0], datetime)
        segment = _value(server, "select pg_walfile_name(%s::pg_lsn)", point)
        server.execute("select pg_switch_wal()")
        yield reader, str(segment), taken_at[0]
        reader.execute("rollback")


def _lock_all(server: Server) -> None:
    """Begin a transaction in which nobody else can write to any table.

    It never waits for a lock while it holds others, so it can neither cause a deadlock nor make a
    build fail.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        server.execute("begin isolation level repeatable read")
        try:
            before = _lock(server, "share mode nowait")
            if server.execute(POSTGRES_TABLES).fetchall() == before:
                return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.UndefinedTable):
            pass
        server.execute("rollback")
        if time.monotonic() > deadline:
            raise BackupError(
                "tables are being written to without a pause; back up when the build has ended"
            )
        time.sleep(PAUSE_SECONDS)


def _lock(server: Server, mode: LiteralString) -> list[tuple[object, ...]]:
    """Lock every table and return them all; the transaction has no snapshot yet, so others list."""
    with postgres.connect() as other:
        tables = other.execute(POSTGRES_TABLES).fetchall()
        lockable = other.execute(LOCKABLE).fetchall()
    if lockable:
        names = sql.SQL(", ").join(sql.Identifier(str(s), str(t)) for s, t in lockable)
        server.execute(sql.SQL("lock table {} in {}").format(names, sql.SQL(mode)))
    return tables


def switch_and_wait(settings: Settings) -> None:
    """Have the log up to now archived.

    Raises:
        ConfigurationError: the server does not archive.
        BackupError: it does not succeed in it.
    """
    with _rights(), postgres.connect() as server:
        facts = server_facts(server)
        check_ready(facts)
        segment = _switch(server)
    wait_until_archived(settings.backups / WAL_FOLDER / facts["system_identifier"], [segment])


@contextlib.contextmanager
def _rights() -> Iterator[None]:
    """Name what a login needs that may not do something, and a disk that is failing."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise WarehouseError(
            f"{first_line(error)}: the login of a backup reads and locks every table, and needs "
            "REPLICATION and the right to execute pg_create_restore_point, pg_switch_wal and "
            "pg_control_system"
        ) from None
    except psycopg.errors.DataCorrupted:
        raise BackupError(DAMAGED_PAGES) from None


def wait_until_archived(archive: Path, needed: list[str]) -> None:
    """Wait until segments are in the archive, as long as the server archives at all.

    Raises:
        BackupError: it does not; its own message is in its log.
    """
    # A command that cannot even be started is no failure that the server counts.
    progress, since = -1, time.monotonic()
    while missing := [name for name in needed if name not in (known := archived(archive))]:
        if len(known) != progress:
            progress, since = len(known), time.monotonic()
        if time.monotonic() > since + STALLED_SECONDS:
            raise BackupError(
                f"the server does not archive {missing[0]} to {archive}: see its log, and set what "
                "granary backup postgres-settings prints"
            )
        time.sleep(PAUSE_SECONDS)


def _newest_row(server: Server) -> datetime | None:
    if _value(server, "select to_regclass('raw.load_ledger')") is not None:
        row = server.execute("select max(loaded_at) from raw.load_ledger").fetchone()
        if row is not None and isinstance(row[0], datetime):
            return row[0]
    return None


def _switch(server: Server) -> str:
    """End the present segment of the log, which makes the server archive it; return its name."""
    # Where nothing was written since the last switch, there is no segment to end.
    server.execute("select pg_create_restore_point('granary_switch')")
    return _segment(server, "pg_switch_wal()")


def _segment(server: Server, position: str) -> str:
    return str(_value(server, f"select pg_walfile_name({position})"))


def _value(server: Server, statement: str, *values: object) -> object:
    row = server.execute(statement.encode(), values).fetchone()
    assert row is not None
    return row[0]
