"""No file that sources share names one of them: a new source is to need none of it."""

from __future__ import annotations

import re

from orchestration.core.contracts import load_contracts
from orchestration.core.settings import PROJECT_DIR
from orchestration.sources.found import databases, sources

SHARED = ("macros/**/*.sql", "orchestration/**/*", "seeds/**/*", "dbt_project.yml", "Makefile")
# What belongs to a source, or to the marts of its domain: folders, and why.
OWN = {
    "orchestration/tests/": "tests are about something",
    "orchestration/sources/": "its own folder",
    "macros/assistant/": "macros of its marts",
    "macros/documents/": "macros of its marts",
    "macros/genai/": "macros of its marts",
    "seeds/assistant/": "thresholds of its marts",
    "seeds/codex/": "its tracking plan",
    "seeds/genai/": "prices of its marts",
    "orchestration/report/": "the executive report is about the marts of documents",
    "orchestration/policies/reports.yml": "which marts an export holds",
    "orchestration/export/commands.py": "which marts an export holds",
    "orchestration/operations/alerts/": "incidents of the metrics of a mart",
    "orchestration/operations/health/": "the score's part that a mart measures",
    "seeds/operations/": "alerts on the metrics of a mart",
    "orchestration/demo.py": "shows figures of marts",
    "orchestration/cli.py": "an example in its help",
    "orchestration/extract/commands.py": "an example in its help",
    "orchestration/lifecycle/commands.py": "an example in its help",
    "orchestration/scaffold/templates/source.yml.jinja": "points at a contract that is annotated",
}
LINE = "seeds/core/applications.csv"


def test_no_shared_file_names_a_source() -> None:
    names = {source for source, _ in load_contracts()}
    assert names == set(sources()) == {"assistant", "codex", "genai", "prism"}
    named = re.compile(rf"(?<![a-z])({'|'.join(sorted(names))})(?![a-z])")
    found = set()
    read = 0
    for pattern in SHARED:
        for path in PROJECT_DIR.glob(pattern):
            place = path.relative_to(PROJECT_DIR).as_posix()
            if path.is_file() and "__pycache__" not in place and not place.startswith((*OWN, LINE)):
                read += 1
                text = path.read_text("utf-8")
                found |= {f"{place}: {m[0]}" for m in named.finditer(text)}
    assert read > 200
    assert sorted(found) == []
    # What is excused is there to be excused.
    for place in OWN:
        assert (PROJECT_DIR / place).exists()


def test_the_seed_says_of_each_source_what_its_folder_says() -> None:
    lines = (PROJECT_DIR / LINE).read_text("utf-8").splitlines()[1:]
    delivery = {line.split(",")[0]: line.rsplit(",", 1)[1] for line in lines}
    for name in sources():
        assert delivery[name] == ("database" if name in databases() else "files")
