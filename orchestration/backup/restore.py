"""Put a backup back: into a folder that is new, or in place of what is there.

Everything is written under a temporary name beside its final one, compared with the manifest, and
renamed when whole. What it takes the place of is kept aside, never removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from orchestration.backup.comparing import check_same, differences, file_contents
from orchestration.backup.errors import BackupError, TargetExists
from orchestration.backup.files.packing import unpack
from orchestration.backup.files.scratch import private_mode
from orchestration.backup.manifest import DAGSTER, POLICIES, WAREHOUSE, Backup, Manifest, Store
from orchestration.backup.opening import before_it_opens
from orchestration.backup.postgres.restore import Cluster, restore_postgres
from orchestration.backup.progress import Progress, adder, counter
from orchestration.backup.reading import (
    check_file,
    extract,
    extract_files,
    file_holdings,
    read_secret,
    warehouse_backup,
)
from orchestration.core.clock import utc_now
from orchestration.core.errors import GranaryError
from orchestration.core.fault_points import reached
from orchestration.core.files import UNFINISHED, flush_folder, owner, sweep
from orchestration.core.settings import Settings
from orchestration.secrecy.sealing import Identities, no_room
from orchestration.warehouse import books
from orchestration.warehouse.duckdb_files import check_room

POSTGRES_FOLDER = "postgres"
WAREHOUSE_FILE = "warehouse.duckdb"
# In place, files that landed since the backup stay; whatever else there is is only replaced where
# the disaster may have struck it.
MERGED = ("landing", "tiers")
REPLACED = (WAREHOUSE_FILE, f"{WAREHOUSE_FILE}.wal", POSTGRES_FOLDER, "extract")


@dataclass(frozen=True)
class RestoreReport:
    """What was restored. `reached_at` is the last transaction's time, where a log was replayed."""

    backup_id: str
    location: Path
    engine: str
    taken_at: datetime
    reached_at: datetime | None
    tables: int
    rows: int
    files: int
    kept_files: int
    kept_aside: Path | None
    seconds: float
    next_steps: list[str] = field(default_factory=list)


def restore(
    settings: Settings,
    to: Path,
    identities: Identities,
    *,
    at: datetime | None = None,
    name: str | None = None,
    force: bool = False,
    to_the_end: bool = True,
    store: Store | None = None,
    progress: Progress | None = None,
    on_record: bool = True,
) -> RestoreReport:
    """Restore warehouse, landing zone and the rest into a folder that becomes a state folder.

    Args:
        to: the folder; it must not hold anything unless `force` is set.
        at: the state at this time, UTC; by default the newest.
        name: start from this backup rather than from the last one before that time.
        force: take the place of what is in the folder; it is kept aside within it.
        to_the_end: on PostgreSQL, without a time, replay the log beyond the backup.
        on_record: note it in the books of the settings' warehouse.

    Raises:
        TargetExists: the folder holds something, and `force` is not set.
        OutOfRange: no backup reaches the time.
        WrongKey: the identities do not open it.
        DamagedBackup: something is not what was backed up.
        BackupError: it cannot be written, or the restored server does not start.
        NoRoom: the disk has no room for it.
    """
    started = time.monotonic()
    store = store or Store.of(settings)
    to = to.absolute()
    occupied = to.exists() and (not to.is_dir() or any(to.iterdir()))
    if occupied and not force:
        raise TargetExists(
            f"{to} holds something: restore into a new folder, or add --force, which keeps what it "
            "replaces aside"
        )
    if occupied:
        _check_stopped(to / POSTGRES_FOLDER)
    backup = warehouse_backup(store, at, name)
    secret = read_secret(backup, identities)
    try:
        with _beside(to, occupied=occupied) as folder:
            content = backup.manifest.files[WAREHOUSE].content_bytes
            check_room(folder, content, f"restoring the warehouse of {backup.id}")
            found = _Restored(folder)
            found.cluster = _warehouse(
                settings, backup, secret, folder, identities, at, to_the_end, progress
            )
            # A log that is replayed goes on moving rows; a copy stays as it was.
            goes_on = backup.manifest.wal is not None and (at is not None or to_the_end)
            holdings = file_holdings(store, at, None if goes_on else backup)
            files = extract_files(holdings, folder, identities)
            reached("files restored")
            for part in (POLICIES, DAGSTER):
                _extract_part(store, part, at, folder, identities)
            before_it_opens(folder, backup.manifest)
            reached("restored copy ready")
            _flush(folder)
            kept_files, aside = _place(folder, to) if occupied else (0, None)
            if not occupied:
                _rename(folder, to)
    except OSError as error:
        if on_record:
            _record(settings, backup, started, type(error).__name__)
        full = "no room is left" if no_room(error) else f"cannot be written: {error.strerror}"
        raise BackupError(f"{to}: {full}; nothing was replaced") from None
    except GranaryError as error:
        if on_record:
            _record(settings, backup, started, type(error).__name__)
        raise
    if on_record:
        _record(settings, backup, started)
    cluster = found.cluster
    if cluster is not None:
        cluster = Cluster(to / POSTGRES_FOLDER, cluster.tools, cluster.reached_at)
    return RestoreReport(
        backup_id=backup.id,
        location=to,
        engine=backup.manifest.engine,
        taken_at=backup.manifest.taken_at,
        reached_at=cluster.reached_at if cluster else None,
        tables=len(backup.manifest.tables),
        rows=backup.manifest.row_count,
        files=files,
        kept_files=kept_files,
        kept_aside=aside,
        seconds=time.monotonic() - started,
        next_steps=[*counted_only(backup), *_next_steps(to, backup.manifest, cluster)],
    )


