"""Render the privacy macros without a dbt project, for tests and benchmarks."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes

MACROS = Path(__file__).parents[3] / "macros" / "privacy"


class MacroError(Exception):
    """A macro called exceptions.raise_compiler_error; the message says what to do."""


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


def _return(value: Any) -> NoReturn:
    raise _Return(value)


def _raise(message: str) -> NoReturn:
    raise MacroError(message)


def macros(engine: str) -> dict[str, Callable[..., Any]]:
    """Return every privacy macro by name, dispatched to `engine` ('duckdb' or 'postgres')."""
    env = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
    known: dict[str, Callable[..., Any]] = {}
    sources: dict[str, str] = {}

    def caller(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return getattr(env.from_string(sources[name]).module, name)(*args, **kwargs)
            except _Return as returned:  # dbt's `return`: any value, not only text
                return returned.value

        return call

    def dispatch(name: str) -> Callable[..., Any]:
        return known.get(f"{engine}__{name}", known[f"default__{name}"])

    for file in sorted(MACROS.glob("*.sql")):
        source = file.read_text(encoding="utf-8")
        for macro in env.parse(source).find_all(nodes.Macro):
            sources[macro.name] = source
            known[macro.name] = caller(macro.name)
    env.globals.update(
        known,
        adapter={"dispatch": dispatch, "type": lambda: engine},
        exceptions={"raise_compiler_error": _raise},
    )
    env.globals["return"] = _return
    return known


@lru_cache
def render_macro(name: str, engine: str, *args: str) -> str:
    """Return the SQL text of macro `name` on `engine`; raises MacroError as dbt would."""
    return str(macros(engine)[name](*args)).strip()
