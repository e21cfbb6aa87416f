"""The platform's files have the columns and types the contract, and the application, state."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.core.contracts import load_contracts
from orchestration.sources.prism.sample import Prism
from orchestration.tests.sample import prism_oracle as oracle
from orchestration.tests.sample.conftest import Sample

ARROW = {
    "uuid": pa.string(), "varchar": pa.string(), "json": pa.string(), "bigint": pa.int64(),
    "double precision": pa.float64(), "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}  # fmt: skip
TABLE = r"create table if not exists (\w+) \((.*?)\n\)"


@pytest.mark.parametrize("stream", sorted(oracle.CONTRACT))
def test_every_file_has_the_contract_s_columns(faulty: Sample, stream: str) -> None:
    contract = load_contracts()["prism", stream]
    files = list(oracle.files_of(faulty.landing, stream))
    assert files
    for path in files:
        parquet = pq.ParquetFile(path)
        assert parquet.schema_arrow.names == [c.name for c in contract.columns]
        assert parquet.schema_arrow.types == [ARROW[c.data_type] for c in contract.columns]
        assert parquet.metadata.row_group(0).column(0).compression == "ZSTD"


def test_only_streams_of_the_contract_are_written(faulty: Sample) -> None:
    written = {path.name for path in (faulty.landing / "prism").iterdir()}
    known = {stream for source, stream in load_contracts() if source == "prism"}
    assert written == known - {"schema_drift"}


@pytest.mark.parametrize("stream", sorted(oracle.CONTRACT))
def test_every_valid_row_fits_the_contract(faulty: Sample, stream: str) -> None:
    missing = {f["id"] for f in faulty.faults if f["fault"] == "missing_required"}
    bad = [r for _, _, r in faulty.readings[stream].delivered if not oracle.is_valid(stream, r)]
    assert {r["id"] for r in bad} <= missing
    required = [c.name for c in load_contracts()["prism", stream].columns if c.required]
    assert all(any(r[name] is None for name in required) for r in bad)


def test_the_contract_has_the_application_s_columns() -> None:
    text = Prism.application_sql.read_text("utf-8")
    for table, body in re.findall(TABLE, text, re.DOTALL):
        names = re.findall(r"^    (?!primary key)(\w+) ", body, flags=re.MULTILINE)
        assert names == [c.name for c in load_contracts()["prism", table].columns]


def test_numbers_have_no_more_decimals_than_the_application_keeps(faulty: Sample) -> None:
    text = Prism.application_sql.read_text("utf-8")
    checked = 0
    for table, body in re.findall(TABLE, text, re.DOTALL):
        rows = [r for _, _, r in faulty.readings[table].delivered]
        for name, places in re.findall(r"^    (\w+) numeric\(\d+, (\d)\)", body, re.MULTILINE):
            values = [r[name] for r in rows if r[name] is not None]
            assert values
            assert all(value == round(value, int(places)) for value in values)
            checked += 1
    assert checked == 9
