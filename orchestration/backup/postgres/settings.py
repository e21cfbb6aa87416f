"""Settings with which a PostgreSQL server archives its log for backups."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence

from psycopg import sql

from orchestration.backup.manifest import WAL_FOLDER
from orchestration.core.settings import Settings
from orchestration.policies.backup import tiers
from orchestration.secrecy.keys import read_recipients
from orchestration.warehouse import postgres

CRITICAL = 1
ARCHIVER = "orchestration.backup.archive_wal"


def archive_settings(
    settings: Settings, program: Sequence[str] = (sys.executable, "-m", ARCHIVER)
) -> dict[str, str]:
    """Settings by name; the server's account must be able to run the program.

    A segment is archived when it is full, or when it is as old as a fifth of the first tier's
    objective: what has been written since the last one would be lost.

    Raises:
        ConfigurationError: no recipient is set.
    """
    command = [*program, "--to", str(settings.backups / WAL_FOLDER)]
    for recipient in read_recipients(settings):
        command += ["--recipient", recipient]
    quoted = " ".join(shlex.quote(part) for part in command).replace("%", "%%")
    return {
        "wal_level": "replica",
        "archive_mode": "on",
        "archive_timeout": f"{int(tiers()[CRITICAL].rpo.total_seconds() / 5)}s",
        "archive_command": f"{quoted} %p",
    }


def apply_settings(wanted: Mapping[str, str]) -> None:
    """Set the settings on the server and have it reload them.

    Raises:
        WarehouseError: the server cannot be reached.
        psycopg.Error: the login may not.
    """
    with postgres.connect() as server:
        for name, value in wanted.items():
            server.execute(
                sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        server.execute("select pg_reload_conf()")
