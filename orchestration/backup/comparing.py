"""A restored warehouse against the manifest of its backup, table by table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.backup.duckdb.copy import attach
from orchestration.backup.errors import DamagedBackup
from orchestration.backup.manifest import Backup
from orchestration.warehouse.hashing import Count, TableContent, duckdb_contents


@dataclass(frozen=True)
class Difference:
    """One table that is not what the manifest says."""

    relation: str
    what: str


def differences(
    backup: Backup, secret: bytes, contents: Iterable[TableContent]
) -> list[Difference]:
    """Tables that lack, are too many or hold something else, in order of name.

    Where another version of DuckDB made the backup, rows are counted and not compared.
    """
    found = {content.relation: content for content in contents}
    expected = {table.relation: table for table in backup.manifest.tables}
    differ = []
    for relation in sorted(found.keys() | expected.keys()):
        if relation not in found:
            differ.append(Difference(relation, "is missing"))
        elif relation not in expected:
            differ.append(Difference(relation, "was not there"))
        elif found[relation].rows != expected[relation].rows:
            differ.append(
                Difference(
                    relation,
                    f"has {found[relation].rows:,} rows instead of {expected[relation].rows:,}",
                )
            )
        elif backup.is_comparable and (found[relation].digest(secret) != expected[relation].digest):
            differ.append(Difference(relation, "has rows that differ"))
    return differ


def check_same(found: list[Difference], backup: Backup) -> None:
    """Refuse a copy that differs.

    Raises:
        DamagedBackup: a table differs.
    """
    if found:
        listed = "; ".join(f"{d.relation} {d.what}" for d in found[:5])
        raise DamagedBackup(
            f"what {backup.id} gives back is not what was backed up: {listed}"
            + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        )


def file_contents(path: Path, progress: Count | None = None) -> list[TableContent]:
    """Every table of a DuckDB file.

    Raises:
        WarehouseError: it cannot be opened.
        DamagedBackup: it cannot be read.
    """
    with duckdb.connect() as engine:
        attach(engine, path, "warehouse")
        try:
            return duckdb_contents(engine, "warehouse", progress)
        except duckdb.Error:
            raise DamagedBackup(f"{path} cannot be read: it is damaged") from None
