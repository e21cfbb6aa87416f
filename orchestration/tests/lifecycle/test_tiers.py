"""What lies in the tier store, and who can read it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from orchestration.backup.keys import write_identity
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.errors import KeyMissing
from orchestration.lifecycle.history import open_history
from orchestration.lifecycle.recall import recall
from orchestration.settings import Settings
from orchestration.tests.lifecycle.conftest import AS_OF, IDENTITY
from orchestration.tests.lifecycle.test_apply import DOCUMENTS, tiers
from orchestration.tests.workspace import Workspace


@pytest.fixture
def moved(aged: Workspace) -> Workspace:
    """The documents, each in its tier."""
    apply(aged.settings, "prism_documents", AS_OF)
    return aged


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """The file that whoever keeps the archive's key has."""
    path = tmp_path / "archive.identity"
    path.write_text(f"{IDENTITY}\n")
    return path


def test_cold_and_archived_files_tell_nothing(moved: Workspace) -> None:
    warm = [p.read_bytes() for p in (moved.settings.tiers / "warm").rglob("*.parquet")]
    assert all(b"warm.pdf" in content or b"held.pdf" in content for content in warm)
    cold = [p.read_bytes() for p in (moved.settings.tiers / "cold").rglob("*.parquet")]
    archived = [p.read_bytes() for p in (moved.settings.tiers / "archive").rglob("*.age")]
    assert len(cold) == len(archived) == 1
    for content in (*cold, *archived):
        assert b".pdf" not in content
        assert b"application" not in content


def test_cold_rows_need_their_key(moved: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    count = "select count(*) from history.prism_documents where _tier = 'cold'"
    with open_history(moved.settings) as engine:
        assert engine.execute(count).fetchone() == (1,)
    monkeypatch.delenv("GRANARY_COLD_KEY")
    with open_history(Settings()) as engine:
        assert engine.execute(count).fetchone() == (0,)


def test_another_cold_key_moves_nothing(
    moved: Workspace, identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANARY_COLD_KEY", "cd" * 32)
    other = Settings()
    acts: list[Callable[[], object]] = [
        lambda: open_history(other).__enter__(),
        lambda: apply(other, "prism_documents", AS_OF),
        lambda: recall(other, "prism_documents", identity, date(2020, 1, 1), date(2020, 1, 31), 10),
    ]
    for act in acts:
        with pytest.raises(KeyMissing, match="put back the key it was written with"):
            act()
    assert tiers(moved) == DOCUMENTS


def test_every_file_is_listed_as_it_is(moved: Workspace) -> None:
    listed = moved.query("select path, sha256, size_bytes, row_count from governance.tier_files")
    assert len(listed) == sum(map(len, DOCUMENTS.values())) - len(DOCUMENTS["hot"])
    for path, sha256, size, rows in listed:
        content = (moved.settings.tiers / path).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content), rows) == (sha256, size, 1)


def test_a_recall_brings_rows_back_for_a_while(moved: Workspace, identity: Path) -> None:
    found = recall(
        moved.settings, "prism_documents", identity, date(2020, 1, 1), date(2020, 1, 31), 10
    )
    assert found.rows == 1
    with open_history(moved.settings) as engine:
        back = engine.execute(
            "select cast(_event_date as varchar), filename from history.prism_documents "
            "where _tier = 'cold' order by 1"
        ).fetchall()
    assert back[0] == ("2020-01-10", "archived.pdf")
    # Until its time is over nothing puts it back.
    assert apply(moved.settings, "prism_documents", AS_OF).steps == []
    later = apply(moved.settings, "prism_documents", found.until)
    assert ("cold", "archive", 1) in {(s.from_tier, s.transition, s.rows) for s in later.steps}


def test_another_identity_opens_nothing(moved: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "other.identity"
    write_identity(other)
    with pytest.raises(KeyMissing, match="does not open"):
        recall(moved.settings, "prism_documents", other, date(2020, 1, 1), date(2020, 1, 31), 10)
    assert tiers(moved) == DOCUMENTS


def test_an_archive_under_a_later_hold_is_not_destroyed(moved: Workspace) -> None:
    ended = date(2028, 1, 1)
    moved.execute(
        "insert into governance.legal_holds (document_id) select document_id "
        "from core.dim_documents where upload_date = date '2020-01-10'"
    )
    assert _archived(moved) == 1
    apply(moved.settings, "prism_documents", ended)
    archived = _archived(moved)
    moved.execute("delete from governance.legal_holds where upload_date is null")
    apply(moved.settings, "prism_documents", ended)
    assert (archived - _archived(moved)) == 1
    assert not list((moved.settings.tiers / "archive").rglob("2020-01-10*"))


def test_files_outlive_a_new_column(moved: Workspace) -> None:
    moved.execute("alter table raw.prism_documents add column colour varchar")
    apply(moved.settings, "prism_documents", date(2027, 3, 1))
    with open_history(moved.settings) as engine:
        found = engine.execute(
            "select _tier, colour from history.prism_documents where filename = 'warm.pdf'"
        ).fetchall()
    assert found == [("cold", None)]


def _archived(workspace: Workspace) -> int:
    return int(
        workspace.value(
            "select count(*) from governance.tier_files "
            "where tier = 'archive' and first_day = date '2020-01-10'"
        )
    )


def test_deleted_bytes_are_gone_from_the_file(aged: Workspace) -> None:
    if aged.postgres:
        pytest.skip("a DuckDB file is one file")
    name = b"ended.pdf"
    assert name in aged.settings.warehouse.read_bytes()
    assert (apply(aged.settings, as_of=AS_OF).bytes_after or 0) > 0
    assert name not in aged.settings.warehouse.read_bytes()
    assert not list(aged.settings.root.glob("*.wal"))


def test_whole_months_are_dropped_on_postgres(aged: Workspace) -> None:
    if not aged.postgres:
        pytest.skip("DuckDB has no partitions")
    partitions = (
        "select count(*) from pg_inherits where inhparent = 'documents.fct_audit_events'::regclass"
    )
    before = aged.value(partitions)
    apply(aged.settings, "fct_audit_events", AS_OF)
    # Of seven months, 2018-01 and 2018-02 (no document is named by an event, so no hold) and the
    # month of the organization in a hurry are over.
    assert before - aged.value(partitions) == 3