@dataclass
class _Restored:
    folder: Path
    cluster: Cluster | None = None


def _warehouse(
    settings: Settings,
    backup: Backup,
    secret: bytes,
    folder: Path,
    identities: Identities,
    at: datetime | None,
    to_the_end: bool,
    progress: Progress | None,
) -> Cluster | None:
    counted = counter(progress, "tables compared")
    if backup.manifest.engine == "postgres":
        return restore_postgres(
            settings, backup, secret, folder, identities,
            at=at, to_the_end=to_the_end, progress=counted,
        )  # fmt: skip
    content = backup.manifest.files[WAREHOUSE].content_bytes
    advance = adder(progress, "bytes restored", content)
    path = folder / WAREHOUSE_FILE
    extract(backup, WAREHOUSE, path, identities, advance)
    reached("warehouse restored")
    check_same(differences(backup, secret, file_contents(path, counted)), backup)
    return None


def _extract_part(
    store: Store, part: str, at: datetime | None, folder: Path, identities: Identities
) -> None:
    """The newest policies, or Dagster's storage, up to a time; backups may be older than either."""
    for backup in reversed(store.readable()):
        if part in backup.manifest.files and (at is None or backup.is_of(at)):
            check_file(backup, part)
            unpack(backup.path(part), identities, folder)
            return


@contextlib.contextmanager
def _beside(to: Path, *, occupied: bool) -> Iterator[Path]:
    """A hidden folder on the same file system; what a kill left goes first."""
    parent = to if occupied else to.parent
    parent.mkdir(parents=True, exist_ok=True)
    sweep(parent.glob(f".{to.name}.*.restore{UNFINISHED}"))
    folder = parent / f".{to.name}.{owner()}.{uuid.uuid4().hex}.restore{UNFINISHED}"
    folder.mkdir(mode=0o700)
    folder.chmod(private_mode())  # whatever the umask
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rename(folder: Path, to: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        to.rmdir()  # empty
    # Who runs a restored server passes through it.
    folder.chmod(private_mode() if (folder / POSTGRES_FOLDER).is_dir() else 0o700)
    folder.rename(to)
    flush_folder(to.parent)


def _place(folder: Path, to: Path) -> tuple[int, Path]:
    """Put restored parts in the place of those in a folder that is in use.

    Returns:
        How many files stay that had come since the backup, and where what was replaced is.
    """
    aside = to / f"before-restore-{utc_now():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:6]}"
    aside.mkdir(mode=0o700)
    kept = 0
    with FileLock(to / "warehouse.lock", mode=0o600, is_singleton=False):
        for root in MERGED:
            kept += _keep_newcomers(to / root, folder / root)
        restored = [path.name for path in sorted(folder.iterdir())]
        if (to / "dagster").exists() and "dagster" in restored:
            restored.remove("dagster")  # what it remembers of since is worth more
        # A log that stays where its file is gone would be replayed over the restored one.
        for name in dict.fromkeys((*REPLACED, *restored)):
            if os.path.lexists(to / name):
                (to / name).rename(aside / name)
                reached("part moved")
        flush_folder(to)
        for name in restored:
            (folder / name).rename(to / name)
            reached("part moved")
    flush_folder(to)
    return kept, aside


def _keep_newcomers(old: Path, new: Path) -> int:
    """Link files that the backup does not have into the restored folder."""
    kept = 0
    for folder, _, names in os.walk(old):
        for name in names:
            path = Path(folder) / name
            target = new / path.relative_to(old)
            if name.endswith(UNFINISHED) or target.exists() or not path.is_file():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:
                shutil.copy2(path, target)
            kept += 1
    return kept


def _flush(folder: Path) -> None:
    """See everything on disk before it gets its name; one call for all files."""
    flush_folder(folder)
    os.sync()


def _check_stopped(data: Path) -> None:
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    with contextlib.suppress(ValueError, ProcessLookupError, IndexError):
        os.kill(int(pid_file.read_text().splitlines()[0]), 0)
        raise TargetExists(f"the server in {data} is running: stop it first (pg_ctl stop)")


def counted_only(backup: Backup) -> list[str]:
    """What to say where rows could be counted but not compared."""
    if backup.is_comparable:
        return []
    version = backup.manifest.engine_version
    return [
        f"rows were counted, not compared: install DuckDB {version}, which made the backup, and "
        f"run granary backup verify --identity FILE {backup.id}"
    ]


def _next_steps(to: Path, manifest: Manifest, cluster: Cluster | None) -> list[str]:
    steps = [f"export GRANARY_HOME={to}"]
    if cluster is not None:
        steps += [cluster.start_command, "export GRANARY_TARGET=postgres  # and PG* variables"]
    if manifest.key_fingerprint is not None:
        steps.append("put the pseudonymisation key back: GRANARY_PII_KEY or GRANARY_PII_KEY_FILE")
    steps.append("granary ingest && granary build && granary publish")
    if cluster is not None:
        steps.append(
            "remove the last line (archive_mode) of postgresql.auto.conf, restart, and make a new "
            "backup: granary backup create"
        )
    return steps


def _record(settings: Settings, backup: Backup, started: float, error: str | None = None) -> None:
    with contextlib.suppress(OSError):
        books.record(
            settings,
            "backup_log",
            backup_id=backup.id,
            action="restore",
            outcome="failure" if error else "success",
            engine=backup.manifest.engine,
            table_count=len(backup.manifest.tables),
            row_count=backup.manifest.row_count,
            size_bytes=backup.manifest.size_bytes,
            duration_seconds=time.monotonic() - started,
            error_class=error,
            ended_at=utc_now(),
        )
