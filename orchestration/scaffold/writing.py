"""Write what a new stream begins with. Nothing that is there is written over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.core.contract_faults import IDENTIFIER, LONGEST_TABLE
from orchestration.core.contracts import Contracts, load_contracts
from orchestration.core.errors import ConfigurationError
from orchestration.core.located import read_yaml
from orchestration.core.settings import Settings
from orchestration.scaffold.guessing import Field, Guess, guess, noun_of
from orchestration.scaffold.reading import Record
from orchestration.scaffold.staging import reserved, staging_of

APPLICATIONS = "seeds/core/applications.csv"
# Schemas, and folders that are no source's.
TAKEN = {
    "core", "documents", "files", "governance", "granary", "history", "information_schema",
    "intermediate", "main", "operations", "pg_catalog", "policy", "public", "quality", "raw",
    "snapshots", "staging",
}  # fmt: skip
# What a stream has at least, where no sample says more.
BARE = Guess(
    fields=(
        Field("id", "varchar", True, "business", None, "no sample was given"),
        Field("created_at", "timestamp", True, "behavioural", None, "no sample was given"),
    ),
    key=("id", "created_at"),
    event_time="created_at",
    version=None,
    doubts=("no sample was given: replace the columns of the contract and of both models",),
)


class BadStream(ConfigurationError):
    """No stream of that name can be begun."""

    exit_code = 2


@dataclass
class Begun:
    """What was written, as paths within the project, and what a person should look at."""

    stream: str
    written: list[str] = field(default_factory=list)
    extended: list[str] = field(default_factory=list)
    look_at: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Lines for a person."""
        lines = [f"wrote {path}" for path in self.written]
        lines += [f"added to {path}" for path in self.extended]
        return "\n".join([*lines, "", "Look at", *(f"- {what}" for what in self.look_at)])


def begin(
    project: Path, source: str, stream: str, records: list[Record] | None, *, database: bool
) -> Begun:
    """Write contract, models, tests and policies of a stream.

    Args:
        records: of a sample; None for the least a stream can have.
        database: of a new source: its records are extracted from a database, not landed as files.

    Raises:
        BadStream: the name is none, or taken, or the sample has no time.
    """
    contracts = load_contracts(project)
    _check_names(project, contracts, source, stream)
    found = BARE if records is None else guess(stream, records)
    if isinstance(found, str):
        raise BadStream(found)
    is_new = not any(known == source for known, _ in contracts)
    if database and not is_new:
        raise BadStream(f"{source} is there already: its folder says how it delivers")
    values = _values(project, source, stream, found, is_new) | {"database": database}
    files, additions = _texts(project, values, is_new)
    there = [path for path in files if (project / path).exists()]
    if there:
        raise BadStream(f"{', '.join(there)} is there already: nothing was written")
    begun = Begun(f"{source}.{stream}", list(files), list(additions))
    before = {path: (project / path).read_text("utf-8") for path in additions}
    try:
        for path, text in files.items():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_text(text, "utf-8")
        for path, text in additions.items():
            (project / path).write_text(before[path].rstrip("\n") + "\n" + text, "utf-8")
        load_contracts.cache_clear()
        load_contracts(project)
    except Exception:
        for path in files:
            (project / path).unlink(missing_ok=True)
        for path, text in before.items():
            (project / path).write_text(text, "utf-8")
        raise
    begun.look_at = _to_do(values, found, is_new=is_new)
    return begun


def _check_names(project: Path, contracts: Contracts, source: str, stream: str) -> None:
    for what, name in (("source", source), ("stream", stream)):
        if not IDENTIFIER.fullmatch(name) or "__" in name or name.endswith("_"):
            raise BadStream(
                f"{what} {name!r} is no plain name: lower-case letters, digits and single _, "
                "beginning with a letter"
            )
    if source in TAKEN | reserved() or f"{source}_url" in Settings.model_fields:
        raise BadStream(
            f"source {source!r} is a name that Granary or the engines use: choose another"
        )
    if len(f"{source}_{stream}") > LONGEST_TABLE:
        raise BadStream(f"{source}_{stream} is too long a table name: PostgreSQL would cut it")
    if (source, stream) in contracts:
        raise BadStream(f"stream {source}.{stream} has a contract already")
    taken = {found.table: f"{found.source}.{found.name}" for found in contracts.values()}
    if f"{source}_{stream}" in taken:
        raise BadStream(f"{taken[f'{source}_{stream}']} has table {source}_{stream} already")
    if any(project.glob(f"models/marts/*/fct_{source}_{stream}.sql")):
        raise BadStream(f"there is a mart fct_{source}_{stream} already: choose another name")


