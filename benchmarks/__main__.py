"""The command `python -m benchmarks`, which `make bench` runs."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from benchmarks import (
    backup,
    before,
    dagster_run,
    dbt_overhead,
    engines,
    exports,
    extraction,
    hashing,
    history,
    increments,
    ingest,
    lifecycle,
    machine,
    pipeline,
    queries,
    redaction,
    star,
)
from benchmarks.bench import Bench, Size
from benchmarks.rows import Row, show, write
from orchestration.core.errors import ConfigurationError, GranaryError
from orchestration.core.settings import Settings

CONCERNS: dict[str, ModuleType] = {
    "ingest": ingest,
    "pipeline": pipeline,
    "dbt": dbt_overhead,
    "before": before,
    "engines": engines,
    "increments": increments,
    "redaction": redaction,
    "hashing": hashing,
    "dagster": dagster_run,
    "extraction": extraction,
    "star": star,
    "history": history,
    "queries": queries,
    "exports": exports,
    "lifecycle": lifecycle,
    "backup": backup,
}
SIZES = "100k,1M,10M"
WIDTH = 160


def main(
    sizes: Annotated[
        str, typer.Option(help="Numbers of interactions, separated by commas.")
    ] = SIZES,
    only: Annotated[
        str,
        typer.Option(
            help=f"Benchmarks to run, separated by commas: {','.join(CONCERNS)}.",
            show_default="all",
        ),
    ] = "",
) -> None:
    """Measure speed and memory, print a table and write <GRANARY_HOME>/bench.json.

    Everything happens in a temporary folder of GRANARY_HOME. Missed targets are reported; the exit
    code is 1 only if a benchmark could not be run.
    """
    # In a pipe, rich would cut lines at 80 characters.
    out = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    err = Console(stderr=True)
    try:
        asked = Size.parse_list(sizes)
        concerns = _concerns(only)
    except GranaryError as error:
        err.print(f"bench: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(error.exit_code) from None
    home = Settings().root
    home.mkdir(parents=True, exist_ok=True)
    out.print(machine.facts(home), soft_wrap=True, highlight=False)
    notes: list[str] = []
    failed = False
    if machine.is_busy():
        notes.append("this machine is busy with other work: speeds are too low.")
    rows: list[Row] = []
    with _folder(home) as folder:
        for size in asked:
            key = secrets.token_hex(32)
            bench = Bench(size, folder / size.name, key, size == asked[0], rows, notes)
            bench.folder.mkdir()
            for name, concern in concerns.items():
                try:
                    concern.measure(bench)
                except GranaryError as error:
                    failed = True
                    err.print(f"bench: {name} at {size.name}: {error}", markup=False)
                except (KeyboardInterrupt, SystemExit):
                    out.print("interrupted; bench.json stays as it was")
                    show(rows, out)
                    raise
            shutil.rmtree(bench.folder)
    show(rows, out)
    for note in notes:
        out.print(note, soft_wrap=True, highlight=False, markup=False)
    write(rows, home / "bench.json")
    missed = sum(row.met is False for row in rows)
    out.print(f"{missed} targets missed" if missed else "no target missed", highlight=False)
    raise typer.Exit(int(failed))


def _concerns(only: str) -> dict[str, ModuleType]:
    names = [name.strip() for name in only.split(",") if name.strip()] or list(CONCERNS)
    for name in names:
        if name not in CONCERNS:
            raise ConfigurationError(f"--only {name!r}: choose from {', '.join(CONCERNS)}")
    return {name: CONCERNS[name] for name in names}


@contextlib.contextmanager
def _folder(home: Path) -> Iterator[Path]:
    """Make a folder for this run and remove it at the end, even if the run is terminated."""
    parent = home / "bench"
    parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=parent))

    def ended(_signal: int, _frame: FrameType | None) -> NoReturn:
        # An exception, unlike the signal's default action, runs the `finally` below.
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, ended)
    try:
        yield folder
    finally:
        signal.signal(signal.SIGTERM, before)
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            parent.rmdir()


if __name__ == "__main__":
    typer.run(main)
