"""Values of planned properties, as the product would write them."""

from __future__ import annotations

from random import Random
from typing import Any

from orchestration.plan.model import Event, Property
from orchestration.sample.declared import Words

# Words of a property, where the plan does not list its values.
_POOLS = {
    "feature": "features", "operation": "operations", "error_type": "error_types", "tag": "tags",
}  # fmt: skip
# How often a property that need not be there is.
_GIVEN = 0.7


def draw(
    event: Event, words: Words, dice: Random, kept: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The context and metadata of an event.

    Args:
        event: what the plan says of it.
        words: what texts are made of.
        dice: chance.
        kept: what the events of one journey share, such as the file's id and type; it is added to.
    """
    held: dict[str, dict[str, Any]] = {"context": {}, "metadata": {}}
    for found in event.properties:
        if found.is_required or dice.random() < _GIVEN:
            value = kept.get(found.name) if found.data_class == "business" else None
            if value is None or found.item_type:
                value = _value(found, words, dice)
            if found.data_class == "business" and not found.item_type:
                kept[found.name] = value
            held[found.location][found.name] = value
    return held["context"], held["metadata"]


def _value(found: Property, words: Words, dice: Random) -> Any:
    if found.item_type:
        fewest = 0 if dice.random() < 0.5 else 1
        return [_one(found, found.item_type, words, dice) for _ in range(dice.randint(fewest, 3))]
    return _one(found, found.value_type, words, dice)


def _one(found: Property, value_type: str, words: Words, dice: Random) -> Any:
    match value_type:
        case "string":
            return _text(found, words, dice)
        case "number":
            return _number(found, dice)
        case "boolean":
            return dice.random() < 0.93
        case "object":
            return {"percent": round(dice.uniform(5, 95), 1), "used_mb": dice.randint(200, 9000)}
    return []


def _text(found: Property, words: Words, dice: Random) -> str:
    if found.expected:
        return dice.choice(found.expected)
    if found.name.endswith("_id") or found.name == "selected_result":
        # Files are opened again and again, suggestions are made once.
        number = (
            dice.getrandbits(40) if "suggestion" in found.name else int(dice.random() ** 3 * 4e3)
        )
        return f"{found.name[0]}-{number:x}"
    pool = words[_POOLS.get(found.name, "texts" if found.data_class == "free_text" else "words")]
    return str(pool.entries[int(pool.bounds.searchsorted(dice.random(), side="right"))])


def _number(found: Property, dice: Random) -> int | float:
    if found.expected:
        # People rather praise than complain.
        return int(found.expected[int(len(found.expected) * dice.random() ** 0.5)])
    if found.name.endswith("_ms"):
        return round(dice.lognormvariate(6, 0.9))
    if found.name.endswith("_size"):
        return round(dice.lognormvariate(12, 1.2))
    if "confidence" in found.name or "score" in found.name:
        return round(dice.betavariate(6, 2), 3)
    return round(dice.triangular(0, 40, 3))
