"""Export a report: write the rows of its marts in a period to one file."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from orchestration.core.errors import NothingPublished, WrongRequest
from orchestration.core.files import working_folder
from orchestration.core.period import Period
from orchestration.core.settings import Settings
from orchestration.export.errors import NoRows
from orchestration.export.excel import SHEET_ROWS, ExcelFile
from orchestration.export.formats import Format, write_file
from orchestration.export.kept import Finished
from orchestration.export.manifest import (
    Facts,
    Written,
    account,
    described,
    manifest_of,
    manifest_path,
    now,
)
from orchestration.export.marts import Relation, mart, project_manifest
from orchestration.export.period import Asked, whole
from orchestration.export.place import Describe, Target
from orchestration.export.source import Published, open_published
from orchestration.policies.reports import Report, Table, registry, retention_days

ARCHIVE = ".zip"


@dataclass(frozen=True)
class Request:
    """What is asked for. Without a path, the export goes to `<home>/exports`."""

    report: str
    form: Format | None = None
    path: Path | None = None
    asked: Asked = field(default_factory=Asked)
    table: str | None = None
    force: bool = False
    sheet_rows: int = SHEET_ROWS


@dataclass(frozen=True)
class Exported:
    """A finished export. Times are UTC, without zone."""

    path: Path
    manifest: Path
    export_id: str
    report: str
    format: str
    first_day: date
    last_day: date
    rows: int
    size_bytes: int
    sha256: str
    expires_at: datetime
    texts_cut: int = 0
    later_rows: int = 0
    last_delivery: date | None = None

    @property
    def summary(self) -> str:
        """One to three lines for a person to read."""
        cut = (
            f"\n{self.texts_cut:,} texts were longer than an Excel cell holds and are cut: csv, "
            f"json and parquet hold them whole"
        )
        later = (
            f"\n{self.later_rows:,} rows of days after {self.last_delivery}, the last delivery, "
            f"are left out: governance.rule_violations lists them, --from and --to include them"
        )
        return (
            f"{self.path}: {self.rows:,} rows from {self.first_day} to {self.last_day}, "
            f"{self.size_bytes:,} bytes, to be removed by {self.expires_at.date()}"
            f"{cut if self.texts_cut else ''}{later if self.later_rows else ''}"
        )


def export(settings: Settings, request: Request) -> Exported:
    """Write an export and its manifest, and record it in `governance.export_log`.

    Raises:
        WrongRequest: the report or table is unknown, or the file's suffix does not fit the format.
        NothingPublished: nothing is published yet, or the report's marts are not.
        NoRows: the period holds no rows; nothing is written.
        ColumnRefused: a column must not be exported.
        ExportError: the file exists and may not be replaced, or it cannot be written.
        ConfigurationError: there is no pseudonymisation key.
        WarehouseError: the published marts cannot be read.
    """
    report = registry().report(request.report)
    if request.table:
        report = report.only(request.table)
    form = request.form or _form_of(request.path)
    suffix = _suffix(report, form)
    if request.path:
        _check_name(report, form, request.path)
        Target(request.path, request.force).check()
    exported_by = account(settings)
    manifest = project_manifest(settings)
    with open_published(settings) as published:
        relations = [_served(published, mart(manifest, table.mart)) for table in report.tables]
        period, later = _period(published, report, relations, request.asked)
        # The default name holds the period, so it is known, and can be checked, only now.
        path = request.path or _default(settings, report, request.table, period, suffix)
        target = Target(path, request.force)
        target.check()
        started = now()
        facts = Facts(
            str(uuid.uuid4()),
            report.name,
            form.value,
            period,
            exported_by,
            started,
            started + timedelta(days=retention_days()),
            published.published_at,
        )
        job = _Job(settings, published, report.tables, relations, facts, form, request.sheet_rows)
        finished, cut = target.put(settings, facts, job.write), job.texts_cut
    return exported(path, facts, finished, cut, later, published.last_delivery)


def exported(
    path: Path,
    facts: Facts,
    finished: Finished,
    texts_cut: int = 0,
    later_rows: int = 0,
    last_delivery: date | None = None,
) -> Exported:
    """Return the result of a finished export."""
    return Exported(
        path=path,
        manifest=manifest_path(path),
        export_id=facts.export_id,
        report=facts.report,
        format=facts.format,
        first_day=facts.period.first_day,
        last_day=facts.period.last_day,
        rows=finished.rows,
        size_bytes=finished.size_bytes,
        sha256=finished.sha256,
        expires_at=facts.expires_at,
        texts_cut=texts_cut,
        later_rows=later_rows,
        last_delivery=last_delivery,
    )


@dataclass
class _Job:
    """Writes one export, after all checks that need no rows have passed."""

    settings: Settings
    published: Published
    tables: Sequence[Table]
    relations: Sequence[Relation]
    facts: Facts
    form: Format
    sheet_rows: int
    texts_cut: int = 0

    def write(self, path: Path) -> Describe:
        """Write the file; return the function that makes its manifest.

        Raises:
            NoRows: no table has a row in the period.
        """
        if self.form is Format.XLSX:
            tables = self._workbook(path)
        elif len(self.relations) == 1:
            tables = [self._table(self.tables[0], self.relations[0], path)]
        else:
            tables = self._archive(path)
        if not any(table.rows for table in tables):
            period = self.facts.period
            raise NoRows(
                f"no rows of {self.facts.report} from {period.first_day} to {period.last_day}"
            )
        return lambda file: manifest_of(self.facts, self.form, tables, file, self.texts_cut)

    def _table(self, table: Table, relation: Relation, path: Path) -> Written:
        selection = self.published.rows(relation, table.day, self.facts.period)
        rows = write_file(self.published.engine, relation.columns, selection, self.form, path)
        return Written(relation, table.day, rows)

    def _archive(self, path: Path) -> list[Written]:
        found = []
        with (
            working_folder(self.settings.scratch, "export") as folder,
            archive(path) as file,
        ):
            for table, relation in zip(self.tables, self.relations, strict=True):
                name = relation.name + self.form.suffixes[0]
                member = Path(folder) / name
                written = self._table(table, relation, member)
                sha256 = described(member)["sha256"]
                # Parquet is compressed already.
                add(file, member, name, compress=self.form is not Format.PARQUET)
                found.append(Written(relation, table.day, written.rows, name, (), sha256))
        return found

    def _workbook(self, path: Path) -> list[Written]:
        found = []
        with ExcelFile(path, self.settings.scratch, self.sheet_rows) as book:
            for table, relation in zip(self.tables, self.relations, strict=True):
                selection = self.published.rows(relation, table.day, self.facts.period)
                rows, sheets = book.add(self.published.engine, relation, selection)
                found.append(Written(relation, table.day, rows, sheets=sheets))
            period = self.facts.period
            known = self.facts.as_dict()
            facts = {name: str(known[name]) for name in ABOUT_FACTS}
            facts |= {"first_day": str(period.first_day), "last_day": str(period.last_day)}
            facts |= {f"rows of {t.relation.name}": f"{t.rows:,}" for t in found}
            book.explain(list(facts.items()), self.relations)
        self.texts_cut = book.cut
        return found


ABOUT_FACTS = ("report", "time_zone", "exported_at", "published_at", "expires_at", "export_id")


@contextmanager
def archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP archive for writing, overwriting `path`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as file:
        yield file


def add(file: zipfile.ZipFile, member: Path, name: str, *, compress: bool = True) -> None:
    """Move a file into an archive in blocks, so that memory does not grow with its size."""
    file.write(member, name, zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED)
    member.unlink()


def _served(published: Published, relation: Relation) -> Relation:
    names = published.columns(relation)
    if not names:
        raise NothingPublished(
            f"{relation.schema}.{relation.name} is not published: run `granary build` and "
            f"`granary publish`"
        )
    return relation.served(names)


def _period(
    published: Published, report: Report, relations: Sequence[Relation], asked: Asked
) -> tuple[Period, int]:
    """Return the days to export, and how many rows after the last delivery are left out.

    Unless a last day is stated, it is the last day with data that is not after the last delivery.
    """
    days = whole(
        published.days(relation, table.day)
        for table, relation in zip(report.tables, relations, strict=True)
    )
    if days is None:
        raise NoRows(f"{report.name} has no rows: nothing is written")
    period = asked.period(days.end)
    if period.last_day < days.first or period.first_day > days.last:
        raise NoRows(
            f"no rows of {report.name} from {period.first_day} to {period.last_day}: the first day "
            f"with rows is {days.first}, the last {days.end}"
        )
    return period, 0 if asked.last_day or days.last_known is None else days.later


def _form_of(path: Path | None) -> Format:
    """Return the format that a file's suffix implies, or CSV if it implies none."""
    suffix = path.suffix.lower() if path else ""
    return next((form for form in Format if suffix in form.suffixes), Format.CSV)


def _suffix(report: Report, form: Format) -> str:
    several = len(report.tables) > 1 and form is not Format.XLSX
    return ARCHIVE if several else form.suffixes[0]


def _check_name(report: Report, form: Format, path: Path) -> None:
    suffix = path.suffix.lower()
    if _suffix(report, form) == ARCHIVE:
        if suffix != ARCHIVE:
            held = ", ".join(table.mart for table in report.tables)
            raise WrongRequest(
                f"{report.name} holds {len(report.tables)} tables ({held}): as {form} they are "
                f"files of one archive, so name a .zip, use --format xlsx, or choose one --table"
            )
        return
    if suffix not in ("", *form.suffixes):
        raise WrongRequest(
            f"--out {path.name} does not name a file of format {form}: end it in {form.suffixes[0]}"
        )


def _default(
    settings: Settings, report: Report, table: str | None, period: Period, suffix: str
) -> Path:
    settings.exports.mkdir(parents=True, exist_ok=True)
    name = f"{report.name}-{table}" if table else report.name
    return settings.exports / f"{name}-{period.first_day}-{period.last_day}{suffix}"
