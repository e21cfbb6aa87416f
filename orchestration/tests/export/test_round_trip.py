"""Any text comes back from every format as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.export.excel import CELL_CHARACTERS, ExcelFile
from orchestration.export.formats import Format, write_file
from orchestration.export.marts import Column, Relation
from orchestration.export.neutral import BEGINS, neutralised, neutralised_sql, original
from orchestration.export.source import Selection
from orchestration.tests.export.published import (
    NASTY,
    read_csv,
    read_json,
    read_parquet,
    read_sheet,
)

TEXTS = Relation(
    "s",
    "texts",
    "",
    (
        Column("number", "bigint", "", "operational"),
        Column("text", "varchar", "", "operational"),
    ),
)
SELECTION = Selection("texts")
DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
# Characters that spreadsheets, CSV and XML take for something, and some from anywhere.
odd = st.text(
    st.one_of(
        st.sampled_from(
            "=+-@\t\r\n'\"\\,;|_x0041_＝＋－＠　 日本語ﾊﾝｶｸ👩‍💻\u200b\ufeff\x07\x1f\x7f\x85\u2028"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=12,
)
few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def written(texts: list[str], form: Format, folder: Path) -> Path:
    """The texts in a file of a format."""
    path = folder / f"texts{form.suffixes[0]}"
    with duckdb.connect() as engine:
        engine.execute("create table texts (number bigint, text varchar)")
        engine.executemany("insert into texts values (?, ?)", list(enumerate(texts)))
        if form is Format.XLSX:
            with ExcelFile(path, folder) as book:
                book.add(engine, TEXTS, SELECTION)
        else:
            write_file(engine, TEXTS.columns, SELECTION, form, path)
    return path


def read_back(path: Path, form: Format) -> list[str]:
    """The texts a reader finds, in order; CSV and Excel still neutralised."""
    readers: dict[Format, Callable[[], list[Any]]] = {
        Format.CSV: lambda: read_csv(path.read_bytes()),
        Format.JSON: lambda: read_json(path.read_bytes()),
        Format.PARQUET: lambda: read_parquet(path),
        Format.XLSX: lambda: read_sheet(path, "texts"),
    }
    rows = readers[form]()
    return [row["text"] or "" for row in sorted(rows, key=lambda row: int(row["number"]))]


@pytest.mark.long
@pytest.mark.parametrize("form", list(Format))
@few
@given(texts=st.lists(odd, min_size=1, max_size=20))
def test_texts_come_back(form: Format, texts: list[str]) -> None:
    texts = [*NASTY, *texts, "\uffff"]
    with tempfile.TemporaryDirectory() as folder:
        found = read_back(written(texts, form, Path(folder)), form)
    if form in (Format.CSV, Format.XLSX):
        assert not any(text.startswith(DANGEROUS) for text in found)
        found = [original(text) for text in found]
    if form is Format.XLSX:
        # XML has no form for these two.
        texts = [text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for text in texts]
    assert found == texts


@few
@given(texts=st.lists(odd, min_size=1, max_size=50))
def test_the_engine_neutralises_as_python_does(texts: list[str]) -> None:
    with duckdb.connect() as engine:
        sql = f"select {neutralised_sql('text')} from (select unnest($1::varchar[]) as text)"
        assert [t for (t,) in engine.execute(sql, [texts]).fetchall()] == list(
            map(neutralised, texts)
        )


@given(odd)
def test_neutralising_is_undone_and_touches_nothing_else(text: str) -> None:
    assert original(neutralised(text)) == text
    assert not neutralised(text).startswith(DANGEROUS)
    assert (neutralised(text) == text) == (BEGINS.match(text) is None)


def test_a_text_longer_than_a_cell_is_cut_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with duckdb.connect() as engine, ExcelFile(path, tmp_path) as book:
        engine.execute("create table texts (number bigint, text varchar)")
        texts = [
            "字" * CELL_CHARACTERS,
            "字" * (CELL_CHARACTERS + 1),
            "𠮷" * (CELL_CHARACTERS // 2 + 1),
        ]
        engine.executemany("insert into texts values (?, ?)", list(enumerate(texts)))
        book.add(engine, TEXTS, SELECTION)
    assert book.cut == 2
    whole, cut, pairs = (row["text"] for row in read_sheet(path, "texts"))
    assert whole == texts[0]
    assert (len(cut), cut[-2:]) == (CELL_CHARACTERS, "字…")
    assert pairs == "𠮷" * (CELL_CHARACTERS // 2) + "…"
