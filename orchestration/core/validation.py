"""Helpers for validating YAML: where a fault is, and which key was probably meant."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orchestration.core.located import Place

Fault = tuple[Place, str]


def unknown(
    place: Place, entry: Mapping[Any, Any], known: Collection[str], what: str
) -> Iterator[Fault]:
    """Yield a fault for every key that is not known; `what` names the kind of key."""
    for name in entry:
        if name not in known:
            yield (*place, name), f"unknown {what} `{name}`" + near(name, known)


def near(name: object, known: Collection[str]) -> str:
    """Suggest the closest known name, or list all of them."""
    closest = difflib.get_close_matches(str(name), known, n=1)
    return f": is it `{closest[0]}`?" if closest else f"; choose from {', '.join(known)}"


def meta_of(place: Place, entry: Mapping[str, Any]) -> tuple[Place, dict[str, Any]]:
    """Return the place of an entry's meta, and the meta; empty if there is none."""
    config = entry.get("config")
    meta = config.get("meta") if isinstance(config, dict) else None
    return (*place, "config", "meta"), meta if isinstance(meta, dict) else {}


def is_number(value: object) -> bool:
    """Whether a value is a finite number; `true` is an int in Python and does not count."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def all_dicts(value: Any) -> bool:
    """Whether a value is a list of mappings."""
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)
