"""`granary alert`."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.core.terminal import Json, out, print_json, read_settings


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(alert)


def alert(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be told; tell nobody.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell whoever is to know which rule is broken, once an incident, and when it is over.

    Rules and channels stand in seeds/operations: alert_rules.csv, and metric_alerts.csv for metrics
    of the assistant's system, each component by itself. A channel's URL comes from
    GRANARY_ALERT_EMAIL_URL, _SLACK_URL, _PAGERDUTY_URL or _WEBHOOK_URL, in the form of apprise;
    one that has none is left out. A channel that does not take a message is told again after five
    minutes, then after ever longer pauses. Incidents are kept in governance.alert_log, attempts in
    governance.alert_deliveries.
    """
    from orchestration.operations.alerts.incidents import evaluate

    changes = evaluate(read_settings(), dry_run=dry_run)
    if as_json:
        print_json(changes)
        return
    for change in changes:
        message = change.message
        told = " (told again)" if change.again else ""
        if not (change.delivered or dry_run):
            told += " (not taken by every channel, which will be told again)"
        out.print(
            f"{message.about} {message.state}: {message.finding}{told}",
            soft_wrap=True, markup=False, highlight=False,
        )  # fmt: skip
    if not changes:
        out.print("no incident opened or ended")
