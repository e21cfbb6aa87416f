"""`granary new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.core.settings import PROJECT_DIR
from orchestration.core.terminal import Json, show

new = typer.Typer(help="Scaffold new parts of the project.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(new, name="new")


@new.callback()
def _new() -> None:
    """Scaffold a new part of the project."""


@new.command()
def stream(
    source: Annotated[
        str, typer.Argument(help="Name of the application; a new one gets folders of its own.")
    ],
    name: Annotated[
        str,
        typer.Argument(
            metavar="STREAM", help="Name of the stream: what it records, in the plural."
        ),
    ],
    sample: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Sample records (JSON lines, CSV or Parquet) to guess types, keys and classes "
            "from.",
        ),
    ] = None,
    database: Annotated[
        bool,
        typer.Option("--database", help="Extract a new application's records from its database."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Scaffold a stream: contract, staging model, mart, tests and policies.

    The project builds with the files as they are. Each guess is marked in the contract for you to
    check. Columns that look personal are hashed, redacted or left out. No existing file is
    overwritten.

    Example:

    \b
      granary new stream helpdesk tickets --from tickets.jsonl
    """
    from orchestration.scaffold.reading import read_sample
    from orchestration.scaffold.writing import begin

    records = None if sample is None else read_sample(sample)
    begun = begin(PROJECT_DIR, source, name, records, database=database)
    show(begun, as_json, begun.summary)
