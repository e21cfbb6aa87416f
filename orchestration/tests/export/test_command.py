"""What a person or a script gets from `granary export` and `granary verify-export`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.cli import main
from orchestration.export.verify import verify
from orchestration.policies.reports import registry, retention_days
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace

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


def test_help_teaches() -> None:
    text = " ".join(granary("export", "--help").stdout.split())
    for word in [*registry().names, "--days", "--from", "--to", "--format", "--out", "--table",
                 "--force", "manifest", "SHA-256", "UTC", "formula", "verify-export", ".zip",
                 "governance.export_log"]:  # fmt: skip
        assert word in text, word
    text = " ".join(granary("verify-export", "--help").stdout.split())
    for word in ["--public-key", "fingerprint", "offline", "SHA-256"]:
        assert word in text, word


@pytest.mark.long
def test_every_report_in_every_format(
    duckdb_published: Workspace, called: Called, tmp_path: Path
) -> None:
    for report, held in registry().reports.items():
        for form in ("csv", "json", "parquet", "xlsx"):
            path = tmp_path / f"{report}-{form}"
            several = len(held.tables) > 1 and form != "xlsx"
            path = path.with_suffix(".zip" if several else f".{form}")
            arguments = ["--days", "30", "--format", form, "--out", str(path)]
            code, out, err = called("export", report, *arguments)
            assert (code, err) == (0, ""), (report, form)
            assert out.startswith(f"{path}: ")
            assert verify(path).intact
            code, out, _ = called("verify-export", str(path))
            assert code == 0
            assert out.startswith(f"intact: {report} export ")


def test_the_default_place_and_json(duckdb_published: Workspace, called: Called) -> None:
    code, out, err = called("export", "interactions", "--days", "2", "--json")
    assert (code, err) == (0, "")
    printed = json.loads(out)
    path = duckdb_published.settings.exports / "interactions-2026-01-19-2026-01-20.csv"
    assert (printed["path"], printed["rows"], printed["format"]) == (str(path), 2, "csv")
    assert (printed["first_day"], printed["last_day"]) == ("2026-01-19", "2026-01-20")
    assert path.is_file()
    code, _, err = called("export", "interactions", "--days", "2")
    assert code == 1
    assert "--force" in err
    assert called("export", "interactions", "--days", "2", "--force")[0] == 0


def test_the_format_is_what_the_name_says(
    duckdb_published: Workspace, called: Called, tmp_path: Path
) -> None:
    path = tmp_path / "x.parquet"
    assert called("export", "interactions", "--out", str(path))[0] == 0
    assert path.read_bytes()[:4] == b"PAR1"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["sales"], 2, "no report 'sales'; choose from: summary, interactions, sessions, content"),
        (["interactions", "--format", "pdf"], 2, "choose from: csv, json, parquet, xlsx"),
        (["interactions", "--days", "0"], 2, "--days"),
        (["interactions", "--days", "3", "--from", "2026-01-01"], 2, "not both"),
        (["interactions", "--to", "2026-01-01"], 2, "--to needs --from"),
        (["interactions", "--from", "2026-01-02", "--to", "2026-01-01"], 2, "lies after"),
        (["interactions", "--from", "yesterday"], 2, "--from"),
        (["interactions", "--table", "dim_users"], 2, "holds fct_assistant_interactions"),
        (["summary", "--format", "csv", "--out", "x.csv"], 2, "name a .zip"),
        (["interactions", "--format", "csv", "--out", "x.xlsx"], 2, "not name a file of format"),
        (["interactions", "--out", "x.pdf"], 2, "format csv: end it in .csv"),
        (["interactions", "--format", "json", "--out", "x.js"], 2, "end it in .jsonl"),
        (["compliance", "--format", "csv"], 2, "one signed .zip of CSV and JSON files"),
        (["compliance", "--out", "x.pdf"], 2, "compliance is one signed .zip"),
        (["interactions", "--out", "/nowhere/x.csv"], 1, "the folder /nowhere does not exist"),
        (["interactions", "--out", "/tmp"], 1, "is a folder"),
        (["interactions", "--from", "2026-01-12", "--to", "2026-01-18"], 1, "no rows of"),
        (["interactions", "--from", "2025-01-01", "--to", "2025-01-02"], 1, "the last 2026-01-20"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_exported_is_refused(
    duckdb_published: Workspace,
    called: Called,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    exit_code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = called("export", *arguments)
    assert (code, out) == (exit_code, ""), err
    assert said in " ".join(err.split())
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_verify_export_fails_on_what_is_no_export(called: Called, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    assert called("verify-export", str(path))[0] == 2
    path.write_text("a,b\n")
    code, out, _ = called("verify-export", str(path), "--json")
    assert code == 1
    found = json.loads(out)
    assert (found["intact"], [p["kind"] for p in found["problems"]]) == (False, ["not_an_export"])


def test_exports_have_a_retention_of_their_own() -> None:
    assert retention_days() == 30
