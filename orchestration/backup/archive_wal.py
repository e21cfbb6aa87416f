"""What PostgreSQL's `archive_command` runs: take one segment of its log into the archive.

    python -m orchestration.backup.archive_wal --to <backups>/wal --recipient age1... %p

The server calls it in its data folder and again until it succeeds. A segment that is there already
with the same content is a success, one with another content never is. Nothing else of Granary is
loaded: the server waits for this.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import uuid
from pathlib import Path

import pyrage

from orchestration.backup.postgres.wal import ARCHIVED, DIGITS
from orchestration.core.files import UNFINISHED, place
from orchestration.secrecy.sealing import SUFFIX, chunks_of, seal

FOLDER_MODE = 0o775


def archive(segment: Path, folder: Path, recipients: list[str]) -> bool:
    """Compress, encrypt and keep a segment, durably; return whether it was new.

    Raises:
        FileExistsError: a segment of that name with another content is there.
        OSError: it cannot be read or written.
    """
    digest = hashlib.sha256()
    for chunk in chunks_of(segment):
        digest.update(chunk)
    content = digest.hexdigest()[:DIGITS]
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    for path in folder.glob(f"{segment.name}.*{SUFFIX}"):
        match = ARCHIVED.fullmatch(path.name)
        if match is None or match["name"] != segment.name:
            continue  # a note about a backup begins with the name of its segment
        if match["content"] == content:
            return False
        raise FileExistsError(
            f"{segment.name} is archived already with another content: is another server writing "
            f"to {folder}?"
        )
    beside = folder / f".{segment.name}.{uuid.uuid4().hex}{UNFINISHED}"
    for left in folder.glob(f".*{segment.name}.*{UNFINISHED}"):
        left.unlink(missing_ok=True)  # of an attempt that was killed
    parsed = [pyrage.x25519.Recipient.from_str(text) for text in recipients]
    try:
        sealed = seal(chunks_of(segment), beside, parsed)
        status = segment.stat()
        # When the segment was last written to says up to when the archive reaches.
        os.utime(beside, ns=(status.st_mtime_ns, status.st_mtime_ns))
        name = f"{segment.name}.{content}.{sealed.sha256[:DIGITS]}{SUFFIX}"
        place(beside, folder / name, replace=True)
    finally:
        beside.unlink(missing_ok=True)
    return True


def system_identifier(data_folder: Path) -> str:
    """The number that names a cluster: the first eight bytes of its control file."""
    with open(data_folder / "global" / "pg_control", "rb") as file:
        return str(int.from_bytes(file.read(8), sys.byteorder))


def main() -> int:
    """Entry point: 0 where the segment is safe; else the server tries again."""
    parser = argparse.ArgumentParser(prog="archive_wal", description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="folder of all archives")
    parser.add_argument("--recipient", action="append", required=True, help="age public key")
    parser.add_argument("segment", type=Path, help="path of the segment: %%p")
    options = parser.parse_args()
    try:
        folder = options.to / system_identifier(Path.cwd())
        archive(options.segment, folder, options.recipient)
    except (OSError, pyrage.RecipientError) as error:
        print(f"granary: {options.segment.name} is not archived: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
