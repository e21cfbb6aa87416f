"""Build the data catalog: every relation and column, described, as one static file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from orchestration.core.errors import BuildError, GranaryError
from orchestration.core.files import place, unfinished
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt.run import DBT, dbt_environment
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.lock import exclusive

# dbt compiles what it lists; generic tests, most of the project, have no page of their own.
DOCS = ("docs", "generate", "--static", "--exclude", "test_type:generic", "test_type:unit")


class CatalogIncomplete(BuildError):
    """The warehouse holds a relation that the catalog does not tell of."""


def write_catalog(settings: Settings) -> Path:
    """Write `catalog.html` into the state folder and return where it is.

    Raises:
        BuildError: dbt could not make it; its messages are in the folder of logs.
        CatalogIncomplete: dbt left out what is in the warehouse; the last catalog stays.
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
    check_complete(settings)
    catalog = settings.root / "catalog.html"
    beside = unfinished(catalog)
    shutil.copyfile(settings.target_path / "static_index.html", beside)
    place(beside, catalog, replace=True)
    return catalog


def check_complete(settings: Settings) -> None:
    """Compare the catalog that dbt has just made with the warehouse: dbt leaves out silently.

    Raises:
        CatalogIncomplete: the message names what it lacks.
    """
    made = json.loads((settings.target_path / "catalog.json").read_text("utf-8"))
    told = {
        f"{relation['metadata']['schema']}.{relation['metadata']['name']}"
        for relation in (*made["nodes"].values(), *made["sources"].values())
    }
    with warehouse_of(settings).reading() as query:
        there = warehouse_of(settings).relations(query, {name.split(".")[0] for name in told})
    if lacking := sorted(there.keys() - told):
        raise CatalogIncomplete(
            f"the catalog lacks {', '.join(lacking[:5])}: no model, seed or source declares it. "
            "Declare it, or `granary lifecycle drop` what is withdrawn."
        )


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
