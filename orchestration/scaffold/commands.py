"""`granary new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.core.settings import PROJECT_DIR
from orchestration.core.terminal import Json, show

new = typer.Typer(help="Begin something new in the project.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(new, name="new")


@new.callback()
def _new() -> None:
    """Scaffold a new part of the project."""


@new.command()
def stream(
    source: Annotated[str, typer.Argument(help="The application; a new one gets its folders.")],
    name: Annotated[str, typer.Argument(metavar="STREAM", help="What it records, as a plural.")],
    sample: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Some of its records (JSON lines, CSV or Parquet): types, keys and classes are "
            "guessed from them.",
        ),
    ] = None,
    database: Annotated[
        bool,
        typer.Option(
            "--database", help="A new application's records are extracted from its database."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write what a stream needs: contract, staging model, mart, tests and policies.

    The project builds with them as they are. Each guess is marked as one in the contract; what
    looks personal is hashed, redacted or left behind. Nothing that is there is written over.
    """
    from orchestration.scaffold.reading import read_sample
    from orchestration.scaffold.writing import begin

    records = None if sample is None else read_sample(sample)
    begun = begin(PROJECT_DIR, source, name, records, database=database)
    show(begun, as_json, begun.summary)
