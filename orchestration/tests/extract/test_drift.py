"""A source whose columns change is still extracted whole, and what changed is noted once."""

from __future__ import annotations

import json
import sys
from typing import Any

import duckdb
import pytest
from psycopg import sql

from orchestration.cli import main
from orchestration.extract.landed import files_of
from orchestration.ingest.chunks import FileDigest
from orchestration.ingest.reader import read_chunks
from orchestration.ingest.slabs import Slabs
from orchestration.tests.extract.helpers import LONG_AGO, Application
from orchestration.tests.workspace import environment


@pytest.fixture
def drifting(application: Application) -> Application:
    """An application of which two tables were extracted."""
    application.only = ["users", "analysis_results"]
    application.insert_many("users", 3, department="legal", updated_at=LONG_AGO)
    application.insert_many("analysis_results", 3, cost_usd="1.25")
    application.extract()
    assert drift(application) == []
    return application


def drift(application: Application) -> list[tuple[Any, ...]]:
    """Landed differences in order, but for the time."""
    return [row[:-1] for row in application.landed("schema_drift")]


def users(application: Application, column: str) -> list[Any]:
    """A column of all landed users as JSON sees it, in delivery order."""
    values = []
    for file in files_of(application.settings.landing, "prism", "users"):
        for chunk in read_chunks(file, FileDigest(), Slabs(1 << 20), {}):
            values += [json.loads(text).get(column) for text in chunk["_text"].to_pylist()]
    return values


def test_a_column_that_appears_is_landed_too(drifting: Application) -> None:
    drifting.execute("alter table users add column nickname text default 'ニック'")
    drifting.insert("users", nickname="ada")
    report = drifting.extract()
    assert drift(drifting) == [("users", "nickname", "column_added", None, "text", False)]
    assert [d.column_name for d in report.drift] == ["nickname"]
    assert report.broken == []
    # The rows in the overlap carry the default, so they are other rows now.
    assert users(drifting, "nickname") == [None] * 3 + ["ニック"] * 3 + ["ada"]
    drifting.insert("users", nickname=None)
    assert drifting.rows_landed() == {"users": 1}
    assert len(drift(drifting)) == 1
    assert drifting.latest("users") == drifting.source("users")
    drifting.execute("alter table users drop column nickname")
    drifting.extract()
    assert drift(drifting)[1:] == [("users", "nickname", "resolved", None, None, False)]


def test_a_column_without_values_lands_nothing_again(drifting: Application) -> None:
    drifting.execute("alter table users add column tags text[], add column extra jsonb")
    assert drifting.rows_landed() == {}
    assert {row[1] for row in drift(drifting)} == {"tags", "extra"}
    drifting.execute("update users set tags = array['a', 'b'], extra = '{\"a\": 1}'")
    assert drifting.rows_landed() == {"users": 3}
    assert users(drifting, "tags")[-1] == '["a","b"]'
    assert users(drifting, "extra")[-1] == '{"a": 1}'


# What dlt trims and replaces, DuckDB folds, and both give to something of their own.
NAMES = [
    "Department", "DEPARTMENT", "department ", " department", 'with "quotes"', "it's", "a.b", "a▶b",
    "file_row_number", "filename", "digest", "time", "place", "path", "c0", "_dlt_id", "files", " ",
]  # fmt: skip


def test_columns_of_any_name_are_landed_once(application: Application) -> None:
    application.only = ["users"]
    added = [sql.SQL("add column {} text").format(sql.Identifier(name)) for name in NAMES]
    application.connection.execute(sql.SQL("alter table users ") + sql.SQL(", ").join(added))
    application.insert_many("users", 2, department="legal")
    values = [
        sql.SQL("{} = {}").format(sql.Identifier(name), f"of {name}") for name in NAMES
    ]  # fmt: skip
    application.connection.execute(sql.SQL("update users set ") + sql.SQL(", ").join(values))
    assert application.rows_landed() == {"users": 2}
    for name in NAMES:
        assert users(application, name) == [f"of {name}"] * 2
    assert users(application, "department") == ["legal"] * 2
    assert application.rows_landed() == {}
    # A change of any of them is a new state.
    application.execute("update users set \"DEPARTMENT\" = 'other'")
    assert application.rows_landed() == {"users": 2}
    assert application.tombstones() == []


def test_a_column_that_goes_is_null_and_may_come_back(drifting: Application) -> None:
    drifting.execute("alter table users drop column department")
    drifting.insert("users")
    drifting.extract()
    missing = ("users", "department", "column_missing", "varchar", None, False)
    assert drift(drifting) == [missing]
    assert users(drifting, "department")[-1] is None
    drifting.execute("alter table users add column department text")
    drifting.insert("users", department="back")
    drifting.extract()
    resolved = ("users", "department", "resolved", "varchar", "text", False)
    assert drift(drifting) == [missing, resolved]
    assert users(drifting, "department")[-1] == "back"


