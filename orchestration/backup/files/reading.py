"""Read a backup part by part; each part is checked against the manifest first."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.backup.errors import DamagedBackup
from orchestration.backup.files.packing import Entry, key_of, read_index, unpack
from orchestration.backup.manifest import FILES, INDEX, SECRET, TIERS, Backup
from orchestration.backup.store import Store
from orchestration.core.files import whole_file
from orchestration.secrecy.sealing import Advance, Identities, chunks_from, file_digest, unseal

NANOSECONDS = 1_000_000_000


def read_secret(backup: Backup, identities: Identities) -> bytes:
    """Return the backup's secret, after checking the manifest against it.

    Raises:
        WrongKey: the identities do not open it.
        DamagedBackup: it is damaged, or the manifest was not written with it.
    """
    check_file(backup, SECRET)
    with unseal(backup.path(SECRET), identities) as stream:
        try:
            secret = bytes.fromhex(json.loads(stream.read())["secret"])
        except (ValueError, KeyError, TypeError):
            raise DamagedBackup(f"the secret of {backup.id} cannot be read") from None
    backup.check_code(secret)
    return secret


def check_file(backup: Backup, name: str) -> None:
    """Check one encrypted file against the manifest.

    Raises:
        DamagedBackup: it is missing, cut off, too long or changed.
    """
    if fault := file_fault(backup, name):
        raise DamagedBackup(f"{backup.id}: {fault}")


def file_fault(backup: Backup, name: str, advance: Advance | None = None) -> str | None:
    """Return what is wrong with one encrypted file; None if nothing is."""
    path, expected = backup.path(name), backup.manifest.files[name]
    try:
        size = path.stat().st_size
        if size < expected.size_bytes:
            return f"{name} is cut off: {size:,} bytes of {expected.size_bytes:,} are there"
        if size > expected.size_bytes:
            return f"{name} is too long: {size:,} bytes instead of {expected.size_bytes:,}"
        if file_digest(path, advance) != expected.sha256:
            return f"{name} is damaged: its SHA-256 is not the one in the manifest"
    except FileNotFoundError:
        return f"{name} is missing"
    except OSError as error:
        return f"{name} cannot be read: {error.strerror}"
    return None


def extract(
    backup: Backup,
    name: str,
    path: Path,
    identities: Identities,
    advance: Advance | None = None,
) -> None:
    """Decrypt one file to a path.

    Raises:
        DamagedBackup: it is not what the manifest says.
        WrongKey: the identities do not open it.
        OSError: it cannot be written.
    """
    check_file(backup, name)
    with whole_file(path, replace=True) as file, unseal(backup.path(name), identities) as stream:
        for chunk in chunks_from(stream, advance):
            file.write(chunk)


@dataclass(frozen=True)
class Holding:
    """Where the content of a file is."""

    holder: Backup
    entry: Entry


def file_holdings(
    store: Store, at: datetime | None, warehouse: Backup | None = None
) -> dict[str, Holding]:
    """Return every file as it was at a time, UTC, or in the newest backups; by key.

    Of the tier store, those that belong to the warehouse of a backup, where one is given. What was
    landed between the last backup before that time and the time itself is in the next one.
    """
    backups = store.readable()
    by_id = {backup.id: backup for backup in backups}
    found: dict[str, Holding] = {}
    for root in sorted({root for backup in backups for root in backup.manifest.roots}):
        listing = [b for b in backups if root in b.manifest.roots]
        if root == TIERS and warehouse is not None and root in warehouse.manifest.roots:
            listing = [warehouse]
        before = [b for b in listing if at is None or b.is_of(at)][-1:]
        after = [b for b in listing if at is not None and b.is_dated and not b.is_of(at)][:1]
        for backup in (*before, *after):
            check_file(backup, INDEX)
            for entry in read_index(backup.path(INDEX)).values():
                if entry.root != root or entry.key in found:
                    continue
                if backup in after and _later(entry, at):
                    continue
                holder = by_id.get(entry.stored_in or backup.id)
                if holder is None:
                    raise DamagedBackup(
                        f"{entry.stored_in}, on which {backup.id} builds, is missing or damaged"
                    )
                found[entry.key] = Holding(holder, entry)
    return found


def _later(entry: Entry, at: datetime | None) -> bool:
    return at is not None and entry.modified_ns > at.replace(tzinfo=UTC).timestamp() * NANOSECONDS


def by_holder(holdings: Mapping[str, Holding]) -> dict[str, tuple[Backup, dict[str, Entry]]]:
    """Group the same by the backup that holds the content, oldest first."""
    grouped: dict[str, tuple[Backup, dict[str, Entry]]] = {}
    for key, holding in sorted(holdings.items(), key=lambda item: item[1].holder.manifest.number):
        _, entries = grouped.setdefault(holding.holder.id, (holding.holder, {}))
        entries[key] = holding.entry
    return grouped


def extract_files(
    holdings: Mapping[str, Holding], folder: Path | None, identities: Identities
) -> int:
    """Put files back under a folder, with their times, or only check them; return how many.

    Raises:
        DamagedBackup: one is missing or damaged.
        WrongKey: the identities do not open it.
    """
    count = 0
    for holder, entries in by_holder(holdings).values():
        check_file(holder, FILES)
        names = unpack(holder.path(FILES), identities, folder, entries.keys())
        _check_complete(holder, entries.keys(), {key_of(name) for name in names})
        for name in names if folder is not None else ():
            assert folder is not None
            time = entries[key_of(name)].modified_ns
            os.utime(folder / name, ns=(time, time))
        count += len(names)
    return count


def _check_complete(holder: Backup, wanted: Collection[str], found: Collection[str]) -> None:
    if lacking := set(wanted) - set(found):
        raise DamagedBackup(f"{len(lacking)} files that {holder.id} should hold are not in it")
