"""What an application gets wrong in its events, against the tracking plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from orchestration.plan.model import Plan, Property
from orchestration.sample.declared import Words
from orchestration.sample.faults import Break, Record
from orchestration.sample.personal import compose

_Broken = tuple[Record, Record] | None
_OTHERS = {
    "string": 5, "number": "5", "boolean": 1, "object": [], "array": {},
    "array<string>": ["a", 1], "array<number>": [1, True], "array<boolean>": [True, 0],
    "array<object>": [{}, "a"],
}  # fmt: skip


def breaks(plan: Plan, words: Words) -> Mapping[str, Break]:
    """The faults that `sample.yml` names by `using`."""

    def changed(record: Record, found: Property, change: Callable[[Record], Any]) -> _Broken:
        held = dict(record[found.location])
        change(held)
        return {found.location: held}, {"location": found.location, "property": found.name}

    def planned(
        record: Record, dice: Random, wanted: Callable[[Property], bool]
    ) -> Property | None:
        event = plan.by_name[record["event_type"]]
        fitting = [found for found in event.properties if wanted(found)]
        return dice.choice(fitting) if fitting else None

    def given(record: Record, found: Property) -> bool:
        return found.name in record[found.location]

    def unplanned_event(_record: Record, _row: int, dice: Random) -> _Broken:
        return {"event_type": dice.choice(words["unplanned"].entries)}, {"field": "event_type"}

    def missing_property(record: Record, _row: int, dice: Random) -> _Broken:
        found = planned(record, dice, lambda one: one.is_required)
        if found is None:
            return None
        name, is_null = found.name, dice.random() < 0.5
        return changed(record, found, lambda held: held.update({name: None}) if is_null
                       else held.pop(name))  # fmt: skip

    def wrong_property_type(record: Record, _row: int, dice: Random) -> _Broken:
        found = planned(record, dice, lambda one: given(record, one))
        if found is None:
            return None
        name, other = found.name, _OTHERS[found.value_type]
        return changed(record, found, lambda held: held.update({name: other}))

    def unexpected_property(record: Record, _row: int, dice: Random) -> _Broken:
        name = dice.choice(words["unplanned_properties"].entries)
        return {"context": record["context"] | {name: "x"}}, {"location": "context"}

    def unexpected_value(record: Record, _row: int, dice: Random) -> _Broken:
        found = planned(record, dice, lambda one: bool(one.expected) and given(record, one))
        if found is None:
            return None
        name, value = found.name, 99 if "number" in found.value_type else "something else"
        return changed(record, found, lambda held: held.update({name: value}))

    def personal_text(record: Record, _row: int, dice: Random) -> _Broken:
        found = planned(record, dice, lambda one: one.data_class == "free_text")
        if found is None:
            return None
        sentence, _ = compose(dice)
        return changed(record, found, lambda held: held.update({found.name: sentence}))

    return {
        function.__name__: function
        for function in (
            unplanned_event, missing_property, wrong_property_type, unexpected_property,
            unexpected_value, personal_text,
        )
    }  # fmt: skip
