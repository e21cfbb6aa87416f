"""Turn OTLP JSON, as OpenTelemetry's collectors write it, into one JSON object a span.

A line is a request with many spans. A span's own fields get the names of OTLP's protocol, its
attributes their own, so that it reads as a line that an application has written by itself. What is
no such request stays as it is: the contract says what is wrong with it.

Seen in the field: names in camelCase and in snake_case; ids in hexadecimal (OTLP JSON) and base64
(plain protobuf JSON); enumerations as numbers and as names; whole numbers as numbers and as texts.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from orchestration.ingest.chunks import LONGEST_LINE_BYTES, FileDigest, FileFailure, numbered

SPANS_A_CHUNK = 20_000
HEXADECIMAL = re.compile("[0-9a-fA-F]+")
# Length of an id in hexadecimal digits, by its length in base64.
ID_DIGITS = {24: 32, 12: 16}
KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUSES = ("UNSET", "OK", "ERROR")
_Object = dict[str, Any]


def otlp_chunks(stream: io.RawIOBase, digest: FileDigest) -> Iterator[pa.Table]:
    """Yield the spans of a file in chunks, numbered from 1 in the order of the file.

    Raises:
        FileFailure: a line is too long.
    """
    texts: list[str] = []
    faults: list[str | None] = []
    for line in _lines(stream):
        try:
            found, fault = list(_records(line.decode("utf-8"))), None
        except UnicodeDecodeError:
            found, fault = [line.decode("utf-8", "backslashreplace")], "not UTF-8"
        texts += found
        faults += [fault] * len(found)
        if len(texts) >= SPANS_A_CHUNK:
            yield _chunk(texts, faults, digest)
            texts, faults = [], []
    if texts:
        yield _chunk(texts, faults, digest)


def _lines(stream: io.RawIOBase) -> Iterator[bytes]:
    reader = io.BufferedReader(stream, 1 << 20)
    first = True
    while line := reader.readline(LONGEST_LINE_BYTES + 1):
        if len(line) > LONGEST_LINE_BYTES:
            raise FileFailure(f"holds a line longer than {LONGEST_LINE_BYTES >> 20} MiB")
        yield line.removeprefix(b"\xef\xbb\xbf") if first else line
        first = False


def _chunk(texts: list[str], faults: list[str | None], digest: FileDigest) -> pa.Table:
    lines = range(digest.line_count + 1, digest.line_count + 1 + len(texts))
    digest.line_count += len(texts)
    # A lone surrogate has no UTF-8.
    safe = [t.encode("utf-8", "backslashreplace").decode("utf-8") for t in texts]
    return numbered(list(lines), pa.array(safe, pa.string()), pa.array(faults, pa.string()))


def _records(line: str) -> Iterator[str]:
    """The spans of a request as JSON; the line itself where it is none."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    batches = _get(request, "resource_spans")
    if not isinstance(batches, list):
        yield line
        return
    for batch in batches:
        resource = _attributes(_get(_get(batch, "resource"), "attributes"))
        for scoped in _list(_get(batch, "scope_spans")):
            scope = _get(scoped, "scope")
            for span in _list(_get(scoped, "spans")):
                found = _span(span, resource, scope) if isinstance(span, dict) else span
                yield json.dumps(found, ensure_ascii=False)


def _span(span: _Object, resource: _Object, scope: object) -> _Object:
    """A span as one object: what OTLP knows of it, then its attributes, then its resource's."""
    status = _get(span, "status")
    own = {_snake(k): v for k, v in span.items() if k not in ("attributes", "status")}
    own |= {name: _hexadecimal(own.get(name)) for name in ("trace_id", "span_id", "parent_span_id")}
    own["kind"] = _named(own.get("kind"), "SPAN_KIND_", KINDS)
    own["start_time"] = _time(own.pop("start_time_unix_nano", None))
    own["end_time"] = _time(own.pop("end_time_unix_nano", None))
    own["status_code"] = _named(_get(status, "code"), "STATUS_CODE_", STATUSES)
    own["status_message"] = _get(status, "message")
    own["events"] = [_event(event) for event in _list(own.get("events"))]
    own["otel.scope.name"], own["otel.scope.version"] = _get(scope, "name"), _get(scope, "version")
    found = {name: value for name, value in own.items() if value not in (None, "", [])}
    for kind, attributes in (("attribute", _attributes(span.get("attributes"))),
                             ("resource", resource)):  # fmt: skip
        for name, value in attributes.items():
            found[name if name not in found else f"{kind}.{name}"] = value
    return found


def _event(event: object) -> object:
    if not isinstance(event, dict):
        return event
    time = _time(_get(event, "time_unix_nano"))
    return {"name": event.get("name"), "time": time, **_attributes(event.get("attributes"))}


def _attributes(pairs: object) -> _Object:
    """Attributes by name; of a name that is there twice the first counts."""
    found: _Object = {}
    for pair in _list(pairs):
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            found.setdefault(pair["key"], _value(pair.get("value")))
    return found


def _value(value: object) -> object:
    """The value in OTLP's AnyValue."""
    if not isinstance(value, dict) or len(value) != 1:
        return None if value == {} else value
    [(kind, held)] = value.items()
    match _snake(kind):
        case "int_value" if isinstance(held, str) and re.fullmatch(r"-?\d+", held):
            return int(held)
        case "array_value":
            return [_value(item) for item in _list(_get(held, "values"))]
        case "kvlist_value":
            return _attributes(_get(held, "values"))
        case "string_value" | "int_value" | "double_value" | "bool_value" | "bytes_value":
            return held
    return value


def _get(entry: object, name: str) -> Any:
    """A field of an object, whose name may be written in camelCase; None where there is none."""
    if not isinstance(entry, Mapping):
        return None
    head, *rest = name.split("_")
    return entry.get(name, entry.get(head + "".join(map(str.capitalize, rest))))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _snake(name: str) -> str:
    return re.sub("(?<=[a-z])[A-Z]", lambda found: "_" + found[0].lower(), name)


def _hexadecimal(given: object) -> object:
    """An id in hexadecimal digits; as it is, where it is written in neither way."""
    if not isinstance(given, str) or given == "":
        return None
    digits = ID_DIGITS.get(len(given))
    if digits:
        try:
            decoded = base64.b64decode(given, validate=True).hex()
        except binascii.Error:
            return given
        return decoded if len(decoded) == digits else given
    return given.lower() if HEXADECIMAL.fullmatch(given) else given


def _named(code: object, prefix: str, names: tuple[str, ...]) -> object:
    """An enumeration's member by name, without the prefix of all members."""
    if isinstance(code, int) and not isinstance(code, bool) and 0 <= code < len(names):
        return names[code]
    return code.removeprefix(prefix) if isinstance(code, str) else code


def _time(nanoseconds: object) -> object:
    """Nanoseconds since 1970 as an ISO 8601 time, UTC; None for 0; as it is, if no number."""
    if isinstance(nanoseconds, str) and nanoseconds.isdecimal():
        nanoseconds = int(nanoseconds)
    if not isinstance(nanoseconds, int):
        return nanoseconds
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    if nanoseconds <= 0 or seconds >= 253_402_300_800:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
