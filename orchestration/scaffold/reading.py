"""The first records of a sample file, as Python values."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.core.errors import ConfigurationError

MOST_RECORDS = 10_000
FORMATS = (".jsonl", ".ndjson", ".json", ".csv", ".parquet")
Record = Mapping[str, Any]


def read_sample(path: Path) -> list[Record]:
    """Up to 10,000 records from the beginning of a file; `.gz` is unpacked.

    Raises:
        ConfigurationError: it is not there, of an unknown format, or holds no record.
    """
    packed = path.suffix == ".gz"
    suffix = Path(path.stem).suffix if packed else path.suffix
    if not path.is_file():
        raise ConfigurationError(f"no file {path}: --from takes one that holds some records")
    if suffix not in FORMATS:
        raise ConfigurationError(f"{path} is none of {', '.join(FORMATS)}: name a file of these")
    try:
        if suffix == ".parquet":
            found = list(islice(_parquet(path), MOST_RECORDS))
        else:
            with (
                gzip.open(path, "rt", encoding="utf-8-sig", newline="")
                if packed
                else open(path, encoding="utf-8-sig", newline="") as file
            ):
                rows = _csv(file) if suffix == ".csv" else _json(file)
                found = list(islice(rows, MOST_RECORDS))
    except (OSError, ValueError, csv.Error, pa.ArrowException) as error:
        # A parser's own message may quote what the file holds.
        kind = type(error).__name__
        raise ConfigurationError(f"{path} cannot be read as {suffix[1:]} ({kind})") from None
    if not found:
        raise ConfigurationError(f"{path} holds no record: name a file that holds some")
    return found


def _json(file: IO[str]) -> Iterator[Record]:
    """One object a line; lines that are none are no example of the stream."""
    for line in file:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def _csv(file: IO[str]) -> Iterator[Record]:
    for row in csv.DictReader(file):
        yield {name: value or None for name, value in row.items() if name is not None}


def _parquet(path: Path) -> Iterator[Record]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(1_000):
            yield from batch.to_pylist()
