"""What a person or a script gets from `granary report executive`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from orchestration.cli import main
from orchestration.report.executive import executive_report
from orchestration.report.table import render_table
from orchestration.report.text import change_shown, percent_shown, shown
from orchestration.tests.processes import granary
from orchestration.tests.report.platform import A, B
from orchestration.tests.workspace import Workspace

REPORT = ["report", "executive"]
PERIOD = ["--days", "10", "--as-of", "2026-01-20"]
Called = Callable[..., tuple[int, str, str]]


@pytest.fixture
def called(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Called:
    """The command in this process: exit code, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["granary", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


def one_line(stderr: str) -> str:
    [line] = stderr.splitlines()
    assert line.startswith("granary: ")
    return line


def test_json_has_its_documented_shape(platform: Workspace) -> None:
    with platform.activate():
        result = granary(*REPORT, *PERIOD, "--format", "json")
    assert (result.returncode, result.stderr) == (0, "")
    data: dict[str, Any] = json.loads(result.stdout)
    assert set(data) == {
        "report", "shape_version", "time_zone", "generated_at", "published_at", "organization_id",
        "organization_name", "period", "period_before", "figures", "days", "days_before",
        "sections", "definitions", "notes",
    }  # fmt: skip
    assert (data["report"], data["shape_version"], data["time_zone"]) == ("executive", 1, "UTC")
    assert data["period"] == {"first_day": "2026-01-11", "last_day": "2026-01-20", "days": 10}
    assert data["period_before"]["first_day"] == "2026-01-01"
    assert data["published_at"] == "2026-02-01T03:00:00Z"
    assert data["figures"]["total_cost_usd"] == {
        "value": 4.0, "before": 1.0, "change": 3.0, "change_percent": 300.0, "unit": "usd",
        "better": "less",
    }  # fmt: skip
    assert data["days"][0] == {
        "date": "2026-01-11", "documents": 1, "active_users": 1, "analyses": 1, "feedback": 0,
        "cost_usd": 0.5,
    }  # fmt: skip
    assert set(data["sections"]) == {"engagement", "documents", "ai", "cost", "quality"}
    named = set(data["figures"]).union(*(s["figures"] for s in data["sections"].values()))
    assert set(data["definitions"]) == named
    for section in data["sections"].values():
        for figure in section["figures"].values():
            assert type(figure["value"]) in (int, float)
    assert "契約書" in result.stdout


def test_the_table_reads_well_in_a_pipe(platform: Workspace) -> None:
    with platform.activate():
        result = granary(*REPORT, *PERIOD)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in result.stdout
    [cost] = [line for line in lines if line.startswith("Cost  ")][:1]
    assert cost.split() == ["Cost", "$4.0000", "$1.0000", "▲", "$3.0000", "+300.0", "%"]
    for word in ("2026-01-11 to 2026-01-20", "契約書", "filename_is_plain", "BY DAY"):
        assert word in result.stdout


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["--as-of", "2999-01-01"], 2, "2999-01-01 lies in the future"),
        (["--organization", str(uuid.UUID(int=7))], 2, "no organization 00000000-"),
        (["--as-of", "2026-03-01", "--days", "5"], 1, "data is 2026-01-01, the last 2026-01-21"),
        (["--as-of", "0001-01-01"], 1, "data is 2026-01-01, the last 2026-01-21"),
        (["--out", "/nowhere/report.txt"], 1, "the folder /nowhere does not exist"),
        (["--out", "/tmp"], 1, "is a folder"),
        (["--out", "x.pdf"], 2, "format table: end it in .txt"),
        (["--format", "html", "--out", "x.json"], 2, "format html: end it in .html"),
    ],
    ids=["future", "organization", "empty", "long ago", "no folder", "folder", "pdf", "another"],
)
def test_a_report_that_cannot_be_is_refused_in_one_line(
    duckdb_platform: Workspace, called: Called, arguments: list[str], exit_code: int, said: str
) -> None:
    with duckdb_platform.activate():
        code, out, err = called(*REPORT, *arguments)
    assert (code, out) == (exit_code, "")
    assert said in one_line(err)


