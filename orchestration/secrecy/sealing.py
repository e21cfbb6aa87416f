"""Write and read files that are compressed (zstd) and encrypted (age), in one streaming pass.

Memory use does not depend on the file's size. age authenticates every 64 KiB and the end of the
stream, so an altered or truncated file is detected.
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
# Higher levels save few bytes on tables, for much more time.
LEVEL = 1

Recipients = Sequence[pyrage.x25519.Recipient]
Identities = Sequence[pyrage.x25519.Identity]
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Sealed:
    """One encrypted file: its size and SHA-256 on disk, and the size of its plaintext."""

    size_bytes: int
    sha256: str
    content_bytes: int


def chunks_of(path: Path, advance: Advance | None = None) -> Iterator[bytes]:
    """Yield a file's content in chunks of 1 MiB; call `advance` with the size of each."""
    with open(path, "rb") as file:
        yield from chunks_from(file, advance)


def chunks_from(file: IO[bytes], advance: Advance | None = None) -> Iterator[bytes]:
    """Yield the rest of a stream in chunks of 1 MiB; call `advance` with the size of each."""
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
        if advance is not None:
            advance(len(chunk))


def seal(chunks: Iterable[bytes], path: Path, recipients: Recipients) -> Sealed:
    """Compress and encrypt chunks into a file for some recipients, replacing it atomically.

    Raises:
        OSError: the file cannot be written, or a chunk cannot be read.
    """
    source = _Compressed(chunks)
    with whole_file(path, replace=True) as file:
        sink = _Hashed(file)
        try:
            pyrage.encrypt_io(source, sink, list(recipients))
        except (pyrage.EncryptError, OSError):
            # pyrage turns an error of ours into text; raise the original.
            if failure := source.failure or sink.failure:
                raise failure from None
            raise
    return Sealed(sink.size_bytes, sink.digest.hexdigest(), source.content_bytes)


@contextlib.contextmanager
def unseal(path: Path, identities: Identities) -> Iterator[IO[bytes]]:
    """Open the plaintext of a sealed file as a stream.

    age hands out plaintext before it has seen the end of the file. So leaving the block reads the
    rest: only then is the whole file authenticated. Until then do not rely on what was read.

    Raises:
        WrongKey: none of the identities decrypts the file.
        DamagedFile: the file is missing, truncated or altered.
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
            # A reader's own error is usually a consequence of the damage: report that first.
            raise (_failure(worker.failure, path) or _unpacked(error, path)) from None
        worker.join()
    if failure := _failure(worker.failure, path):
        raise failure


def file_digest(path: Path, advance: Advance | None = None) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes on disk."""
    digest = hashlib.sha256()
    for chunk in chunks_of(path, advance):
        digest.update(chunk)
    return digest.hexdigest()


class _Compressed:
    """A file-like source from which age reads the compressed chunks."""

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
    """A file-like sink that writes and hashes what age encrypts."""

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
        """Do nothing: `whole_file` flushes once, at the end."""


class _Decryption(threading.Thread):
    """Decrypts into a pipe, because pyrage pushes plaintext and the reader pulls it."""

    def __init__(self, encrypted: IO[bytes], outgoing: int, identities: Identities) -> None:
        # A daemon, so that an interrupted command does not wait for the rest of a large file.
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
    # A broken pipe means that the reader stopped early; nothing is wrong with the file.
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
    """Whether the cause is a full disk, an exhausted quota or a file size limit."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
