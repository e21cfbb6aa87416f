"""Write every page that is made from the code or the models, where it has changed."""

from __future__ import annotations

from pathlib import Path

from orchestration.cli import app
from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt.diagrams import documents
from orchestration.dbt.manifest import graph_manifest
from orchestration.docs.commands import command_reference
from orchestration.docs.rooms import architecture, read_rooms
from orchestration.docs.settings import settings_reference


def pages() -> dict[Path, str]:
    """Content of every page that is made from the code, by its path within the project."""
    return {
        Path("docs/architecture.md"): architecture(read_rooms()),
        Path("docs/reference/commands.md"): command_reference(app),
        Path("docs/reference/settings.md"): settings_reference(),
    }


def main() -> None:
    """Write the pages that have changed, and name them."""
    for path, text in (pages() | documents(graph_manifest())).items():
        page = PROJECT_DIR / path
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")
            print(f"{path} is new")


if __name__ == "__main__":
    main()
