"""The test of histories, on histories written by hand: what passes and what fails."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date

import pytest

from orchestration.tests.workspace import Workspace

FOREVER = date(9999, 12, 31)
Version = tuple[date, date, bool]


def day(number: int) -> date:
    """A day of January."""
    return date(2026, 1, number)


def versions(*pairs: tuple[int, int | None]) -> list[Version]:
    """Versions from and up to days of January; the one without an end is current."""
    return [
        (day(first), day(end) if end is not None else FOREVER, end is None) for first, end in pairs
    ]


# Versions of a person, days on which a deletion is recorded, and how many faults there are.
CASES: dict[str, tuple[list[Version], list[int], int]] = {
    "one version": (versions((1, None)), [], 0),
    "one after the other": (versions((1, 10), (10, 20), (20, None)), [], 0),
    "a gap": (versions((1, 10), (12, None)), [], 1),
    "a gap of one day": (versions((1, 10), (11, None)), [], 1),
    "two gaps, one after a deletion": (versions((1, 10), (12, 14), (16, None)), [9], 1),
    "away after a deletion": (versions((1, 10), (12, None)), [9], 0),
    "away, deleted too early": (versions((1, 10), (12, None)), [8], 1),
    "away, deleted too late": (versions((1, 10), (12, None)), [10], 1),
    "gone after a deletion": (versions((1, 10)), [9], 0),
    "gone without a deletion": (versions((1, 10)), [], 1),
    "an overlap": (versions((1, 10), (9, None)), [], 1),
    "an overlap, whatever is deleted": (versions((1, 10), (9, None)), [9], 1),
    "two that are current": (versions((1, None), (5, None)), [], 1),
    "an empty version": (versions((1, 5), (5, 5), (5, None)), [], 1),
    "none is current": ([(day(1), FOREVER, False)], [], 1),
    "current, though it has ended": ([(day(1), day(10), True)], [9], 1),
}


def key(*names: object) -> uuid.UUID:
    """The person of a case, or a version of theirs."""
    return uuid.uuid5(uuid.NAMESPACE_OID, repr(names))


@pytest.fixture(scope="module")
def planted(module_workspace: Workspace) -> Workspace:
    """A warehouse that holds the cases and nothing else."""
    module_workspace.ingest()
    module_workspace.build_models("--select", "+dim_users")
    statements = []
    for case, (history, deletions, _) in CASES.items():
        for number, (first, end, is_current) in enumerate(history):
            statements.append(
                "insert into core.dim_users (user_version_key, user_key, user_profile_key, "
                "total_documents_processed, effective_date, expiry_date, is_current) values "
                f"('{key(case, number)}', '{key(case)}', '{key(case)}', 0, "
                f"date '{first}', date '{end}', {is_current})"
            )
        for deleted in deletions:
            statements.append(
                "insert into snapshots.snap_prism__users "
                "(user_key, is_deleted, is_tombstone, versioned_at, landed_at) values "
                f"('{key(case)}', true, false, timestamp '{day(deleted)} 12:00:00', "
                f"timestamp '{day(deleted)} 23:00:00')"
            )
    module_workspace.execute(*statements)
    return module_workspace


@pytest.fixture(scope="module")
def faults(planted: Workspace) -> Counter[uuid.UUID]:
    """Faults that the project's own test finds in all cases at once, by person."""
    ran = planted.dbt("test", "--select", "dim_users,test_name:contiguous_history")
    [ended] = [r for r in ran.result.results if r.node.resource_type == "test"]
    found = faulty(planted, ended.node.compiled_code)
    assert ended.status == "fail"
    assert ended.failures == found.total()
    return found


def faulty(workspace: Workspace, test: str) -> Counter[uuid.UUID]:
    """Rows a test gives, by person."""
    return Counter(row[0] for row in workspace.query(f"select user_key from ({test}) as faults"))


@pytest.mark.parametrize("case", CASES)
def test_every_fault_is_found_and_no_other(faults: Counter[uuid.UUID], case: str) -> None:
    assert faults[key(case)] == CASES[case][2]


def test_without_recorded_states_no_gap_is_explained(
    planted: Workspace, faults: Counter[uuid.UUID]
) -> None:
    bare = "{{ test_contiguous_history(ref('dim_users'), 'user_key') }}"
    [compiled] = planted.dbt("compile", "--inline", bare).result.results
    explained = Counter(key(case) for case in ("away after a deletion", "gone after a deletion"))
    more = faulty(planted, compiled.node.compiled_code) - faults
    assert more == explained + Counter(
        {key("two gaps, one after a deletion"): 1, key("current, though it has ended"): 1}
    )
