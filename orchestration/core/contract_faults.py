"""Validate a source's contract and report each fault with its file and line.

Unknown keys are faults: a misspelt key would otherwise be a rule that nobody enforces.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestration.core.contract_policies import DIMENSIONS, lifecycle, policies, quality
from orchestration.core.located import Lines, Place
from orchestration.core.validation import Fault, all_dicts, is_number, meta_of, near, unknown

# Names that begin with `_` are Granary's own: load columns of raw tables, aliases in its SQL.
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
# Reserved: system columns of PostgreSQL and DuckDB, and columns that the tier files add.
TAKEN = {
    "tableoid", "ctid", "xmin", "xmax", "cmin", "cmax", "rowid", "file_row_number",
    "lifecycle_day", "lifecycle_month", "delete_on",
}  # fmt: skip
# PostgreSQL truncates longer identifiers. A table's index appends `_event_date` to its name.
LONGEST_NAME = 63
LONGEST_TABLE = LONGEST_NAME - len("_event_date")
WHOLE, NUMBERS = ("bigint", "integer"), ("bigint", "integer", "double precision", "numeric")
TYPES = (*NUMBERS[:3], "boolean", "date", "json", "timestamp", "uuid", "varchar")
NUMERIC = re.compile(r"(?:numeric|decimal)\((\d+), ?(\d+)\)")
DIGITS = 38

SEVERITIES = ("low", "medium", "high")
CLASSES = ("identifier", "pseudonym", "behavioural", "operational", "business", "free_text")

FILE_KEYS = ("version", "sources")
SOURCE_KEYS = ("name", "schema", "description", "config", "tables")
TABLE_KEYS = ("name", "identifier", "description", "config", "columns", "data_tests")
COLUMN_KEYS = ("name", "data_type", "description", "config", "data_tests")
CONFIG_KEYS = ("meta", "tags", "freshness", "loaded_at_field")
SOURCE_META = ("clock_tolerance_hours", "quality", "lifecycle_policies")
TABLE_META = (
    "natural_key", "keyed", "event_time", "version", "rules", "record_rules", "quality",
    "lifecycle",
)  # fmt: skip
COLUMN_META = (
    "class", "required", "may_be_empty", "endless", "fields", "minimum", "maximum",
    "accepted_values", "severity",
)  # fmt: skip
RECORD_RULE_KEYS = ("name", "dimension", "severity")
RULE_KEYS = (*RECORD_RULE_KEYS, "holds", "about")


def faults_of(path: Path, content: Any, lines: Lines) -> list[str]:
    """Return every fault of a contract file as `file:line: problem`, ordered by line."""
    found = [(_line(place, lines), problem) for place, problem in _file(content)]
    return [f"{path}:{line}: {problem}" for line, problem in sorted(found)]


def plain_type(data_type: object) -> str | None:
    """Return a type in the loader's spelling, decimals as `numeric(p,s)`; None if unsupported."""
    if data_type in TYPES:
        return str(data_type)
    found = NUMERIC.fullmatch(str(data_type))
    if found and 1 <= int(found[1]) <= DIGITS and int(found[2]) <= int(found[1]):
        return f"numeric({found[1]},{found[2]})"
    return None


