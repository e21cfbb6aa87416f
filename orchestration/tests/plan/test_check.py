"""A plan that is wrong is refused, and every fault is told with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner
from hypothesis import given, settings

from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt.run import build, dbt_environment
from orchestration.plan.check import COLUMNS, faults_of
from orchestration.plan.model import PERSONAL, Plan
from orchestration.plan.read import check_plans, parse_plan, plan_files, read_plan, write_plan
from orchestration.tests.plan.plans import plans
from orchestration.tests.workspace import Workspace, environment

HEADER = ",".join(COLUMNS)
EVENT = "file_view,,,,,,,Search,search,1,,A person opens a file,"
PROPERTY = "file_view,source,context,true,string,link|search,behavioural,,,,,,"


def test_the_plan_of_the_project_is_right_and_says_what_is_personal() -> None:
    [path] = plan_files()
    plan = read_plan(path)
    assert path.is_relative_to(PROJECT_DIR / "seeds")
    assert len(plan.events) == 23
    assert "search_performed.context.query" in plan.personal
    assert {
        found.data_class
        for event in plan.events
        for found in event.properties
        if f"{event.name}.{found.location}.{found.name}" not in plan.personal
    }.isdisjoint(PERSONAL)
    # Written again it is the file: nothing of it goes unread.
    assert write_plan(plan) == path.read_text("utf-8")


# What is appended to a header, an event and a property, in line 4, and what is told of it.
WRONG = {
    "file_closed,,,,,,,,search,1,,,": "step 1 of search is already in line 2",
    "file_view,,,,,,,,,,,,": "event file_view is already in line 2",
    "file_view,source,context,true,number,,business,,,,,,": (
        "property context.source of file_view is already in line 3"
    ),
    "file_view,size,context,true,integer,,business,,,,,,": "value_type 'integer' is unknown",
    "file_view,size,context,true,array<date>,,business,,,,,,": "value_type 'array<date>' is",
    "file_view,size,body,true,number,,business,,,,,,": "location 'body' is unknown",
    "file_view,size,context,yes,number,,business,,,,,,": "is_required 'yes' is unknown",
    "file_view,size,context,true,number,,secret,,,,,,": "class 'secret' is unknown",
    "file_view,fileSize,context,true,number,,business,,,,,,": "'fileSize' is not snake_case",
    "file_view,size_,context,true,number,,business,,,,,,": "'size_' is not snake_case",
    "FileViewed,,,,,,,,,,,,": "event 'FileViewed' is not snake_case",
    "viewed,,,,,,,,,,,,": "event 'viewed' is not snake_case of object and action",
    "file_closed,,,,,,,,search,,,,": "a funnel has a step, and a step a funnel",
    "file_closed,,,,,,,,search,first,,,": "step 'first' is no whole number",
    "file_closed,,context,,,,,,,,,,": "location is of a property, and this row names none",
    "file_view,size,context,true,number,,business,,,,kpi,,": "kpi is of the event",
    "file_closed,size,context,true,number,,business,,,,,,": "event file_closed has no row of its",
    "file_view,size,context,true,object,a|b,business,,,,,,": "expected_values are for string",
    "file_view,size,context,true,string,a||b,business,,,,,,": "one is empty",
    "file_view,size,context,true,string,a|a,business,,,,,,": "one appears twice",
    "file_view,size,context,true,number,1|one,business,,,,,,": "'one' is no plain number",
    "file_view,size,context,true,number,1.0,business,,,,,,": "'1.0' is no plain number",
    "file_view,size,context,true,string,null,business,,,,,,": "expected_values is null",
    "file_view,size,context,true,number,,business,,,,,, two": "notes has a line break, or a blank",
    "file_view,size,context,true": "has 4 cells, not 13",
    'file_view,"size,context': "not valid CSV",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_fault_is_told_with_its_line(line: str, tmp_path: Path) -> None:
    path = tmp_path / "tracking_plan.csv"
    path.write_text("\n".join([HEADER, EVENT, PROPERTY, ""]), "utf-8")
    assert len(read_plan(path).events) == 1
    path.write_text("\n".join([HEADER, EVENT, PROPERTY, line, ""]), "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        read_plan(path)
    [told] = [text for text in str(raised.value).splitlines() if WRONG[line] in text]
    assert told.startswith(f"{path}:4: ")


def test_every_fault_of_every_plan_is_told(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    paths[0].write_text("event_name,what\n", "utf-8")
    # A text of two lines: what comes after is still told by its own line.
    paths[1].write_text(f'{HEADER}\n{EVENT}"two\nlines"\nViewed,,,,,,,,,,,,\nx,,\n', "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        check_plans(paths)
    told = str(raised.value)
    assert f"{paths[0]}:1: the columns must be event_name," in told
    assert f"{paths[1]}:2: notes has a line break" in told
    assert f"{paths[1]}:4: event 'Viewed'" in told
    assert f"{paths[1]}:5: has 3 cells" in told


@given(plan=plans())
@settings(max_examples=60, deadline=None)
def test_a_plan_that_is_written_is_read_again(plan: Plan) -> None:
    text = write_plan(plan)
    assert faults_of(text) == []
    assert parse_plan(text, "plan") == plan


def test_nothing_is_built_by_a_wrong_plan(
    tmp_path: Path, duckdb_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tracking_plan.csv"
    path.write_text(f"{HEADER}\n{EVENT}\nfile_view,size,context,true,integer,,business,,,,,,\n")
    for module in ("contract_plugin", "run"):
        monkeypatch.setattr(f"orchestration.dbt.{module}.plan_files", lambda: [path])
    said = f"{path}:3: value_type 'integer' is unknown"
    with environment(dbt_environment(duckdb_workspace.settings)):
        told = dbtRunner().invoke(["--quiet", "parse"])
    assert said in str(told.exception)
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        build(duckdb_workspace.settings)
    assert not duckdb_workspace.settings.warehouse.exists()
