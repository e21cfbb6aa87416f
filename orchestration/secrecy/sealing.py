"""Files that are compressed (zstd) and encrypted (age) in one pass, read or written as a stream.

Memory stays flat whatever the size: chunks go through zstd's and age's own buffers only. age
authenticates every 64 KiB and the end, so a byte that was changed or is missing cannot be read.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyrage
import zstandard

from orchestration.core.fault_points import reached
from orchestration.core.files import whole_file
from orchestration.secrecy.errors import DamagedFile, WrongKey

SUFFIX = ".zst.age"
CHUNK_BYTES = 1 << 20
# What zstd gains above this level on tables costs more time than its bytes cost on disk.
LEVEL = 1

Recipients = Sequence[pyrage.x25519.Recipient]
Identities = Sequence[pyrage.x25519.Identity]
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Sealed:
    """One encrypted file: its size, the SHA-256 of what lies on disk, the size of what is in it."""

    size_bytes: int
    sha256: str
    content_bytes: int


def chunks_of(path: Path, advance: Advance | None = None) -> Iterator[bytes]:
    """A file's content, a megabyte at a time."""
    with open(path, "rb") as file:
        yield from chunks_from(file, advance)


def chunks_from(file: IO[bytes], advance: Advance | None = None) -> Iterator[bytes]:
    """What a stream still holds, a megabyte at a time."""
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
        if advance is not None:
            advance(len(chunk))


def seal(chunks: Iterable[bytes], path: Path, recipients: Recipients) -> Sealed:
    """Write chunks to a new file that only the recipients' identities open; whole or not at all.

    Raises:
        OSError: it cannot be written, or a chunk cannot be read.
    """
    source = _Compressed(chunks)
    with whole_file(path, replace=True) as file:
        sink = _Hashed(file)
        try:
            pyrage.encrypt_io(source, sink, list(recipients))
        except (pyrage.EncryptError, OSError):
            # age keeps no more than the text of an error.
            if failure := source.failure or sink.failure:
                raise failure from None
            raise
    return Sealed(sink.size_bytes, sink.digest.hexdigest(), source.content_bytes)


@contextlib.contextmanager
def unseal(path: Path, identities: Identities) -> Iterator[IO[bytes]]:
    """What is in an encrypted file, as a stream. Leaving reads to the end, so all is authenticated.

    Raises:
        WrongKey: the identities do not open it.
        DamagedFile: it is missing, cut off or changed.
    """
    try:
        encrypted = open(path, "rb")  # noqa: SIM115 (closed below)
    except OSError as error:
        raise DamagedFile(f"{path.name} cannot be read: {error.strerror}") from None
    incoming, outgoing = os.pipe()
    worker = _Decryption(encrypted, outgoing, identities)
    worker.start()
    with encrypted, open(incoming, "rb") as pipe:
        stream: Any = zstandard.ZstdDecompressor().stream_reader(pipe, read_across_frames=True)
        try:
            yield stream
            while stream.read(CHUNK_BYTES):
                pass
        except BaseException as error:
            pipe.close()
            worker.join()
            # What a reader stumbles over follows from what is wrong with the file.
            raise (_failure(worker.failure, path) or _unpacked(error, path)) from None
        worker.join()
    if failure := _failure(worker.failure, path):
        raise failure


def file_digest(path: Path, advance: Advance | None = None) -> str:
    """SHA-256 of a file as it lies on disk, hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks_of(path, advance):
        digest.update(chunk)
    return digest.hexdigest()


class _Compressed:
    """Gives age the compressed form of chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True, threads=-1)
        self._compress = compressor.compressobj()
        self._ready = memoryview(b"")
        self._ended = False
        self.content_bytes = 0
        self.failure: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._ready and not self._ended:
                self._ready = memoryview(self._next())
        except BaseException as error:
            self.failure = error
            raise
        taken, self._ready = self._ready[:size], self._ready[size:]
        return bytes(taken)

    def _next(self) -> bytes:
        chunk = next(self._chunks, None)
        if chunk is None:
            self._ended = True
            return self._compress.flush()
        self.content_bytes += len(chunk)
        return self._compress.compress(chunk)


class _Hashed:
    """Writes what age gives, and hashes it on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size_bytes = 0
        self.failure: OSError | None = None

    def write(self, block: bytes) -> int:
        try:
            self._file.write(block)
        except OSError as error:
            self.failure = error
            raise
        self.digest.update(block)
        self.size_bytes += len(block)
        reached("block sealed")
        return len(block)

    def flush(self) -> None:
        """What matters is flushed when the file is closed."""


class _Decryption(threading.Thread):
    """Feeds a pipe with what age decrypts."""

    def __init__(self, encrypted: IO[bytes], outgoing: int, identities: Identities) -> None:
        super().__init__(daemon=True)
        self._encrypted, self._outgoing, self._identities = encrypted, outgoing, identities
        self.failure: Exception | None = None

    def run(self) -> None:
        with contextlib.suppress(BrokenPipeError), open(self._outgoing, "wb") as pipe:
            try:
                pyrage.decrypt_io(self._encrypted, pipe, list(self._identities))
            except Exception as error:
                self.failure = error


def _failure(error: Exception | None, path: Path) -> DamagedFile | WrongKey | None:
    if error is None or "Broken pipe" in str(error):
        return None
    if "No matching keys" in str(error):
        return WrongKey(
            f"the identity does not open {path.parent.name}/{path.name}: it was encrypted for "
            "another key; the manifest names its recipients"
        )
    return DamagedFile(f"{path.name} cannot be decrypted: it is damaged or cut off")


def _unpacked(error: BaseException, path: Path) -> BaseException:
    if isinstance(error, zstandard.ZstdError):
        return DamagedFile(f"{path.name} cannot be unpacked: it is damaged")
    return error


def no_room(error: OSError) -> bool:
    """Whether a disk or quota is full, or a file may not grow."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
