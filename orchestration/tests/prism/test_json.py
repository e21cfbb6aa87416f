"""JSON means the same on both engines, whatever an application puts into it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestration.tests.prism.records import analysis, event, key, organization
from orchestration.tests.workspace import Workspace

AT = "2026-01-05T09:00:00Z"
ARRAYS: list[Any] = [
    [None],
    [],
    ["gdpr", None],
    [None, "b", "a"],
    ["", None],
    [1, True, 1.5, "hipaa", {"a": 1}, ["x", None]],
    ["é", "Z", "a,b", 'quo"te', "back\\slash", "日本"],
    ["null"],
    {"no": "array"},
    "text",
    None,
]
FINDINGS: list[Any] = [
    *ARRAYS,
    [{"risk_level": "High"}, {"risk_level": None}, {}, None, [{"risk_level": "High"}]],
    [{"risk_level": ["High"]}, {"risk_level": "high"}, {"risk_level": "High", "text": None}],
]
CHANGES: list[tuple[Any, Any]] = [
    ({"a": 1, "b": None}, {"a": 1, "b": 2}),
    ({"a": [None]}, {"a": []}),
    ({"a": None}, {}),
    ({}, {}),
    (None, {"é": 1, "Z": "x", 'quo"te': [1, {"k": None}]}),
    ([1], {"a": 1}),
    ([1], None),
]
# Texts, as some drivers hand JSON over; blanks make no difference.
SPACED: list[tuple[str, str]] = [
    ('{"a": {"x": 1, "y": [1, 2]}}', '{"a":{"x":1,"y":[1,2]}}'),
    ('{"a": {"x": 1}}', '{"a": {"x":  2}}'),
]


def _texts(value: Any) -> str | None:
    if not isinstance(value, list):
        return None
    return ",".join(sorted((v for v in value if isinstance(v, str)), key=str.encode))


def _changed(before: Any, after: Any) -> str | None:
    if not isinstance(before, dict) and not isinstance(after, dict):
        return None
    old, new = (value if isinstance(value, dict) else {} for value in (before, after))
    missing = object()
    names = {k for k in {*old, *new} if old.get(k, missing) != new.get(k, missing)}
    return ",".join(sorted(names, key=str.encode))


@pytest.fixture(scope="module")
def built(module_workspace: Workspace) -> Workspace:
    """Organizations, analyses and events with JSON of all kinds, staged."""
    workspace = module_workspace
    workspace.land(
        "organizations",
        [organization(f"o{n}", AT, compliance_flags=value) for n, value in enumerate(ARRAYS)],
        source="prism",
    )
    workspace.land(
        "analysis_results",
        [analysis(f"a{n}", "d", AT, feedback_items=value) for n, value in enumerate(FINDINGS)],
        source="prism",
    )
    workspace.land(
        "audit_logs",
        [
            event(f"e{n}", AT, before_value=before, after_value=after)
            for n, (before, after) in enumerate([*CHANGES, *SPACED])
        ],
        source="prism",
    )
    report = workspace.ingest()
    assert (report.rejects, report.failures) == (0, [])
    workspace.build_models("--select", "placeholder_ids", "path:models/staging/prism")
    return workspace


def test_texts_of_an_array(built: Workspace) -> None:
    found = _by_id(built, "organization_id, compliance_flags", "stg_prism__organizations")
    assert found == {key(f"o{n}"): (_texts(value),) for n, value in enumerate(ARRAYS)}


def test_elements_of_an_array(built: Workspace) -> None:
    columns = "analysis_id, feedback_item_count, high_risk_count"
    expected = {}
    for n, value in enumerate(FINDINGS):
        is_array = isinstance(value, list)
        high = [v for v in value or [] if isinstance(v, dict) and v.get("risk_level") == "High"]
        counts = (len(value), len(high)) if is_array else (None, None)
        expected[key(f"a{n}")] = counts
    assert _by_id(built, columns, "stg_prism__analysis_results") == expected


def test_names_of_changed_values(built: Workspace) -> None:
    pairs = [*CHANGES, *((json.loads(a), json.loads(b)) for a, b in SPACED)]
    expected = {key(f"e{n}"): (_changed(*pair),) for n, pair in enumerate(pairs)}
    assert _by_id(built, "event_id, changed_fields", "stg_prism__audit_logs") == expected


def _by_id(workspace: Workspace, columns: str, model: str) -> dict[str, tuple[Any, ...]]:
    rows = workspace.query(f"select {columns} from staging.{model}")
    return {str(row_id): tuple(values) for row_id, *values in rows}
