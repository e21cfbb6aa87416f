"""A field the contract does not know is kept, however the line is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.core.contracts import load_contracts
from orchestration.tests.ingest.helpers import INTERACTIONS, interaction, loaded
from orchestration.tests.workspace import Workspace

COLUMNS = load_contracts()["assistant", "interactions"].columns
OPTIONAL = {c.name: "7" if c.kind == "varchar" else 7 for c in COLUMNS if not c.required}
# What makes a line seem to have more fields than it has, or fewer.
MISLEADING = ['say ":" twice ":":', 'a "user_rating": 5', "blank :, tab\t:", ":null", "日本語"]

_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(MISLEADING),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*OPTIONAL, "deep"]), inner, max_size=2)
    ),
    max_leaves=4,
)
_unknown = st.dictionaries(
    st.sampled_from(["campaign", "x:y", 'with " quote', "a/b~c", "", "null", *MISLEADING]),
    _values,
    max_size=3,
)


@st.composite
def _line(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A line that keeps the contract, and its unknown fields."""
    fields = interaction(query=draw(st.sampled_from(MISLEADING)))
    for name, value in OPTIONAL.items():
        state = draw(st.sampled_from(["filled", "null", "missing"]))
        fields[name] = None if state == "null" else value
        if state == "missing":
            del fields[name]
    unknown = draw(_unknown)
    members = draw(st.permutations(list((fields | unknown).items())))
    colon = draw(st.sampled_from([":", ": ", " :", "\t: "]))
    escaped = draw(st.booleans())
    return json.dumps(dict(members), ensure_ascii=escaped, separators=(",", colon)), unknown


@pytest.mark.long
def test_every_unknown_field_is_kept(duckdb_workspace: Workspace) -> None:
    drawn: list[dict[str, Any]] = []

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(_line(), min_size=20, max_size=60))
    def land(lines: list[tuple[str, dict[str, Any]]]) -> None:
        content = "".join(line + "\n" for line, _ in lines).encode()
        duckdb_workspace.write(f"{INTERACTIONS}/part-{len(drawn):06d}.jsonl", content)
        drawn.extend(unknown for _, unknown in lines)

    land()
    report = duckdb_workspace.ingest()
    assert (report.rows, report.rejects) == (len(drawn), 0)
    kept = [extra for _, (extra,) in sorted(loaded(duckdb_workspace, "_extra").items())]
    assert [json.loads(extra) if extra else {} for extra in kept] == drawn
    assert any(drawn)
    assert not all(drawn)
