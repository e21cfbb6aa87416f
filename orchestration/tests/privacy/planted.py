"""Personal data and credentials made at run time, put into landed files, and looked for by value.

What is looked for are the values themselves and their folded forms, never patterns.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration.core.contracts import load_contracts
from orchestration.core.located import read_yaml
from orchestration.core.settings import PROJECT_DIR
from orchestration.sample.personal import luhn_digit
from orchestration.tests.privacy import made_secrets as made
from orchestration.tests.privacy.test_numbers_of_accounts import fours, iban, my_number

BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-‐–−ー.()/・]+(?=\d)")
WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
NO_BREAK = "\u00a0"
# What the warehouse may hold: rows as they came.
RAW = {"raw"}


def values(random: Random) -> dict[str, list[tuple[str, str]]]:
    """By type: the text to plant, and the value in it."""

    def digits(count: int) -> str:
        return made.some(random, "123456789", count)

    word = made.some(random, "abcdefghijkm", 9)
    number, account = my_number(random), iban(random, "DE")
    secrets = {name: make(random) for name, make in made.SHAPED.items()}
    secret = made.password(random)
    card, amex = (with_luhn(f"{first}{digits(count)}") for first, count in (("4", 14), ("37", 12)))
    in_groups = f"{amex[:4]} {amex[4:10]} {amex[10:]}"
    phone, abroad = f"090-{digits(4)}-{digits(4)}", f"(212) 555-{digits(4)}"
    ssn = f"212-{digits(2)}-7{digits(3)}"
    ip = f"198.51.100.{random.randint(100, 254)}"
    day = f"19{random.randint(60, 89)}-0{random.randint(1, 9)}-{random.randint(10, 28)}"
    era = f"昭和{random.randint(40, 60)}年{random.randint(1, 9)}月{random.randint(10, 28)}日"
    street = f"{digits(4)} {word.title()} Street"
    house = f"神宮前{digits(1)}丁目{digits(2)}番{digits(1)}号"
    return {
        "email": [
            (f"mail {word}@example.com now", f"{word}@example.com"),
            (f"メールは{word.upper()}@EXAMPLE.COMです", f"{word}@example.com"),
            (f"（{word}＠example.com）", f"{word}@example.com"),
            (f"to={word}%40example.com&x", f"{word}%40example.com"),
        ],
        "ssn": [
            (f"my SSN is {ssn}", ssn), (f"({ssn})", ssn), (f"（{ssn.translate(WIDE)}）", ssn),
            (f"SSN {ssn.replace('-', '‑')}", ssn),
        ],
        "phone": [
            (f"call {phone}.", phone), (f"電話は{phone}です", phone), (f"（{phone}）", phone),
            (f"TEL{phone.translate(WIDE)}まで", phone), (f"call {abroad}", abroad),
        ],
        "credit_card": [
            (f"card {card} ok", card), (f"カード{fours(card, '-')}で", card), (f"({card})", card),
            (f"（{card.translate(WIDE)}）", card), (f"card {fours(card, NO_BREAK)} ok", card),
            (f"paid with {in_groups}", amex),
        ],
        "ip_address": [(f"from {ip} again", ip), (f"({ip})", ip)],
        "date_of_birth": [
            (f"born on {day}.", day), (f"date_of_birth: {day}T00:00:00Z", day), (f"{era}生", era),
        ],
        "address": [
            (f"I live at {street}, Springfield", street),
            (f"〒150-0001 東京都渋谷区{house}", house),
        ],
        "secret": [
            *((f"key {value} fails", value) for value in secrets.values()),
            *((f"キーは「{value}」です", value) for value in secrets.values()),
            (f"password: {secret}", secret), (f"パスワード：{secret}", secret),
        ],
        "my_number": [
            (f"マイナンバーは{number}です", number), (f"個人番号（{fours(number)}）", number),
            (f"my number {number.translate(WIDE)}", number),
        ],
        "iban": [
            (f"pay to {account} please", account), (f"({fours(account)})", account),
            (f"口座は{account.lower()}です", account),
        ],
    }  # fmt: skip


def with_luhn(number: str) -> str:
    """A number with its check digit behind it."""
    return number + luhn_digit(number)


def folded(text: str) -> str:
    """Compatibility forms and case folded, digits brought together."""
    return BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text).casefold())


class Planted:
    """The texts to plant, in turn, and a search for their values."""

    def __init__(self, seed: int) -> None:
        made_values = values(Random(seed))
        self.texts: list[tuple[str, str]] = []
        self._needles: list[tuple[str, str]] = []
        for kind, pairs in made_values.items():
            for text, value in pairs:
                self.texts.append((kind, text))
                # Of a long value what no service publishes: not its prefix, not its line ends.
                needle = folded(value)
                needle = needle if len(needle) <= 60 else needle[len(needle) // 2 :][:24]
                self._needles.append((kind, re.sub(r"\s", "", needle)))

    def kinds_in(self, text: str) -> set[str]:
        """The types of which a value stands in a text."""
        given = re.sub(r"\s", "", folded(text))
        return {kind for kind, needle in self._needles if needle in given}


def plant(landing: Path, planted: Planted) -> int:
    """Add a planted text to the texts of landed records, column by column; returns how many."""
    count = 0
    for (source, name), stream in load_contracts().items():
        columns = _texts_of(source, name, set(stream.natural_key))
        for file in sorted((landing / source / name).rglob("*.*")):
            records = _records(file)
            for record in records:
                usable = [c for c in columns if isinstance(record.get(c), str)]
                if usable:
                    column = usable[count % len(usable)]
                    record[column] += " " + planted.texts[count % len(planted.texts)][1]
                    count += 1
            _write(file, records)
    return count


def _texts_of(source: str, stream: str, keys: set[str]) -> list[str]:
    """What records call a stream's columns of text that are no identifiers."""
    folder = PROJECT_DIR / "models" / "staging" / source
    tables = read_yaml(folder / f"_{source}__sources.yml")["sources"][0]["tables"]
    [table] = [t for t in tables if t["name"] == stream]
    return [
        column["config"]["meta"].get("fields", [column["name"]])[0]
        for column in table["columns"]
        if column["data_type"] == "varchar"
        and column["name"] not in keys
        and column["config"]["meta"]["class"] not in ("identifier", "direct_identifier")
    ]