@pytest.mark.parametrize(
    "arguments",
    [["--days", "0"], ["--organization", "acme"], ["--as-of", "today"], ["--format", "pdf"]],
    ids=" ".join,
)
def test_wrong_usage(called: Called, arguments: list[str]) -> None:
    code, out, err = called(*REPORT, *arguments)
    assert (code, out) == (2, "")
    assert "Error: " in err


def test_nothing_published_names_the_command(duckdb_workspace: Workspace, called: Called) -> None:
    code, out, err = called(*REPORT)
    assert (code, out) == (1, "")
    assert "granary publish" in one_line(err)


def test_missing_packages_are_named(
    duckdb_platform: Workspace, called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.report.html.PACKAGES", ("altair", "no_such_package"))
    with duckdb_platform.activate():
        code, out, err = called(*REPORT, "--format", "html")
    assert (code, out) == (3, "")
    assert "needs no_such_package: install them with `make report`" in one_line(err)


def test_html_goes_to_the_state_folder_and_over_nothing(
    duckdb_platform: Workspace, called: Called
) -> None:
    html = [*REPORT, *PERIOD, "--format", "html"]
    path = duckdb_platform.settings.root / "reports" / "executive-2026-01-11-2026-01-20.html"
    path.parent.mkdir()
    path.write_text("mine")
    with duckdb_platform.activate():
        code, _, err = called(*html)
        assert code == 1
        assert "--force" in one_line(err)
        assert path.read_text() == "mine"
        assert called(*html, "--organization", str(A))[0] == 0
        assert path.read_text() == "mine"
        assert called(*html, "--force") == (0, f"{path}\n", "")
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert sorted(p.name for p in path.parent.iterdir()) == [
        f"executive-2026-01-11-2026-01-20-{A}.html", path.name,
    ]  # fmt: skip


def test_organizations_are_named_where_they_may_be(platform: Workspace) -> None:
    with platform.activate():
        of_all = granary(*REPORT, *PERIOD)
        of_one = granary(*REPORT, *PERIOD, "--organization", str(A), "--format", "json")
    [named] = [line for line in of_all.stdout.splitlines() if line.startswith("Northwind 商会  ")]
    assert named.split()[2:4] == ["$2.0000", "3"]
    assert str(A) not in of_all.stdout
    assert str(B) in of_all.stdout  # has no name
    told = json.loads(of_one.stdout)
    assert (told["organization_id"], told["organization_name"]) == (str(A), "Northwind 商会")
    [costs] = told["sections"]["cost"]["tables"]["cost_by_organization"]
    assert (costs["organization"], costs["organization_name"]) == (str(A), "Northwind 商会")


@pytest.mark.parametrize("width", [24, 30, 40, 60, 75, 80, 97, 120])
def test_no_number_is_cut_at_any_width(duckdb_platform: Workspace, width: int) -> None:
    with duckdb_platform.activate():
        report = executive_report(
            duckdb_platform.settings, days=10, as_of=date(2026, 1, 20), organization_id=None
        )
    text = render_table(report, width=width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert "…" not in text
    words = {" ".join(line.split()) for line in text.splitlines()}
    told = "\n".join(words)
    for figure in report.all_figures():
        unit = figure.measure.unit
        for number in (
            shown(figure.value, unit), shown(figure.before, unit), change_shown(figure),
            percent_shown(figure),
        ):  # fmt: skip
            assert number in told, (figure.measure.name, number)
    for section in report.sections:
        for table in section.tables:
            if table.columns[0].kind == "hour":
                continue  # its course is shown
            for place, column in enumerate(table.columns):
                for row in table.rows:
                    assert column.kind == "text" or shown(row[place], column.kind) in told


def test_text_can_go_to_a_file(duckdb_platform: Workspace, called: Called, tmp_path: Path) -> None:
    path = tmp_path / "報告.txt"
    with duckdb_platform.activate():
        assert called(*REPORT, *PERIOD, "--out", str(path)) == (0, f"{path}\n", "")
        assert called(*REPORT, *PERIOD, "--out", str(path))[0] == 1
    assert "Executive report" in path.read_text("utf-8")
