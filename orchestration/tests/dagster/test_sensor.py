"""The sensor asks once for new files, and the schedule for the day that has ended."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from orchestration.definitions import defs
from orchestration.defs.jobs import daily_at_two, refresh_warehouse
from orchestration.defs.landing import landing_zone
from orchestration.defs.running import delivery_days, today
from orchestration.tests.dagster.records import DAYS, land_day
from orchestration.tests.workspace import Workspace


def _tick(
    workspace: Workspace, instance: dg.DagsterInstance, cursor: str | None
) -> tuple[list[dg.RunRequest], str | None]:
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, repository_def=defs.get_repository_def()
    )
    with workspace.activate():
        result = landing_zone(context)
    if isinstance(result, dg.SkipReason):
        return [], cursor
    assert isinstance(result, dg.SensorResult)
    return list(result.run_requests or []), result.cursor


def test_new_files_ask_once(duckdb_workspace: Workspace) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert _tick(duckdb_workspace, instance, None) == ([], None)
        duckdb_workspace.write(f"assistant/interactions/{DAYS[0]}/a.jsonl.tmp", b"{}\n")
        duckdb_workspace.write(f"assistant/interactions/{DAYS[0]}/notes.txt", b"?")
        assert _tick(duckdb_workspace, instance, None) == ([], None)

        land_day(duckdb_workspace, DAYS[0])
        [request], cursor = _tick(duckdb_workspace, instance, None)
        assert request.partition_key == today()
        assert delivery_days.has_partition_key(request.partition_key)
        # A tick that was lost before its cursor was kept asks again under the same name.
        assert _tick(duckdb_workspace, instance, None)[0][0].run_key == request.run_key
        assert _tick(duckdb_workspace, instance, cursor)[0] == []
        duckdb_workspace.write(f"assistant/interactions/{DAYS[1]}/b.jsonl.part", b"{}\n")
        assert _tick(duckdb_workspace, instance, cursor)[0] == []

        land_day(duckdb_workspace, DAYS[1])
        [second], later = _tick(duckdb_workspace, instance, cursor)
        assert second.run_key != request.run_key
        assert _tick(duckdb_workspace, instance, later)[0] == []


def test_nothing_is_asked_while_a_run_waits(duckdb_workspace: Workspace) -> None:
    land_day(duckdb_workspace, DAYS[0])
    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def(refresh_warehouse.name)
        run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.NOT_STARTED)
        assert _tick(duckdb_workspace, instance, None) == ([], None)
        instance.report_run_canceled(run)
        assert len(_tick(duckdb_workspace, instance, None)[0]) == 1


def test_the_schedule_takes_the_day_that_has_ended() -> None:
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(2026, 3, 2, 2, tzinfo=UTC),
        repository_def=defs.get_repository_def(),
    )
    [request] = daily_at_two.evaluate_tick(context).run_requests or []
    assert request.partition_key == "2026-03-01"
    assert delivery_days.has_partition_key("2026-03-01")
