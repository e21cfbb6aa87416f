"""What a person finds in an exported file."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.export.formats import Format
from orchestration.export.neutral import original
from orchestration.export.period import Asked
from orchestration.export.run import Exported, Request, export
from orchestration.tests.export.published import (
    NASTY,
    day,
    execute,
    key,
    member,
    read_csv,
    read_json,
    read_parquet,
    read_sheet,
)
from orchestration.tests.workspace import Workspace

DANGEROUS = tuple("=+-@\t\r\n")
TENTH = Asked(first_day=day(10), last_day=day(10))
ALL = Asked(days=3650)


def exported(workspace: Workspace, path: Path, report: str, **more: object) -> Exported:
    with workspace.activate():
        return export(workspace.settings, Request(report, path=path, **more))  # type: ignore[arg-type]


def test_csv(published: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "対話.csv"
    result = exported(published, path, "interactions", asked=TENTH)
    assert result.rows == len(NASTY)
    rows = {row["interaction_key"]: row for row in read_csv(path.read_bytes())}
    for number, text in enumerate(NASTY):
        row = rows[str(key(number))]
        assert original(row["user_role"]) == text
        assert not row["user_role"].startswith(DANGEROUS)
        assert row["asked_at"] == "2026-01-10T09:30:02.500001Z"
        assert (row["is_successful"], row["user_key"]) == ("true", "")
    content = path.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    # No value is nothing, an empty text is "".
    [empty] = [line for line in content.split(b"\n") if str(key(NASTY.index(""))).encode() in line]
    assert b',2026-01-10,"",general,' in empty
    assert b",930," in empty


def test_numbers_stay_numbers(published: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    exported(published, path, "interactions", asked=Asked(first_day=day(11), last_day=day(11)))
    [row] = read_csv(path.read_bytes())
    assert (row["response_milliseconds"], row["query_type"]) == ("-5", "'-1")
    path = tmp_path / "x.xlsx"
    exported(published, path, "performance", asked=ALL)
    first, second = read_sheet(path, "system_performance")
    assert (first["metric_value"], first["component"]) == (-1.5, "'=cmd")
    assert second["metric_value"] is None


def test_no_number_is_another_and_no_digit_is_lost(published: Workspace, tmp_path: Path) -> None:
    expected: dict[object, object] = {key("a1"): (Decimal("0.500000"), None)}
    table = "serving_documents.fct_document_analysis"
    digits = "12345678901234567890.123456789"
    if published.postgres:
        # Numbers that only PostgreSQL has: none at all, and of any length.
        expected[key("a2")], expected[key("a3")] = (None, digits), (Decimal("0.1"), None)
        added = f"insert into {table} (analysis_id, analysis_date, cost_usd, " \
                "processing_duration_seconds) values (%s, %s, %s, %s)"  # fmt: skip
        execute(published, [
            (f"alter table {table} alter processing_duration_seconds type numeric", []),
            (added, [key("a2"), day(19), "NaN", digits]),
            (added, [key("a3"), day(19), "0.1", "Infinity"]),
        ])  # fmt: skip
    try:
        for asked in (ALL, Asked(first_day=day(18), last_day=day(19))):
            path = tmp_path / f"{asked.days}.parquet"
            exported(published, path, "documents", table="fct_document_analysis", asked=asked)
            assert {
                row["analysis_id"]: (row["cost_usd"], row["processing_duration_seconds"])
                for row in read_parquet(path)
            } == expected
    finally:
        if published.postgres:
            execute(published, [
                (f"delete from {table} where analysis_date = %s", [day(19)]),
                (f"alter table {table} alter processing_duration_seconds type numeric(18, 6)", []),
            ])  # fmt: skip


def test_json(published: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    exported(published, path, "interactions", asked=TENTH)
    rows = {row["interaction_key"]: row for row in read_json(path.read_bytes())}
    for number, text in enumerate(NASTY):
        row = rows[str(key(number))]
        assert row["user_role"] == text
        assert row["asked_at"] == "2026-01-10T09:30:02.500001Z"
        assert (row["activity_date"], row["user_key"]) == ("2026-01-10", None)
        assert (row["response_milliseconds"], row["is_successful"]) == (1200, True)


def test_parquet(published: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    exported(published, path, "interactions", asked=TENTH)
    rows = {row["interaction_key"]: row for row in read_parquet(path)}
    rows = {str(k): v for k, v in rows.items()}
    for number, text in enumerate(NASTY):
        row = rows[str(key(number))]
        assert row["user_role"] == text
        assert row["asked_at"] == datetime(2026, 1, 10, 9, 30, 2, 500_001, UTC)
        assert (row["activity_date"], row["user_key"]) == (day(10), None)


def test_excel(published: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    exported(published, path, "interactions", asked=TENTH)
    rows = {row["interaction_key"]: row for row in read_sheet(path, "fct_assistant_interactions")}
    assert len(rows) == len(NASTY)
    for number, text in enumerate(NASTY):
        row = rows[str(key(number))]
        found = row["user_role"] or ""
        # XML has one line end.
        assert original(found).replace("\r\n", "\n") == text.replace("\r\n", "\n")
        assert not found.startswith(DANGEROUS)
        assert (row["activity_date"].date(), row["is_successful"]) == (day(10), True)
        # Milliseconds: what a sheet shows.
        assert abs(row["asked_at"] - datetime(2026, 1, 10, 9, 30, 2, 500_000)).microseconds < 1000
    about = [row for row in read_sheet(path, "About") if row["report"] == "table"]
    assert about


def test_a_report_of_several_tables(published: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "documents.zip"
    result = exported(published, path, "documents", form=Format.JSON, asked=ALL)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["fct_document_analysis.jsonl", "fct_user_feedback.jsonl"]
    [analysis] = read_json(member(path, "fct_document_analysis.jsonl"))
    assert (analysis["cost_usd"], analysis["created_at"]) == (0.5, "2026-01-18T01:02:03.000000Z")
    assert result.rows == 2
    manifest = json.loads(result.manifest.read_text("utf-8"))
    assert [(t["file"], t["rows"]) for t in manifest["tables"]] == [
        ("fct_document_analysis.jsonl", 1), ("fct_user_feedback.jsonl", 1),
    ]  # fmt: skip

    path = tmp_path / "one.parquet"
    exported(published, path, "documents", table="fct_document_analysis", asked=ALL)
    [row] = read_parquet(path)
    assert row["cost_usd"] == Decimal("0.500000")


def test_a_table_without_rows_is_there_with_its_header(
    published: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "summary.zip"
    exported(published, path, "summary", form=Format.CSV, asked=Asked(days=2))
    assert len(read_csv(member(path, "daily_analysis_summary.csv"))) == 1
    assert member(path, "executive_summary_daily.csv").startswith(b"summary_date,organization_id,")
    [row] = read_csv(member(path, "business_metrics_daily.csv"))
    assert (row["user_role"], row["conversion_rate"]) == ("教師", "0.5")


def test_whole_numbers_are_exact(published: Workspace, tmp_path: Path) -> None:
    for suffix in ("csv", "jsonl", "xlsx"):
        path = tmp_path / f"x.{suffix}"
        exported(published, path, "performance", table="query_performance", asked=ALL)
    asks = 2**53 + 1
    by_text = {r["query_normalized"]: r for r in read_csv((tmp_path / "x.csv").read_bytes())}
    assert by_text["'=1+1 とは"]["total_asks"] == str(asks)
    by_json = {r["query_normalized"]: r for r in read_json((tmp_path / "x.jsonl").read_bytes())}
    assert by_json["=1+1 とは"]["total_asks"] == asks
    by_sheet = {
        r["query_normalized"]: r for r in read_sheet(tmp_path / "x.xlsx", "query_performance")
    }
    assert by_sheet["'=1+1 とは"]["total_asks"] == str(asks)
    assert by_sheet["old"]["total_asks"] == 1


def test_excel_goes_on_in_the_next_sheet(duckdb_published: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    result = exported(duckdb_published, path, "interactions", asked=TENTH, sheet_rows=8)
    manifest = json.loads(result.manifest.read_text("utf-8"))
    [table] = manifest["tables"]
    assert table["sheets"] == [
        "fct_assistant_interactions",
        "fct_assistant_interactions (2)",
        "fct_assistant_interactions (3)",
    ]
    sheets = [read_sheet(path, sheet) for sheet in table["sheets"]]
    # Eight rows with the header.
    assert [len(sheet) for sheet in sheets] == [7, 7, len(NASTY) - 14]
    rows = [row for sheet in sheets for row in sheet]
    assert len(rows) == len(NASTY) == table["rows"]
    assert {row["interaction_key"] for row in rows} == {str(key(i)) for i in range(len(NASTY))}


def test_a_full_sheet_is_not_followed_by_an_empty_one(
    duckdb_published: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "x.xlsx"
    rows = len(NASTY) + 1
    result = exported(duckdb_published, path, "interactions", asked=TENTH, sheet_rows=rows)
    [table] = json.loads(result.manifest.read_text("utf-8"))["tables"]
    assert table["sheets"] == ["fct_assistant_interactions"]
    assert len(read_sheet(path, "fct_assistant_interactions")) == len(NASTY)


@pytest.mark.parametrize("form", list(Format))
def test_the_same_version_gives_the_same_rows_again(
    duckdb_published: Workspace, tmp_path: Path, form: Format
) -> None:
    paths = [tmp_path / f"{n}{form.suffixes[0]}" for n in (1, 2)]
    for path in paths:
        exported(duckdb_published, path, "interactions", asked=ALL)
    if form is not Format.XLSX:
        assert paths[0].read_bytes() == paths[1].read_bytes()
