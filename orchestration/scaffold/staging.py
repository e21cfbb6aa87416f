"""What a stream's fields become in its staging model: renamed, hashed, redacted, or left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import duckdb

from orchestration.scaffold.guessing import Field, Guess

WIDTH = 100 - 8
# Keys and ids, attributes, measures, flags, timestamps: see CONTRIBUTING.md.
# Columns that every such model, or its mart, has.
OURS = {"broken_rules", "date_key"}
# Reserved by PostgreSQL alone.
POSTGRES = frozenset(
    {"user", "current_user", "session_user", "system_user", "current_role", "current_catalog"}
    | {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}
)
ORDER = ("uuid", "varchar", "bigint", "double precision", "date", "boolean", "timestamp")


@dataclass(frozen=True)
class Staged:
    """A column of a staging model, and the SQL that makes it."""

    name: str
    data_type: str
    data_class: str
    description: str
    expression: str

    @property
    def select(self) -> str:
        """It as a line of a select list, or two."""
        if self.expression == self.name:
            return self.name
        line = f"{self.expression} as {self.name}"
        return line if len(line) < WIDTH else f"{self.expression}\n            as {self.name}"


@dataclass(frozen=True)
class Staging:
    """A staging model: its columns, and those of the contract that are redacted first.

    Attributes:
        row_key: the natural key, as staging names it.
    """

    day: str
    row_key: tuple[str, ...]
    columns: tuple[Staged, ...]
    redacted: Mapping[str, str]

    @property
    def marted(self) -> list[Staged]:
        """Columns that a mart may show."""
        return [c for c in self.columns if c.data_class != "free_text" and c.name != "broken_rules"]


def staging_of(source: str, stream: str, noun: str, guess: Guess) -> Staging:
    """The staging model of a stream."""
    taken = {f.name for f in guess.fields} | OURS
    base = guess.event_time.removesuffix("_at")
    if guess.event_time in reserved() or base == guess.event_time:
        base = noun
    day = next(n for n in (f"{base}_date", f"{base}_day", f"{base}_utc_day") if n not in taken)
    redacted: dict[str, str] = {}
    found = {f.name: _staged(f, noun, taken, redacted) for f in guess.fields}
    kept = {name: column for name, column in found.items() if column}
    ids = {c.name for name, c in kept.items() if c.data_class in ("pseudonym", "business")}
    ids |= {kept[name].name for name in guess.key if name != guess.event_time}
    books = (
        Staged(
            day, "date", "behavioural", f"UTC day of {kept[guess.event_time].name}.", "_event_date"
        ),
        Staged(
            "broken_rules", "varchar", "operational", "\"{{ doc('broken_rules') }}\"",
            f"{{{{ broken_rules('{source}.{stream}') }}}}",
        ),
    )  # fmt: skip
    rest = sorted(
        (c for c in kept.values() if c.name not in ids), key=lambda c: ORDER.index(c.data_type)
    )
    times = [c for c in rest if c.data_type == "timestamp"]
    columns = (
        *(c for c in kept.values() if c.name in ids),
        books[0],
        *(c for c in rest if c.data_type != "timestamp"),
        books[1],
        *times,
    )
    row_key = tuple(kept[name].name for name in guess.key)
    return Staging(day, row_key, columns, redacted)


def _staged(field: Field, noun: str, taken: set[str], redacted: dict[str, str]) -> Staged | None:
    name, given = field.name, in_sql(field.name)
    if given != name or name in ("id", *OURS):
        name = next(n for n in (f"{noun}_{name}", f"{noun}_own_{name}") if n not in taken)
        taken.add(name)
    text = given if field.data_type == "varchar" else f"cast({given} as varchar)"
    missing = "" if field.required else " Null where none was given."
    if field.data_class == "identifier":
        if field.domain is None:
            return None
        short = f"{field.name.removesuffix('_id').removesuffix('_key')}_key"
        key = next(
            n for n in (short, f"{field.name}_key", f"{field.name}_own_key") if n not in taken
        )
        taken.add(key)
        value = f"given_id('{text}')" if field.domain == "user" else f"'{text}'"
        made = f"{{{{ hash_pii({value}, '{field.domain}') }}}}"
        return Staged(key, "uuid", "pseudonym", f"Keyed pseudonym of {field.name}.{missing}", made)
    if field.data_type in ("varchar", "json"):
        redacted[f"clean_{field.name}"] = f"'{text}'"
        described = f"{field.name}, redacted.{missing}"
        return Staged(name, "varchar", field.data_class, described, f"clean_{field.name}")
    described = f"{field.name}, as it was delivered.{missing}"
    return Staged(name, field.data_type, field.data_class, described, given)


def in_sql(name: str) -> str:
    """A column in SQL, in quotes where it is a keyword."""
    return f'"{name}"' if name in reserved() else name


@lru_cache
def reserved() -> frozenset[str]:
    """Words that may not stand for a column everywhere; DuckDB has them from PostgreSQL."""
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as engine:
        listed = engine.execute(
            "select keyword_name from duckdb_keywords() where keyword_category != 'unreserved'"
        )
        return POSTGRES | {name for (name,) in listed.fetchall()}
