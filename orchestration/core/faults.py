"""What faults of a YAML file are told with: where they stand, and what was meant."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orchestration.core.located import Place

Fault = tuple[Place, str]


def unknown(
    place: Place, said: Mapping[Any, Any], known: Collection[str], what: str
) -> Iterator[Fault]:
    for name in said:
        if name not in known:
            yield (*place, name), f"unknown {what} `{name}`" + near(name, known)


def near(name: object, known: Collection[str]) -> str:
    """What was meant, perhaps."""
    near = difflib.get_close_matches(str(name), known, n=1)
    return f": is it `{near[0]}`?" if near else f"; known are {', '.join(known)}"


def meta_of(place: Place, entry: Mapping[str, Any]) -> tuple[Place, dict[str, Any]]:
    """An entry's meta, and where it stands."""
    config = entry.get("config")
    meta = config.get("meta") if isinstance(config, dict) else None
    return (*place, "config", "meta"), meta if isinstance(meta, dict) else {}


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def all_dicts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)
