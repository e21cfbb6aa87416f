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
        bool, typer.Option("--dry-run", help="Show what would be sent; send nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send an alert when a rule breaks, and when it holds again.

    Rules and channels are in seeds/operations/alert_rules.csv; metric_alerts.csv has those for
    metrics of the assistant's system, by component. A channel is an apprise URL in
    GRANARY_ALERT_EMAIL_URL, _SLACK_URL, _PAGERDUTY_URL or _WEBHOOK_URL; a channel without a URL is
    skipped. Failed deliveries are retried after five minutes, then at growing intervals. Incidents
    are recorded in governance.alert_log, attempts in governance.alert_deliveries.

    Example:

    \b
      GRANARY_ALERT_WEBHOOK_URL=jsons://example.com/hook granary alert
    """
    from orchestration.operations.alerts.incidents import evaluate

    changes = evaluate(read_settings(), dry_run=dry_run)
    if as_json:
        print_json(changes)
        return
    for change in changes:
        message = change.message
        told = " (sent again)" if change.again else ""
        if not (change.delivered or dry_run):
            told += " (not accepted by every channel; will be retried)"
        out.print(
            f"{message.about} {message.state}: {message.finding}{told}",
            soft_wrap=True, markup=False, highlight=False,
        )  # fmt: skip
    if not changes:
        out.print("no incident opened or ended")
