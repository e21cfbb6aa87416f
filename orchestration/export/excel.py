"""Write Excel workbooks row by row, so that memory does not grow with the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from orchestration.core.files import working_folder
from orchestration.export.formats import Format, select, unwritten
from orchestration.export.marts import Column, Relation
from orchestration.export.source import Selection

# Excel's limits: rows of a sheet including its header, characters of a cell and of a sheet's name.
SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
NAME_CHARACTERS = 31
# A cell holds numbers as doubles and shows at most this many significant digits.
DIGITS = 15
# Excel has no days before 1900 and counts 1900 as a leap year, so earlier days are written as text.
FIRST_DAY = date(1900, 3, 1)
BATCH_ROWS = 10_000
ABOUT = "About"

Write = Callable[[Worksheet, int, int, Any], object]


class ExcelFile:
    """A workbook with a sheet for each table and one that explains them.

    `cut` counts the texts that were shortened to fit a cell.
    """

    def __init__(self, path: Path, scratch: Path, sheet_rows: int = SHEET_ROWS) -> None:
        """Open a workbook for writing.

        Args:
            path: the file to write.
            scratch: where a temporary folder for unfinished sheets is made.
            sheet_rows: most rows of a sheet, including its header.
        """
        self.cut = 0
        self._path = path
        self._rows = sheet_rows - 1
        self._gathered = working_folder(scratch, "excel")
        # With constant_memory the library keeps one row in memory; rows must come in order.
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "tmpdir": self._gathered.name}
        )
        # A sheet's XML may exceed the 4 GiB that plain ZIP can hold.
        self._book.use_zip64()
        self._bold = self._book.add_format({"bold": True})
        self._wrap = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = self._book.add_format({"num_format": 'yyyy-mm-dd hh:mm:ss.000" UTC"'})
        # Added first to be the first sheet; filled last, when the rows of the others are known.
        self._about = self._book.add_worksheet(ABOUT)

    def __enter__(self) -> ExcelFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._gathered:
            if kind is not None:
                # Half a workbook is useless: mark it as closed, so that nothing saves it.
                self._book.fileclosed = True
                return
            try:
                self._book.close()
            except (OSError, XlsxFileError) as failed:
                raise unwritten(self._path, failed) from None

    def add(
        self, engine: duckdb.DuckDBPyConnection, relation: Relation, selection: Selection
    ) -> tuple[int, list[str]]:
        """Write a table; return its number of rows and the names of its sheets.

        Raises:
            ExportError: the rows cannot be read.
        """
        writers = [self._writer(column) for column in relation.columns]
        sheets: list[str] = []
        sheet, line, rows = self._sheet(relation, sheets), 0, 0
        try:
            for row in _rows(engine, relation.columns, selection):
                if line == self._rows:
                    sheet, line = self._sheet(relation, sheets), 0
                line += 1
                rows += 1
                for i, value in enumerate(row):
                    if value is not None:
                        writers[i](sheet, line, i, value)
        except duckdb.Error as error:
            raise unwritten(self._path, error) from None
        return rows, sheets

    def explain(self, facts: Sequence[tuple[str, str]], relations: Sequence[Relation]) -> None:
        """Fill the first sheet: facts about the export, then a description of every column."""
        sheet = self._about
        sheet.set_column(0, 1, 28)
        sheet.set_column(2, 3, 16)
        sheet.set_column(4, 4, 90, self._wrap)
        line = 0
        for name, value in facts:
            sheet.write_string(line, 0, name, self._bold)
            sheet.write_string(line, 1, value)
            line += 1
        line += 1
        for i, head in enumerate(("table", "column", "type", "class", "description")):
            sheet.write_string(line, i, head, self._bold)
        for relation in relations:
            for c in relation.columns:
                line += 1
                texts = (relation.name, c.name, c.data_type, c.data_class, c.description)
                for i, text in enumerate(texts):
                    sheet.write_string(line, i, text)

    def _sheet(self, relation: Relation, sheets: list[str]) -> Worksheet:
        name = sheet_name(relation.name, len(sheets) + 1)
        sheets.append(name)
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for i, column in enumerate(relation.columns):
            wide = {"uuid": 38, "timestamp": 30, "date": 12}.get(column.data_type, 0)
            sheet.set_column(i, i, max(wide, len(column.name) + 2))
            sheet.write_string(0, i, column.name, self._bold)
        return sheet

    def _writer(self, column: Column) -> Write:
        match column.data_type:
            case "boolean":
                return _boolean
            case "date":
                return _moment(self._day)
            case "timestamp":
                return _moment(self._time)
            case "varchar" | "uuid":
                return self._text
        return _number

    def _text(self, sheet: Worksheet, line: int, column: int, value: str) -> None:
        # A character takes one or two UTF-16 units: only texts longer than half the limit can
        # exceed it.
        if len(value) > CELL_CHARACTERS // 2:
            # Excel would call a longer cell damaged, and the library would leave it empty.
            short = _first(value, CELL_CHARACTERS)
            self.cut += short is not value
            value = short
        if "\ufffe" in value or "\uffff" in value:
            # XML cannot hold these two noncharacters.
            value = value.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
        sheet.write_string(line, column, value)


def _first(text: str, limit: int) -> str:
    """Return the text, cut to `limit` UTF-16 units (as Excel counts) with a final ellipsis."""
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * limit:
        return text
    return encoded[: 2 * (limit - 1)].decode("utf-16-le", errors="ignore") + "…"


def sheet_name(table: str, number: int) -> str:
    """Return the name of a table's sheet; from the second on, the sheet's number is added."""
    suffix = "" if number == 1 else f" ({number})"
    return table[: NAME_CHARACTERS - len(suffix)] + suffix


def _rows(
    engine: duckdb.DuckDBPyConnection, columns: Sequence[Column], selection: Selection
) -> Iterator[tuple[Any, ...]]:
    result = engine.execute(select(columns, Format.XLSX, selection), dict(selection.parameters))
    while rows := result.fetchmany(BATCH_ROWS):
        yield from rows


def _boolean(sheet: Worksheet, line: int, column: int, value: bool) -> None:
    sheet.write_boolean(line, column, value)


def _number(sheet: Worksheet, line: int, column: int, value: int | float | Decimal) -> None:
    """Write a number, or its digits as text if a cell cannot hold them all."""
    if isinstance(value, Decimal):
        exact = len(value.normalize().as_tuple().digits) <= DIGITS
    else:
        exact = isinstance(value, float) or abs(value) < 10**DIGITS
    if exact:
        sheet.write_number(line, column, value)
    else:
        sheet.write_string(line, column, str(value))


def _moment(cell: CellFormat) -> Write:
    def write(sheet: Worksheet, line: int, column: int, value: date) -> None:
        day = value.date() if isinstance(value, datetime) else value
        if day >= FIRST_DAY:
            sheet.write_datetime(line, column, value, cell)
        else:
            sheet.write_string(line, column, value.isoformat())

    return write
