"""Read SQL from a file beside the module that runs it, as a Jinja template."""

from __future__ import annotations

import functools

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.core.settings import PROJECT_DIR


def filled_in(name: str, **values: object) -> str:
    """Return the SQL of a file with its values filled in.

    Args:
        name: path below `orchestration/`.
        values: values of the template's variables; nothing is quoted.

    Raises:
        jinja2.UndefinedError: a variable has no value.
    """
    return _files().get_template(name).render(values).strip()


@functools.cache
def _files() -> Environment:
    return Environment(
        loader=FileSystemLoader(PROJECT_DIR / "orchestration"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 (SQL is not HTML)
    )
