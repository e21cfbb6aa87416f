"""What a person gets from the commands: help that teaches, keys, lists, plain errors."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from orchestration.backup.postgres.settings import ARCHIVER
from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import Settings
from orchestration.policies.backup import tiers
from orchestration.secrecy.keys import checked_recipients, read_identities
from orchestration.tests.backup.helpers import Kit, kit_on
from orchestration.tests.processes import granary
from orchestration.tests.workspace import PostgresServer, Workspace, environment

COMMANDS = {
    ("backup",): ["GRANARY_BACKUP_DIR", "GRANARY_BACKUP_RECIPIENTS", "private key"],
    ("backup", "create"): ["--tier", "deleted rows", "base backup", "--smaller", "--json"],
    ("backup", "list"): ["newest last", "--json"],
    ("backup", "verify"): ["--identity", "--all", "Exit codes: 0 intact, 1 damaged", "--json"],
    ("backup", "prune"): ["--dry-run", "retention", "--json"],
    ("backup", "rekey"): ["--to", "exposed", "--json"],
    ("backup", "keygen"): ["--out", "machine without a warehouse"],
    ("backup", "postgres-settings"): ["--apply", "restart"],
    ("restore",): ["--to", "--at", "--force", "compared", "--json"],
    ("drill",): ["--tier", "--scenario", "human_error", "dbt tests", "--json"],
}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_teaches(command: tuple[str, ...]) -> None:
    result = granary(*command, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    text = " ".join(result.stdout.split())
    for word in COMMANDS[command]:
        assert word in text


def test_a_key_pair_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "backup.key"
    made = granary("backup", "keygen", "--out", str(path))
    assert made.returncode == 0, made.stderr
    [recipient] = checked_recipients(made.stdout.splitlines(), "output")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    [identity] = read_identities(Settings(), path)
    assert str(identity.to_public()) == recipient
    again = granary("backup", "keygen", "--out", str(path))
    assert again.returncode == 3
    assert "cannot be written" in again.stderr
    assert read_identities(Settings(), path)


def test_recipients_come_from_a_file_or_a_variable(tmp_path: Path, identity_file: Path) -> None:
    recipient = kit_on(tmp_path, identity_file)["GRANARY_BACKUP_RECIPIENTS"]
    assert checked_recipients(["# ours", "", recipient, recipient], "x") == [recipient]
    with pytest.raises(ConfigurationError, match="not an age public key"):
        checked_recipients(["age1nonsense"], "x")
    with pytest.raises(ConfigurationError, match="names no recipient"):
        checked_recipients(["# none"], "x")


def test_a_list_shows_what_there_is(kit: Kit) -> None:
    empty = granary("backup", "list")
    assert "granary backup create makes one" in empty.stdout
    assert "granary backup create makes one" in granary("backup", "verify").stderr
    backup = kit.create()
    (kit.store.root / "20260101T000000000000Z-t3-0123456789abcdef").mkdir()
    listed = json.loads(granary("backup", "list", "--json").stdout)
    assert [entry["backup_id"] for entry in listed][1] == backup.id
    assert listed[1]["rows"] == backup.manifest.row_count > 0
    assert "has no manifest" in listed[0]["fault"]


def test_errors_are_one_line(kit: Kit, tmp_path: Path) -> None:
    for arguments, code in (
        (["backup", "verify"], 2),
        (["backup", "verify", "2026"], 2),
        (["restore", "--to", str(tmp_path / "x"), "--identity", str(kit.identity_file)], 1),
        (["drill"], 3),
        (["backup", "create", "--tier", "4"], 2),
    ):
        result = granary(*arguments)
        assert result.returncode == code, (arguments, result.stderr)
        assert result.stdout == ""
        assert "Traceback" not in result.stderr


def test_a_server_that_does_not_archive_is_refused(
    postgres: PostgresServer, tmp_path: Path, identity_file: Path
) -> None:
    with (
        environment(kit_on(tmp_path / "backups", identity_file)),
        Workspace.on_postgres(tmp_path / "home", postgres),
    ):
        result = granary("backup", "create")
        shown = granary("backup", "postgres-settings")
    assert result.returncode == 3
    assert "granary backup postgres-settings" in result.stderr
    assert shown.returncode == 0, shown.stderr
    assert "archive_mode = 'on'" in shown.stdout
    assert "archive_timeout = '60s'" in shown.stdout
    assert f"{ARCHIVER} --to " in shown.stdout
    assert shown.stdout.rstrip().endswith("%p'")


def test_the_seed_keeps_the_promises_that_were_made() -> None:
    promised = {
        number: (int(tier.rpo.total_seconds()), int(tier.rto.total_seconds()))
        for number, tier in tiers().items()
    }
    assert promised == {1: (300, 900), 2: (1800, 14400), 3: (86400, 86400)}
    for tier in tiers().values():
        assert tier.every <= tier.rpo
    assert [tier.drill_every.days for tier in tiers().values()] == [1, 7, 31]
