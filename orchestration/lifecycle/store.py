"""The tier store: rows that have left the warehouse, as Parquet files in a folder.

Warm files are plain. Cold files use Parquet's own encryption (AES-GCM, with one key that stays on
this machine), so DuckDB can still read them. Archived files are encrypted whole (age) for a
recipient whose private key is kept elsewhere. A file counts only if `governance.tier_files` lists
it.

Each warehouse writes below a folder named by its id, so a new warehouse, or one on the other
engine, may share the store. `governance.tier_leftovers` names every file that exists without being
listed: one that is being written, and one that is being removed. Only files named there are ever
removed, because an unknown file may be another warehouse's, or the only copy of its rows.
"""

from __future__ import annotations

import base64
import hashlib
import os
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyrage

from orchestration.core.errors import ConfigurationError
from orchestration.core.fault_points import reached
from orchestration.core.files import flush_folder, place, working_folder
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.lifecycle.errors import KeyMissing, NotVerified
from orchestration.lifecycle.layout import DAY_COLUMN, StoredTier, content_of, layout, sums
from orchestration.lifecycle.placing import FILE_ID, SAYINGS
from orchestration.lifecycle.warehouse import OpenWarehouse
from orchestration.secrecy.keys import Recipient, parse_recipients
from orchestration.warehouse.duckdb import load_extension

COLD_KEY_NAME = "granary_cold"
ARCHIVE_SUFFIX = ".age"
# Names the file of a row. Not DuckDB's default `filename`: some streams have a column of that name.
FILE_COLUMN = "_tier_file"
FILE_COLUMNS = (FILE_COLUMN, "file_row_number")
# Beside an archive stays what the end of its rows depends on: document and organization ids and the
# rows' own limits in days, since the archive itself cannot be read here.
SAYINGS_SUFFIX = ".documents.parquet"


@dataclass(frozen=True)
class Written:
    """A file that was written and verified. `path` is relative to the tier store.

    `delete_on` is the day on which all its rows are to be destroyed; None if that is never, or not
    the same day for all.
    """

    file_id: uuid.UUID
    tier: StoredTier
    path: str
    first_day: date
    last_day: date
    delete_on: date | None
    row_count: int
    content_hash: str
    sha256: str
    size_bytes: int


