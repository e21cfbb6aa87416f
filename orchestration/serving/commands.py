"""`granary publish` and `granary metrics`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from orchestration.core.terminal import (
    PARTLY_DONE,
    Json,
    err,
    out,
    print_json,
    read_settings,
    show,
    table_of,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(publish)
    app.command()(metrics)


def publish(as_json: Json = False) -> None:
    """Publish the marts, if the last build passed the gate.

    Readers see either the old version or the new one, never a mix, and are never blocked.

    Exit codes: 0 published, 1 refused because the last build is not fit, 5 published except for
    tables that readers' own views hold in place.
    """
    from orchestration.serving.publish import publish as run

    publication = run(read_settings())
    show(
        publication,
        as_json,
        f"{publication.relations} marts, {publication.rows:,} rows published to "
        f"{publication.location}; {publication.rows_written:,} of them written",
    )
    for reason in publication.held_back:
        err.print(f"not published: {reason}", soft_wrap=True, markup=False, highlight=False)
    if publication.held_back:
        raise typer.Exit(PARTLY_DONE)


def metrics(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Metrics to query. Without any, all are listed; --json adds their dimensions."
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Dimension to group by, e.g. organization or metric_time__day; repeatable."
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="Filter, e.g. \"{{ Dimension('analysis__risk_level') }} = 'High'\"; repeatable."
        ),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, UTC.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Query metrics over the published marts.

    Examples:

    \b
      granary metrics
      granary metrics documents --by metric_time__month --since 2026-01-01
    """
    from orchestration.serving.metrics import MetricQuery, Metrics, answer

    settings = read_settings()
    if not names:
        known = Metrics(settings).all()
        if as_json:
            print_json([asdict(metric) for metric in known])
        else:
            out.print(table_of(["metric", "what it is"], [(m.name, m.description) for m in known]))
        return
    found = answer(settings, MetricQuery(names, by or (), where or (), since, until))
    if as_json:
        print_json([dict(zip(found.columns, row, strict=True)) for row in found.rows])
    else:
        out.print(table_of(found.columns, found.rows))
