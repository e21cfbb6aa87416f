"""Measurements for 90 days, by the minute for 30, by the hour for a year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from orchestration.lifecycle.apply import apply
from orchestration.tests.workspace import Workspace

AS_OF = date(2026, 6, 1)
HOURS = "system_performance_hourly"


def _measured(days_ago: int, clock: str, value: float, **more: Any) -> dict[str, Any]:
    day = AS_OF - timedelta(days=days_ago)
    return {
        "timestamp": f"{day}T{clock}Z",
        "metric_name": "response_time",
        "metric_value": value,
        "metric_unit": "seconds",
        "component": "gateway",
    } | more


def _days(workspace: Workspace, mart: str) -> list[int]:
    found = workspace.query(f"select distinct metric_date from assistant.{mart} order by 1")
    return [(AS_OF - day).days for (day,) in found]


def test_totals_and_counts_are_what_a_hand_counts(workspace: Workspace) -> None:
    workspace.land(
        "system_metrics",
        [
            _measured(1, "10:00:00", 1.1),
            _measured(1, "10:00:30", 2.5),
            _measured(1, "10:59:59.999999", 0.2),
            _measured(1, "11:00:00", -1),
            _measured(1, "10:30:00", 4e12, metric_name="database_size", metric_unit="bytes"),
            _measured(1, "10:31:00", 2**60 / 2, metric_name="database_size", metric_unit="bytes"),
        ],
    )
    workspace.ingest()
    workspace.build_models()
    columns = (
        "metric_name, measurement_count, value_count, value_total, mean_value, minimum_value, "
        "median_value, maximum_value, alert_count"
    )
    big = int(4e12) + 2**59
    assert workspace.query(
        f"select {columns} from assistant.{HOURS} order by 1, measured_hour"
    ) == [
        ("database_size", 2, 2, Decimal(big), big / 2, 4e12, big / 2, 2.0**59, 2),
        ("response_time", 3, 3, Decimal("3.8"), 3.8 / 3, 0.2, 1.1, 2.5, 1),
        ("response_time", 1, 0, None, None, None, None, None, 0),
    ]
    minutes = workspace.query(
        "select measured_minute, value_total, value_count "
        "from assistant.system_performance_minutely where metric_name = 'response_time' order by 1"
    )
    day = datetime(2026, 5, 31, 10)
    assert minutes == [
        (day, Decimal("3.6"), 2),
        (day + timedelta(minutes=59), Decimal("0.2"), 1),
        (day + timedelta(minutes=60), None, 0),
    ]


def test_hours_stay_when_measurements_and_minutes_go(workspace: Workspace) -> None:
    ages = [400, 100, 91, 90, 40, 31, 30, 2]
    workspace.land(
        "system_metrics",
        [_measured(age, f"10:{minute:02d}:00", age + minute) for age in ages for minute in (1, 7)],
    )
    workspace.ingest()
    workspace.build_models()
    everything = workspace.rows("assistant", HOURS)
    assert len(everything) == len(ages)
    apply(workspace.settings, as_of=AS_OF)
    kept = [age for age in ages if age < 365]
    assert _days(workspace, "system_performance") == [age for age in ages if age < 90]
    assert _days(workspace, "system_performance_minutely") == [age for age in ages if age < 30]
    assert _days(workspace, HOURS) == kept
    hours = workspace.rows("assistant", HOURS)
    assert set(hours) == {row for row in everything if str(AS_OF - timedelta(days=400)) not in row}
    # A late measurement, an increment and a full refresh leave them as they are.
    workspace.land("system_metrics", [_measured(100, "10:09:00", 1e6), _measured(2, "10:09:00", 3)])
    workspace.ingest()
    workspace.build_models()
    late = workspace.rows("assistant", HOURS)
    assert len(late) == len(hours)
    assert [row for row in late if row not in hours] == [
        row for row in late if str(AS_OF - timedelta(days=2)) in row
    ]
    workspace.build_models("--full-refresh")
    assert workspace.rows("assistant", HOURS) == late
    assert workspace.dbt("test", "--select", "assert_hours_hold_every_measurement").success
    assert datetime.now(UTC).date() >= AS_OF
