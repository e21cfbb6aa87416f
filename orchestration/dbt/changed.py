"""What there is to build: nothing, what changed streams reach, or everything.

Every build leaves in `governance.invocations` what it was made of: the project's files and the
packages that run them, the newest batch that was loaded, the books that models read. The next one
compares. It stands in the warehouse itself, so a restored warehouse tells what was built into it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.secrecy.pseudonyms import fingerprint
from orchestration.warehouse.protocol import Query
from orchestration.warehouse.relations import has_column, tables

# What dbt reads, and what runs within dbt.
PROJECT = (
    "dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "snapshots", "tests",
    "orchestration/core", "orchestration/dbt", "orchestration/secrecy", "orchestration/warehouse",
)  # fmt: skip
SUFFIXES = {".sql", ".yml", ".csv", ".md", ".py"}
PACKAGES = ("dbt-core", "dbt-adapters", "dbt-common", "dbt-duckdb", "dbt-postgres", "duckdb")
# dbt's own variables that change where it works and what it says, and nothing of what it builds.
HARMLESS = re.compile(
    r"DBT_(ENGINE_)?(SEND_ANONYMOUS_USAGE_STATS|PROJECT_DIR|PROFILES_DIR|TARGET_PATH|DEBUG|QUIET|"
    r"PRINT|PRINTER_WIDTH|LOG_\w+|USE_COLORS\w*)"
)
FIT = ("success", "pass", "warn", "no-op")
# The books whose entries change rows or decide which days count: after one, everything is built.
DECIDING = {
    "governance.closed_days": "select relation, closed_before, thinned_before "
    "from governance.closed_days order by relation",
    "governance.expired_lines": "select count(*), sum(row_count) from governance.expired_lines",
    "governance.lifecycle_log": "select count(*) from governance.lifecycle_log",
}
# Of the loader's books these change with every batch.
OF_A_BATCH = ("source:granary.load_ledger+", "source:granary.rejects+")
HEALTH = "governance.health_assessments"
# Handed to dbt's hooks, which note it with the run.
VARIABLE = "GRANARY_BUILD"


@dataclass(frozen=True)
class Made:
    """What a build is made of.

    `code` is a digest of the project; `batch` the newest batch loaded; `deciding` a digest of the
    books that decide what is built, `health` the number of assessments.
    """

    code: str
    batch: int
    deciding: str
    health: int


@dataclass(frozen=True)
class Plan:
    """What a build does: everything, unless it `selects` nodes or there is `nothing_since` a time.

    `after` is the number of the last run of dbt before it.
    """

    made: Made | None = None
    after: int = 0
    selects: list[str] = field(default_factory=list)
    nothing_since: datetime | None = None

    def whole(self) -> Plan:
        """The plan that leaves nothing out."""
        return Plan(self.made, self.after)

    def environment(self) -> dict[str, str]:
        """Tell dbt's hooks, by variables, what the run is made of; none where nobody knows."""
        if self.made is None:
            return {}
        said = asdict(self.made) | {"after": self.after, "is_part": bool(self.selects)}
        return {VARIABLE: json.dumps(said)}


def is_asked_of_dbt() -> bool:
    """Whether a variable of dbt's own, such as DBT_FULL_REFRESH, says what to build."""
    return any(name.startswith("DBT_") and not HARMLESS.fullmatch(name) for name in os.environ)


def plan(query: Query, settings: Settings, key: bytes) -> Plan:
    """Compare the project and the warehouse with what the last build that passed was made of.

    Args:
        query: asks the warehouse.
        key: the pseudonymisation key.
    """
    there = tables(query)
    made = _made(query, there, _code(settings))
    after = 0
    if has_column(query, "invocations", "invocation_number"):
        [(after,)] = query("select coalesce(max(invocation_number), 0) from governance.invocations")
    everything = Plan(made, after)
    if not has_column(query, "invocations", "is_passed"):
        return everything
    # A test alone changes no row; how it ended stands with the results.
    runs = query(
        "select invocation_number, made_of, ended_at from governance.invocations "
        "where command <> 'test' and invocation_number >= "
        "(select max(invocation_number) from governance.invocations where is_passed) "
        "order by invocation_number"
    )
    if not runs or any(made_of is None or ended is None for _, made_of, ended in runs):
        return everything
    states = [_read(made_of) for _, made_of, _ in runs]
    fingerprints = query("select cast(fingerprint as varchar) from governance.key_fingerprint")
    if (
        any(state.code != made.code for state in states)
        or states[0].deciding != made.deciding
        or fingerprints != [(str(fingerprint(key)),)]
    ):
        return everything
    selects = [*_changed(query, states[0], made), *_unfit(query, runs[0][0])]
    if not selects and len(runs) == 1:
        return Plan(made, after, nothing_since=runs[0][2])
    return Plan(made, after, selects)


def _made(query: Query, there: set[str], code: str) -> Made:
    deciding = [query(rows) for book, rows in DECIDING.items() if book in there]
    batch = health = 0
    if "raw.load_ledger" in there:
        [(batch,)] = query("select coalesce(max(batch_id), 0) from raw.load_ledger")
    if HEALTH in there:
        [(health,)] = query(f"select count(*) from {HEALTH}")
    return Made(code, int(batch), hashlib.sha256(repr(deciding).encode()).hexdigest(), int(health))


def _read(made_of: str) -> Made:
    said = json.loads(made_of)
    return Made(**{name: said[name] for name in Made.__dataclass_fields__})


def _changed(query: Query, passed: Made, made: Made) -> Iterator[str]:
    """Selectors of what is built from streams and books that have changed."""
    if made.batch != passed.batch:
        rows = query(
            "select distinct source, stream from raw.load_ledger "
            f"where batch_id > {passed.batch} order by source, stream"
        )
        yield from (f"source:{source}.{stream}+" for source, stream in rows)
        yield from OF_A_BATCH
    if made.health != passed.health:
        yield "source:operations.health_assessments+"


def _unfit(query: Query, since: int) -> Iterator[str]:
    """Selectors of nodes that did not end well the last time they ran, with all that follow."""
    rows = query(
        "select unique_id from (select unique_id, status, row_number() over ("
        "partition by unique_id order by invocation_number desc) as place "
        "from governance.node_results join governance.invocations using (invocation_id) "
        f"where invocation_number >= {since}) as ended "
        f"where place = 1 and status not in {FIT} order by unique_id"
    )
    for (unique_id,) in rows:
        if not unique_id.startswith("operation."):
            yield f"{unique_id.split('.')[2]}+"


def _code(settings: Settings) -> str:
    """Digest of the project's files, the packages that run them, and the engine."""
    digest = hashlib.sha256()
    for said in (settings.target, *(f"{name} {_version(name)}" for name in PACKAGES)):
        digest.update(f"{said}\n".encode())
    for path in sorted(path for name in PROJECT for path in _files(PROJECT_DIR / name)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(PROJECT_DIR)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    yield from (file for file in path.rglob("*") if file.suffix in SUFFIXES)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
