"""What is landed is what the source holds: whole, once, whenever it was committed."""

from __future__ import annotations

import random
import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from orchestration.extract.landed import files_of
from orchestration.tests.extract.helpers import (
    LONG_AGO,
    NO_OVERLAP,
    TABLES,
    Application,
    written_by,
)
from orchestration.tests.workspace import PostgresServer

MEGABYTE = "長い文章。" * 70_000


def _fill(application: Application, rows: int = 30) -> None:
    """Rows in every table, with what makes values hard to carry."""
    for i in range(rows):
        application.insert(
            "organizations",
            name=["株式会社 例", "", "NULL", '"quoted", \\N \\. and\r\nlines\t', None, "NaN"][
                i % 6
            ],
            settings=[{"a": 1, "入れ子": [1, {"b": None}]}, None, {}][i % 3],
            compliance_flags=[["gdpr"], [], None, ['a"b', "c,d", None]][i % 4],
            updated_at=LONG_AGO + timedelta(microseconds=i),
        )
        application.insert(
            "users",
            email=f"u{i}@example.jp",
            email_verified=[True, False, None][i % 3],
            login_attempts=i,
            last_login_at=[None, datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)][
                i % 3
            ],
        )
        application.insert(
            "documents", file_size=2**53 + i, analysis_confidence_score=f"0.{i:02}", legal_hold=True
        )
        application.insert("document_sections", content="x" * i, complexity_score=0.1)
        application.insert("analysis_results", cost_usd="0.000001", tokens_used=i)
        application.insert("user_feedback", ip_address="2001:db8::1", feedback_rating=i % 5)
        application.insert(
            "audit_logs", ip_address="10.1.2.3", after_value={"k": "\u2028"}, event_type=f"e{i}"
        )
    application.insert("document_sections", content=MEGABYTE)


def test_every_table_is_landed_as_it_is_and_then_what_changes(application: Application) -> None:
    _fill(application)
    score = "update analysis_results set confidence_score = {} where tokens_used = 1"
    application.execute(score.format("'NaN'"))
    first = application.rows_landed()
    assert first == dict.fromkeys(TABLES, 30) | {"document_sections": 31}
    # No number, and so no JSON: it is landed as missing.
    application.execute(score.format("null"))
    for table in TABLES:
        assert application.landed(table)
        assert sorted(application.source(table).elements(), key=repr) == sorted(
            application.landed(table), key=repr
        ), table
    assert application.rows_landed() == {}

    application.execute(
        "update users set role = 'admin', updated_at = now() where login_attempts < 3"
    )
    application.execute("update documents set deleted_at = now(), updated_at = now()")
    application.insert("audit_logs", event_type="last")
    # No change of time, within the overlap: told by comparing.
    application.execute(
        "update user_feedback set workflow_status = 'seen' where feedback_rating = 1"
    )
    assert application.rows_landed() == {
        "users": 3,
        "documents": 30,
        "user_feedback": 6,
        "audit_logs": 1,
    }
    application.assert_mirrored()


def test_files_are_typed_compressed_and_under_their_day(application: Application) -> None:
    _fill(application, 3)
    before = datetime.now(UTC)
    application.extract()
    for table in TABLES:
        [file] = files_of(application.settings.landing, "prism", table)
        day = file.parent.name
        assert before.date().isoformat() <= day <= datetime.now(UTC).date().isoformat()
    [file] = files_of(application.settings.landing, "prism", "audit_logs")
    with duckdb.connect() as engine:
        types = {
            name: kind
            for name, kind, *_ in engine.execute(f"describe select * from '{file}'").fetchall()
        }
        [(codec,)] = engine.execute(
            f"select distinct compression from parquet_metadata('{file}')"
        ).fetchall()
    assert codec == "ZSTD"
    assert types["id"] == types["ip_address"] == types["after_value"] == "VARCHAR"
    assert types["created_at"] == "TIMESTAMP WITH TIME ZONE"
    assert types["retention_period_days"] == "BIGINT"
    names = {path.suffix for path in written_by(application.settings.landing)}
    assert names == {".parquet"}
    assert not list(application.settings.extraction.rglob("*.parquet"))


def test_rows_that_share_the_last_time_are_not_lost(application: Application) -> None:
    application.only = ["users", "audit_logs"]
    application.insert_many("users", 3, updated_at=LONG_AGO)
    assert application.rows_landed(overlap=NO_OVERLAP) == {"users": 3}
    application.insert_many("users", 2, updated_at=LONG_AGO)
    application.insert("audit_logs", created_at=LONG_AGO)
    assert application.rows_landed(overlap=NO_OVERLAP) == {"users": 2, "audit_logs": 1}
    application.insert("audit_logs", created_at=LONG_AGO)
    assert application.rows_landed(overlap=NO_OVERLAP) == {"audit_logs": 1}
    assert application.rows_landed(overlap=NO_OVERLAP) == {}
    application.assert_mirrored()


