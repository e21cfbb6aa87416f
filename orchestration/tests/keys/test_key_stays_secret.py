"""After a whole life of a warehouse, failures and debug logs included, no byte of the key is left.

What is looked for are the key and the two padded keys HMAC uses, in every usual notation.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg
import pytest

from orchestration.dbt.run import dbt_environment
from orchestration.sample import write_sample
from orchestration.secrecy.pseudonyms import pads
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.tests.keys.traces import files_below, forms, traces
from orchestration.tests.processes import granary, plain_dbt
from orchestration.tests.workspace import PostgresServer, Workspace

# No short cycle and no printable run: it can be in no file by accident.
KEY = bytes((i * 89 + 167) % 256 for i in range(32))
SECRETS = {"key": KEY, "inner pad": pads(KEY)[0], "outer pad": pads(KEY)[1]}
LOUD = {
    "log_statement": "all",
    "log_min_duration_statement": "0",
    "log_parameter_max_length": "-1",
    "log_parameter_max_length_on_error": "-1",
    "log_min_messages": "debug1",
    "log_min_error_statement": "debug1",
    "log_error_verbosity": "verbose",
    "log_connections": "all",
    "debug_print_plan": "on",
    "debug_print_rewritten": "on",
    "debug_pretty_print": "off",
}
BREAK_HASH = "select cast({{ hash_pii(\"'ann'\", 'user') }} as integer) as broken"


@dataclass
class Life:
    """A warehouse that has seen everything, and what its commands printed."""

    workspace: Workspace
    printed: str = ""
    logs: list[Path] = field(default_factory=list)

    def granary(self, *arguments: str, expected: int = 0) -> None:
        """Run a command with the key in its file only."""
        result = granary(*arguments, changes={"GRANARY_PII_KEY": None})
        self.printed += result.stdout + result.stderr
        assert result.returncode == expected, result.stdout + result.stderr


def connect(workspace: Workspace, user: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    """A session on the workspace's database."""
    return psycopg.connect(
        host=workspace.postgres["PGHOST"],
        dbname=workspace.postgres["PGDATABASE"],
        user=user,
        autocommit=True,
    )


def live(life: Life) -> None:
    """Sample, ingest, build, publish, then a build that fails and one that tells everything."""
    workspace = life.workspace
    settings = workspace.settings
    settings.key_path.parent.mkdir(mode=0o700)
    settings.key_path.write_text(KEY.hex() + "\n")
    settings.key_path.chmod(0o600)
    options = AssistantOptions(days=2, rows_per_day=20)
    write_sample(settings.landing, settings.truth, options)
    life.granary("ingest")
    workspace.parse()
    debug = ["--log-level", "debug", "--log-level-file", "debug"]
    no_tests = ["--exclude-resource-type", "test"]
    life.granary("build", *debug, *no_tests)
    assert int(workspace.value("select count(*) from staging.stg_assistant__interactions")) > 20
    pass_every_test(life)
    life.granary("publish")

    workspace.execute("alter table raw.assistant_interactions rename column query to question")
    life.granary("build", "--select", "stg_assistant__interactions", *no_tests, expected=1)
    result = plain_dbt(
        *["show", "--inline", BREAK_HASH, *debug],
        changes={**dbt_environment(settings), "GRANARY_PII_KEY": None},
    )
    life.printed += result.stdout + result.stderr
    assert result.returncode != 0


def pass_every_test(life: Life) -> None:
    """Let the publish gate believe that all tests passed: they are tested elsewhere."""
    manifest = json.loads(
        (life.workspace.settings.target_path / "manifest.json").read_text("utf-8")
    )
    tests = [n for n in manifest["nodes"] if n.startswith("test.")]
    [(last,)] = life.workspace.query(
        "select invocation_id from governance.invocations order by invocation_number desc limit 1"
    )
    rows = ", ".join(f"('{last}', '{test}', 'pass', 0, 0, '2999-01-01')" for test in tests)
    life.workspace.execute(f"insert into governance.node_results values {rows}")


@pytest.fixture(scope="module")
def duckdb_life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    with Workspace.on_duckdb(tmp_path_factory.mktemp("life")) as workspace:
        life = Life(workspace)
        live(life)
        yield life


@contextlib.contextmanager
def loud(server: PostgresServer) -> Iterator[Path]:
    """Let the server log all it can; give its log."""
    with psycopg.connect(host=server.host, user="postgres", autocommit=True) as admin:
        log = Path(server.host) / "log"
        try:
            for name, value in LOUD.items():
                admin.execute(f"alter system set {name} = '{value}'")
            admin.execute("select pg_reload_conf()")
            yield log
        finally:
            for name in LOUD:
                admin.execute(f"alter system reset {name}")
            admin.execute("select pg_reload_conf()")