def _values(project: Path, source: str, stream: str, found: Guess, is_new: bool) -> dict[str, Any]:
    """What the templates ask for."""
    noun = noun_of(stream)
    staging = staging_of(source, stream, noun, found)
    keys = ", ".join(f"'{name}'" for name in staging.row_key)
    config = f"{{{{ config(window_column='{staging.day}', row_key=[{keys}]) }}}}"
    if len(config) > 100:
        config = f"{{{{ config(\n    window_column='{staging.day}',\n    row_key=[{keys}],\n) }}}}"
    return {
        "source": source,
        "title": source.replace("_", " ").capitalize(),
        "stream": stream,
        "noun": noun.replace("_", " "),
        "table": f"{source}_{stream}",
        "staging": f"stg_{source}__{stream}",
        "mart": f"fct_{source}_{stream}",
        "policy": f"{source}_records" if is_new else _policy(project, source),
        "key": found.key,
        "event_time": found.event_time,
        "version": found.version,
        "columns": [asdict(f) | {"description": f"{f.name}, in the application's words."}
                    for f in found.fields],
        "day": staging.day,
        "row_key": staging.row_key,
        "config": config,
        "redacted": staging.redacted,
        "staged": staging.columns,
        "marted": staging.marted,
    }  # fmt: skip


def _policy(project: Path, source: str) -> str:
    """A policy that the source has for people's data, or the one that sources share."""
    said = read_yaml(project / _contract(source))["sources"][0]
    own = said["config"]["meta"].get("lifecycle_policies", {})
    personal = (name for name, policy in own.items() if policy["data_class"] == "personal")
    return next(personal, "silver")


def _contract(source: str) -> str:
    return f"models/staging/{source}/_{source}__sources.yml"


def _texts(
    project: Path, values: Mapping[str, Any], is_new: bool
) -> tuple[dict[str, str], dict[str, str]]:
    """New files, and what is added to those there are, by path."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        block_start_string="<%", block_end_string="%>",
        variable_start_string="<<", variable_end_string=">>",
        comment_start_string="<#", comment_end_string="#>",
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False,  # noqa: S701
    )  # fmt: skip
    templates.filters["named"] = _named

    def text(name: str) -> str:
        return templates.get_template(f"{name}.jinja").render(values)

    source, folder = values["source"], f"orchestration/sources/{values['source']}"
    staging = f"models/staging/{source}/{values['staging']}"
    mart = f"models/marts/{source}/{values['mart']}"
    files = {
        f"{staging}.sql": text("staging.sql"),
        f"{staging}.yml": text("staging.yml"),
        f"{mart}.sql": text("mart.sql"),
        f"{mart}.yml": text("mart.yml"),
        f"tests/{source}/assert_{values['mart']}_holds_every_row.sql": text("test.sql"),
    }
    if not is_new:
        return files, {_contract(source): "\n" + text("stream.yml")}
    files[_contract(source)] = text("source.yml") + text("stream.yml")
    if not (project / folder).exists():
        files |= {f"{folder}/__init__.py": "", f"{folder}/source.py": text("source.py")}
    names = {line.split(",")[0] for line in (project / APPLICATIONS).read_text("utf-8").split("\n")}
    if source in names:
        return files, {}
    delivery = "database" if values["database"] else "files"
    return files, {APPLICATIONS: f"{source},{values['title']},{delivery}\n"}


def _named(name: str) -> str:
    """A name as YAML takes it for a text: `no` would be a truth value."""
    return name if yaml.safe_load(name) == name else f'"{name}"'


def _to_do(values: Mapping[str, Any], found: Guess, *, is_new: bool) -> list[str]:
    personal = [f.name for f in found.fields if f.data_class in ("identifier", "free_text")]
    left = [f.name for f in found.fields if not f.is_staged]
    listed = [
        f"{_contract(values['source'])}: every type, key and class there is a guess; its lifecycle "
        f"is policy {values['policy']}",
        f"columns taken for personal: {', '.join(personal) or 'none'}; "
        f"not in the mart: {', '.join(left) or 'none'}",
        *found.doubts,
    ]
    if is_new and values["database"]:
        listed.append(f"set GRANARY_{values['source'].upper()}_URL, then granary extract")
    else:
        where = f"landing/{values['source']}/{values['stream']}/<day>/"
        listed.append(f"put files into {where} of the state folder, then granary ingest")
    return [
        *listed,
        "granary build; make lint",
        "who reads the mart: an exposure in models/exposures; then make docs",
    ]
