"""Carry rows from a source to the landing zone with dlt, one pipeline per table.

A pipeline writes a package of Parquet files, stores the state that belongs to it, then copies the
files to the landing zone. After a kill it resumes with the package it has. Three things are ours:

- dlt works in a folder of the home and ignores the configuration of the machine and the user.
- One dlt table stands for one shape (names and types) of a source table. So dlt never has to
  reconcile columns that were added, dropped or changed.
- A package that dlt cannot resume is dropped together with the state, and everything is read again.
  Comparison with the landing zone then leaves out what was already landed.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.common.configuration.providers.doc import CustomLoaderDocProvider
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.exceptions import DltException
from dlt.common.runtime.run_context import RunContext, switched_run_context

from orchestration.core.fault_points import reached
from orchestration.extract import naming
from orchestration.extract.writing import COMPRESSION, place

# Beyond this size a new file begins.
FILE_BYTES = 256 << 20
CONFIGURATION = {
    "runtime": {"dlthub_telemetry": False, "log_level": "CRITICAL"},
    "enable_runtime_trace": False,
    "restore_from_destination": False,
    "data_writer": {"compression": COMPRESSION, "file_max_bytes": FILE_BYTES},
    "normalize": {"workers": 1},
    "load": {"workers": 1, "delete_completed_jobs": True},
}

State = MutableMapping[str, Any]


@contextlib.contextmanager
def dlt_in(folder: Path) -> Iterator[None]:
    """Make dlt keep all its files in a folder and take its configuration from this module only."""

    class Context(RunContext):
        """dlt's run context: one folder, one configuration."""

        global_dir = run_dir = local_dir = data_dir = property(lambda _: str(folder))

        def initial_providers(self) -> list[ConfigProvider]:
            return [CustomLoaderDocProvider("granary", lambda: CONFIGURATION)]

    folder.mkdir(parents=True, exist_ok=True)
    with switched_run_context(Context(str(folder))):
        yield


@dataclass
class Delivery:
    """Files of a table that were placed in the landing zone."""

    files: list[Path] = field(default_factory=list)
    rows: int = 0

    @property
    def size_bytes(self) -> int:
        """Size of the files on disk."""
        return sum(file.stat().st_size for file in self.files)


class TablePipeline:
    """The dlt pipeline of one table; use it within `dlt_in`.

    Creating it also delivers what an interrupted run left behind.
    """

    def __init__(
        self, folder: Path, landing: Path, source: str, table: str, delivery: Delivery
    ) -> None:
        self._folder = folder
        self._landing = landing
        self._stream = (source, table)
        self._name = f"{source}_{table}"
        self._delivery = delivery
        self._pipeline = self._recovered()

    def _recovered(self) -> dlt.Pipeline:
        """Open the pipeline and deliver what an interrupted run left behind."""
        try:
            return self._hand_on(self._open())
        except (DltException, ValueError, KeyError, pa.ArrowException) as error:
            if _disk_failed(error):
                raise
        shutil.rmtree(self._folder / self._name)
        return self._open()

    def _open(self) -> dlt.Pipeline:
        def job(path: Any, _: Any) -> None:
            self._place_package_file(Path(path))

        destination = dlt.destination(
            job,
            name="landing",
            loader_file_format="parquet",
            naming_convention=naming.__name__,
            batch_size=0,
            loader_parallelism_strategy="sequential",
        )
        return dlt.pipeline(self._name, pipelines_dir=str(self._folder), destination=destination())

    def extract(self, schema: pa.Schema, read: Callable[[State], Iterator[pa.Table]]) -> None:
        """Write the tables that `read` yields into a package, together with the new state.

        Args:
            schema: schema of every table that is yielded.
            read: receives the table's state and may change it after yielding all rows.
        """
        _, table = self._stream

        def rows() -> Iterator[pa.Table]:
            yield from read(dlt.current.resource_state(table))

        shape = hashlib.sha256(str(schema).encode()).hexdigest()[:12]
        resource = dlt.resource(
            rows, name=table, table_name=f"{table}__{shape}", write_disposition="append"
        )
        self._pipeline.extract(resource)
        reached("package written")

    def hand_on(self) -> None:
        """Copy the files of complete packages to the landing zone, then remove the packages."""
        self._hand_on(self._pipeline)

    def _hand_on(self, pipeline: dlt.Pipeline) -> dlt.Pipeline:
        work = Path(pipeline.working_dir)
        # dlt moves a package on to `normalized`, then removes it from `extracted`. Killed between
        # the two it refuses the package for good, because it cannot move it there again.
        moved_on = {package.name for package in work.glob("load/normalized/*/")}
        for package in work.glob("normalize/extracted/*/"):
            if package.name in moved_on:
                shutil.rmtree(package)
        if pipeline.has_pending_data:
            pipeline.normalize()
            pipeline.load()
            reached("package handed on")
        # Remove delivered packages and incomplete ones of killed runs. dlt writes a package into a
        # folder beside `extracted`, and moves it in there when it is complete.
        unfinished = [f for f in work.glob("normalize/*/") if f.name != "extracted"]
        for leftover in (*work.glob("load/loaded/*/"), *work.glob("load/new/*/"), *unfinished):
            shutil.rmtree(leftover)
        return pipeline

    def _place_package_file(self, package_file: Path) -> None:
        """Copy one file; dlt calls this as its load job.

        A file of a package always gets the same name, so repeating a job lands nothing twice.
        """
        _, file_id, *_ = package_file.name.split(".")
        load_id = package_file.parent.parent.name
        landed_at = datetime.fromtimestamp(float(load_id), UTC)

        def copy(target: IO[bytes]) -> None:
            with open(package_file, "rb") as original:
                shutil.copyfileobj(original, target, 1 << 20)

        self._delivery.files.append(place(self._landing, self._stream, landed_at, file_id, copy))
        reached("package file placed")
        self._delivery.rows += pq.read_metadata(package_file).num_rows


def _disk_failed(error: BaseException | None) -> bool:
    """Whether an error comes from the disk and not from a package: then nothing may be dropped."""
    while error is not None:
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            return True
        error = error.__cause__ or error.__context__
    return False
