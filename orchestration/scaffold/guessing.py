"""What a sample's fields seem to be: type, whether required, class, and which make the key.

All of it is a guess, told with its reason. Where in doubt a field counts as personal: a class that
is too strict costs a column, one that is too loose a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from orchestration.core.contract_faults import IDENTIFIER, LONGEST_NAME, TAKEN
from orchestration.scaffold.reading import Record

UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
TIME_TEXT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}:?\d{2}))?"
)
DATE_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}")
PHONE = re.compile(r"(?:\+|0)[\d ()-]{8,17}\d")
# Words of a field's name that say that it names a person, and the domain of its pseudonym.
PERSONAL = {
    "email": "email", "mail": "email",
    "ip": "ip_address",
    "session": "session", "device": "session", "visitor": "session", "cookie": "session",
    "user": "user", "customer": "user", "member": "user", "person": "user", "account": "user",
    "student": "user", "learner": "user", "employee": "user", "patient": "user", "author": "user",
    "owner": "user", "agent": "user", "requester": "user", "assignee": "user", "client": "user",
}  # fmt: skip
BORN = {"birth", "birthday", "dob"}
# Words of what is not even hashed, but stays behind in raw.
LEFT_BEHIND = BORN | {
    "name", "firstname", "lastname", "surname", "fullname", "username", "nickname", "login",
    "phone", "mobile", "telephone", "tel", "fax", "address", "street", "postcode", "zip",
    "passport", "ssn", "iban", "card", "password", "token", "secret", "latitude", "longitude",
}  # fmt: skip
# How the name of a person's id ends; user_count is none.
OF_A_PERSON = ("id", "key", "uuid", "number")
FREE = {
    "text", "comment", "comments", "message", "note", "notes", "query", "content", "body", "title",
    "subject", "question", "answer", "feedback", "reason", "description", "summary", "prompt",
    "response", "url", "path", "filename",
}  # fmt: skip
LONG_TEXT = 32
FIRST_TIMES = ("created_at", "occurred_at", "timestamp", "time", "event_time", "started_at", "date")


@dataclass(frozen=True)
class Field:
    """A field of a stream, as it seems to be.

    Attributes:
        domain: of its pseudonym, where it is an identifier that is hashed.
        why: what the guess rests on.
    """

    name: str
    data_type: str
    required: bool
    data_class: str
    domain: str | None
    why: str

    @property
    def is_staged(self) -> bool:
        """Whether it reaches a mart: as it is, redacted, or as a pseudonym."""
        if self.data_class == "identifier":
            return self.domain is not None
        return self.data_class != "free_text"


@dataclass(frozen=True)
class Guess:
    """A stream, as it seems to be.

    Attributes:
        key: the natural key; the event's time is its last column.
        version: the column that tells the latest state, if there is one.
        doubts: what a person should know beyond the comments in the files.
    """

    fields: tuple[Field, ...]
    key: tuple[str, ...]
    event_time: str
    version: str | None
    doubts: tuple[str, ...]


def guess(stream: str, records: Sequence[Record]) -> Guess | str:
    """What the records seem to be, or why no stream can be made of them."""
    doubts = []
    columns: dict[str, list[Any]] = {}
    for name in dict.fromkeys(name for record in records for name in record):
        if not IDENTIFIER.fullmatch(name) or name in TAKEN or len(name) > LONGEST_NAME:
            doubts.append(f"field {name!r} cannot be a column: it is kept in _extra")
        else:
            columns[name] = [record.get(name) for record in records]
    fields = tuple(_field(name, values) for name, values in columns.items())
    times = [f.name for f in fields if f.data_type == "timestamp" and f.required]
    if not times:
        return "no field is a time that every record has: a stream needs one for its days"
    event_time = next(
        (name for name in FIRST_TIMES if name in times),
        next((name for name in times if name != "updated_at"), times[0]),
    )
    version = "updated_at" if "updated_at" in times and event_time != "updated_at" else None
    key = _key(stream, fields, columns, event_time)
    # Without a version, two records of one key are one that was delivered twice.
    keys = {tuple(str(columns[name][row]) for name in key) for row in range(len(records))}
    if len(keys) < len(records) and version is None:
        doubts.append(
            f"{len(records) - len(keys):,} of {len(records):,} records share their natural_key "
            "with another: of each key only the latest delivery stays"
        )
    return Guess(fields, key, event_time, version, tuple(doubts))


def _key(
    stream: str, fields: Sequence[Field], columns: dict[str, list[Any]], event_time: str
) -> tuple[str, ...]:
    """The id of the record with its time, else all ids, else all required fields."""
    known = {f.name for f in fields if f.required and f.is_staged and f.name != event_time}
    for name in ("id", f"{noun_of(stream)}_id", f"{stream}_id", "uuid"):
        if name in known:
            return name, event_time
    ids = [name for name in columns if name in known and name.endswith(("_id", "_key"))]
    for name in ids:
        if len(set(map(str, columns[name]))) == len(columns[name]):
            return name, event_time
    vague = ("json", "double precision")
    usable = [f.name for f in fields if f.name in known and f.data_type not in vague]
    return (*(ids or usable), event_time)


def noun_of(stream: str) -> str:
    """One of them: `visit` of `visits`."""
    if stream.endswith("ies"):
        return f"{stream[:-3]}y"
    return stream[:-1] if stream.endswith("s") and not stream.endswith("ss") else stream


def _field(name: str, values: Sequence[Any]) -> Field:
    given = [value for value in values if value is not None and value != ""]
    required = len(given) == len(values)
    data_type = _type(given)
    data_class, domain, why = _class(name, data_type, given)
    missing = "" if required else f", missing in {len(values) - len(given):,} of {len(values):,}"
    return Field(name, data_type, required, data_class, domain, why + missing)


def _type(given: Sequence[Any]) -> str:
    kinds = {_kind(value) for value in given}
    if kinds <= {"bigint", "double precision"} and kinds:
        return "bigint" if kinds == {"bigint"} else "double precision"
    if kinds <= {"date", "timestamp"} and kinds:
        return "date" if kinds == {"date"} else "timestamp"
    return kinds.pop() if len(kinds) == 1 else "varchar"


def _kind(value: Any) -> str:  # noqa: PLR0911 (a table of types)
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "bigint" if abs(value) < 1 << 63 else "varchar"
    if isinstance(value, float | Decimal):
        return "double precision"
    if isinstance(value, datetime):
        return "timestamp"
    if isinstance(value, date):
        return "date"
    if isinstance(value, UUID):
        return "uuid"
    if isinstance(value, list | dict):
        return "json"
    return _kind_of_text(str(value))


def _kind_of_text(text: str) -> str:
    for pattern, kind in (
        (UUID_TEXT, "uuid"),
        (TIME_TEXT, "timestamp"),
        (DATE_TEXT, "date"),
        (re.compile(r"true|false", re.IGNORECASE), "boolean"),
        # A number that begins with 0 or + is a name, as of a telephone.
        (re.compile(r"-?(0|[1-9]\d{0,17})"), "bigint"),
        (re.compile(r"-?(0|[1-9]\d*)\.\d+([eE][+-]?\d+)?"), "double precision"),
    ):
        if pattern.fullmatch(text):
            return kind
    return "varchar"


def _class(name: str, data_type: str, given: Sequence[Any]) -> tuple[str, str | None, str]:
    """Class, domain of the pseudonym, and why."""
    words = name.split("_")
    texts = [value.strip() for value in given if isinstance(value, str)]
    return (
        (data_type == "varchar" and _personal_value(texts))
        or _personal_name(words, data_type)
        or _harmless(words, data_type, texts)
    )


def _personal_value(texts: Sequence[str]) -> tuple[str, str | None, str] | None:
    for pattern, domain, what in (
        (EMAIL, "email", "an e-mail address"),
        (ADDRESS, "ip_address", "the address of a computer"),
        (PHONE, None, "a telephone number"),
    ):
        if any(pattern.fullmatch(text) for text in texts):
            return "identifier", domain, f"a value looks like {what}"
    return None


def _personal_name(words: Sequence[str], data_type: str) -> tuple[str, str | None, str] | None:
    *before, last = words
    named = next((word for word in words if word in PERSONAL), None)
    is_id = data_type in ("varchar", "uuid", "bigint") and last in OF_A_PERSON
    is_text = data_type == "varchar" and (last in ("address", named) or not before)
    if named and (is_id or is_text):
        return "identifier", PERSONAL[named], f"its name speaks of a person ({named})"
    # When somebody logged in is no login; when somebody was born is a name almost.
    telling = BORN if data_type in ("boolean", "timestamp") else LEFT_BEHIND
    if left := next((word for word in words if word in telling), None):
        return "identifier", None, f"its name speaks of a person ({left})"
    return None


def _harmless(
    words: Sequence[str], data_type: str, texts: Sequence[str]
) -> tuple[str, str | None, str]:
    if data_type == "json":
        return "free_text", None, "it is nested"
    if words[-1] in ("id", "key", "uuid") or data_type == "uuid":
        return "business", None, "it names a thing"
    if data_type == "varchar":
        longest = max(map(len, texts), default=0)
        if longest > LONG_TEXT or FREE & set(words) or len(set(texts)) * 2 > len(texts):
            return "free_text", None, "it is written freely"
        return "behavioural", None, "short texts that repeat"
    if data_type in ("timestamp", "date"):
        return "behavioural", None, "a time"
    return "operational", None, "a figure"