@pytest.fixture(scope="module")
def postgres_life(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[Life]:
    with (
        loud(postgres) as log,
        Workspace.on_postgres(tmp_path_factory.mktemp("life"), postgres) as workspace,
    ):
        life = Life(workspace, logs=[log])
        live(life)
        yield life


@pytest.fixture(params=["duckdb", "postgres"])
def life(request: pytest.FixtureRequest) -> Life:
    """The same life on each engine."""
    chosen: Life = request.getfixturevalue(f"{request.param}_life")
    return chosen


def test_no_file_holds_the_key(life: Life, tmp_path: Path) -> None:
    settings = life.workspace.settings
    printed = tmp_path / "printed.txt"
    printed.write_text(life.printed)
    files = [p for p in files_below(settings.root) if p != settings.key_path]
    seen = {p.name for p in files}
    assert {"manifest.json", "run_results.json", "dbt.log"} <= seen
    if not life.logs:
        assert {"warehouse.duckdb", "serving.duckdb"} <= seen
    log = (settings.root / "logs" / "dbt.log").read_text("utf-8")
    assert "hmac_uuid(" in log or "granary_inner_pad" in log
    assert "Began running node" in log
    assert traces(SECRETS, [*files, *life.logs, printed]) == []


def test_the_scan_would_find_the_key(tmp_path: Path) -> None:
    """A scan that finds nothing must be one that could have found something."""
    block = 1 << 12
    for name, secret in SECRETS.items():
        for form, pattern in forms(secret).items():
            file = tmp_path / "leak"
            file.write_bytes(bytes(block - 7) + pattern + bytes(100))
            assert f"{file}: {name} as {form}" in traces(SECRETS, [file], block)
    with duckdb.connect() as engine:
        rows = engine.execute("select $1::blob::varchar, to_base64($1::blob)", [SECRETS["key"]])
        for text in rows.fetchall()[0]:
            file.write_text(f"a{text}b")
            assert traces(SECRETS, [file]) != []
    assert forms(KEY)["repr"] in str(KEY).encode()


def test_the_server_logged_statements_plans_and_parameters(postgres_life: Life) -> None:
    """Or the scan above would have looked at nothing."""
    log = postgres_life.logs[0].read_bytes()
    assert b"copy granary_private.pads from stdin" in log
    assert b"granary.hmac_uuid(" in log
    assert b"DETAIL:  plan" in log or b"LOG:  00000: plan" in log
    assert b"Parameters: $1 = " in log


def test_the_scan_would_find_a_key_in_the_log(postgres_life: Life) -> None:
    """What a plan or a parameter looks like there, shown with a secret of no worth."""
    secret = bytes(range(200, 232))
    with connect(postgres_life.workspace) as server:
        server.execute("select sha256(%b::bytea || convert_to('x', 'UTF8'))", [secret])
        server.execute(f"select length('\\x{secret.hex()}'::bytea || now()::text::bytea)")
    names = {t.partition(": ")[2] for t in traces({"secret": secret}, postgres_life.logs)}
    assert "secret as hex" in names
    assert "secret as signed decimal" in names


def test_no_statistics_extension_is_there_to_look_into(postgres_life: Life) -> None:
    """Where it exists, pg_stat_statements must not hold the key either."""
    with connect(postgres_life.workspace) as server:
        if not server.execute(
            "select 1 from pg_available_extensions where name = 'pg_stat_statements'"
        ).fetchall():
            pytest.skip("this build of PostgreSQL has neither pg_stat_statements nor auto_explain")
        server.execute("create extension if not exists pg_stat_statements")
        statements = server.execute("select query from pg_stat_statements").fetchall()
    text = "\n".join(str(row[0]) for row in statements).encode()
    assert not [p for s in SECRETS.values() for p in forms(s).values() if p in text]


@pytest.fixture(scope="module")
def analyst(postgres_life: Life) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A session of a role that may log in and nothing else."""
    with connect(postgres_life.workspace) as admin:
        # Statistics would hold the very values.
        admin.execute("analyze granary_private.pads")
        admin.execute("create role plain_analyst login")
        with connect(postgres_life.workspace, "plain_analyst") as session:
            yield session
        admin.execute("drop role plain_analyst")


@pytest.mark.parametrize(
    "statement",
    [
        "select * from granary_private.pads",
        "table granary_private.pads",
        "copy granary_private.pads to stdout",
        "select granary.hmac_uuid('ann')",
        "select pg_get_functiondef('granary.hmac_uuid(text)'::regprocedure)",
        "select * from pg_statistic",
        "set role postgres",
        "create function granary.hmac_uuid2() returns int language sql as 'select 1'",
        "create table granary_private.mine (a int)",
        "select * from governance.key_fingerprint",
        "select pg_read_file('log')",
    ],
)
def test_an_analyst_is_denied(
    analyst: psycopg.Connection[tuple[object, ...]], statement: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute(statement)


def test_catalogs_tell_an_analyst_nothing(
    postgres_life: Life, analyst: psycopg.Connection[tuple[object, ...]], tmp_path: Path
) -> None:
    """Another session hashes meanwhile, so that there is something to see."""
    seen = tmp_path / "seen.txt"
    with connect(postgres_life.workspace) as busy:
        busy.execute("select granary.hmac_uuid('ann'), 'marker of a busy session'")
        rows: list[object] = []
        for relation in (
            "pg_stat_activity",
            "pg_proc",
            "pg_stats",
            "pg_settings",
            "pg_prepared_statements",
            "pg_cursors",
            "pg_locks",
            "information_schema.routines",
            "information_schema.columns",
            "information_schema.tables",
            "pg_description",
        ):
            found = analyst.execute(f"select t::text from {relation} as t").fetchall()
            rows += [f"{relation}: {row[0]}" for row in found]
        activity = analyst.execute(
            "select query from pg_stat_activity where usename = 'postgres'"
        ).fetchall()
    assert rows
    seen.write_text("\n".join(map(str, rows)))
    assert traces(SECRETS, [seen]) == []
    assert activity
    assert {row[0] for row in activity} == {"<insufficient privilege>"}
    assert "granary_private" not in "".join(
        r for r in map(str, rows) if r.startswith(("pg_stats", "information_schema"))
    )
