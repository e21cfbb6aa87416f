"""The map of `orchestration/`: its rooms, and which of them use which, read from the imports."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

from orchestration.core.settings import PROJECT_DIR
from orchestration.docs import MADE

PACKAGE = "orchestration"
TESTS = f"{PACKAGE}.tests"


@dataclass(frozen=True)
class Rooms:
    """Rooms by name: what each is for, what it uses, and on which floor it stands (0 uses none)."""

    told: Mapping[str, str]
    uses: Mapping[str, frozenset[str]]
    circles: int

    @property
    def bottom_up(self) -> list[str]:
        """Every room after those it uses.

        Raises:
            graphlib.CycleError: rooms use each other.
        """
        return list(TopologicalSorter(self.uses).static_order())

    @property
    def floors(self) -> dict[str, int]:
        """One more than the highest floor a room uses."""
        found: dict[str, int] = {}
        for room in self.bottom_up:
            found[room] = 1 + max((found[used] for used in self.uses[room]), default=-1)
        return found

    @property
    def implied(self) -> dict[str, frozenset[str]]:
        """What a room uses by way of the rooms it uses."""
        found: dict[str, frozenset[str]] = {}
        for room in self.bottom_up:
            found[room] = frozenset().union(*(self.uses[u] | found[u] for u in self.uses[room]))
        return found


def read_rooms(project: Path = PROJECT_DIR) -> Rooms:
    """Read every room's first sentence and its imports; tests are no room."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    children = sorted(graph.find_children(PACKAGE) - {TESTS})
    for child in (*children, TESTS):
        graph.squash_module(child)
    graph.remove_module(TESTS)
    names = {child: child.removeprefix(f"{PACKAGE}.") for child in children}
    return Rooms(
        told={name: _first_sentence(project / PACKAGE / name) for name in names.values()},
        uses={
            name: frozenset(
                names[used]
                for used in graph.find_modules_directly_imported_by(child)
                if used in names and used != child
            )
            for child, name in names.items()
        },
        circles=len(graph.nominate_cycle_breakers(PACKAGE)),
    )


def _first_sentence(room: Path) -> str:
    file = room / "__init__.py" if room.is_dir() else room.with_suffix(".py")
    told = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return " ".join(told.split("\n\n", maxsplit=1)[0].split())


def picture(rooms: Rooms) -> str:
    """A Mermaid flowchart; an arrow that a longer way implies is left out."""
    lines = ["flowchart TD"]
    for room, implied in sorted(rooms.implied.items()):
        lines += [f"    {room} --> {used}" for used in sorted(rooms.uses[room] - implied)]
    return "\n".join(lines)


def architecture(rooms: Rooms) -> str:
    """A Markdown page: the rooms from the top floor down, and the picture."""
    floors = rooms.floors
    top_down = sorted(rooms.told, key=lambda room: (-floors[room], room))
    table = "\n".join(f"| {floors[room]} | `{room}` | {rooms.told[room]} |" for room in top_down)
    count = (
        f"{len(rooms.told)} rooms on {1 + max(floors.values())} floors, "
        f"{sum(map(len, rooms.uses.values()))} arrows, {rooms.circles} circles."
    )
    return (
        f"# Architecture\n\n{MADE}\n\n"
        f"`orchestration/` is divided into rooms, a package or a module each. A room uses rooms "
        f"below it and none above; `.importlinter` lists their order, and `make lint` checks it. "
        f"{count}\n\n"
        f"| floor | room | |\n|---|---|---|\n{table}\n\n"
        f"An arrow leads from a room to one it imports. An arrow that a longer way implies is "
        f"left out.\n\n"
        f"```mermaid\n{picture(rooms)}\n```\n"
    )