def _line(place: Place, lines: Lines) -> int:
    """Return the line of an entry, or of the nearest enclosing entry that is in the file."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _file(content: Any) -> Iterator[Fault]:
    if not isinstance(content, dict) or not all_dicts(content.get("sources")):
        yield (), "not a contract: it needs a list called `sources`"
        return
    yield from unknown((), content, FILE_KEYS, "key")
    for number, source in enumerate(content["sources"]):
        place: Place = ("sources", number)
        yield from unknown(place, source, SOURCE_KEYS, "key")
        yield from _named(place, source.get("name"), "source")
        if source.get("schema") != "raw":
            yield (*place, "schema"), "schema must be raw: that is where records are loaded"
        meta_place, meta = meta_of(place, source)
        yield from _configured(place, source, SOURCE_META)
        hours = meta.get("clock_tolerance_hours", 1)
        if not is_number(hours) or hours <= 0:
            problem = "clock_tolerance_hours must be a number above 0"
            yield (*meta_place, "clock_tolerance_hours"), problem
        yield from quality(meta_place, meta, required=True)
        yield from policies((*meta_place, "lifecycle_policies"), meta.get("lifecycle_policies", {}))
        if not all_dicts(source.get("tables")):
            yield (*place, "tables"), "`tables` must list streams"
            continue
        names = {table.get("name") for table in source["tables"]}
        for table_number, table in enumerate(source["tables"]):
            where = (*place, "tables", table_number)
            for within, problem in _table(where, table):
                yield within, f"stream {source.get('name')}.{table.get('name')}: {problem}"
            keyed_place, keyed_meta = meta_of(where, table)
            if keyed_meta.get("keyed") and "deletions" not in names:
                problem = "keyed needs a stream called deletions in the same source"
                yield (*keyed_place, "keyed"), problem


def _table(place: Place, table: dict[str, Any]) -> Iterator[Fault]:
    yield from unknown(place, table, TABLE_KEYS, "key")
    yield from _named(place, table.get("name"), "stream")
    raw_table = table.get("identifier", table.get("name"))
    yield from _named((*place, "identifier"), raw_table, "table")
    if not all_dicts(table.get("columns")):
        yield (*place, "columns"), "`columns` must list fields"
        return
    columns: dict[str, Mapping[str, Any]] = {}
    told: dict[str, str] = {}
    for number, column in enumerate(table["columns"]):
        where = (*place, "columns", number)
        name = str(column.get("name"))
        if name in columns:
            yield where, f"column {name} appears twice"
        columns[name] = column
        for field in _fields(column):
            if told.setdefault(field, name) != name:
                yield where, f"column {name}: field {field} is already column {told[field]}"
        for within, problem in _column(where, column):
            yield within, f"column {name}: {problem}"
    meta_place, meta = meta_of(place, table)
    yield from _configured(place, table, TABLE_META)
    yield from _keys(meta_place, meta, columns)
    yield from _rules(meta_place, meta, columns)
    yield from quality(meta_place, meta)
    yield from lifecycle(meta_place, meta)


def _keys(place: Place, meta: Mapping[str, Any], columns: Mapping[str, Any]) -> Iterator[Fault]:
    """Check what identifies rows and orders their versions."""
    yield from _natural_key((*place, "natural_key"), meta.get("natural_key"), columns)
    if "id" not in columns and meta.get("keyed"):
        yield (*place, "keyed"), "keyed compares keys by a column id, which is missing"
    if not isinstance(meta.get("keyed", False), bool):
        yield (*place, "keyed"), "keyed must be true or false"
    # A version is either the time of a change or a counter.
    for name, types in (("event_time", ("timestamp",)), ("version", ("timestamp", "bigint"))):
        if name == "event_time" or name in meta:
            told = columns.get(str(meta.get(name)), {})
            if told.get("data_type") not in types or not _is_required(told):
                yield (*place, name), f"{name} must name a required {' or '.join(types)} column"


def _rules(place: Place, meta: Mapping[str, Any], columns: Mapping[str, Any]) -> Iterator[Fault]:
    taken = {"line_is_readable", f"{meta.get('event_time')}_is_not_in_the_future"}
    taken |= {rule for name, column in columns.items() for rule in _own_rules(name, column)}
    for kind, keys in (("rules", RULE_KEYS), ("record_rules", RECORD_RULE_KEYS)):
        rules = meta.get(kind, [])
        if not all_dicts(rules):
            yield (*place, kind), f"{kind} must be a list of rules"
            continue
        for number, rule in enumerate(rules):
            where = (*place, kind, number)
            yield from _rule(where, rule, keys, columns)
            if (name := str(rule.get("name"))) in taken:
                yield where, f"rule {name} appears twice"
            taken.add(name)


def _own_rules(name: str, column: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of rules that a column's meta implies (macros/quality/quality_rules.sql)."""
    _, meta = meta_of((), column)
    if meta.get("required"):
        yield f"{name}_is_given"
    if meta.keys() & {"minimum", "maximum"}:
        yield f"{name}_is_possible"
    if "accepted_values" in meta:
        yield f"{name}_is_known"


def _natural_key(place: Place, key: Any, columns: Mapping[str, Any]) -> Iterator[Fault]:
    if not isinstance(key, list) or not key:
        yield place, "natural_key must list the columns of a record's key, such as [id, updated_at]"
        return
    for number, name in enumerate(key):
        if not isinstance(name, str) or name not in columns:
            yield (
                (*place, number),
                f"natural_key names {name!r}, which is not a column" + near(name, columns),
            )
        elif not _is_required(columns[name]):
            yield (*place, number), f"natural_key names {name}, which is not required"
        if name in key[:number]:
            yield (*place, number), f"natural_key names {name} twice"


def _column(place: Place, column: dict[str, Any]) -> Iterator[Fault]:
    yield from unknown(place, column, COLUMN_KEYS, "key")
    yield from _named(place, column.get("name"), "column")
    if column.get("name") in TAKEN:
        problem = f"no column may be called {column['name']}"
        yield place, f"{problem}: engines or tier files reserve that name"
    data_type = plain_type(column.get("data_type"))
    if data_type is None:
        listed = ", ".join(TYPES)
        problem = f"data_type must be one of {listed}, or numeric(38,12) with its digits"
        yield (*place, "data_type"), problem
    meta_place, meta = meta_of(place, column)
    yield from _configured(place, column, COLUMN_META)
    if "class" not in meta:
        yield place, f"class is missing; it must be one of {', '.join(CLASSES)}"
    elif meta["class"] not in CLASSES:
        yield (*meta_place, "class"), f"class must be one of {', '.join(CLASSES)}"
    yield from _marks(meta_place, meta, data_type)
    if "fields" in meta and _fields(column) == [column.get("name")]:
        problem = "fields must list what the field is called in a record, such as [userId]"
        yield (*meta_place, "fields"), problem
    yield from _bounds(meta_place, meta, data_type or "")
    if "accepted_values" in meta:
        accepted = meta["accepted_values"]
        yield from _accepted((*meta_place, "accepted_values"), accepted, data_type or "")
    if "severity" in meta:
        if not meta.keys() & {"minimum", "maximum", "accepted_values"}:
            yield (*meta_place, "severity"), "severity needs bounds or accepted_values to apply to"
        if meta["severity"] not in SEVERITIES:
            yield (*meta_place, "severity"), f"severity must be one of {', '.join(SEVERITIES)}"


