"""Whatever can happen to a backup is found, each fault by its own message."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.backup.duckdb.copy import file_contents
from orchestration.backup.errors import DamagedBackup
from orchestration.backup.files.reading import extract, read_secret
from orchestration.backup.manifest import FILES, INDEX, MANIFEST, WAREHOUSE, Backup, read_backup
from orchestration.backup.tables.comparing import check_same, differences
from orchestration.backup.verify import verify
from orchestration.secrecy import keys
from orchestration.secrecy.errors import WrongKey
from orchestration.tests.backup.helpers import Kit, kit_on, land_some
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace, environment

Damage = Callable[[Backup, Backup], object]


@pytest.fixture(scope="module")
def backed_up(
    tmp_path_factory: pytest.TempPathFactory, identity_file: Path
) -> Iterator[tuple[Kit, Backup, Backup]]:
    """A warehouse with two backups; the second builds on the first."""
    folder = tmp_path_factory.mktemp("verify")
    with (
        environment(kit_on(folder / "backups", identity_file)),
        Workspace.on_duckdb(folder / "home") as workspace,
    ):
        kit = Kit(workspace, identity_file)
        land_some(workspace)
        workspace.ingest()
        first = kit.create()
        land_some(workspace, 1)
        workspace.ingest()
        yield kit, first, kit.create()


@pytest.fixture
def copies(backed_up: tuple[Kit, Backup, Backup], tmp_path: Path) -> tuple[Kit, Backup, Backup]:
    """The same two backups, to damage."""
    kit, first, second = backed_up
    shutil.copytree(kit.store.root, tmp_path / "copies")
    return (
        kit,
        read_backup(tmp_path / "copies" / first.id),
        read_backup(tmp_path / "copies" / second.id),
    )


def _flip(name: str) -> Damage:
    def damage(_: Backup, backup: Backup) -> None:
        content = bytearray(backup.path(name).read_bytes())
        content[len(content) // 2] ^= 1
        backup.path(name).write_bytes(content)

    return damage


def _cut(_: Backup, backup: Backup) -> None:
    content = backup.path(WAREHOUSE).read_bytes()
    backup.path(WAREHOUSE).write_bytes(content[:-1])


def _lengthen(_: Backup, backup: Backup) -> None:
    with open(backup.path(WAREHOUSE), "ab") as file:
        file.write(b"x")


DAMAGES: dict[str, tuple[Damage, str]] = {
    "flipped byte": (_flip(WAREHOUSE), f"{WAREHOUSE} is damaged: its SHA-256"),
    "flipped byte in the index": (_flip(INDEX), f"{INDEX} is damaged"),
    "cut off": (_cut, f"{WAREHOUSE} is cut off: "),
    "too long": (_lengthen, f"{WAREHOUSE} is too long: "),
    "missing": (lambda _, b: b.path(WAREHOUSE).unlink(), f"{WAREHOUSE} is missing"),
    "no manifest": (lambda _, b: b.path(MANIFEST).unlink(), "has no manifest"),
    "manifest flipped": (_flip(MANIFEST), "the manifest of "),
    "manifest of another": (
        lambda a, b: shutil.copy(a.path(MANIFEST), b.path(MANIFEST)),
        "is that of another backup",
    ),
    "file of another": (
        lambda a, b: shutil.copy(a.path(WAREHOUSE), b.path(WAREHOUSE)),
        f"{WAREHOUSE} is ",
    ),
    "one it builds on is gone": (lambda a, _: shutil.rmtree(a.folder), "on which this backup"),
    "one it builds on is damaged": (
        lambda a, _: a.path(FILES).unlink(),
        f"on which this backup builds: {FILES} is missing",
    ),
    "a stranger's file": (
        lambda _, b: b.path("x.zst.age").write_bytes(b""),
        "x.zst.age does not belong",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named(copies: tuple[Kit, Backup, Backup], name: str) -> None:
    kit, first, second = copies
    damage, message = DAMAGES[name]
    assert kit.verify(second).faults == []
    damage(first, second)
    found = kit.verify(second).faults
    assert any(message in fault for fault in found), found
    # With the key it is no less found.
    assert kit.verify(second, key=True).faults == found


def test_every_fault_has_a_message_of_its_own() -> None:
    six = ("flipped byte", "cut off", "missing", "manifest of another")
    assert len({DAMAGES[name][1] for name in six}) == len(six)


def test_a_whole_backup_is_restored_and_compared(copies: tuple[Kit, Backup, Backup]) -> None:
    kit, first, second = copies
    for backup in (first, second):
        report = kit.verify(backup, key=True)
        assert (report.faults, report.decrypted) == ([], True)
        assert (report.tables, report.rows) == (
            len(backup.manifest.tables),
            backup.manifest.row_count,
        )
        assert report.rows > 20


def test_a_wrong_key_is_no_damage(copies: tuple[Kit, Backup, Backup], tmp_path: Path) -> None:
    kit, _, second = copies
    keys.write_identity(tmp_path / "other.key")
    other = keys.read_identities(kit.settings, tmp_path / "other.key")
    with pytest.raises(WrongKey, match="encrypted for another key"):
        verify(kit.settings, second.folder, other)


def test_a_manifest_written_by_somebody_else_is_refused(
    copies: tuple[Kit, Backup, Backup],
) -> None:
    """A forger without the key renames the folder to fit; the code inside gives it away."""
    kit, _, second = copies
    text = second.text.replace('"tier": 3', '"tier": 2')
    assert text != second.text
    (second.folder / MANIFEST).write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    forged = second.folder.with_name(
        second.id.rsplit("-", 1)[0].replace("-t3-", "-t2-") + f"-{digest}"
    )
    second.folder.rename(forged)
    assert kit.verify(read_backup(forged)).faults == []
    [fault] = kit.verify(read_backup(forged), key=True).faults
    assert "was not written with this backup" in fault


def test_content_that_differs_from_the_manifest_is_found(
    copies: tuple[Kit, Backup, Backup], tmp_path: Path
) -> None:
    """A warehouse of another moment, encrypted for the right key and with digests to match."""
    kit, first, second = copies
    extract(first, WAREHOUSE, tmp_path / "old.duckdb", kit.identities)
    found = differences(
        second, read_secret(second, kit.identities), file_contents(tmp_path / "old.duckdb")
    )
    with pytest.raises(DamagedBackup, match="rows instead of"):
        check_same(found, second)


def test_the_command_tells_by_its_exit_code(backed_up: tuple[Kit, Backup, Backup]) -> None:
    kit, first, second = backed_up
    good = granary("backup", "verify", "--all")
    assert good.returncode == 0, good.stderr
    assert "files intact" in good.stdout
    content = first.path(WAREHOUSE).read_bytes()
    try:
        first.path(WAREHOUSE).write_bytes(content[:100])
        bad = granary("backup", "verify", first.id)
        newest = granary("backup", "verify")
        listed = granary("backup", "list", "--json")
    finally:
        first.path(WAREHOUSE).write_bytes(content)
    assert bad.returncode == 1
    assert f"{WAREHOUSE} is cut off" in " ".join(bad.stderr.split())
    assert newest.returncode == 0
    assert second.id in listed.stdout
    assert kit.workspace.query(
        "select count(*) from governance.backup_log where action = 'verify' and outcome = 'failure'"
    ) != [(0,)]
