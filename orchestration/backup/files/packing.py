"""Folders of files in a backup: what is new goes into an encrypted tar, the rest stays where it is.

A backup's index lists every file of the landing zone and the tier store with the backup that holds
its content, so any one backup leads to all of them. The index is not encrypted, because the next
backup reads it on a machine without the private key: a file is named there by a digest of its path.
What its content must be stands inside the tar.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import tarfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from orchestration.backup.errors import BackupError, DamagedBackup
from orchestration.core.files import UNFINISHED, whole_file
from orchestration.secrecy.sealing import (
    CHUNK_BYTES,
    Advance,
    Identities,
    Recipients,
    Sealed,
    seal,
    unseal,
)

# Last member of every tar: the SHA-256 of each of the others.
SUMS = ".sha256"
BLOCK = 512
# A source's folder and a stream's.
LINKED_DEPTH = 2
SQLITE_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True)
class Source:
    """A file to back up: its name in the backup and where it is."""

    name: str
    path: Path


@dataclass(frozen=True)
class Entry:
    """One file of an index."""

    root: str
    """Folder of the state it belongs to: landing or tiers."""
    key: str
    size_bytes: int
    modified_ns: int
    stored_in: str
    """Backup that holds the content; empty: the index's own."""


@dataclass
class Packed:
    """What packing found: every file in `index`, those that are no regular files left out."""

    index: list[Entry] = field(default_factory=list)
    new_files: int = 0
    new_bytes: int = 0
    irregular: int = 0


