"""What all commands share: reading settings, printing results, showing progress."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from numbers import Number
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from orchestration.core.errors import ConfigurationError
from orchestration.core.home import tidy
from orchestration.core.rounding import places
from orchestration.core.settings import Settings
from orchestration.core.tables import FittedTable

# Exit code of a command that did some of its work and failed at the rest.
PARTLY_DONE = 5
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]

# Width of tables in a pipe or file: wide enough for ids and paths to stay on one line.
PIPE_WIDTH = 160

out = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True)


def read_settings() -> Settings:
    """Read the settings from the environment, and tidy the state folder.

    Raises:
        ConfigurationError: a setting is wrong; the message names its variable.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"GRANARY_{'_'.join(str(p) for p in e['loc']).upper()}: {e['msg']}"
            for e in error.errors()
            if e["type"] != "default_factory_not_called"  # only follows from another error
        )
        raise ConfigurationError(problems) from None
    tidy(settings)
    return settings


def show(result: Any, as_json: bool, summary: str) -> None:
    """Print a dataclass as JSON, or else the summary."""
    if as_json:
        print_json(asdict(result))
    else:
        out.print(summary, soft_wrap=True, markup=False, highlight=False)


def table_of(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None
) -> FittedTable:
    """Build a table to print; numbers get thousands separators and are never cut."""
    listed = list(rows)
    table = Table(title=title)
    for place, column in enumerate(columns):
        found = [row[place] for row in listed if row[place] not in (None, "")]
        is_number = bool(found) and all(isinstance(value, Number) for value in found)
        table.add_column(
            column, overflow="fold", no_wrap=is_number, justify="right" if is_number else "left"
        )
    for row in listed:
        table.add_row(*map(_shown, row))
    return FittedTable(table)


def _shown(value: object) -> Text:
    if isinstance(value, (float, Decimal)):
        return Text(f"{value:,.{places(value, 2)}f}")
    return Text("" if value is None else f"{value:,}" if isinstance(value, int) else str(value))


def print_json(data: Any) -> None:
    """Print JSON on standard output; times in ISO 8601 with `Z`, decimals as numbers."""

    def plain(value: object) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            return asdict(value)
        if isinstance(value, datetime):
            return f"{value.isoformat()}Z"
        if isinstance(value, (date, Path, UUID)):
            return str(value)
        if isinstance(value, Decimal):
            return float(value)
        raise TypeError(type(value).__name__)

    print(json.dumps(data, ensure_ascii=False, default=plain, indent=2))


@contextlib.contextmanager
def progress_of(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error, if that is a terminal.

    Yields:
        A function to call with the amounts done and in total.
    """
    with Progress(
        TextColumn(what),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TimeElapsedColumn(),
        console=err,
        disable=not err.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task(what, total=0)
        yield lambda done, total: bar.update(task, completed=done, total=total)
