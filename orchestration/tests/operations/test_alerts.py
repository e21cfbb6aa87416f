"""An incident is told once, on a real channel, and once more when it is over."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from orchestration.core.clock import utc_now
from orchestration.core.errors import WarehouseBusy
from orchestration.core.settings import Settings
from orchestration.operations.alerts import incidents, rules
from orchestration.operations.alerts.delivery import TOLD, Message, tell
from orchestration.operations.alerts.incidents import evaluate
from orchestration.policies.alerts import Rule
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace
from orchestration.warehouse.lock import writer_lock

REJECTS = Rule("rejects_are_many", "rejects", 10, "medium", ("webhook", "slack"))
GOOD = {"timestamp": "2026-03-02T10:00:00Z", "metric_name": "error_rate", "metric_value": 1.0,
        "component": "api"}  # fmt: skip
SECRET = "sesame"


@dataclass
class Channel:
    """A webhook on this machine, or several by their paths; those that are `broken` answer 500."""

    port: int = 0
    broken: set[str] = field(default_factory=set)
    received: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    channel = Channel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            channel.received.append(json.loads(body))
            channel.paths.append(self.path)
            self.send_response(500 if self.path in channel.broken else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        channel.port = server.server_port
        url = f"json://user:{SECRET}@127.0.0.1:{channel.port}/hook"
        monkeypatch.setenv("GRANARY_ALERT_WEBHOOK_URL", url)
        monkeypatch.setattr(rules, "rules", lambda: (REJECTS,))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield channel
        server.shutdown()
        thread.join()


def _deliver(workspace: Workspace, name: str, good: int, bad: int) -> None:
    lines = [json.dumps(GOOD | {"component": f"{name}-{n}"}) for n in range(good)]
    lines += ['{"timestamp": "x", "note": "call anna@example.com"}'] * bad
    workspace.write(
        f"assistant/system_metrics/2026-03-02/{name}.jsonl", ("\n".join(lines) + "\n").encode()
    )
    workspace.ingest()


def test_an_incident_is_told_once_and_its_end_once(workspace: Workspace, channel: Channel) -> None:
    with workspace.activate():
        _deliver(workspace, "a", good=8, bad=2)
        assert [c.message.state for c in evaluate(Settings())] == ["opened"]
        assert evaluate(Settings()) == []
        _deliver(workspace, "b", good=90, bad=0)
        assert [c.message.state for c in evaluate(Settings())] == ["recovered"]
        assert evaluate(Settings()) == []
    [opened, recovered] = channel.received
    assert opened["title"] == "[medium] rejects_are_many opened"
    assert "2 of 10 lines in 7 days (allowed: 10)" in opened["message"]
    assert recovered["title"] == "[medium] rejects_are_many recovered"
    assert "anna" not in json.dumps(channel.received)
    logged = workspace.query(
        "select state, incident_id, value, delivered from governance.alert_log order by noted_at"
    )
    assert [(row[0], row[2], row[3]) for row in logged] == [
        ("opened", 20.0, True), ("recovered", 2.0, True),
    ]  # fmt: skip
    assert logged[0][1] == logged[1][1]


def test_each_channel_is_told_until_it_takes_the_message(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack = f"json://127.0.0.1:{channel.port}/slack"
    monkeypatch.setenv("GRANARY_ALERT_SLACK_URL", slack)
    start = utc_now()

    def told(minutes: float) -> list[str]:
        """Who is told so many minutes after the start, in order."""
        before = len(channel.paths)
        evaluate(Settings(), now=start + timedelta(minutes=minutes))
        return channel.paths[before:]

    with workspace.activate():
        channel.broken = {"/slack"}
        _deliver(workspace, "a", good=1, bad=1)
        assert told(0) == ["/hook", "/slack"]
        for minutes, expected in {
            1: [], 5: ["/slack"], 14: [], 15: ["/slack"], 34: [], 35: ["/slack"],
        }.items():  # fmt: skip
            assert told(minutes) == expected, minutes
        # It is over, and nobody can be told; who was never told that it began is told both.
        channel.broken = {"/hook", "/slack"}
        _deliver(workspace, "b", good=90, bad=0)
        assert told(36) == ["/hook", "/slack"]
        channel.broken = set()
        assert told(37) == []
        assert told(41) == ["/hook", "/slack"]
        assert told(10_000) == []
    last = channel.received[-1]
    assert last["title"] == "[medium] rejects_are_many recovered"
    assert f"Open since {start:%Y-%m-%d %H:%M} UTC" in last["message"]
    assert workspace.query(
        "select channel, state, count(*), sum(case when delivered then 1 else 0 end) "
        "from governance.alert_deliveries group by 1, 2 order by 1, 2"
    ) == [("slack", "opened", 4, 0), ("slack", "recovered", 2, 1),
          ("webhook", "opened", 1, 1), ("webhook", "recovered", 2, 1)]  # fmt: skip
    assert workspace.value("select count(distinct incident_id) from governance.alert_log") == 1


def test_a_clock_that_went_back_delays_no_message(
    duckdb_workspace: Workspace, channel: Channel
) -> None:
    _deliver(duckdb_workspace, "a", good=1, bad=1)
    channel.broken = {"/hook"}
    wrong = datetime(2031, 1, 1)
    assert len(evaluate(Settings(), now=wrong)) == 1
    channel.broken = set()
    assert [c.delivered for c in evaluate(Settings())] == [True]


def test_a_failed_run_is_told_until_it_is_taken(
    duckdb_workspace: Workspace, channel: Channel
) -> None:
    duckdb_workspace.ingest()
    channel.broken = {"/hook"}
    message = Message("run-7", "run of refresh failed", "", "high", TOLD, "run run-7: build", 0)
    assert not tell(Settings(), message, ("email", "webhook"), utc_now())
    channel.broken = set()
    later = utc_now() + timedelta(hours=1)
    assert [c.message.title for c in evaluate(Settings(), now=later)] == [message.title]
    assert evaluate(Settings(), now=later + timedelta(days=1)) == []
    assert [m["title"] for m in channel.received] == ["[high] run of refresh failed"] * 2


def test_a_rehearsal_tells_nobody(duckdb_workspace: Workspace, channel: Channel) -> None:
    _deliver(duckdb_workspace, "a", good=1, bad=1)
    assert [c.message.state for c in evaluate(Settings(), dry_run=True)] == ["opened"]
    assert channel.received == []
    assert duckdb_workspace.value("select count(*) from governance.alert_log") == 0


def test_a_busy_warehouse_is_no_incident(
    duckdb_workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb_workspace.ingest()
    monkeypatch.setattr(incidents, "WAIT_SECONDS", 0.1)
    with writer_lock(duckdb_workspace.settings), pytest.raises(WarehouseBusy):
        evaluate(Settings())


def test_the_command_shows_no_address(duckdb_workspace: Workspace, channel: Channel) -> None:
    _deliver(duckdb_workspace, "a", good=1, bad=1)
    told = granary("alert")
    assert told.returncode == 0, told.stderr
    assert "rejects_are_many opened: 1 of 2 lines in 7 days" in told.stdout
    assert SECRET not in told.stdout + told.stderr
    assert any("rejects_are_many" in message["title"] for message in channel.received)


# At :00, :10, :20 and so on.
HOUR = [f"{minute:02}" for minute in range(0, 60, 10)]


def _measure(
    workspace: Workspace, hour: int, values: Mapping[tuple[str, str], float | None]
) -> None:
    """An hour of measurements of each metric and component, and a build of what alerts read."""
    workspace.land(
        "system_metrics",
        (
            {
                "timestamp": f"2026-03-02T{hour:02}:{minute}:00Z",
                "metric_name": metric,
                "metric_value": value,
                "component": component,
            }
            for (metric, component), value in values.items()
            for minute in HOUR
        ),
    )
    workspace.ingest()
    workspace.build_models("--select", "+metric_states")


def _changes() -> list[tuple[str, str]]:
    return [(change.message.about, change.message.state) for change in evaluate(Settings())]


def test_each_metric_of_each_component_has_an_incident_of_its_own(
    workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six hours in which an answer in ten succeeds: told once, and once more when it is over."""
    monkeypatch.setattr(rules, "rules", tuple)
    bad, good = {("success_rate", "answer"): 0.10}, {("success_rate", "answer"): 0.99}
    others = {
        ("success_rate", "search"): 0.99, ("error_rate", "answer"): 0.01,
        # No row of the policy names it: the one for all others holds.
        ("concurrent_sessions", "api"): 900.0,
        # Without a threshold.
        ("temperature", "api"): 99.0,
    }  # fmt: skip
    with workspace.activate():
        _measure(workspace, 8, good | others | {("concurrent_sessions", "api"): 9.0})
        assert _changes() == []
        for hour in range(9, 15):
            _measure(workspace, hour, bad | others)
            assert _changes() == ([
                ("concurrent_sessions (api)", "opened"), ("success_rate (answer)", "opened"),
            ] if hour == 9 else [])  # fmt: skip
        # What is no longer measured while others are is not over.
        _measure(workspace, 15, others)
        _measure(workspace, 16, others)
        assert _changes() == []
        _measure(workspace, 17, good | others)
        assert _changes() == [("success_rate (answer)", "recovered")]
        # It was never bad, but it has ceased.
        del others["error_rate", "answer"]
        for hour in (18, 19):
            _measure(workspace, hour, good | others)
        assert _changes() == [("error_rate (answer)", "opened")]
        assert _changes() == []
    told = [message["title"] for message in channel.received]
    assert told == [
        "[medium] concurrent_sessions (api) opened",
        "[high] success_rate (answer) opened",
        "[high] success_rate (answer) recovered",
        "[high] error_rate (answer) opened",
    ]
    assert "0.1 ratio, 6 measurements in a row" in channel.received[1]["message"]
    assert "nothing measured since 2026-03-02 17:50:00" in channel.received[3]["message"]
    assert workspace.query(
        "select rule, component, count(*), count(distinct incident_id) from governance.alert_log "
        "group by 1, 2 order by 1, 2"
    ) == [
        ("concurrent_sessions", "api", 1, 1), ("error_rate", "answer", 1, 1),
        ("success_rate", "answer", 2, 1),
    ]  # fmt: skip
