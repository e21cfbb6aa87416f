"""Rows deleted for good become tombstones, once; a wrong database empties nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.core.contracts import load_contracts
from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import Settings
from orchestration.extract import sources
from orchestration.extract.run import extract
from orchestration.tests.extract.helpers import LONG_AGO, Application, written_by
from orchestration.tests.workspace import PostgresServer


def test_what_is_gone_is_noted_once(application: Application) -> None:
    application.only = ["users", "organizations", "audit_logs"]
    users = application.insert_many("users", 5)
    organization, _ = application.insert_many("organizations", 2)
    application.insert_many("audit_logs", 3)
    application.extract()
    assert application.tombstones() == []
    application.execute("delete from users where id = any(%s)", users[:2])
    application.execute("delete from organizations where id = %s", organization)
    application.execute("delete from audit_logs where true")
    report = application.extract()
    assert {t.table: t.tombstones for t in report.tables if t.tombstones} == {
        "users": 2,
        "organizations": 1,
    }
    expected = {("users", users[0]), ("users", users[1]), ("organizations", organization)}
    for _ in range(2):
        assert len(application.tombstones()) == 3
        assert set(application.tombstones()) == expected
        application.extract()
    application.assert_mirrored(["users", "organizations"])


@pytest.mark.parametrize("moved", [True, False])
def test_a_row_that_returns_lives_again(application: Application, moved: bool) -> None:
    application.only = ["users"]
    kept, returning = application.insert("users"), application.insert("users", updated_at=LONG_AGO)
    application.extract()
    for deaths in (1, 2):
        application.execute("delete from users where id = %s", returning)
        application.extract()
        assert application.tombstones() == [("users", returning)] * deaths
        assert application.living("users") == {kept}
        # Restored from a backup, it carries its old time.
        times = {} if moved else {"updated_at": LONG_AGO}
        application.insert("users", id=returning, email=f"{deaths}@x.jp", **times)
        assert application.rows_landed() == {"users": 1}
        assert application.living("users") == {kept, returning}
        assert application.rows_landed() == {}
    assert len(application.landed("users")) == 4


def test_a_row_that_returns_just_as_it_was_lives_again(application: Application) -> None:
    application.only = ["users"]
    kept, returning = application.insert_many("users", 2)
    application.extract()
    application.execute("create table aside as select * from users where id = %s", returning)
    application.execute("delete from users where id = %s", returning)
    application.extract()
    assert application.living("users") == {kept}
    application.execute("insert into users select * from aside")
    assert application.rows_landed() == {"users": 1}
    assert application.living("users") == {kept, returning}


def test_a_wrong_database_is_refused(
    application: Application, source_server: PostgresServer, tmp_path: Path
) -> None:
    application.insert_many("organizations", 2)
    application.insert_many("users", 24)
    application.extract()
    before = written_by(application.settings.landing)
    wrong = Application.create(source_server, tmp_path / "other")
    wrong.insert_many("audit_logs", 3)
    home = application.settings.home
    mistaken = Settings(home=home, source_urls={"prism": wrong.settings.source_urls["prism"]})
    for lost in ("organizations", "users"):
        with pytest.raises(ConfigurationError, match=f"{lost} .* is it the right one"):
            extract(mistaken, "prism")
        # Nothing at all of it is landed, not even other tables.
        assert written_by(application.settings.landing) == before
        wrong.execute("truncate organizations, users")
        wrong.insert_many("users", 30)
        for organization in application.living("organizations"):
            wrong.insert("organizations", id=organization)
    assert application.tombstones() == []


def test_a_mass_deletion_that_is_meant(application: Application) -> None:
    application.only = ["users"]
    users = application.insert_many("users", 24)
    application.extract()
    application.execute("delete from users where id = any(%s)", users[:12])
    assert len(application.tombstones()) == 0
    application.extract()
    assert len(application.tombstones()) == 12
    application.execute("delete from users")
    with pytest.raises(ConfigurationError, match="--allow-mass-deletion"):
        extract(application.settings, "prism")
    assert len(application.tombstones()) == 12
    application.extract(allow_mass_deletion=True)
    assert sorted(application.tombstones()) == sorted(("users", user) for user in users)


def test_a_database_without_the_tables_is_refused(application: Application) -> None:
    application.insert("users")
    application.extract()
    application.execute("drop schema public cascade")
    application.execute("create schema public")
    with pytest.raises(ConfigurationError, match="none of the tables"):
        extract(application.settings, "prism")
    assert application.tombstones() == []
    assert application.landed("schema_drift") == []


def test_any_table_may_be_declared_keyed(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    feedback = application.insert_many("user_feedback", 5, created_at=LONG_AGO, updated_at=LONG_AGO)
    contracts = dict(load_contracts())
    contracts["prism", "user_feedback"] = replace(contracts["prism", "user_feedback"], keyed=True)
    monkeypatch.setattr(sources, "load_contracts", lambda: contracts)
    application.only = ["user_feedback"]
    application.extract()
    application.execute("delete from user_feedback where id = any(%s)", feedback[:2])
    application.extract()
    assert set(application.tombstones()) == {("user_feedback", gone) for gone in feedback[:2]}
    application.insert("user_feedback", id=feedback[0], updated_at=LONG_AGO)
    assert application.rows_landed() == {"user_feedback": 1}
    assert application.living("user_feedback") == {feedback[0], *feedback[2:]}
