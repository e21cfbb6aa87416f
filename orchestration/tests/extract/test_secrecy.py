"""Extraction only reads, and nothing it writes or says tells where the database is."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from filelock import FileLock
from pydantic import SecretStr

from orchestration.cli import main
from orchestration.core.errors import ConfigurationError, SourceError
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.extract import run
from orchestration.extract.database import connect, snapshot
from orchestration.sources.found import databases
from orchestration.tests.extract.helpers import PASSWORD, USER, Application, written_by
from orchestration.tests.workspace import environment

PRISM = databases()["prism"]
# libpq's connection is none of Python's; whatever else would be sent somewhere is.
WITHOUT_NETWORK = """
import os, socket

def refuse(*_):
    os._exit(99)

socket.socket.connect = socket.getaddrinfo = refuse
from orchestration.cli import main
main()
"""


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def granary(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process; gives exit code, output and errors."""

    def run_it(settings: Settings, *arguments: str) -> tuple[int, str, str]:
        variables = {
            "GRANARY_HOME": str(settings.home),
            "GRANARY_PRISM_URL": settings.source_urls["prism"].get_secret_value(),
        }
        monkeypatch.setattr(sys, "argv", ["granary", *arguments])
        capfd.readouterr()
        code = 0
        with environment(variables):
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        return code, *capfd.readouterr()

    return run_it


def _assert_silent(application: Application, *texts: str) -> None:
    secrets = [USER, PASSWORD, "Zwetschge", application.server.host, application.database]
    files = written_by(application.settings.root)
    for name, content in [(str(f), f.read_bytes()) for f in files] + [
        ("output", text.encode()) for text in texts
    ]:
        for secret in secrets:
            assert secret.encode() not in content, (name, secret)


def test_the_url_is_nowhere(application: Application) -> None:
    application.insert_many("users", 3)
    person = application.settings.home / "person"
    variables = os.environ | {
        "GRANARY_HOME": str(application.settings.home),
        "GRANARY_PRISM_URL": application.settings.source_urls["prism"].get_secret_value(),
        "HOME": str(person),
    }
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK, "extract", "prism"],
        env=variables,
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    out, err = result.stdout, result.stderr
    assert (result.returncode, err) == (0, "")
    assert re.search(r"^users: 3 rows, 1 files, [\d,]+ bytes, [\d.]+ s$", out, re.MULTILINE)
    assert len(out.splitlines()) == 7
    written = written_by(application.settings.root)
    assert {path.name for path in written} >= {"state.json", "prism.lock"}
    assert not person.exists()
    assert not (PROJECT_DIR / ".dlt").exists()
    _assert_silent(application, out, err)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("host=", "host=/nowhere"), "no server is listening there"),
        ((USER, "nobody_of_prism"), "the login was refused"),
        (("/granary_", "/granary_other_"), "no database of that name"),
        (("?host=/", "no.such.host.invalid?port=/"), None),
    ],
)
def test_a_failed_connection_says_why_but_not_where(
    application: Application,
    granary: Run,
    caplog: pytest.LogCaptureFixture,
    change: tuple[str, str],
    reason: str | None,
) -> None:
    url = application.settings.source_urls["prism"].get_secret_value()
    assert change[0] in url
    wrong = Settings(
        home=application.settings.home, source_urls={"prism": SecretStr(url.replace(*change, 1))}
    )
    with caplog.at_level(logging.INFO), pytest.raises((SourceError, ConfigurationError)) as failed:
        run.extract(wrong, "prism")
    assert "GRANARY_PRISM_URL" in str(failed.value)
    assert reason is None or reason in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None
    code, out, err = granary(wrong, "extract", "prism")
    assert (code, out) == (3, "")
    assert err.startswith("granary: ")
    assert "Traceback" not in err
    _assert_silent(application, str(failed.value), caplog.text, out, err)


def test_a_table_that_cannot_be_read_fails_alone(application: Application, granary: Run) -> None:
    application.insert("audit_logs")
    application.execute(
        "grant select on all tables in schema public to reader_of_prism; "
        "revoke select on users from reader_of_prism"
    )
    url = (
        application.settings.source_urls["prism"]
        .get_secret_value()
        .replace(USER, "reader_of_prism")
    )
    reader = Settings(home=application.settings.home, source_urls={"prism": SecretStr(url)})
    code, out, err = granary(reader, "extract", "prism")
    assert code == 5
    assert "audit_logs: 1 rows" in out
    assert err == "not extracted: users: may not be read: grant select on it\n"
    assert len(application.landed("audit_logs")) == 1


def test_a_superuser_cannot_write_either(application: Application) -> None:
    with connect(application.settings, PRISM) as connection:
        [(superuser,)] = connection.execute("select current_setting('is_superuser')").fetchall()
        assert superuser == "on"
        connection.rollback()
        for writes in ("create table t (i int)", "delete from users", "select lo_create(0)"):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), snapshot(connection):
                connection.execute(writes)
        [(level,)] = connection.execute("show transaction_isolation").fetchall()
        assert level == "repeatable read"
        connection.rollback()
        connection.autocommit = True
        connection.read_only = None
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("create table t (i int)")


def test_the_usual_forms_of_a_url_are_understood(application: Application, tmp_path: Path) -> None:
    url = application.settings.source_urls["prism"].get_secret_value()
    for scheme in ("postgres://", "postgresql+psycopg://"):
        settings = Settings(
            home=tmp_path, source_urls={"prism": SecretStr(url.replace("postgresql://", scheme))}
        )
        with connect(settings, PRISM):
            pass
    for url in ("mysql://u:geheim@h/d", "hello"):
        with pytest.raises(ConfigurationError) as refused:
            run.extract(Settings(home=tmp_path, source_urls={"prism": SecretStr(url)}), "prism")
        assert "geheim" not in str(refused.value)
    with pytest.raises(ConfigurationError, match="set GRANARY_PRISM_URL"):
        run.extract(Settings(home=tmp_path), "prism")


def test_a_second_extraction_waits_its_turn(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    application.only = ["users"]
    application.extract()
    monkeypatch.setattr(run, "LOCK_WAIT_SECONDS", 0.1)
    with (
        FileLock(application.settings.extraction / "prism.lock"),
        pytest.raises(SourceError, match="another extraction of prism is running"),
    ):
        run.extract(application.settings, "prism")
    application.extract()


def test_wrong_usage(application: Application, granary: Run) -> None:
    code, _, err = granary(application.settings, "extract", "prisma")
    assert code == 2
    assert "prism" in err.split("choose from:")[1]
    code, out, _ = granary(application.settings, "extract", "prism", "--json", "--overlap", "1")
    assert code == 0
    assert '"tables": [' in out