def test_a_required_column_that_goes_breaks_the_contract(drifting: Application) -> None:
    drifting.execute("alter table users rename column updated_at to changed_at")
    drifting.insert("users", email="new@x.jp")
    report = drifting.extract()
    assert sorted(drift(drifting)) == [
        ("users", "changed_at", "column_added", None, "timestamp with time zone", False),
        ("users", "updated_at", "column_missing", "timestamp", None, True),
    ]
    assert [d.column_name for d in report.broken] == ["updated_at"]
    # Without its time, all of it is read and compared.
    assert "new@x.jp" in users(drifting, "email")
    assert drifting.rows_landed() == {}
    drifting.insert("users", email="newer@x.jp")
    assert drifting.rows_landed() == {"users": 1}
    drifting.execute("alter table users rename column changed_at to updated_at")
    report = drifting.extract()
    assert report.broken == []
    assert drifting.latest("users") == drifting.source("users")
    assert drifting.rows_landed() == {}


@pytest.mark.parametrize(
    "changes",
    [
        {
            "id": ("text", True, "i"),
            "updated_at": ("timestamp", False, "2026-05-06 07:08:09.123456+00"),
            "login_attempts": ("text", True, "seven"),
            "role": ("integer", False, "7"),
            "email_verified": ("integer", True, "1"),
            "privacy_settings": ("text", True, "{"),
            "locked_until": ("date", False, "2026-05-06 00:00:00+00"),
            "department": ("name", None, "x"),
        },
        {
            "updated_at": ("text", True, "2026-05-06 07:08:09.123456+00"),
            "login_attempts": ("numeric(8, 0)", False, "7"),
            "role": ("text", None, "7"),
            "privacy_settings": ("json", None, '{"a": 1}'),
            "locked_until": ("text", True, "2026"),
            "email": ("jsonb", False, '{"a": "@"}'),
        },
        {
            "login_attempts": ("bigint", None, 1 << 40),
            "role": ("uuid", False, "9b2d7f5e-0c57-4c77-8f6e-0d3c7a5d1b11"),
            "mfa_enabled": ("text", True, "true"),
            "department": ("character(5)", None, "x"),
        },
    ],
)
def test_columns_of_other_types(
    drifting: Application, changes: dict[str, tuple[str, bool | None, Any]]
) -> None:
    drifting.only = ["users"]
    drifting.execute("delete from users where department is null")
    for column, (new_type, *_) in changes.items():
        to = f"{column}::text::{new_type}" if column in ("id", "updated_at") else "null"
        drifting.execute(
            f"alter table users alter {column} drop default, "
            f"alter {column} type {new_type} using {to}"
        )
    values = {column: value for column, (_, _, value) in changes.items()}
    values["id"] = drifting.insert("users", **values)
    drifting.extract()
    found = {row[1]: row[5] for row in drift(drifting) if row[2] == "type_changed"}
    assert len(found) == len(drift(drifting))
    assert found == {name: breaks for name, (_, breaks, _) in changes.items() if breaks is not None}
    at = users(drifting, "id").index(values["id"])
    assert {column: users(drifting, column)[at] for column in changes} == {
        column: values[column] for column in changes
    }
    assert drifting.rows_landed() == {}


def test_a_type_that_changes_back(drifting: Application) -> None:
    to = "alter table analysis_results alter column cost_usd type {0} using cost_usd::{0}"
    drifting.execute(to.format("text"))
    drifting.insert("analysis_results", cost_usd="free")
    drifting.extract()
    drifting.execute("delete from analysis_results where cost_usd = 'free'")
    drifting.execute(to.format("numeric"))
    drifting.insert("analysis_results", cost_usd="2.5")
    report = drifting.extract()
    assert report.broken == []
    place = ("analysis_results", "cost_usd")
    assert drift(drifting) == [
        (*place, "type_changed", "double precision", "text", True),
        (*place, "resolved", "double precision", "numeric", False),
    ]
    costs = []
    for file in files_of(drifting.settings.landing, "prism", "analysis_results"):
        with duckdb.connect() as engine:
            costs += engine.execute(f"select cost_usd from '{file}'").fetchall()
    assert {cost for (cost,) in costs} >= {1.25, "free", 2.5}


def test_a_table_that_is_missing_is_left_out(drifting: Application) -> None:
    drifting.execute("alter table users rename to people")
    drifting.insert("analysis_results")
    report = drifting.extract()
    missing = ("users", "", "table_missing", None, None, True)
    assert drift(drifting) == [missing]
    assert {t.table: (t.missing, t.rows) for t in report.tables} == {
        "users": (True, 0),
        "analysis_results": (False, 1),
    }
    assert drifting.tombstones() == []
    drifting.extract()
    drifting.execute("alter table people rename to users")
    drifting.insert("users")
    assert drifting.rows_landed() == {"users": 1}
    assert drift(drifting) == [missing, ("users", "", "resolved", None, None, False)]
    drifting.assert_mirrored(["users"])


def test_the_command_tells_what_is_broken(
    drifting: Application, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drifting.execute('alter table users drop column updated_at, add column "Größe" integer')
    monkeypatch.setattr(sys, "argv", ["granary", "extract", "prism"])
    variables = {
        "GRANARY_HOME": str(drifting.settings.home),
        "GRANARY_PRISM_URL": drifting.settings.source_urls["prism"].get_secret_value(),
    }
    broken = "users.updated_at: column_missing (contract timestamp); breaks the contract"
    for line in (f"drift: {broken}", f"still: {broken}"):
        with environment(variables), pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr().out.splitlines()
        assert ended.value.code == 0
        assert line in out
        assert ("drift: users.Größe: column_added (source integer)" in out) == ("drift" in line)
