"""Build the data catalog: every relation and column, described, as one static file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from orchestration.dbt.run import DBT, dbt_environment
from orchestration.errors import BuildError, GranaryError
from orchestration.files import place, unfinished
from orchestration.lock import exclusive
from orchestration.settings import PROJECT_DIR, Settings

# dbt compiles what it lists; generic tests, most of the project, have no page of their own.
DOCS = ("docs", "generate", "--static", "--exclude", "test_type:generic", "test_type:unit")


def write_catalog(settings: Settings) -> Path:
    """Write `catalog.html` into the state folder and return where it is.

    Raises:
        BuildError: dbt could not make it; its messages are in the folder of logs.
    """
    with exclusive(settings):
        status = subprocess.run(
            [*DBT, "--quiet", *DOCS],
            cwd=PROJECT_DIR,
            env=dbt_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            check=False,
        )
    if status.returncode:
        raise BuildError("dbt could not write the catalog; its messages are above")
    catalog = settings.root / "catalog.html"
    beside = unfinished(catalog)
    shutil.copyfile(settings.target_path / "static_index.html", beside)
    place(beside, catalog, replace=True)
    return catalog


def main() -> int:
    """Write the catalog and say where it is."""
    try:
        print(f"the catalog is {write_catalog(Settings())}")
    except GranaryError as error:
        print(f"granary: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