def key_of(name: str) -> str:
    """Return the name of a file in an index."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def sources(root: Path, prefix: str, depth: int = 0) -> Iterator[Source]:
    """List the files under a folder, by name; unfinished ones are left out.

    Links to folders are followed where the loader does, down to a stream; a deeper one is listed as
    what it is, no file.
    """
    if not root.is_dir():
        return
    with os.scandir(root) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        name, path = f"{prefix}/{entry.name}", Path(entry.path)
        if entry.is_dir(follow_symlinks=depth < LINKED_DEPTH):
            yield from sources(path, name, depth + 1)
        elif not entry.name.endswith(UNFINISHED):
            yield Source(name, path)


def pack_new(
    files: Iterable[Source],
    known: Mapping[str, Entry],
    path: Path,
    recipients: Recipients,
    advance: Advance | None = None,
) -> tuple[Packed, Sealed | None]:
    """Write files that `known` lacks, or knows with another size or time, into an encrypted tar.

    Returns:
        The index of all files, and the tar where there was something new.

    Raises:
        BackupError: a file became shorter while it was read.
    """
    packed = Packed()
    fresh = []
    for source in files:
        try:
            status = source.path.stat()
        except OSError:
            packed.irregular += 1
            continue
        if not source.path.is_file():
            packed.irregular += 1
            continue
        entry = known.get(key_of(source.name))
        if entry and (entry.size_bytes, entry.modified_ns) == (
            status.st_size,
            status.st_mtime_ns,
        ):
            packed.index.append(entry)
        else:
            fresh.append(source)
    if not fresh:
        return packed, None
    return packed, seal(_tar(fresh, packed, advance), path, recipients)


def pack(files: Iterable[Source], path: Path, recipients: Recipients) -> Sealed:
    """Write all files into one encrypted tar."""
    return seal(_tar(files, Packed(), None), path, recipients)


def _tar(files: Iterable[Source], packed: Packed, advance: Advance | None) -> Iterator[bytes]:
    sums = []
    for source in files:
        try:
            file = open(source.path, "rb")  # noqa: SIM115 (may be gone by now)
        except FileNotFoundError:
            continue
        with file:
            status = os.fstat(file.fileno())
            digest = hashlib.sha256()
            yield _header(source.name, status.st_size)
            left = status.st_size
            while left:
                chunk = file.read(min(CHUNK_BYTES, left))
                if not chunk:
                    raise BackupError(
                        f"{source.path} became shorter while it was backed up; try again"
                    )
                left -= len(chunk)
                digest.update(chunk)
                yield chunk
                if advance is not None:
                    advance(len(chunk))
            yield bytes(-status.st_size % BLOCK)
        sums.append((digest.hexdigest(), source.name))
        packed.index.append(
            Entry(
                root=source.name.split("/", maxsplit=1)[0],
                key=key_of(source.name),
                size_bytes=status.st_size,
                modified_ns=status.st_mtime_ns,
                stored_in="",
            )
        )
        packed.new_files += 1
        packed.new_bytes += status.st_size
    listing = json.dumps(sums).encode()
    yield _header(SUMS, len(listing)) + listing + bytes(-len(listing) % BLOCK) + bytes(2 * BLOCK)


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def unpack(
    path: Path, identities: Identities, folder: Path | None, wanted: Collection[str] | None = None
) -> set[str]:
    """Read a tar to its end and check each file against its digest.

    Args:
        folder: where files go; None only checks them.
        wanted: keys of the files to take, by default all.

    Returns:
        Names of the files in it that were wanted.

    Raises:
        DamagedBackup: a file differs from its digest, or leads out of the folder.
        WrongKey: the identities do not open it.
    """
    digests: dict[str, str] = {}
    names: set[str] = set()
    with unseal(path, identities) as stream:
        listing = b"[]"
        # A tar that is cut off raises ReadError; so does one that is none.
        with _readable_tar(path), tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member)
                assert content is not None
                if member.name == SUMS:
                    listing = content.read()
                    continue
                take = wanted is None or key_of(member.name) in wanted
                target = None if folder is None or not take else _inside(folder, member.name, path)
                digests[member.name] = _extract(content, target)
                if take:
                    names.add(member.name)
    if digests != {name: digest for digest, name in json.loads(listing)}:
        raise DamagedBackup(f"{path.name}: a file in it is not what it was when it was backed up")
    return names


@contextlib.contextmanager
def _readable_tar(path: Path) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError:
        raise DamagedBackup(f"{path.name} cannot be unpacked: it is damaged") from None


def _inside(folder: Path, name: str, path: Path) -> Path:
    target = folder / name
    if ".." in target.parts or name.startswith("/"):
        raise DamagedBackup(f"{path.name} holds a file that leads out of its folder")
    return target


def _extract(content: object, target: Path | None) -> str:
    assert hasattr(content, "read")
    digest = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        file = None
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(open(target, "wb"))
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
            if file is not None:
                file.write(chunk)
    return digest.hexdigest()


def write_index(entries: Sequence[Entry], path: Path) -> Sealed:
    """Write an index: one JSON list a line, zstd."""
    lines = "".join(
        json.dumps([e.root, e.key, e.size_bytes, e.modified_ns, e.stored_in]) + "\n"
        for e in entries
    ).encode()
    packed = zstandard.ZstdCompressor(level=3, write_checksum=True).compress(lines)
    with whole_file(path, replace=True) as file:
        file.write(packed)
    return Sealed(len(packed), hashlib.sha256(packed).hexdigest(), len(lines))


def read_index(path: Path) -> dict[str, Entry]:
    """Read an index; its entries by key.

    Raises:
        DamagedBackup: it cannot be read.
    """
    try:
        packed = path.read_bytes()
        lines = zstandard.ZstdDecompressor().decompress(packed).splitlines()
        entries = [Entry(*json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError, zstandard.ZstdError):
        raise DamagedBackup(
            f"{path.name} of {path.parent.name} cannot be read; use another backup"
        ) from None
    return {entry.key: entry for entry in entries}


def copy_databases(root: Path, prefix: str, scratch: Path) -> Iterator[Source]:
    """Files under a folder for packing, SQLite databases as consistent copies made in `scratch`."""
    for number, source in enumerate(list(sources(root, prefix))):
        if source.name.endswith(("-wal", "-shm", "-journal")) or not source.path.is_file():
            continue
        with open(source.path, "rb") as file:
            is_database = file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
        if not is_database:
            yield source
            continue
        copy = scratch / f"{number}.db"
        with (
            contextlib.closing(
                sqlite3.connect(f"{source.path.as_uri()}?mode=ro", uri=True)
            ) as live,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            live.backup(target)
        yield Source(source.name, copy)
        copy.unlink()
