"""A plan in the formats of other products, and back; a module each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from orchestration.core.errors import ConfigurationError
from orchestration.plan.formats.schema import Unfit
from orchestration.plan.model import Plan, PlanFormat
from orchestration.plan.read import parse_plan, write_plan


class Format(Protocol):
    """How a product writes a plan: as files, by name."""

    def write(self, plan: Plan, title: str) -> dict[str, str]:
        """The plan's files."""

    def read(self, files: Mapping[str, str]) -> Plan:
        """The plan that files hold."""


def _format(name: PlanFormat) -> Format:
    return cast("Format", import_module(f"{__package__}.{name}"))


def export_plan(plan: Plan, name: PlanFormat, title: str) -> dict[str, str]:
    """A plan's files in a format.

    Raises:
        ConfigurationError: the format cannot say what the plan says.
    """
    try:
        return _format(name).write(plan, title)
    except Unfit as error:
        raise ConfigurationError(f"the plan does not fit the format {name}: {error}") from None


def import_plan(path: Path, name: PlanFormat) -> Plan:
    """The plan that a file, or the files of a folder, hold in a format.

    Raises:
        ConfigurationError: they are not of the format, or hold what no plan of Granary can say.
    """
    paths = sorted(path.iterdir()) if path.is_dir() else [path]
    files = {}
    for file in paths:
        if file.suffix in (".json", ".yaml", ".yml"):
            try:
                files[file.name] = file.read_text("utf-8")
            except UnicodeDecodeError:
                raise ConfigurationError(f"{file} is not UTF-8") from None
    if not files:
        raise ConfigurationError(f"{path} holds no JSON or YAML file")
    try:
        plan = _format(name).read(files)
    except Unfit as error:
        raise ConfigurationError(f"{path} is no plan in the format {name}: {error}") from None
    # What was read must keep the rules of a plan; its lines are those of the CSV it would become.
    return parse_plan(write_plan(plan), f"{path} as CSV")
