"""Write extracted files into the landing zone, atomically and durably."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.core.contracts import load_contracts
from orchestration.core.files import UNFINISHED, whole_file
from orchestration.extract.columns import ARROW_TYPES

COMPRESSION = "zstd"


def place(
    landing: Path,
    stream: tuple[str, str],
    landed_at: datetime,
    mark: str,
    write: Callable[[IO[bytes]], object],
) -> Path:
    """Write `<source>/<stream>/<day>/extract-<time>-<mark>.parquet`.

    An existing file of that name is left as it is, because the loader may have read it. So placing
    the same file again is harmless.

    Args:
        landed_at: UTC time that gives the delivery day and, with `mark`, the name.
        write: writes the content to the file it is given.

    Returns:
        The file's path.
    """
    folder = landing.joinpath(*stream) / f"{landed_at:%Y-%m-%d}"
    final = folder / f"extract-{landed_at:%H%M%S%f}-{mark}.parquet"
    if final.exists():
        return final
    with whole_file(final, replace=True) as file:
        write(file)
    return final


def place_records(
    landing: Path,
    stream: tuple[str, str],
    landed_at: datetime,
    mark: str,
    records: Sequence[dict[str, Any]],
) -> Path:
    """Write records, in the types of the stream's contract; see `place`."""
    columns = load_contracts()[stream].columns
    schema = pa.schema([(column.name, ARROW_TYPES[column.kind]) for column in columns])
    table = pa.Table.from_pylist(list(records), schema=schema)
    return place(
        landing,
        stream,
        landed_at,
        mark,
        lambda file: pq.write_table(table, file, compression=COMPRESSION),
    )


def remove_unfinished(landing: Path, source: str) -> None:
    """Remove what killed extractions were writing. Only call this under the extraction lock."""
    for path in (landing / source).glob(f"*/*/.extract-*{UNFINISHED}"):
        path.unlink()
