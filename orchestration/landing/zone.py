"""The landing zone: land records as files, and discover which files can be loaded.

A file is at `landing/<source>/<stream>/<delivery day>/<name>`. It is written under a temporary name
and renamed when complete, so that every file with a final name is whole.
"""

from __future__ import annotations

import json
import math
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.core.contracts import Contracts, load_contracts
from orchestration.core.errors import ConfigurationError
from orchestration.core.files import whole_file
from orchestration.core.settings import Settings

TEMPORARY_SUFFIXES = (".tmp", ".part", ".partial", ".inprogress", ".crdownload")
FORMATS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".csv", ".csv.gz", ".csv.zst", ".parquet")

# Landing time of a file whose path has no delivery day.
EARLIEST = datetime(1970, 1, 1)
_DIGITS = re.compile("([0-9]+)")
# The delivery day is a folder; names that Granary gives begin with the time, HHMMSS and µs.
_DELIVERY = re.compile(r"/(\d{4}-\d\d-\d\d)/(?:.*/)?(?:(?:part|extract)-(\d{12})-)?[^/]*$")


def landed_at(path: str) -> datetime:
    """Return when a file was landed, UTC, by its path.

    A name without a time gives the start of the delivery day, a path without a day `EARLIEST`.
    """
    found = _DELIVERY.search(path)
    if found is None:
        return EARLIEST
    day, time = found.groups()
    try:
        return datetime.strptime(f"{day} {time or '0' * 12}", "%Y-%m-%d %H%M%S%f")
    except ValueError:
        return EARLIEST


def delivery_order(path: str) -> tuple[tuple[tuple[str | int, ...], ...], str]:
    """Return a sort key for paths: folder by folder, with numbers by value, so 9 before 10."""
    folders = (
        tuple(int(part) if i % 2 else part for i, part in enumerate(_DIGITS.split(name)))
        for name in path.split("/")
    )
    return tuple(folders), path


@dataclass(frozen=True, order=True)
class LandedFile:
    """One file under the landing zone."""

    source: str
    stream: str
    path: str
    """Relative to the landing zone, with `/` as separator."""
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Failure:
    """A file that cannot be loaded, and why."""

    path: str
    reason: str


def land(
    source: str,
    stream: str,
    records: Iterable[Mapping[str, Any]],
    *,
    landing: Path | None = None,
) -> Path | None:
    """Append records to a stream as one new file.

    Safe to call from many threads and processes. The file is durable when this returns: written
    under a temporary name, flushed to disk (fsync), then renamed.

    Args:
        source: source system, as its contract names it.
        stream: stream of that source, as its contract names it.
        records: mappings of JSON values; datetimes are written in ISO 8601.
        landing: absolute path of the landing zone; by default `$GRANARY_HOME/landing`.

    Returns:
        The file written, or None if there were no records.

    Raises:
        ConfigurationError: no contract describes the stream, or no absolute home is set.
        TypeError: a record is not a mapping, or a name or value has no JSON form, such as NaN.
    """
    if (source, stream) not in load_contracts():
        raise ConfigurationError(f"no contract describes {source}.{stream}")
    zone = landing or Settings().home / "landing"
    if not zone.is_absolute():
        raise ConfigurationError(
            "no landing zone: set GRANARY_HOME to the home's absolute path, or give "
            "an absolute landing zone (a relative one depends on where the process was started, "
            "and no loader would look there)"
        )
    if isinstance(records, str | bytes | Mapping):
        raise TypeError(f"records is one {type(records).__name__}: give a list of mappings")
    lines = [json.dumps(_object(r), ensure_ascii=False) for r in records]
    if not lines:
        return None
    now = datetime.now(UTC)
    folder = zone / source / stream / f"{now:%Y-%m-%d}"
    final = folder / f"part-{now:%H%M%S%f}-{uuid.uuid4().hex}.jsonl"
    with whole_file(final) as file:
        # A lone surrogate has no UTF-8: land it all the same, and the loader rejects the line.
        file.write(("\n".join(lines) + "\n").encode("utf-8", "surrogatepass"))
    return final


