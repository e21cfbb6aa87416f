"""Which sources there are. Nothing lists them: each is a folder beside this module."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from orchestration.core.errors import ConfigurationError
from orchestration.sources.declaring import Source


@lru_cache
def sources() -> Mapping[str, Source]:
    """Every source that has a `source.py`, by name.

    Raises:
        ConfigurationError: a folder's source has another name than the folder.
    """
    found = {}
    for path in sorted(Path(__file__).parent.glob("*/source.py")):
        name = path.parent.name
        source: Source = import_module(f"{__package__}.{name}.source").SOURCE
        if source.name != name:
            raise ConfigurationError(
                f"{path}: the source must be called {name!r}, as its folder is"
            )
        found[name] = source
    return found


def databases() -> Mapping[str, Source]:
    """Sources whose own database is extracted."""
    return {name: source for name, source in sources().items() if source.database is not None}
