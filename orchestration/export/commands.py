"""`granary export` and `granary verify-export`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.core.terminal import Json, err, out, print_json, read_settings, show

DAY = ["%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(export)
    app.command("verify-export")(verify_export)


def export(
    report: Annotated[
        str,
        typer.Argument(
            help="summary, interactions, sessions, content, performance, documents, audit or "
            "compliance."
        ),
    ],
    days: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=3650,
            help="So many days, up to the last that has data. Default 30.",
        ),
    ] = None,
    first_day: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="First day, UTC.")
    ] = None,
    last_day: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            formats=DAY,
            help="Last day, UTC; by default the last that has data and is not after the last "
            "delivery.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="csv|json|parquet|xlsx|zip",
            help="By default what the name of --out ends in, else csv. json is one object a line. "
            "compliance is a signed archive and takes zip alone.",
        ),
    ] = None,
    out_path: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="The file to write. By default <home>/exports/<report>-<first>-<last>, where "
            "exports are removed when their retention ends.",
        ),
    ] = None,
    table: Annotated[
        str | None, typer.Option(help="Only this table of the report, as one plain file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write published marts to a file, with a manifest beside it.

    summary: daily figures of assistant and document platform (three tables). interactions: every
    question. sessions: the assistant's sessions, by the day they began. content: how often which
    content was read. performance: measurements, their hours, and how questions fare (three tables).
    documents: analyses and feedback (two tables). audit: who did what on the document platform, as
    pseudonyms. compliance: a signed archive of the data
    dictionary, policies, logs up to today, quality results and lineage, for granary verify-export.

    Rows of days after the last delivery come from a wrong clock: a period that names no last day
    leaves them out and says how many they are.

    A report of several tables is a sheet each in Excel, and a .zip of files otherwise. Excel goes
    on in a further sheet where one is full. Times are UTC. Text that a spreadsheet would run as a
    formula gets an apostrophe in front in CSV and Excel; the manifest says how to undo it. The
    manifest, <file>.manifest.json, says what the file holds, of which days, with its SHA-256, when
    it was written, by whom (a pseudonym) and until when it may be kept. Every export is on record
    in governance.export_log. Only what is published is read; no column of a class that identifies
    people or holds free text ever leaves.
    """
    from orchestration.export.formats import Format
    from orchestration.export.period import Asked
    from orchestration.export.run import Request
    from orchestration.export.run import export as run
    from orchestration.policies.reports import COMPLIANCE

    asked = Asked(
        days, first_day.date() if first_day else None, last_day.date() if last_day else None
    )
    settings = read_settings()
    if report == COMPLIANCE:
        from orchestration.export.bundle import bundle

        if form not in (None, "zip") or table:
            raise typer.BadParameter(
                "compliance is one .zip, signed, of CSV and JSON files: it takes --format zip or "
                "none, and no --table"
            )
        with err.status(f"exporting {report}"):
            made = bundle(settings, asked, path=out_path, force=force)
        show(made, as_json, f"{made.summary}\nsigned with key {made.fingerprint}")
        return
    if form is not None and form not in [f.value for f in Format]:
        choices = ", ".join(Format)
        raise typer.BadParameter(f"{form!r}; choose from: {choices}", param_hint="--format")
    request = Request(report, Format(form) if form else None, out_path, asked, table, force)
    with err.status(f"exporting {report}"):
        result = run(settings, request)
    show(result, as_json, result.summary)


def verify_export(
    path: Annotated[Path, typer.Argument(help="A compliance bundle, or any exported file.")],
    public_key: Annotated[
        Path | None,
        typer.Option(
            help="Public key (PEM) that must have signed the bundle. Without it the bundle's own "
            "is taken, which only proves that it was not changed by accident: compare its "
            "fingerprint with the one its sender names."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check an export offline: every file's SHA-256, and a compliance bundle's signature.

    Needs no warehouse, key or network. Exit code 1 if anything differs; it says what.
    """
    from orchestration.export.verify import verify

    result = verify(path, public_key)
    if as_json:
        print_json(asdict(result) | {"intact": result.intact})
    else:
        out.print(result.summary, soft_wrap=True, markup=False, highlight=False)
    if not result.intact:
        raise typer.Exit(1)
