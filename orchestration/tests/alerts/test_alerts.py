"""An incident is told once, on a real channel, and once more when it is over."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from orchestration.alerts import incidents
from orchestration.alerts.incidents import evaluate
from orchestration.alerts.rules import Rule
from orchestration.errors import WarehouseBusy
from orchestration.lock import writer_lock
from orchestration.settings import Settings
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace

REJECTS = Rule("rejects_are_many", "rejects", 10, "medium", ("webhook", "slack"))
GOOD = {"timestamp": "2026-03-02T10:00:00Z", "metric_name": "error_rate", "metric_value": 1.0,
        "component": "api"}  # fmt: skip
SECRET = "sesame"


@dataclass
class Channel:
    """A webhook on this machine; `status` is how it answers."""

    port: int = 0
    status: int = 200
    received: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    channel = Channel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            channel.received.append(json.loads(body))
            self.send_response(channel.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        channel.port = server.server_port
        url = f"json://user:{SECRET}@127.0.0.1:{channel.port}/hook"
        monkeypatch.setenv("GRANARY_ALERT_WEBHOOK_URL", url)
        monkeypatch.setattr(incidents, "rules", lambda: (REJECTS,))
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
        assert [c.state for c in evaluate(Settings())] == ["opened"]
        assert evaluate(Settings()) == []
        _deliver(workspace, "b", good=90, bad=0)
        assert [c.state for c in evaluate(Settings())] == ["recovered"]
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


def test_a_message_that_did_not_arrive_goes_out_again(
    duckdb_workspace: Workspace, channel: Channel
) -> None:
    _deliver(duckdb_workspace, "a", good=1, bad=1)
    channel.status = 500
    [first] = evaluate(Settings())
    assert not first.delivered
    channel.status = 200
    [second] = evaluate(Settings())
    assert (second.incident_id, second.delivered) == (first.incident_id, True)
    assert evaluate(Settings()) == []


def test_a_rehearsal_tells_nobody(duckdb_workspace: Workspace, channel: Channel) -> None:
    _deliver(duckdb_workspace, "a", good=1, bad=1)
    assert [c.state for c in evaluate(Settings(), dry_run=True)] == ["opened"]
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
