"""Start Dagster's web interface on this project: `python -m orchestration.dev [options]`.

Options are passed to `dagster dev`, for example `--port 3001`.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import dagster as dg

from orchestration.core.errors import GranaryError
from orchestration.core.home import keep_private
from orchestration.core.settings import Settings
from orchestration.defs.dead_runs import end_dead_runs
from orchestration.defs.running import WRITER_POOL

INSTANCE_CONFIG = Path(__file__).parent / "defs" / "dagster.yaml"


def prepare_dagster_home(settings: Settings) -> Path:
    """Prepare and return Dagster's home: configuration, pool limit, no dead runs.

    An existing configuration or limit is kept. Runs that a power cut left in state STARTED are
    ended.
    """
    home = settings.dagster
    home.mkdir(parents=True, exist_ok=True)
    if not (home / INSTANCE_CONFIG.name).exists():
        shutil.copyfile(INSTANCE_CONFIG, home / INSTANCE_CONFIG.name)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        limit_writers(instance)
        end_dead_runs(instance)
    return home


def limit_writers(instance: dg.DagsterInstance) -> None:
    """Limit the pool of writers to one run at a time, unless it has a limit of its own.

    The configuration's default limit does not suffice: Dagster records it for a pool only after it
    has started the first runs of that pool, all at once.
    """
    limits = instance.event_log_storage.get_pool_limits()
    if not any(limit.name == WRITER_POOL and not limit.from_default for limit in limits):
        instance.event_log_storage.set_concurrency_slots(WRITER_POOL, 1)


def dev_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of Dagster's processes; paths are absolute, as they run anywhere."""
    return os.environ | {
        "DAGSTER_HOME": str(prepare_dagster_home(settings)),
        "DAGSTER_DISABLE_TELEMETRY": "true",
        "GRANARY_HOME": str(settings.root),
        "GRANARY_TARGET": settings.target,
        "GRANARY_TARGET_PATH": str(settings.target_path.absolute()),
    }


def main() -> None:
    """Print what is worth knowing first, then replace this process by `dagster dev`."""
    keep_private()
    settings = Settings()
    environment = dev_environment(settings)
    try:
        _introduce(settings)
    except GranaryError as error:
        print(f"granary: {error}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "dagster", "dev", "-m", "orchestration.definitions"]
    os.execve(sys.executable, command + sys.argv[1:], environment)  # noqa: S606


def _introduce(settings: Settings) -> None:
    # Imported here because it loads the whole project, which preparing a home does not need.
    from orchestration.definitions import defs
    from orchestration.defs.outside_loads import report_outside_loads
    from orchestration.defs.switches import switched_off

    print("looking for days loaded outside Dagster; the first time takes longer", flush=True)
    with dg.DagsterInstance.from_config(str(settings.dagster)) as instance:
        noted = report_outside_loads(settings, instance)
        off = switched_off(defs, instance)
    if noted:
        print(f"{noted:,} partitions that were loaded outside Dagster are shown as materialized")
    if off:
        print("off until you switch them on:")
        for automation in off:
            print(f"  {automation.name}  {automation.when}")
        print(
            "under Automation in the UI, or: "
            f"DAGSTER_HOME={settings.dagster} .venv/bin/dagster {off[0].kind} start {off[0].name} "
            "-m orchestration.definitions",
            flush=True,
        )


if __name__ == "__main__":
    main()