def _marks(place: Place, meta: Mapping[str, Any], data_type: str | None) -> Iterator[Fault]:
    for name in ("required", "may_be_empty", "endless"):
        if not isinstance(meta.get(name, False), bool):
            yield (*place, name), f"{name} must be true or false"
    if meta.get("endless") and data_type != "timestamp":
        yield (*place, "endless"), "only a timestamp may be endless"
    if meta.get("may_be_empty") and data_type != "varchar":
        yield (*place, "may_be_empty"), "only a varchar may be empty"


def _fields(column: Mapping[str, Any]) -> list[str]:
    """What a column is called in records; its own name where it does not say so in good form."""
    name, found = str(column.get("name")), meta_of((), column)[1].get("fields")
    if not isinstance(found, list) or not found:
        return [name]
    return found if all(isinstance(f, str) and f for f in found) else [name]


def _bounds(place: Place, meta: Mapping[str, Any], data_type: str) -> Iterator[Fault]:
    bounds = [name for name in ("minimum", "maximum") if name in meta]
    for name in bounds:
        if not is_number(meta[name]):
            yield (*place, name), f"{name} must be a number"
        elif not data_type.startswith(NUMBERS):
            yield (*place, name), f"only a number may have a {name}"
    both = len(bounds) == 2 and all(is_number(meta[name]) for name in bounds)
    if both and meta["minimum"] > meta["maximum"]:
        yield (*place, "minimum"), "minimum is above maximum"


def _accepted(place: Place, values: Any, data_type: str) -> Iterator[Fault]:
    kind = {"varchar": str, "bigint": int, "integer": int}.get(data_type)
    if kind is None:
        yield place, "accepted_values are for a varchar, bigint or integer column"
        return
    if not isinstance(values, list) or not values:
        yield place, "accepted_values must list values"
        return
    for number, value in enumerate(values):
        if type(value) is not kind or value == "":
            wanted = "quoted text" if kind is str else "a whole number"
            yield (*place, number), f"accepted_values: {value!r} is not {wanted}"
        elif value in values[:number]:
            yield (*place, number), f"accepted_values: {value!r} appears twice"


def _rule(
    place: Place, rule: dict[str, Any], keys: Collection[str], columns: Collection[str]
) -> Iterator[Fault]:
    yield from unknown(place, rule, keys, "key of a rule")
    yield from _named(place, rule.get("name"), "rule")
    for name, known in (("dimension", DIMENSIONS), ("severity", SEVERITIES)):
        if rule.get(name) not in known:
            problem = f"{name} must be one of {', '.join(known)}"
            yield (*place, name), f"rule {rule.get('name')}: {problem}"
    if "holds" in keys and not isinstance(rule.get("holds"), str):
        yield place, f"rule {rule.get('name')}: holds must be a condition in SQL"
    about = rule.get("about", [])
    for number, name in enumerate(about if isinstance(about, list) else [about]):
        if not isinstance(name, str) or name not in columns:
            where = (*place, "about", number)
            yield where, f"rule {rule.get('name')} is about {name!r}, which is not a column"


def _named(place: Place, name: Any, what: str) -> Iterator[Fault]:
    if not isinstance(name, str) or not IDENTIFIER.fullmatch(name):
        own = "; names that begin with _ are Granary's own" if str(name).startswith("_") else ""
        yield place, f"{what} {name!r} is not a plain lower-case name{own}"
    elif len(name) > (LONGEST_NAME if what in ("column", "rule") else LONGEST_TABLE):
        yield place, f"{what} {name!r} is too long: PostgreSQL would truncate it"


def _configured(place: Place, entry: Mapping[str, Any], known: Collection[str]) -> Iterator[Fault]:
    """Check that an entry's config and meta hold known keys only."""
    config, (meta_place, meta) = entry.get("config", {}), meta_of(place, entry)
    if not isinstance(config, dict) or not isinstance(config.get("meta", {}), dict):
        yield (*place, "config"), "config must look like {meta: {...}}"
        return
    yield from unknown((*place, "config"), config, CONFIG_KEYS, "config")
    yield from unknown(meta_place, meta, known, "meta")


def _is_required(column: Mapping[str, Any]) -> bool:
    return bool(meta_of((), column)[1].get("required"))
