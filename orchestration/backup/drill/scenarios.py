"""Five disasters, each acted out on restored copies. What is live is never touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyrage

from orchestration.backup.drill.rehearsal import Copy, Rehearsal
from orchestration.backup.errors import BackupError
from orchestration.backup.files.reading import by_holder, file_holdings, read_secret
from orchestration.backup.prune import holders_of
from orchestration.backup.rekey import rekey
from orchestration.backup.store import Store, newest_name, warehouse_backup
from orchestration.core.errors import WarehouseError
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.secrecy.errors import WrongKey

_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


def outage(rehearsal: Rehearsal) -> Copy:
    """The machine is gone: another one has the backups, the key, this project and nothing else."""
    started = time.monotonic()
    home = rehearsal.scratch / "elsewhere"
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as pipe:
        # The key goes through a pipe: it is on no disk.
        pipe.writelines(f"{identity}\n" for identity in rehearsal.identities)
    settings = rehearsal.settings
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ} | {
        "PYTHONPATH": str(PROJECT_DIR),
        "GRANARY_HOME": str(home),
        "GRANARY_BACKUP_DIR": str(rehearsal.store.root),
    }
    for name, value in (("PG_BIN", settings.pg_bin), ("PG_OS_USER", settings.pg_os_user)):
        if value is not None:
            environment[f"GRANARY_{name}"] = str(value)
    command = [sys.executable, "-c", "from orchestration.cli import main; main()"]
    ended = subprocess.run(
        [*command, "restore", "--to", str(home), "--identity", f"/dev/fd/{reading}", "--json"],
        cwd="/",
        env=environment,
        pass_fds=(reading,),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(reading)
    if ended.returncode:
        said = ended.stderr.strip().splitlines()
        raise BackupError(said[-1].removeprefix("granary: ") if said else "the restore ended")
    backup = rehearsal.store.read(json.loads(ended.stdout)["backup_id"])
    secret = read_secret(backup, rehearsal.identities)
    return Copy(home, backup, secret, time.monotonic() - started)


def corruption(rehearsal: Rehearsal) -> Copy:
    """The disk writes nonsense into the warehouse: it must show, and a restore in place mend it."""
    copy = rehearsal.restore("corrupted", to_the_end=False)
    with rehearsal.opened(copy) as warehouse:
        largest = warehouse.largest_file()
    _overwrite(largest)
    try:
        seen = bool(rehearsal.compare(copy))
    except (WarehouseError, BackupError):
        seen = True
    mended = rehearsal.restore("corrupted", force=True)
    if not seen:
        raise BackupError("a damaged warehouse went unnoticed")
    mended.findings.append("the damage showed; restored in place")
    return mended


def human_error(rehearsal: Rehearsal) -> Copy:
    """Somebody drops the largest table: it must show, and the time before it bring it back."""
    copy = rehearsal.restore("mistaken", to_the_end=False)
    largest = max(copy.backup.manifest.tables, key=lambda table: table.rows)
    with rehearsal.opened(copy) as warehouse:
        warehouse.change(f'drop table "{largest.schema}"."{largest.name}" cascade')
    missing = [d.relation for d in rehearsal.compare(copy) if d.what == "is missing"]
    if largest.relation not in missing:
        raise BackupError("a table that was dropped went unnoticed")
    before = rehearsal.restore("before", at=copy.backup.manifest.taken_at)
    before.differences = rehearsal.compare(before)
    before.findings.append(f"{largest.relation} was dropped and is back")
    return before


def breach(rehearsal: Rehearsal) -> Copy:
    """The private key is out: backups are encrypted anew, and only the new key opens them."""
    identity = pyrage.x25519.Identity.generate()
    store = rehearsal.store
    holdings = by_holder(file_holdings(store, None))
    needed = {*holdings, warehouse_backup(store, None).id, newest_name(store, None)}
    # Whatever an index of theirs names as a holder comes along.
    settings = Settings(
        home=rehearsal.scratch / "breached",
        backup_dir=store.root,
        backup_recipients=str(identity.to_public()),
    )
    folder = rehearsal.scratch / "new-keys"
    rekey(settings, folder, rehearsal.identities, rehearsal.progress, only=_closed(store, needed))
    copy = rehearsal.restore("breached", store=Store(folder), identities=[identity])
    try:
        read_secret(copy.backup, rehearsal.identities)
    except WrongKey:
        copy.findings.append("encrypted anew: the old key no longer opens it")
        return copy
    raise BackupError("the old key still opens what was encrypted anew")


def system_failure(rehearsal: Rehearsal) -> Copy:
    """Power goes while a build writes: what was not committed must be gone, all else be there."""
    copy = rehearsal.restore("failed", to_the_end=False)
    started = time.monotonic()
    with rehearsal.opened(copy) as warehouse:
        warehouse.kill_while_emptying()
    copy.differences = rehearsal.compare(copy)
    copy.seconds += time.monotonic() - started
    copy.findings.append("killed while every table was being emptied")
    return copy


SCENARIOS: Mapping[str, Callable[[Rehearsal], Copy]] = {
    "outage": outage,
    "corruption": corruption,
    "human_error": human_error,
    "system_failure": system_failure,
    "breach": breach,
}


def _closed(store: Store, needed: set[str]) -> set[str]:
    """Backups with whatever their indexes name."""
    return needed | {
        holder
        for backup in store.readable()
        if backup.id in needed
        for holder in holders_of(backup)
    }


def _overwrite(path: Path) -> None:
    """Overwrite the middle fifth of a file with random bytes."""
    size = path.stat().st_size
    with open(path, "r+b") as file:
        file.seek(size * 2 // 5)
        file.write(os.urandom(max(1, size // 5)))
