"""Read the project's YAML files, with the line number of every entry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from orchestration.core.errors import ConfigurationError

# Path of an entry: mapping keys and list positions from the top of its file.
Place = tuple[str | int, ...]
Lines = Mapping[Place, int]


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file.

    Raises:
        ConfigurationError: it is not valid YAML, or a mapping repeats a key; the message names
            file and line.
    """
    return read_located(path)[0]


def read_located(path: Path) -> tuple[Any, Lines]:
    """Return the content of a YAML file, and the line of each of its entries.

    Raises:
        ConfigurationError: it is not valid YAML, or a mapping repeats a key; the message names
            file and line.
    """
    lines: dict[Place, int] = {}
    content = path.read_bytes()
    try:
        # libyaml parses ten times faster than the loader written in Python.
        loader = yaml.CSafeLoader(content)
        node = loader.get_single_node()
        parsed = loader.construct_document(node) if node else None
        _note(path, node, (), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigurationError(f"{path}:{line}: not valid YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = content.count(b"\n", 0, error.position) + 1
        problem = "a character is not UTF-8, or not allowed"
        raise ConfigurationError(f"{path}:{line}: not valid YAML: {problem}") from None
    # RecursionError: an alias may contain itself, and nesting may be deeper than the stack.
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"{path}:1: not valid YAML: {type(error).__name__}") from None
    return parsed, lines


def _note(path: Path, node: Any, place: Place, lines: dict[Place, int]) -> None:
    """Record the lines of an entry and of everything nested in it."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            within = (*place, key.value)
            line = key.start_mark.line + 1
            # PyYAML would keep the last of two equal keys and say nothing.
            if within in lines:
                raise ConfigurationError(
                    f"{path}:{line}: {key.value} is already in line {lines[within]}: "
                    "keep one of them"
                )
            lines[within] = line
            _note(path, value, within, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[*place, number] = value.start_mark.line + 1
            _note(path, value, (*place, number), lines)
