"""Which sources have a sample: those with a folder `sample`, whose options it declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from orchestration.core.errors import ConfigurationError
from orchestration.sample import Options


@lru_cache
def samples() -> Mapping[str, type[Options]]:
    """The options of each source's sample, by the source's name.

    Raises:
        ConfigurationError: a folder `sample` has no options of its source.
    """
    found = {}
    for path in sorted(Path(__file__).parent.glob("*/sample/__init__.py")):
        name = path.parent.parent.name
        module = import_module(f"{__package__}.{name}.sample")
        own = [
            options
            for options in vars(module).values()
            if isinstance(options, type)
            and issubclass(options, Options)
            and getattr(options, "source", "") == name
        ]
        if not own:
            raise ConfigurationError(f"{path} has no Options whose `source` is {name!r}")
        found[name] = own[-1]
    return found


def size_of(source: str) -> str:
    """The option of a sample that says how much there is a day, such as `rows_per_day`."""
    named = fields(samples()[source])
    return next(field.name for field in named if field.name.endswith("_per_day"))
