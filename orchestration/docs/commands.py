"""The reference of commands, from the command line itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer

from orchestration.docs import MADE, escaped

INTRODUCTION = """`granary COMMAND --help` shows the same. `--json`, where a command has it, \
prints JSON on standard output.

After 5, some files or tables failed, or a serving table was held back; all others are done. \
Ctrl-C ends with 130, `kill` with 143."""


def command_reference(app: typer.Typer) -> str:
    """A Markdown page: every command with its arguments and options, in the order of `--help`."""
    root = typer.main.get_command(app)
    sections = "\n\n".join(_sections(root, "granary"))
    return f"# Commands\n\n{MADE}\n\n{_paragraphs(root.epilog)}\n\n{INTRODUCTION}\n\n{sections}\n"


def _sections(command: Any, name: str, above: Any = None) -> Iterator[str]:
    context = command.context_class(command, info_name=name.rsplit(maxsplit=1)[-1], parent=above)
    if command.hidden:
        return
    if hasattr(command, "commands"):
        for part, below in command.commands.items():
            yield from _sections(below, f"{name} {part}", context)
        return
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    lines = [f"## {name}", f"```\n{usage}\n```", _paragraphs(command.help)]
    told = [parameter for parameter in command.get_params(context) if not _is_common(parameter)]
    if told:
        rows = (_row(*parameter.get_help_record(context)) for parameter in told)
        lines.append("\n".join(["| | |", "|---|---|", *rows]))
    yield "\n\n".join(lines)


def _is_common(parameter: Any) -> bool:
    """Whether an option is told once for all commands."""
    return bool({"--help", "--json"} & set(parameter.opts))


def _row(shown: str, told: str) -> str:
    return f"| `{_cell(shown)}` | {_cell(escaped(told))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _paragraphs(text: str | None) -> str:
    """Return a help text in Markdown: one line a paragraph, a code block after `\\b`."""
    parts = re.split(r"\n\s*\n", inspect.cleandoc(text or ""))
    return "\n\n".join(
        f"```\n{inspect.cleandoc(part[2:])}\n```"
        if part.startswith("\b\n")
        else " ".join(escaped(part).split())
        for part in parts
    )
