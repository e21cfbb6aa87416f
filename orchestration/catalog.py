"""Build the data catalog: every relation and column, described, as one static file."""

from __future__ import annotations

import shutil
import subprocess
import sys

from orchestration.dbt.run import DBT, dbt_environment
from orchestration.lock import exclusive
from orchestration.settings import PROJECT_DIR, Settings


def main() -> int:
    """Write `catalog.html` into the state folder."""
    settings = Settings()
    with exclusive(settings):
        status = subprocess.run(
            [*DBT, "--quiet", "docs", "generate", "--static"],
            cwd=PROJECT_DIR,
            env=dbt_environment(settings),
            stdin=subprocess.DEVNULL,
            check=False,
        )
    if status.returncode:
        return 1
    catalog = settings.root / "catalog.html"
    shutil.copyfile(settings.target_path / "static_index.html", catalog)
    print(f"the catalog is {catalog}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