def _object(record: object) -> dict[str, Any]:
    """Convert a record to what `json` can write and every parser reads alike.

    Raises:
        TypeError: it is not a mapping, or a value has no JSON form; the message names the field.
    """
    if not isinstance(record, Mapping):
        raise TypeError(f"a record is a {type(record).__name__}: give a list of mappings")
    for name in record:
        if not isinstance(name, str):
            raise TypeError(f"a {type(name).__name__} names a field: names must be texts")
    return {name: _json_form(value, name) for name, value in record.items()}


def _json_form(value: object, field: str) -> object:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_json_form(item, field) for item in value]
    if isinstance(value, Mapping):
        return _object(value)
    kind = value if isinstance(value, float) else type(value).__name__
    raise TypeError(f"field {field}: {kind} has no JSON form")


def discover(landing: Path, contracts: Contracts) -> tuple[list[LandedFile], list[Failure]]:
    """List the files of the landing zone.

    Returns:
        Loadable files ordered by stream and path, and entries that can never be loaded.
    """
    files: list[LandedFile] = []
    failures: list[Failure] = []
    for folder, source, stream in _stream_folders(landing, contracts, failures):
        for entry in _entries(folder, landing, failures):
            path = Path(entry.path).relative_to(landing).as_posix()
            name = entry.name
            if not _is_text(path):
                failures.append(Failure(path, "its name is not UTF-8: rename it"))
                continue
            try:
                status = entry.stat()
            except OSError as error:
                failures.append(Failure(path, f"cannot be read: {error.strerror}"))
                continue
            if not entry.is_file():
                failures.append(Failure(path, "is not a regular file"))
            elif not name.endswith(FORMATS):
                failures.append(Failure(path, f"file type must be one of {', '.join(FORMATS)}"))
            else:
                files.append(LandedFile(source, stream, path, status.st_size, status.st_mtime_ns))
    return sorted(files), [Failure(_shown(f.path), _shown(f.reason)) for f in failures]


def _is_text(path: str) -> bool:
    """Whether a path is UTF-8; Python shows other bytes as surrogates, which no engine stores."""
    return path == _shown(path)


def _shown(text: str) -> str:
    """Return a text in which bytes that are not UTF-8 are escaped as \\xNN."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _stream_folders(
    landing: Path, contracts: Contracts, failures: list[Failure]
) -> Iterator[tuple[Path, str, str]]:
    """Yield (folder, source, stream) of every stream with a contract; others are failures."""
    sources = {source for source, _ in contracts}
    for source in _children(landing, landing, failures):
        if source.name not in sources:
            failures.append(Failure(source.name, f"no contract describes source {source.name}"))
            continue
        for stream in _children(source, landing, failures):
            if (source.name, stream.name) in contracts:
                yield stream, source.name, stream.name
            else:
                failures.append(
                    Failure(
                        f"{source.name}/{stream.name}",
                        f"no contract describes {source.name}.{stream.name}",
                    )
                )


def _children(folder: Path, landing: Path, failures: list[Failure]) -> list[Path]:
    """List the entries of a folder that are not hidden, sorted."""
    if not folder.is_dir():
        return []
    try:
        return sorted(p for p in folder.iterdir() if not p.name.startswith((".", "_")))
    except OSError as error:
        path = folder.relative_to(landing).as_posix()
        failures.append(Failure(path, f"cannot be listed: {error.strerror}"))
        return []


def _entries(folder: Path, landing: Path, failures: list[Failure]) -> Iterator[os.DirEntry[str]]:
    """Yield every file below a folder that is neither hidden nor temporary.

    A directory that has a file's name, or is a symbolic link, is yielded itself: a link could lead
    in a circle.
    """
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda e: e.name)
    except OSError as error:
        path = folder.relative_to(landing).as_posix()
        failures.append(Failure(path, f"cannot be listed: {error.strerror}"))
        return
    for entry in entries:
        if entry.name.startswith((".", "_")) or entry.name.endswith(TEMPORARY_SUFFIXES):
            continue
        if entry.is_dir(follow_symlinks=False) and not entry.name.endswith(FORMATS):
            yield from _entries(Path(entry.path), landing, failures)
        else:
            yield entry
