"""Key pairs, and warehouses that are backed up with them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.secrecy import keys
from orchestration.tests.backup.helpers import ArchivingServer, Kit, kit_on, land_some
from orchestration.tests.workspace import Workspace, environment


@pytest.fixture(scope="session")
def identity_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key, kept apart from every state folder."""
    path = tmp_path_factory.mktemp("safe") / "backup.key"
    keys.write_identity(path)
    return path


@pytest.fixture
def kit(tmp_path: Path, identity_file: Path) -> Iterator[Kit]:
    """A loaded warehouse on DuckDB with a folder for its backups."""
    with (
        environment(kit_on(tmp_path / "backups", identity_file)),
        Workspace.on_duckdb(tmp_path / "home") as workspace,
    ):
        land_some(workspace)
        workspace.ingest()
        yield Kit(workspace, identity_file)


@pytest.fixture(scope="module")
def server(identity_file: Path) -> Iterator[ArchivingServer]:
    """A PostgreSQL server that archives its log, where its account can enter."""
    folder = Path(tempfile.mkdtemp(prefix="granary-backup-"))
    folder.chmod(0o755)
    try:
        with ArchivingServer.start(folder, identity_file) as started:
            yield started
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def postgres_kit(server: ArchivingServer, identity_file: Path) -> Iterator[Kit]:
    """A loaded warehouse on that server; tests of a module share it."""
    with (
        environment(server.settings(identity_file)),
        Workspace.on_postgres(server.folder / "home", server.address) as workspace,
    ):
        land_some(workspace)
        workspace.ingest()
        yield Kit(workspace, identity_file)