def _records(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".parquet":
        return list(pq.read_table(file).to_pylist())
    return [
        r for line in file.read_text("utf-8").splitlines() if isinstance(r := _json(line), dict)
    ]


def _json(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _write(file: Path, records: list[dict[str, Any]]) -> None:
    if file.suffix == ".parquet":
        table = pq.read_table(file)
        pq.write_table(type(table).from_pylist(records, table.schema), file)
    else:
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        file.write_text("".join(lines), "utf-8")


def texts_in(path: Path) -> Iterator[tuple[str, str]]:
    """Place and text of all a file holds, decoded."""
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as engine:
            yield from tables(engine)
    else:
        yield from _decoded(path.name, path.read_bytes())


def tables(engine: Any) -> Iterator[tuple[str, str]]:
    """Column and text of every table of a database but the raw ones."""
    columns = engine.execute(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where table_schema not in ('information_schema', 'pg_catalog')"
    ).fetchall()
    for schema, table, column in columns:
        if schema not in RAW:
            query = f'select distinct cast("{column}" as varchar) from "{schema}"."{table}"'
            for (text,) in engine.execute(query).fetchall():
                if text is not None:
                    yield f"{schema}.{table}.{column}", text


def _decoded(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(BytesIO(content)) as members:
            for member in members.namelist():
                yield from _decoded(f"{name}/{member}", members.read(member))
    elif content.startswith(b"PAR1"):
        for record in pq.read_table(BytesIO(content)).to_pylist():
            yield name, json.dumps(record, ensure_ascii=False, default=str)
    elif content.startswith(b"\x1f\x8b"):
        yield from _decoded(name, gzip.decompress(content))
    else:
        yield name, content.decode("utf-8", errors="replace")


def leaks(planted: Planted, places: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Where a value of which type stands; never the value."""
    return {(kind, place) for place, text in places for kind in planted.kinds_in(text)}
