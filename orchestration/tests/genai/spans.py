"""Spans as an application writes them, and as collectors do."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

SPANS = "genai/spans/2026-01-05"
OWN = ("trace_id", "span_id", "parent_span_id", "name", "start_time", "end_time", "status_code")


def call(number: int = 1, **attributes: Any) -> dict[str, Any]:
    """A call to a model that keeps the contract; `_` in an attribute's name stands for a dot."""
    return {
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        "name": "chat gpt-4o",
        "start_time": "2026-01-05T10:00:00.000000Z",
        "end_time": "2026-01-05T10:00:02.500000Z",
        "gen_ai.operation.name": "chat",
        "gen_ai.response.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 200,
    } | attributes


def request(spans: Iterable[Mapping[str, Any]], *, snake: bool = False) -> bytes:
    """Spans as one line of OTLP: in the form of OTLP JSON, or in that of plain protobuf JSON."""
    found = [_plain(span) if snake else _otlp(span) for span in spans]
    scopes = [{"scope": {"name": "tests"}, "spans": found}]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    if snake:
        resource = {"attributes": [{"key": "service.name", "value": {"string_value": "shop"}}]}
        batch = {"resource": resource, "scope_spans": scopes}
        return json.dumps({"resource_spans": [batch]}).encode() + b"\n"
    return (
        json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": scopes}]}).encode()
        + b"\n"
    )


def _nanoseconds(time: str) -> str:
    moment = datetime.fromisoformat(time)
    return str(int(moment.timestamp()) * 10**9 + moment.microsecond * 1000)


def _otlp(span: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "traceId": span["trace_id"],
        "spanId": span["span_id"],
        "parentSpanId": span.get("parent_span_id", ""),
        "name": span["name"],
        "kind": 3,
        "startTimeUnixNano": _nanoseconds(span["start_time"]),
        "endTimeUnixNano": _nanoseconds(span["end_time"]),
        "status": {"code": 2} if span.get("status_code") == "ERROR" else {},
        "attributes": [
            {"key": k, "value": _value(v, ("stringValue", "intValue", "arrayValue"))}
            for k, v in span.items()
            if k not in OWN
        ],
    }


def _plain(span: Mapping[str, Any]) -> dict[str, Any]:
    ids = {
        name: base64.b64encode(bytes.fromhex(span[name])).decode()
        for name in ("trace_id", "span_id", "parent_span_id")
        if name in span
    }
    return ids | {
        "name": span["name"],
        "kind": "SPAN_KIND_CLIENT",
        "start_time_unix_nano": int(_nanoseconds(span["start_time"])),
        "end_time_unix_nano": int(_nanoseconds(span["end_time"])),
        "status": {"code": "STATUS_CODE_ERROR"} if span.get("status_code") == "ERROR" else {},
        "attributes": [
            {"key": k, "value": _value(v, ("string_value", "int_value", "array_value"))}
            for k, v in span.items()
            if k not in OWN
        ],
    }


def _value(value: Any, kinds: tuple[str, str, str]) -> dict[str, Any]:
    if isinstance(value, list):
        return {kinds[2]: {"values": [_value(item, kinds) for item in value]}}
    # 64-bit integers are texts in OTLP JSON.
    camel = kinds[1] == "intValue"
    return (
        {kinds[1]: str(value) if camel else value} if isinstance(value, int) else {kinds[0]: value}
    )