class Store:
    """The tier store of one warehouse: its folder, and the keys of its files."""

    def __init__(
        self,
        settings: Settings,
        engine: duckdb.DuckDBPyConnection,
        cold: Iterable[str],
        warehouse: OpenWarehouse | None = None,
    ) -> None:
        """Open the store of a warehouse.

        Args:
            cold: paths of the cold files that the warehouse lists.
            warehouse: the warehouse, open for writing; None if the store is only read.
        """
        self._settings = settings
        self._engine = engine
        self._cold = cold
        self._warehouse = warehouse
        self._knows_cold_key = False

    @classmethod
    def of(cls, settings: Settings, warehouse: OpenWarehouse) -> Store:
        """Return the store of an open warehouse."""
        cold = warehouse.query("select path from governance.tier_files where tier = 'cold'")
        return cls(settings, warehouse.writing.engine, [path for (path,) in cold], warehouse)

    @property
    def root(self) -> Path:
        """The folder of the store, shared by all warehouses."""
        return self._settings.tiers

    def write(
        self,
        tier: StoredTier,
        relation: str,
        columns: Collection[str],
        source: str,
        said: str = "",
    ) -> list[Written]:
        """Write rows to files and verify them.

        A warm or cold file holds a month, because many small files take more room. An archive
        cannot be rewritten, so its file holds rows of one day and one day of destruction.

        Args:
            source: SQL that DuckDB runs; yields `columns`, lifecycle_day and delete_on.
            said: select list of what stays readable beside an archive; empty for nothing.

        Raises:
            NotVerified: the files do not hold the rows that were read; the files are gone again.
            KeyMissing: the tier is encrypted and its key is missing.
        """
        self.check_key(tier)
        with working_folder(self._settings.scratch, "tier") as folder:
            laid_out, parts, day = layout(tier, columns, source)
            self._engine.execute(
                f"copy ({laid_out}) to {literal(folder)} (format parquet, compression zstd, "
                f"partition_by ({', '.join(parts)}), overwrite_or_ignore"
                f"{self._encryption(tier, ' ')})"
            )
            # Partition columns are read from folder names: state their type, or it is guessed.
            kinds = ", ".join(f"{part}: date" for part in parts)
            content = content_of([*columns, day])
            grouped = f"select {', '.join(parts)}, {content}, min({day}), max({day})"
            expected = self._rows(f"{grouped} from ({laid_out}) group by all")
            found = self._rows(
                f"{grouped}, {FILE_COLUMN} "
                f"from read_parquet({literal(f'{folder}/**/*.parquet')}, "
                f"filename='{FILE_COLUMN}', hive_partitioning=true, hive_types={{{kinds}}}"
                f"{self._encryption(tier)}) group by all"
            )
            if sums(found, len(parts)) != sums(expected, len(parts)):
                raise NotVerified(
                    f"rows of {relation} changed on their way to the {tier} tier; nothing was "
                    "removed: run `granary lifecycle apply` again"
                )
            new = [
                # An archive's second partition column is the day on which its rows end.
                (row[1] if len(parts) > 1 else None, *row[len(parts) :])
                for row in found
            ]
            paths = [self._path(tier, relation, first_day) for _, _, _, first_day, *_ in new]
            self.add_leftovers(paths)
            return [
                self._keep(tier, said, path, *file) for path, file in zip(paths, new, strict=True)
            ]

    def _path(self, tier: StoredTier, relation: str, day: date) -> str:
        assert self._warehouse is not None, "a store that is only read"
        suffix = ARCHIVE_SUFFIX if tier == "archive" else ""
        # The day comes first: it is read from the name where the file itself cannot be read.
        name = f"{day}-{uuid.uuid4().hex}.parquet{suffix}"
        return f"{self._warehouse.id}/{tier}/{relation}/{name}"

    def _keep(
        self,
        tier: StoredTier,
        said: str,
        path: str,
        delete_on: date | None,
        row_count: int,
        content_hash: str,
        first_day: date,
        last_day: date,
        written: str,
    ) -> Written:
        """Seal an archive, then move a verified file into the store; it is not listed yet."""
        beside = Path(written)
        if tier == "archive":
            if said:
                self._list_sayings(written, said, path)
            beside = beside.with_name(beside.name + ARCHIVE_SUFFIX)
            with open(written, "rb") as plain, open(beside, "xb") as sealed:
                pyrage.encrypt_io(plain, sealed, [self._recipient()])
        final = self.root / path
        final.parent.mkdir(parents=True, exist_ok=True)
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        place(beside, final)
        return Written(
            uuid.uuid4(), tier, path, first_day, last_day, delete_on, row_count, content_hash,
            sha256, final.stat().st_size,
        )  # fmt: skip

    def _list_sayings(self, written: str, said: str, path: str) -> None:
        beside = self.sayings_beside(path)
        beside.parent.mkdir(parents=True, exist_ok=True)
        self._engine.execute(
            f"copy (select distinct {said} from read_parquet({literal(written)}) as r) "
            f"to {literal(beside)} (format parquet)"
        )

    def read_sayings(self, paths: Sequence[str]) -> str:
        """Return SQL that reads what lies beside archives; a column that a file lacks is null."""
        listed = ", ".join(map(literal, paths))
        said = SAYINGS | {FILE_ID: "bigint"}
        empty = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in said.items())
        return (
            f"(select {empty} where false union all by name select * from read_parquet("
            f"[{listed}], filename=true, union_by_name=true, hive_partitioning=false))"
        )

    def _recipient(self) -> Recipient:
        text = self._settings.archive_recipient
        if text is None:
            raise KeyMissing(
                "rows are due for the archive and GRANARY_ARCHIVE_RECIPIENT is not set: make a key "
                "pair with `granary backup keygen --out FILE`, keep FILE elsewhere, and set the "
                "variable to the public key it prints"
            )
        [recipient] = parse_recipients([text], "GRANARY_ARCHIVE_RECIPIENT")
        return recipient

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._engine.execute(sql).fetchall()
        return rows

    def read(self, tier: StoredTier, paths: Sequence[str], *, identified: bool = False) -> str:
        """Return SQL that reads warm or cold files of one relation, whose columns may differ.

        `union_by_name` would do that in one read, but fails on encrypted files (DuckDB 1.5.5).

        Args:
            identified: add FILE_COLUMNS, which identify a row. Not for queries that people write:
                with these columns, a condition on a stream's own column `filename` finds nothing
                (DuckDB 1.5.5).
        """
        alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for path in paths:
            alike[tuple(self._columns(self._read(tier, [path], False)))].append(path)
        reads = []
        for names, of in alike.items():
            listed = [f'"{name}"' for name in names if name != DAY_COLUMN]
            if identified:
                # Files written before DAY_COLUMN existed hold one day, which begins their name.
                day = f"cast(left(parse_filename({FILE_COLUMN}), 10) as date)"
                is_written = DAY_COLUMN in names
                listed += [*FILE_COLUMNS, f"{DAY_COLUMN if is_written else day} as {DAY_COLUMN}"]
            reads.append(f"select {', '.join(listed)} from {self._read(tier, of, identified)}")
        return f"({' union all by name '.join(reads)})"

    def _read(self, tier: StoredTier, paths: Sequence[str], identified: bool) -> str:
        listed = ", ".join(literal(self.root / path) for path in paths)
        identity = f", filename='{FILE_COLUMN}', file_row_number=true" if identified else ""
        return (
            f"read_parquet([{listed}], hive_partitioning=false{identity}{self._encryption(tier)})"
        )

    def columns(self, source: str) -> list[str]:
        """Return the relation's columns in files, in order, given the SQL that reads them."""
        added = (*FILE_COLUMNS, DAY_COLUMN)
        return [name for name in self._columns(source) if name not in added]

    def _columns(self, source: str) -> list[str]:
        return [name for name, *_ in self._rows(f"describe select * from {source}")]

    def relative(self, path: str) -> str:
        """Return a file's path relative to the store, as entries name it."""
        return Path(path).relative_to(self.root).as_posix()

    def sayings_beside(self, path: str) -> Path:
        """Return the path of the readable file beside an archive."""
        return self.root / f"{path}{SAYINGS_SUFFIX}"

    def check_key(self, tier: StoredTier) -> None:
        """Check that files of a tier can be written.

        Raises:
            KeyMissing: the tier's key is missing, or does not open its existing files.
        """
        if tier == "cold":
            self._add_cold_key()
        elif tier == "archive":
            self._recipient()

    def check_unchanged(self, files: Iterable[tuple[str, str]]) -> None:
        """Check that files are as they were written.

        Args:
            files: path and SHA-256 of each.

        Raises:
            NotVerified: a file is missing or differs.
        """
        for path, sha256 in files:
            self.check_present(path)
            with open(self.root / path, "rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    raise NotVerified(
                        f"{path} in the tier store is not what was written: restore it from a "
                        "backup; nothing was removed"
                    )

    def check_present(self, path: str) -> None:
        """Check that a listed file exists.

        Raises:
            NotVerified: it does not.
        """
        if not (self.root / path).is_file():
            raise NotVerified(
                f"{path} is missing in the tier store: restore it from a backup; nothing was "
                "removed"
            )

    def add_leftovers(self, paths: Collection[str]) -> None:
        """Name files as leftovers, which are removed unless they are listed."""
        if paths:
            values = ", ".join(f"({literal(path)})" for path in paths)
            self._change(f"insert into governance.tier_leftovers (path) values {values}")

    def drop_leftovers(self, paths: Collection[str]) -> None:
        """Take files off the leftovers, because they are listed or gone."""
        if paths:
            values = ", ".join(map(literal, paths))
            self._change(f"delete from governance.tier_leftovers where path in ({values})")

    def remove(self, paths: Collection[str]) -> int:
        """Remove leftover files and what lies beside them; return how many existed."""
        reached("files listed no more")
        there = [path for path in paths if (self.root / path).exists()]
        for path in paths:
            (self.root / path).unlink(missing_ok=True)
            self.sayings_beside(path).unlink(missing_ok=True)
        for folder in {(self.root / path).parent for path in there}:
            flush_folder(folder)
        self.drop_leftovers(paths)
        return len(there)

    def unknown(self, known: Collection[str]) -> Counter[str]:
        """Count the store's files that are not in `known`, by top folder of the store."""
        found: Counter[str] = Counter()
        for path in self.root.rglob("*"):
            name = path.relative_to(self.root)
            if path.is_file() and name.as_posix().removesuffix(SAYINGS_SUFFIX) not in known:
                found[name.parts[0]] += 1
        return found

    def _change(self, statement: str) -> None:
        assert self._warehouse is not None, "a store that is only read"
        self._warehouse.writing.change(statement)

    def has_cold_key(self) -> bool:
        """Return whether a key for cold files is set."""
        try:
            self._settings.read_cold_key()
        except ConfigurationError:
            return False
        return True

    def _encryption(self, tier: StoredTier, sign: str = "=") -> str:
        """Return the encryption option of a tier for read_parquet or, with a blank sign, COPY."""
        if tier != "cold":
            return ""
        self._add_cold_key()
        return f", encryption_config{sign}{{footer_key: '{COLD_KEY_NAME}'}}"

    def _add_cold_key(self) -> None:
        if self._knows_cold_key:
            return
        key = base64.b64encode(self._settings.read_cold_key()).decode()
        load_extension(self._engine, "httpfs")
        self._engine.execute(f"pragma add_parquet_key('{COLD_KEY_NAME}', '{key}')")
        self._knows_cold_key = True
        self._check_cold_key()

    def _check_cold_key(self) -> None:
        """Refuse a key that does not open the existing files: one tier must have one key.

        With two keys, no single query could read the whole tier.
        """
        path = next((path for path in self._cold if (self.root / path).is_file()), None)
        if path is None:
            return
        try:
            self.columns(self._read("cold", [path], False))
        except duckdb.InvalidInputException:
            self._knows_cold_key = False
            raise KeyMissing(
                f"{path} in the tier store does not open with the cold tier's key: set the key it "
                "was written with (GRANARY_COLD_KEY or its file), or restore the file from a backup"
            ) from None
