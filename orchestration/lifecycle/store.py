"""The tier store: rows that have left the warehouse, as Parquet files in a folder.

Warm files are plain; cold ones are encrypted as Parquet knows it (AES-GCM, one key, which stays on
this machine), so that DuckDB still reads them; archived ones are encrypted as a whole (age) to a
recipient whose key does not. A file counts only if `governance.tier_files` lists it.

Each warehouse writes below a folder that bears its id, so that one built anew, or one on the other
engine, may use the same store. A file is noted in `governance.tier_leftovers` before it is there
and until it is listed, and from when it is listed no more until it is gone: that is all that is
ever removed. Files that a warehouse knows nothing of may be another's, or all that is left of rows.
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
# Which file a row comes from; some streams have a column `filename`.
FILE_COLUMN = "_tier_file"
FILE_COLUMNS = (FILE_COLUMN, "file_row_number")
# What rows say that their end depends on: ids of documents and organizations, and days.
SAYINGS_SUFFIX = ".documents.parquet"


@dataclass(frozen=True)
class Written:
    """One file that was written and read back; `path` is below the tier store.

    `delete_on` is the day on which all its rows end; None for never, and where it is not one day.
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
    """The folder, and the keys that open its files."""

    def __init__(
        self,
        settings: Settings,
        engine: duckdb.DuckDBPyConnection,
        cold: Iterable[str],
        warehouse: OpenWarehouse | None = None,
    ) -> None:
        """Name the store of a warehouse.

        Args:
            cold: paths of the cold files it lists.
            warehouse: open for writing, by whoever writes to the store.
        """
        self._settings = settings
        self._engine = engine
        self._cold = cold
        self._warehouse = warehouse
        self._knows_cold_key = False

    @classmethod
    def of(cls, settings: Settings, warehouse: OpenWarehouse) -> Store:
        """The store of an open warehouse."""
        cold = warehouse.query("select path from governance.tier_files where tier = 'cold'")
        return cls(settings, warehouse.writing.engine, [path for (path,) in cold], warehouse)

    @property
    def root(self) -> Path:
        """The folder."""
        return self._settings.tiers

    def write(
        self,
        tier: StoredTier,
        relation: str,
        columns: Collection[str],
        source: str,
        said: str = "",
    ) -> list[Written]:
        """Write rows and read them back: a file a month, for many small ones take more room.

        What is archived cannot be rewritten: there a file is of one day and one day of destruction.

        Args:
            source: SQL that DuckDB runs; gives `columns`, lifecycle_day and delete_on.
            said: select list of what stays readable beside an archive, if anything does.

        Raises:
            NotVerified: what is in the files is not what was read; they are gone again.
            KeyMissing: the tier is encrypted and its key is not there.
        """
        self.check_key(tier)
        with working_folder(self._settings.scratch, "tier") as folder:
            laid_out, parts, day = layout(tier, columns, source)
            self._engine.execute(
                f"copy ({laid_out}) to {literal(folder)} (format parquet, compression zstd, "
                f"partition_by ({', '.join(parts)}), overwrite_or_ignore"
                f"{self._encryption(tier, ' ')})"
            )
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
                # Of an archive, the second part is the day on which its rows end.
                (row[1] if len(parts) > 1 else None, *row[len(parts) :])
                for row in found
            ]
            paths = [self._path(tier, relation, first_day) for _, _, _, first_day, *_ in new]
            self.note(paths)
            return [
                self._keep(tier, said, path, *file) for path, file in zip(paths, new, strict=True)
            ]

    def _path(self, tier: StoredTier, relation: str, day: date) -> str:
        assert self._warehouse is not None, "a store that is only read"
        suffix = ARCHIVE_SUFFIX if tier == "archive" else ""
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
        """Give a verified file its place; no entry names it yet."""
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
        """SQL that reads what lies beside archives, with `filename`; null where it is not said."""
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
                "rows are due for the archive and GRANARY_ARCHIVE_RECIPIENT is not set: make a "
                "pair of keys with `granary backup keygen --out FILE`, keep FILE elsewhere, and "
                "set the public key it prints"
            )
        [recipient] = parse_recipients([text], "GRANARY_ARCHIVE_RECIPIENT")
        return recipient

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._engine.execute(sql).fetchall()
        return rows

    def read(self, tier: StoredTier, paths: Sequence[str], *, identified: bool = False) -> str:
        """SQL that reads warm or cold files of one relation, whatever columns it had meanwhile.

        `union_by_name` would do that in one read, but fails on encrypted files (DuckDB 1.5.5).

        Args:
            identified: with FILE_COLUMNS, which tell rows apart. Not for people's own conditions:
                with them, one on a column `filename` finds nothing (DuckDB 1.5.5).
        """
        alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for path in paths:
            alike[tuple(self._columns(self._read(tier, [path], False)))].append(path)
        reads = []
        for names, of in alike.items():
            listed = [f'"{name}"' for name in names if name != DAY_COLUMN]
            if identified:
                # A file of before the column has one day, which its name begins with.
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
        """Columns of the relation that files hold, in order, given the SQL that reads them."""
        added = (*FILE_COLUMNS, DAY_COLUMN)
        return [name for name in self._columns(source) if name not in added]

    def _columns(self, source: str) -> list[str]:
        return [name for name, *_ in self._rows(f"describe select * from {source}")]

    def below(self, path: str) -> str:
        """A file's path as entries name it."""
        return Path(path).relative_to(self.root).as_posix()

    def sayings_beside(self, path: str) -> Path:
        """Where it is listed what the rows of an archived file say of their end."""
        return self.root / f"{path}{SAYINGS_SUFFIX}"

    def check_key(self, tier: StoredTier) -> None:
        """Make sure files of a tier can be written.

        Raises:
            KeyMissing: its key is not there, or does not open the files that are.
        """
        if tier == "cold":
            self._add_cold_key()
        elif tier == "archive":
            self._recipient()

    def check_unchanged(self, files: Iterable[tuple[str, str]]) -> None:
        """Make sure files are as they were written.

        Args:
            files: path and SHA-256 of each.

        Raises:
            NotVerified: one is not.
        """
        for path, sha256 in files:
            self.check_present(path)
            with open(self.root / path, "rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    raise NotVerified(
                        f"{path} in the tier store is not what was written: put it back from a "
                        "backup; nothing was removed"
                    )

    def check_present(self, path: str) -> None:
        """Make sure a listed file is there.

        Raises:
            NotVerified: it is not.
        """
        if not (self.root / path).is_file():
            raise NotVerified(
                f"{path} is missing in the tier store: put it back from a backup; nothing was "
                "removed"
            )

    def note(self, paths: Collection[str]) -> None:
        """Note files as to be removed, unless they are listed."""
        if paths:
            values = ", ".join(f"({literal(path)})" for path in paths)
            self._change(f"insert into governance.tier_leftovers (path) values {values}")

    def forget(self, paths: Collection[str]) -> None:
        """Take a note back, because files are listed, or gone."""
        if paths:
            values = ", ".join(map(literal, paths))
            self._change(f"delete from governance.tier_leftovers where path in ({values})")

    def remove(self, paths: Collection[str]) -> int:
        """Remove files that were noted, with what lies beside them; how many were there."""
        reached("files listed no more")
        there = [path for path in paths if (self.root / path).exists()]
        for path in paths:
            (self.root / path).unlink(missing_ok=True)
            self.sayings_beside(path).unlink(missing_ok=True)
        for folder in {(self.root / path).parent for path in there}:
            flush_folder(folder)
        self.forget(paths)
        return len(there)

    def unknown(self, known: Collection[str]) -> Counter[str]:
        """Files that are not among those, counted by the folder of the store they are in."""
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
        """Whether there is a key for cold files."""
        try:
            self._settings.read_cold_key()
        except ConfigurationError:
            return False
        return True

    def _encryption(self, tier: StoredTier, sign: str = "=") -> str:
        """The option that reads a tier's files, or with a blank for the sign, writes them."""
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
        """Two keys in one tier would leave rows that no key opens together."""
        path = next((path for path in self._cold if (self.root / path).is_file()), None)
        if path is None:
            return
        try:
            self.columns(self._read("cold", [path], False))
        except duckdb.InvalidInputException:
            self._knows_cold_key = False
            raise KeyMissing(
                f"{path} in the tier store does not open with the cold tier's key: put back the "
                "key it was written with (GRANARY_COLD_KEY or its file), or the file from a backup"
            ) from None
