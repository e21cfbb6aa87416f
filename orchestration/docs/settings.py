"""The reference of settings, from the class that reads them."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from orchestration.core.settings import Settings
from orchestration.docs import MADE, escaped

INTRODUCTION = """Settings are environment variables. PostgreSQL is reached by its own: `PGHOST`, \
`PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`. A variable that is not set has its default."""


def settings_reference() -> str:
    """A Markdown page: every variable with its default and what it is for."""
    table = "\n".join(["| variable | default | |", "|---|---|---|", *_rows()])
    return f"# Settings\n\n{MADE}\n\n{INTRODUCTION}\n\n{table}\n"


def _rows() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        variable = "GRANARY_<SOURCE>_URL" if name == "source_urls" else f"GRANARY_{name.upper()}"
        yield f"| `{variable}` | {_default(field)} | {escaped(field.description)} |"


def _default(field: FieldInfo) -> str:
    if field.default is None or field.default is PydanticUndefined:
        return ""
    return f"`{field.default}`"
