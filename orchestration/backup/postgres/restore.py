"""A PostgreSQL cluster from a base backup and the log behind it, to the second.

The log is replayed twice over: up to the restore point the manifest's digests are of, where the
tables are compared, and from there to the time that is asked for, or to the end.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from orchestration.backup.errors import BackupError, DamagedBackup, OutOfRange
from orchestration.backup.files.reading import check_file
from orchestration.backup.manifest import WAREHOUSE, Backup
from orchestration.backup.postgres.base_tar import unpack_base
from orchestration.backup.postgres.tools import ScratchServer, ServerEnded, Tools, find_tools
from orchestration.backup.postgres.wal import Archived, archived, missing_segments
from orchestration.backup.tables.comparing import check_same, differences
from orchestration.core.settings import Settings
from orchestration.secrecy.sealing import CHUNK_BYTES, Identities, file_digest, unseal
from orchestration.warehouse.hashing import Count
from orchestration.warehouse.postgres_hashing import postgres_contents

FOLDER = "postgres"
BEFORE_TARGET = "recovery ended before configured recovery target"
LAST_COMMIT = re.compile(r"last completed transaction was at log time (\S+ \S+)")
PAUSE_SECONDS = 0.05
PAGE_BYTES = 8192


def restore_postgres(
    settings: Settings,
    backup: Backup,
    secret: bytes,
    folder: Path,
    identities: Identities,
    *,
    at: datetime | None = None,
    to_the_end: bool = True,
    progress: Count | None = None,
) -> datetime | None:
    """Restore into `<folder>/postgres`, compare, and replay on.

    Args:
        at: stop before the first transaction that was committed after this time, UTC.
        to_the_end: without a time, replay all there is; else stay at the state of the manifest.

    Returns:
        Time, UTC, of the last transaction, where the log was replayed beyond the backup.

    Raises:
        DamagedBackup: something is not what it was, or a segment is missing.
        OutOfRange: the log ends before the time asked for.
        ToolsMissing: PostgreSQL's programs are not there.
        BackupError: the server does not start.
    """
    manifest = backup.manifest
    assert manifest.wal is not None
    tools = find_tools(settings, manifest.wal.server_version)
    known = check_wal(backup)
    if at is not None:
        _check_reach(backup, known, at)
    data, log = folder / FOLDER, folder / "wal"
    data.mkdir(mode=0o700)
    check_file(backup, WAREHOUSE)
    with unseal(backup.path(WAREHOUSE), identities) as stream:
        unpack_base(stream, data)
    _unpack_log(known.values(), min(manifest.wal.segments), log, identities)
    tools.own(data)
    tools.own(log)
    if tools.verifies:
        tools.run("pg_verifybackup", "--no-parse-wal", "--quiet", str(data))
    _complete(data)
    tools.own(data)
    restore = {
        "restore_command": f'cp {shlex.quote(str(log)).replace("%", "%%")}/%f "%p"',
        "hot_standby": "on",
        "log_timezone": "UTC",
    }
    reached = None
    with _at_restore_point(tools, data, manifest.wal.role, manifest.wal.database, restore,
                           manifest.wal.restore_point) as server:  # fmt: skip
        with server.connect() as reader:
            contents = postgres_contents(reader, progress)
        check_same(differences(backup, secret, contents), backup)
        if at is None and not to_the_end:
            _promote(server)
    if at is not None or to_the_end:
        reached = _replay(tools, data, manifest.wal.role, manifest.wal.database, restore, at)
        if at is not None and reached is not None and reached > at:
            raise OutOfRange(
                f"the restored server holds a transaction of {reached.isoformat()}Z, after the "
                "time that was asked for: take a backup that ended before that time"
            )
    shutil.rmtree(log)
    if fault := tools.page_fault(data):
        raise DamagedBackup(f"{backup.id}: the server's disk had damaged this page: {fault}")
    return reached


def check_wal(backup: Backup) -> dict[str, Archived]:
    """Check that the archived log a backup needs is complete and intact.

    Raises:
        DamagedBackup: a segment is missing or damaged.
    """
    if fault := next(wal_faults(backup), None):
        raise DamagedBackup(f"{backup.id}: {fault}")
    return archived(backup.archive)


def wal_faults(backup: Backup) -> Iterator[str]:
    """What is wrong with the log behind a backup, up to the newest segment."""
    wal = backup.manifest.wal
    assert wal is not None
    known = archived(backup.archive)
    first = min(wal.segments).split(".")[0]
    newest = max((n for n, f in known.items() if f.is_segment), default=first)
    for name in missing_segments(known, first, wal.segment_bytes):
        yield (
            f"segment {name} of the server's log is missing between {first} and {newest}: no "
            "transaction behind it can be restored"
        )
    listed = {name.split(".")[0]: (name, digest) for name, digest in wal.segments.items()}
    for name, (file_name, _) in listed.items():
        if name > newest:
            yield f"segment {name} of the server's log is missing: {file_name}"
    for name, file in known.items():
        if not file.is_segment or name < first:
            continue
        file_name, digest = listed.get(name, (file.path.name, ""))
        if file.path.name != file_name:
            yield (
                f"segment {name} of the server's log is not the one the backup was made with: "
                f"{file.path.name} instead of {file_name}"
            )
        elif not (file_digest(file.path) == digest if digest else file.is_intact()):
            yield f"segment {name} of the server's log is damaged: {file.path.name}"


def _check_reach(backup: Backup, known: Mapping[str, Archived], at: datetime) -> None:
    # PostgreSQL would open a server with all that the base backup holds, and say nothing.
    if at < backup.manifest.taken_at:
        raise OutOfRange(
            f"{backup.id} holds rows written up to {backup.manifest.taken_at.isoformat()}Z, after "
            f"{at.isoformat()}Z: take a backup that ended before that time"
        )
    # A file's time is that of the kernel's last tick, which may lie before the backup's moment.
    reach = max(reaches_to(known) or datetime.min, backup.manifest.taken_at)
    if at > reach:
        raise OutOfRange(
            f"the archived log reaches to {reach:%Y-%m-%dT%H:%M:%SZ}, not to "
            f"{at:%Y-%m-%dT%H:%M:%SZ}: choose a time up to then, or leave --at out"
        )


def reaches_to(known: Mapping[str, Archived]) -> datetime | None:
    """When the newest archived segment was last written to, UTC."""
    times = [file.path.stat().st_mtime for file in known.values() if file.is_segment]
    return datetime.fromtimestamp(max(times), UTC).replace(tzinfo=None) if times else None


def _unpack_log(known: Iterable[Archived], first: str, log: Path, identities: Identities) -> None:
    """Decrypt segments, and notes about timelines, into a folder; what is zero takes no room."""
    log.mkdir(mode=0o700)
    first = first.split(".", maxsplit=1)[0]
    for file in known:
        if file.is_segment and file.name < first:
            continue
        with unseal(file.path, identities) as stream, open(log / file.name, "wb") as plain:
            while chunk := stream.read(CHUNK_BYTES):
                if chunk.count(0) == len(chunk):
                    plain.seek(len(chunk), os.SEEK_CUR)
                else:
                    plain.write(chunk)
            plain.truncate()


def _complete(data: Path) -> None:
    """Ask for recovery; add files that some systems keep elsewhere, and what a copy must not do."""
    (data / "recovery.signal").touch()
    for name, text in {
        "postgresql.conf": "# restored by Granary; the old server kept its settings elsewhere\n",
        "pg_hba.conf": "local all all peer\nhost all all 127.0.0.1/32 scram-sha-256\n",
        "pg_ident.conf": "",
    }.items():
        if not (data / name).exists():
            (data / name).write_text(text)
    with open(data / "postgresql.auto.conf", "a", encoding="utf-8") as file:
        # Two servers must never write to one archive.
        file.write("archive_mode = 'off'\n")


@contextlib.contextmanager
def _at_restore_point(
    tools: Tools, data: Path, role: str, database: str, restore: Mapping[str, str], point: str
) -> Iterator[ScratchServer]:
    """A server that has replayed up to the restore point and waits there, read-only."""
    chosen = {
        **restore,
        "recovery_target_timeline": "current",
        "recovery_target_name": point,
        "recovery_target_action": "pause",
    }
    with ScratchServer(tools, data, role, database, chosen) as server:
        with _damage_named(), server.connect() as watcher:
            while not _paused(watcher):
                time.sleep(PAUSE_SECONDS)
        yield server


@contextlib.contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except ServerEnded as error:
        if BEFORE_TARGET in error.log:
            raise DamagedBackup(
                "the archived log ends before the point the backup's manifest is of"
            ) from None
        raise
    except psycopg.OperationalError:
        raise BackupError("the restored server stopped while it replayed its log") from None


def _paused(watcher: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = watcher.execute("select pg_get_wal_replay_pause_state()").fetchone()
    return row == ("paused",)


def _promote(server: ScratchServer) -> None:
    with server.connect() as connection:
        connection.execute("select pg_wal_replay_resume()")
    _wait_until_open(server)


def _wait_until_open(server: ScratchServer) -> None:
    with server.connect() as connection:
        while connection.execute("select pg_is_in_recovery()").fetchone() == (True,):
            time.sleep(PAUSE_SECONDS)


def _replay(
    tools: Tools,
    data: Path,
    role: str,
    database: str,
    restore: Mapping[str, str],
    at: datetime | None,
) -> datetime | None:
    """Replay to a time, or to the end, and open for writing. Return the last transaction's time."""
    chosen = dict(restore)
    if at is not None:
        chosen |= {
            "recovery_target_time": f"{at.isoformat(sep=' ')}+00",
            "recovery_target_action": "promote",
        }
    with ScratchServer(tools, data, role, database, chosen) as server:
        try:
            _wait_until_open(server)
        except ServerEnded as error:
            # The log reaches so far, but nothing was committed after that time: all of it counts.
            if at is None or BEFORE_TARGET not in error.log:
                raise
            return _replay(tools, data, role, database, restore, None)
        found = LAST_COMMIT.findall(server.log.read_text("utf-8", "replace"))
    return _utc(found[-1]) if found else None


def _utc(text: str) -> datetime | None:
    """A time as the server's log has it."""
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    return None
