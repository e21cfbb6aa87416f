"""Recall archived rows for some days; that takes the private key (age identity) of the archive."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyrage

from orchestration.core.files import working_folder
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.lifecycle.errors import KeyMissing, LifecycleError
from orchestration.lifecycle.mover import Mover
from orchestration.lifecycle.plan import today
from orchestration.lifecycle.store import Store
from orchestration.lifecycle.stored import stored_files
from orchestration.lifecycle.warehouse import open_warehouse
from orchestration.policies.lifecycle import chosen
from orchestration.secrecy.keys import Identity, read_identities


@dataclass(frozen=True)
class Recalled:
    """Rows that are back in the cold tier, and the UTC day until which they stay."""

    relation: str
    rows: int
    until: date


def recall(
    settings: Settings, table: str, identity: Path, first: date, last: date, days: int
) -> Recalled:
    """Decrypt the archived files of some days into the cold tier.

    Args:
        settings: which warehouse and tier store.
        table: the relation, with or without its schema.
        identity: file with the age identity.
        first, last: the days the rows' age counts from, UTC, both inclusive.
        days: how long the rows stay, unless they are to be destroyed earlier.

    Raises:
        UnknownRelation: no policy covers the relation.
        ConfigurationError: the file holds no identity, or there is no cold key.
        KeyMissing: the identity does not open the files.
        LifecycleError: no rows of these days are archived.
    """
    [relation] = chosen(table)
    keys = read_identities(settings, identity)
    until = today() + timedelta(days=days)
    with open_warehouse(settings) as warehouse:
        store = Store.of(settings, warehouse)
        files = [
            file
            for file in stored_files(warehouse, relation.relation, "archive")
            if first <= file.day <= last
        ]
        if not files:
            raise LifecycleError(
                f"no rows of {relation.relation} between {first} and {last} are archived"
            )
        until = min([until, *(file.delete_on for file in files if file.delete_on)])
        # Also because age hands out plaintext before it knows that the file is whole.
        store.check_unchanged((file.path, file.sha256) for file in files)
        mover = Mover(warehouse, store, relation, None, today(), str(uuid.uuid4()))
        with working_folder(settings.scratch, "recall") as scratch:
            for file in files:
                opened = Path(scratch) / f"{file.day}-{file.file_id}.parquet"
                _decrypt(settings.tiers / file.path, opened, keys)
                source = f"read_parquet({literal(opened)})"
                day = "null" if file.delete_on is None else literal(file.delete_on)
                written = mover.write(
                    "cold",
                    store.columns(source),
                    f"select *, date '{file.day}' as lifecycle_day, "
                    f"cast({day} as date) as delete_on from {source}",
                )
                moved = {("cold", "recall"): [(file.day, file.row_count)]}
                mover.replace([file], written, moved, until)
    return Recalled(relation.relation, sum(file.row_count for file in files), until)


def _decrypt(sealed: Path, opened: Path, keys: list[Identity]) -> None:
    try:
        with open(sealed, "rb") as source, open(opened, "xb") as target:
            pyrage.decrypt_io(source, target, keys)
    except pyrage.DecryptError:
        raise KeyMissing(
            "the identity does not open the archive: does it belong to another one?"
        ) from None