def _late_commit(application: Application, overlap: timedelta) -> None:
    """A transaction that began first commits last, an extraction lying between."""
    application.only = ["audit_logs"]
    with application.connect() as late:
        late.autocommit = False
        late.execute("insert into audit_logs (id, event_type) values (gen_random_uuid(), 'late')")
        time.sleep(0.05)
        application.insert("audit_logs", event_type="early")
        assert application.rows_landed(overlap=overlap) == {"audit_logs": 1}
        late.commit()
    [(late_first,)] = application.execute(
        "select min(created_at) filter (where event_type = 'late') "
        "< min(created_at) filter (where event_type = 'early') from audit_logs"
    )
    assert late_first
    assert application.rows_landed(overlap=overlap) == {"audit_logs": 1}
    application.assert_mirrored()


def test_a_transaction_that_commits_late_is_waited_for(application: Application) -> None:
    _late_commit(application, NO_OVERLAP)


def test_the_overlap_catches_it_where_sessions_are_hidden(
    source_server: PostgresServer, tmp_path: Path
) -> None:
    application = Application.create(source_server, tmp_path / "home", user="reader_of_prism")
    application.execute("grant select on all tables in schema public to reader_of_prism")
    _late_commit(application, timedelta(minutes=15))


def test_a_full_extraction_lands_everything_again(application: Application) -> None:
    application.only = ["users", "audit_logs"]
    application.insert_many("users", 4, updated_at=LONG_AGO)
    application.insert_many("audit_logs", 2)
    assert application.rows_landed() == application.rows_landed(full=True)
    assert len(application.landed("users")) == 8
    assert application.latest("users") == application.source("users")
    assert application.rows_landed() == {}


def test_a_lost_state_doubles_nothing(application: Application) -> None:
    application.only = ["users", "audit_logs"]
    _fill(application, 5)
    application.extract()
    shutil.rmtree(application.settings.extraction)
    application.insert("users", updated_at=LONG_AGO)
    assert application.rows_landed() == {"users": 1}
    application.assert_mirrored()


def test_a_broken_state_is_repaired(application: Application) -> None:
    application.only = ["users", "audit_logs"]
    _fill(application, 5)
    application.extract()
    for state in application.settings.extraction.rglob("state.json"):
        state.write_text("{")
    application.insert("users", updated_at=LONG_AGO)
    assert application.rows_landed() == {"users": 1}
    application.assert_mirrored()


def test_backdated_rows_arrive(application: Application) -> None:
    application.only = ["users"]
    application.insert("users")
    application.extract()
    application.insert("users", updated_at=LONG_AGO)
    assert application.rows_landed() == {"users": 1}
    application.assert_mirrored()


class Writer(threading.Thread):
    """An application at work: transactions of several changes, some of them slow."""

    def __init__(self, application: Application, seed: int) -> None:
        super().__init__()
        self.connection = application.connect()
        self.connection.autocommit = False
        self.chance = random.Random(seed)
        self.enough = threading.Event()
        self.failure: Exception | None = None
        self.transactions = 0

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                for _ in range(self.chance.randint(1, 8)):
                    self._change()
                    time.sleep(self.chance.choice([0, 0, 0.03]))
                self.connection.commit()
                self.transactions += 1
        except psycopg.Error as error:
            self.failure = error
        finally:
            self.connection.close()

    def _change(self) -> None:
        table = self.chance.choice(["users", "documents", "organizations"])
        picked = f"(select id from {table} order by random() limit 1 for update skip locked)"
        statements: list[Any] = [
            f"insert into {table} (id{', subscription_tier' if table == 'organizations' else ''}) "
            f"values (gen_random_uuid(){', 1' if table == 'organizations' else ''})",
            # now() is when the transaction began; a row's own times still go forward.
            f"update {table} set updated_at = greatest(now(), updated_at + interval '1 us'), "
            f"created_at = clock_timestamp() where id = {picked}",
            "insert into audit_logs (id, event_type) values (gen_random_uuid(), 'x')",
            f"delete from {table} where id = {picked} and random() < 0.5",
        ]
        self.connection.execute(self.chance.choice(statements))


def test_whatever_is_written_meanwhile_arrives(application: Application) -> None:
    for table in ("organizations", "users", "documents"):
        application.insert_many(table, 40)
    application.only = ["organizations", "users", "documents", "audit_logs"]
    # Between two runs the writers may delete more than half of a table.
    every = {"overlap": NO_OVERLAP, "allow_mass_deletion": True}
    writers = [Writer(application, seed) for seed in range(3)]
    for writer in writers:
        writer.start()
    try:
        runs = [application.rows_landed(**every) for _ in range(4)]
    finally:
        for writer in writers:
            writer.enough.set()
        for writer in writers:
            writer.join()
    assert [writer.failure for writer in writers] == [None] * 3
    assert sum(writer.transactions for writer in writers) > 10
    assert all(runs[1:])
    application.extract(**every)
    application.assert_mirrored()
    assert application.tombstones()
    assert application.rows_landed(**every) == {}


def test_a_time_that_never_comes_is_landed_where_it_means_something(
    application: Application,
) -> None:
    kept = application.insert("documents", retention_expires_at="infinity", deleted_at="infinity")
    application.insert("documents", retention_expires_at="-infinity")
    application.only = ["documents"]
    application.extract()
    names = ["id", "retention_expires_at", "deleted_at"]
    landed = {row[0]: row[1:] for row in application.landed("documents", names)}
    assert len(landed) == 2
    # Kept for ever; never deleted.
    assert landed.pop(kept) == ("9999-12-31T00:00:00+00:00", None)
    assert list(landed.values()) == [(None, None)]
