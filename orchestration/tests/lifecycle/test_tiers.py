"""What lies in the tier store, and who can read it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.core.clock import utc_now
from orchestration.core.settings import Settings
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.errors import KeyMissing, NotVerified, QueryRefused
from orchestration.lifecycle.history import answer, open_history
from orchestration.lifecycle.recall import recall
from orchestration.lifecycle.warehouse import open_warehouse
from orchestration.operations.health.parts import lifecycle as lifecycle_part
from orchestration.secrecy.keys import write_identity
from orchestration.tests.lifecycle.conftest import AS_OF, DAYS, IDENTITY, KEYS
from orchestration.tests.lifecycle.test_apply import DOCUMENTS, tiers
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace, environment


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
    warm = [p.read_bytes() for p in moved.settings.tiers.glob("*/warm/**/*.parquet")]
    assert all(b"warm.pdf" in content or b"held.pdf" in content for content in warm)
    cold = [p.read_bytes() for p in moved.settings.tiers.glob("*/cold/**/*.parquet")]
    archived = [p.read_bytes() for p in moved.settings.tiers.glob("*/archive/**/*.age")]
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
        with pytest.raises(KeyMissing, match="set the key it was written with"):
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
    assert not list(moved.settings.tiers.glob("*/archive/**/2020-01-10*"))


def test_files_outlive_a_new_column(moved: Workspace) -> None:
    moved.execute("alter table raw.prism_documents add column colour varchar")
    apply(moved.settings, "prism_documents", date(2027, 3, 1))
    with open_history(moved.settings) as engine:
        found = engine.execute(
            "select _tier, colour from history.prism_documents where filename = 'warm.pdf'"
        ).fetchall()
    assert found == [("cold", None)]


def _files(workspace: Workspace) -> dict[str, bytes]:
    root = workspace.settings.tiers
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_files_of_another_warehouse_stay_and_are_told(moved: Workspace) -> None:
    files = _files(moved)
    assert len(files) > 3
    # The same warehouse as it was before the rows left, as a restore gives it back.
    moved.restore()
    again = apply(moved.settings, "prism_documents", AS_OF)
    assert sum(again.unknown_files.values()) == len(files)
    assert tiers(moved) == DOCUMENTS
    # One that was built anew has never heard of any of them.
    both = _files(moved)
    moved.restore()
    other = "00000000-0000-4000-8000-000000000001"
    moved.execute(f"update governance.warehouse set warehouse_id = '{other}'")
    anew = apply(moved.settings, "prism_documents", AS_OF)
    assert sum(anew.unknown_files.values()) == len(both) == 2 * len(files)
    assert tiers(moved) == DOCUMENTS
    assert files.items() < both.items() < _files(moved).items()
    own = {path for path in _files(moved) if path not in both}
    assert {path.split("/")[0] for path in own} == {other}
    told = granary("lifecycle", "apply", "--as-of", f"{AS_OF}", "--table", "prism_documents")
    assert told.returncode == 0
    assert f"{len(both):,} files below" in told.stderr
    assert "do not belong to this warehouse and stay" in told.stderr
    found = lifecycle_part(moved.settings, utc_now())
    assert f"{len(both)} files in the tier store are not this warehouse's" in found.finding
    assert both.items() < _files(moved).items()


def test_one_home_holds_both_engines(built_duckdb: Workspace, built_postgres: Workspace) -> None:
    home = {"GRANARY_HOME": str(built_duckdb.settings.root)}
    found = {}
    with environment(KEYS):
        try:
            for built in (built_duckdb, built_postgres):
                with built.activate(), environment(home):
                    apply(Settings(), as_of=AS_OF)
            for built in (built_duckdb, built_postgres):
                with built.activate(), environment(home):
                    assert apply(Settings(), as_of=AS_OF).steps == []
                    found[built.settings.target] = tiers(Workspace(Settings(), built.postgres))
        finally:
            shutil.rmtree(built_duckdb.settings.tiers)
            for built in (built_duckdb, built_postgres):
                built.restore()
    assert found == {"duckdb": DOCUMENTS, "postgres": DOCUMENTS}


def test_a_store_of_before_goes_on(moved: Workspace) -> None:
    # Then the tiers lay in the store itself.
    root = moved.settings.tiers
    [own] = root.iterdir()
    for tier in list(own.iterdir()):
        tier.rename(root / tier.name)
    own.rmdir()
    moved.execute(f"update governance.tier_files set path = replace(path, '{own.name}/', '')")
    later = apply(moved.settings, "prism_documents", date(2027, 3, 1))
    assert ("warm", "cold") in {(s.from_tier, s.transition) for s in later.steps}
    assert later.unknown_files == {}
    assert apply(moved.settings, "prism_documents", date(2027, 3, 1)).unknown_files == {}
    with open_history(moved.settings) as engine:
        found = engine.execute("select count(*) from history.prism_documents").fetchone()
    assert found == (4,)


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


@pytest.mark.parametrize("aged", ["postgres"], indirect=True)
def test_the_server_forgets_values_of_rows_that_have_left(aged: Workspace) -> None:
    quoting = (
        "select schemaname || '.' || tablename || '.' || attname from pg_stats "
        "where cast(pg_stats as text) like '%ended.pdf%' order by 1"
    )
    aged.execute("analyze")
    assert aged.query(quoting) == [("raw.prism_documents.filename",)]
    apply(aged.settings, as_of=AS_OF)
    assert aged.query(quoting) == []
    # Nor where no row is left, for which ANALYZE does nothing.
    aged.execute("create table raw.emptied as select 'ended.pdf' as n", "analyze raw.emptied")
    with open_warehouse(aged.settings) as warehouse:
        warehouse.query("delete from raw.emptied returning 1")
        warehouse.writing.forget_values("raw.emptied")
    assert aged.query(quoting) == []


def test_history_only_reads(aged: Workspace, tmp_path: Path) -> None:
    """Statements that would do more are refused, and could do nothing if they were not."""
    own, other = tmp_path / "own.txt", tmp_path / "other.txt"
    own.write_text("mine")
    beyond = [
        f"copy (select 1 as n) to '{other}'",
        f"attach '{tmp_path / 'other.duckdb'}' as other",
        "load httpfs",
        "set threads = 1",
        f"select content from read_text('{own}')",
        f"select * from '{own}'",
    ]
    refused = [
        *beyond,
        "create table mine as select 1 as n",
        "delete from warehouse.raw.prism_documents where false",
        "select 1; select 2",
        "",
        "select * from query('select 1')",
        "select (select count(*) from glob('/nowhere/*'))",
        "select * from postgres_query('warehouse', 'select 1')",
        "select count(*) from warehouse.granary_private.pads",
        "select count(*) from server.granary_private.pads",
        "select count(*) from server.raw.prism_documents",
    ]
    with open_history(aged.settings) as engine:
        for query in refused:
            with pytest.raises(QueryRefused):
                answer(engine, query)
        for query in beyond:
            with pytest.raises(duckdb.Error):
                engine.execute(query)
        columns, [[count]] = answer(engine, "select count(*) as n from history.prism_documents")
        assert (columns, count) == (["n"], len(DAYS))
        assert answer(engine, "describe history.prism_documents")[1]
        if aged.postgres:
            asked = "select current_user::text, current_setting('transaction_read_only')"
            found = engine.execute("from postgres_query('server', $1)", [asked]).fetchall()
            assert found == [("pg_read_all_data", "on")]
        with pytest.raises(QueryRefused, match='"colour" not found'):
            answer(engine, "select colour from history.prism_documents")
        with pytest.raises(QueryRefused) as failed:
            answer(engine, "select cast(filename as integer) from history.prism_documents")
        assert ".pdf" not in str(failed.value)
    assert not other.exists()


def test_whole_months_are_dropped_on_postgres(aged: Workspace) -> None:
    if not aged.postgres:
        pytest.skip("DuckDB has no partitions")
    partitions = (
        "select count(*) from pg_inherits where inhparent = 'documents.fct_audit_events'::regclass"
    )
    before = aged.value(partitions)
    apply(aged.settings, "fct_audit_events", date(2026, 10, 1))
    # Of seven months, 2018-01 and the month of the organization in a hurry are over: its 60 days,
    # and the 184 that the law wants. The event of 2018-02 is about a document under hold.
    assert before - aged.value(partitions) == 2


@pytest.mark.parametrize("aged", ["postgres"], indirect=True)
def test_no_number_changes_on_its_way(aged: Workspace) -> None:
    """Numbers that only PostgreSQL has: none at all, and of any length."""
    digits = "0.12345678901234567890123"
    aged.execute(
        "alter table raw.prism_documents add column fee numeric(10, 2) default 'NaN', "
        f"add column share numeric default {digits}"
    )
    with pytest.raises(NotVerified, match=r"prism_documents\.fee holds NaN or infinity"):
        apply(aged.settings, "prism_documents", AS_OF)
    asked = "select _tier, fee, share from history.prism_documents"
    with open_history(aged.settings) as engine:
        assert set(engine.execute(asked).fetchall()) == {("hot", None, digits)}
        _, rows = answer(engine, "select fee, share from warehouse.raw.prism_documents")
        assert set(rows) == {(None, digits)}
    aged.execute("update raw.prism_documents set fee = 1.25")
    apply(aged.settings, "prism_documents", AS_OF)
    with open_history(aged.settings) as engine:
        assert set(engine.execute(asked).fetchall()) == {
            (tier, Decimal("1.25"), digits) for tier in ("hot", "warm", "cold")
        }
