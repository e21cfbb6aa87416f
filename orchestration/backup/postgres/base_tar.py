"""A base backup unpacked, every file held against the server's own list of checksums on the way.

That is what pg_verifybackup does afterwards, with a second reading of every file; it also runs
where the machine has one that starts.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from orchestration.backup.errors import DamagedBackup
from orchestration.secrecy.sealing import CHUNK_BYTES

LIST = "backup_manifest"
Found = dict[str, tuple[int, str]]


def unpack_base(stream: IO[bytes], data: Path) -> None:
    """Unpack the tar that pg_basebackup wrote, with checksums in SHA-256, into a data folder.

    Raises:
        DamagedBackup: a file is missing, is not in the list or differs from it.
    """
    found: Found = {}
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                _unpack(tar, member, data, found)
    except tarfile.TarError:
        raise DamagedBackup("the base backup cannot be unpacked: it is damaged") from None
    _check(found, data / LIST)


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, data: Path, found: Found) -> None:
    target = data / member.name
    if (
        member.name.startswith("/")
        or ".." in target.parts
        or not (member.isdir() or member.isreg())
    ):
        raise DamagedBackup(f"the base backup holds what no data folder does: {member.name}")
    if member.isdir():
        target.mkdir(mode=0o700, exist_ok=True)
        return
    content = tar.extractfile(member)
    assert content is not None
    digest = hashlib.sha256()
    with open(target, "xb") as file:
        target.chmod(0o600)
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
    found[member.name] = (member.size, digest.hexdigest())


def _check(found: Found, path: Path) -> None:
    expected = _listed(path)
    for name in sorted((found.keys() | expected.keys()) - {LIST}):
        if name not in expected:
            raise DamagedBackup(
                f"the base backup holds a file that the server did not list: {name}"
            )
        if name not in found:
            raise DamagedBackup(f"the base backup lacks a file of the server: {name}")
        if found[name] != expected[name]:
            raise DamagedBackup(f"a file of the base backup is not what the server sent: {name}")


def _listed(path: Path) -> Mapping[str, tuple[int, str]]:
    try:
        text = path.read_bytes()
        listing = json.loads(text)
        signed = text[: text.rindex(b'"Manifest-Checksum"')]
        if hashlib.sha256(signed).hexdigest() != listing["Manifest-Checksum"]:
            raise ValueError("checksum")
        return {
            file.get("Path") or bytes.fromhex(file["Encoded-Path"]).decode(): (
                file["Size"],
                file["Checksum"],
            )
            for file in listing["Files"]
        }
    except (OSError, ValueError, KeyError):
        raise DamagedBackup("the server's own list of files cannot be read") from None
