"""List schedules and sensors that are switched off."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg


@dataclass(frozen=True)
class Switch:
    """A schedule or sensor, and when it would start a run if it were on."""

    name: str
    kind: str
    when: str


def switched_off(defs: dg.Definitions, instance: dg.DagsterInstance) -> list[Switch]:
    """Return the schedules and sensors that are off, by default or because somebody said so."""
    switched = {of.instigator_name: of.status.value for of in instance.all_instigator_state()}
    repository = defs.get_repository_def()
    found = []
    for schedule in repository.schedule_defs:
        is_on = schedule.default_status is dg.DefaultScheduleStatus.RUNNING
        when = f"{schedule.cron_schedule} UTC: {schedule.job_name}"
        if not _is_on(is_on, switched.get(schedule.name)):
            found.append(Switch(schedule.name, "schedule", when))
    for sensor in repository.sensor_defs:
        is_on = sensor.default_status is dg.DefaultSensorStatus.RUNNING
        if not _is_on(is_on, switched.get(sensor.name)):
            found.append(Switch(sensor.name, "sensor", "when there is something new"))
    return found


def _is_on(by_default: bool, switched: str | None) -> bool:
    # Dagster stores DECLARED_IN_CODE for what follows its default status.
    return by_default if switched in (None, "DECLARED_IN_CODE") else switched == "RUNNING"
