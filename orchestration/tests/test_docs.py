"""Pages of docs/ say what the code does, and lead to each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.docs.__main__ import pages
from orchestration.docs.rooms import Rooms, architecture, picture, read_rooms

PAGES = sorted([*PROJECT_DIR.glob("*.md"), *PROJECT_DIR.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)(#[^)\s]+)?\)")


def test_committed_pages_are_those_of_the_code() -> None:
    for path, text in pages().items():
        page = PROJECT_DIR / path
        is_current = page.exists() and page.read_text("utf-8") == text
        assert is_current, f"{path} is older than the code: run `make docs` and commit it"


def test_every_command_has_a_section_and_every_setting_a_row() -> None:
    written = {path.name: text for path, text in pages().items()}
    commands = re.findall(r"^## (granary .+)$", written["commands.md"], re.MULTILINE)
    assert {"granary ingest", "granary backup create", "granary lifecycle plan"} <= set(commands)
    for name in Settings.model_fields:
        variable = "<SOURCE>_URL" if name == "source_urls" else name.upper()
        assert f"| `GRANARY_{variable}` |" in written["settings.md"]


def test_rooms_stand_on_floors_without_a_circle() -> None:
    rooms = read_rooms()
    assert rooms.circles == 0
    assert all(rooms.told.values()), "a room whose package has no docstring"
    for room, used in rooms.uses.items():
        assert all(rooms.floors[u] < rooms.floors[room] for u in used)


def test_an_arrow_that_a_longer_way_implies_is_left_out() -> None:
    uses = {"top": {"middle", "bottom"}, "middle": {"bottom"}, "bottom": set[str]()}
    rooms = Rooms(
        told=dict.fromkeys(uses, "A room."),
        uses={room: frozenset(used) for room, used in uses.items()},
        circles=0,
    )
    assert picture(rooms).splitlines()[1:] == ["    middle --> bottom", "    top --> middle"]
    assert "3 rooms on 3 floors, 3 arrows, 0 circles" in architecture(rooms)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT_DIR)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text("utf-8")):
        to = (page.parent / target).resolve()
        assert to.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", to.read_text("utf-8"), re.MULTILINE)
            assert anchor[1:] in {_anchor(heading) for heading in headings}, target + anchor


def test_the_first_page_is_short_and_leads_to_every_kind_of_page() -> None:
    text = (PROJECT_DIR / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 150
    index = (PROJECT_DIR / "docs" / "README.md").read_text("utf-8")
    for page in PAGES:
        inside = page.relative_to(PROJECT_DIR / "docs") if "docs" in page.parts else None
        if inside and inside.name != "README.md":
            assert f"({inside})" in index, f"docs/README.md does not list {inside}"


def test_decisions_are_numbered_in_order_and_listed_by_topic() -> None:
    text = (PROJECT_DIR / "DECISIONS.md").read_text("utf-8")
    headings = re.findall(r"^## (?!Dependencies)(.+)$", text, re.MULTILINE)
    assert [int(h.split(".")[0]) for h in headings] == list(range(1, len(headings) + 1))
    index = text[: text.index("\n## ")]
    assert [h for h in headings if index.count(f"(#{_anchor(h)})") != 1] == []
    bodies = re.split(r"^## .+$", text, flags=re.MULTILINE)[1 : len(headings) + 1]
    assert all(re.match(r"\n\*\d{4}-\d\d-\d\d\.\* ", body) for body in bodies)


def test_tests_that_pages_name_exist() -> None:
    named = {
        test
        for page in PAGES
        for test in re.findall(r"`((?:\w+/)*test_\w+\.py)`", page.read_text("utf-8"))
        if page.name != "CHANGELOG.md"
    }
    assert len(named) > 30
    tests = PROJECT_DIR / "orchestration" / "tests"
    assert [test for test in named if not (tests / test).exists()] == []


def _anchor(heading: str) -> str:
    """The anchor that a page gets for a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.strip().replace(" ", "-")
