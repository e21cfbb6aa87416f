"""A restored warehouse against the manifest of its backup, table by table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.backup.errors import DamagedBackup
from orchestration.backup.manifest import Backup
from orchestration.warehouse.hashing import TableContent


@dataclass(frozen=True)
class Difference:
    """One table that is not what the manifest says."""

    relation: str
    what: str


def differences(
    backup: Backup,
    secret: bytes,
    contents: Iterable[TableContent],
    *,
    counted_only: bool = False,
) -> list[Difference]:
    """Tables that are missing, too many or different, by name.

    Args:
        counted_only: compare numbers of rows, and not what is in them.
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
        elif not counted_only and found[relation].digest(secret) != expected[relation].digest:
            differ.append(Difference(relation, "has rows that differ"))
    return differ


def check_same(found: list[Difference], backup: Backup) -> None:
    """Raise an error if a copy differs.

    Raises:
        DamagedBackup: a table differs.
    """
    if found:
        listed = "; ".join(f"{d.relation} {d.what}" for d in found[:5])
        raise DamagedBackup(
            f"what {backup.id} gives back is not what was backed up: {listed}"
            + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        )
