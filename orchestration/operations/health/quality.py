"""The streams whose quality is lowest, each in its worst dimension, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orchestration.warehouse.protocol import Query

SHOWN = 3


@dataclass(frozen=True)
class StreamQuality:
    """A stream in the dimension in which it scores lowest; advice where policy asks for more."""

    stream: str
    dimension: str
    score_percent: float
    advice: str | None


def worst_streams(query: Query, relations: Collection[str]) -> list[StreamQuality]:
    """The streams that score lowest, the worst first; none where nothing is scored."""
    if "governance.quality_scores" not in relations:
        return []
    rows = query(
        "select stream, dimension, score, alert_below, worst_rule from ("
        "select *, row_number() over (partition by stream order by score, dimension) as place "
        "from governance.quality_scores where score is not null) as scores "
        f"where place = 1 order by score, stream limit {SHOWN}"
    )
    return [
        StreamQuality(
            stream,
            dimension,
            100 * float(score),
            advice(stream, rule) if score < alert_below else None,
        )
        for stream, dimension, score, alert_below, rule in rows
    ]


def advice(stream: str, rule: str) -> str:
    """Where the records are that break a rule."""
    if rule == "line_is_readable":
        return f"look at raw.rejects: why lines of {stream} could not be read"
    rejects = " and at raw.rejects" if rule.endswith("_is_given") else ""
    return f"look at governance.rule_violations{rejects}: records of {stream} that break {rule}"
