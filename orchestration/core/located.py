"""YAML files of the project, and on which line each of their entries stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from orchestration.core.errors import ConfigurationError

# Keys and places that lead to an entry, from the top of its file.
Place = tuple[str | int, ...]
Lines = Mapping[Place, int]


def read_yaml(path: Path) -> Any:
    """What a file of the project says; libyaml reads it ten times faster than Python does.

    Raises:
        ConfigurationError: it is no YAML; the message names file and line.
    """
    return read_located(path)[0]


def read_located(path: Path) -> tuple[Any, Lines]:
    """What a file says, and the line of each entry.

    Raises:
        ConfigurationError: it is no YAML or says a key twice; the message names file and line.
    """
    lines: dict[Place, int] = {}
    content = path.read_bytes()
    try:
        loader = yaml.CSafeLoader(content)
        node = loader.get_single_node()
        said = loader.construct_document(node) if node else None
        _note(path, node, (), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigurationError(f"{path}:{line}: no valid YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = content.count(b"\n", 0, error.position) + 1
        problem = "a character is not UTF-8, or not allowed"
        raise ConfigurationError(f"{path}:{line}: no valid YAML: {problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"{path}:1: no valid YAML: {type(error).__name__}") from None
    return said, lines


def _note(path: Path, node: Any, place: Place, lines: dict[Place, int]) -> None:
    """Note where an entry and those within it stand."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            within = (*place, key.value)
            line = key.start_mark.line + 1
            if within in lines:
                raise ConfigurationError(
                    f"{path}:{line}: {key.value} stands in line {lines[within]} already: "
                    "keep one of them"
                )
            lines[within] = line
            _note(path, value, within, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[*place, number] = value.start_mark.line + 1
            _note(path, value, (*place, number), lines)
