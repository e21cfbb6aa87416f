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
            help="Number of days, ending with the last day that has data. Default 30.",
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
            help="Last day, UTC; by default the last day with data, but no day after the last "
            "delivery.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="csv|json|parquet|xlsx|zip",
            help="By default as the suffix of --out says, else csv. json is one object per line. "
            "compliance is a signed archive: zip only.",
        ),
    ] = None,
    out_path: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="The file to write. By default <home>/exports/<report>-<first>-<last>; files in "
            "that folder are removed when their retention ends.",
        ),
    ] = None,
    table: Annotated[
        str | None, typer.Option(help="Only this table of the report, as a single file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    as_json: Json = False,
) -> None:
    """Write published marts to a file, with a manifest beside it.

    \b
    summary       daily figures of assistant and document platform (3 tables)
    interactions  every question
    sessions      the assistant's sessions, by the day they began
    content       how often each piece of content was read
    performance   measurements, hourly figures, how queries perform (3 tables)
    documents     analyses and feedback (2 tables)
    audit         who did what on the document platform, as pseudonyms
    compliance    a signed archive of the data dictionary, policies, logs up to
                  today, quality results and lineage; see granary verify-export

    Example:

    \b
      granary export interactions --days 7 --out interactions.xlsx

    Rows dated after the last delivery come from a wrong clock. Unless --to is given, they are left
    out and their number is shown.

    In Excel each table of a report is a sheet, continued on another sheet when one is full. In the
    other formats a report of several tables is a .zip with a file for each. Times are UTC. In CSV
    and Excel, text that a spreadsheet would run as a formula gets an apostrophe in front; the
    manifest says how to undo that. The manifest, <file>.manifest.json, describes the tables and
    the period and states the file's SHA-256, when it was written, by whom (a pseudonym) and how
    long it may be kept. Every export is recorded in governance.export_log. Only published marts
    are read, and columns that identify people or hold free text are never exported.
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
                "compliance is one signed .zip of CSV and JSON files: it takes --format zip or "
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
            help="Public key (PEM) that must have signed the bundle. Without it, the key inside "
            "the bundle is used, which only rules out accidental changes: compare its fingerprint "
            "with the one the sender states."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check an exported file or compliance bundle offline.

    Compares every file's SHA-256. A compliance bundle must also be a whole bag (RFC 8493) whose tag
    manifest was signed. Needs no warehouse, key or network.

    Exit codes: 0 unchanged, 1 something differs; it says what.
    """
    from orchestration.export.verify import verify

    result = verify(path, public_key)
    if as_json:
        print_json(asdict(result) | {"intact": result.intact})
    else:
        out.print(result.summary, soft_wrap=True, markup=False, highlight=False)
    if not result.intact:
        raise typer.Exit(1)
