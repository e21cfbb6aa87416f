"""Find the streams with the lowest quality, each in its worst dimension, with advice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orchestration.warehouse.protocol import Query

SHOWN = 3


@dataclass(frozen=True)
class StreamQuality:
    """A stream in its worst dimension; `advice` is set if policy requires a higher score."""

    stream: str
    dimension: str
    score_percent: float
    advice: str | None


def worst_streams(query: Query, relations: Collection[str]) -> list[StreamQuality]:
    """Return the streams with the lowest scores, the worst first; empty if nothing is scored."""
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
    """Say where to find the records that break a rule."""
    if rule == "line_is_readable":
        return f"look at raw.rejects for why lines of {stream} could not be read"
    rejects = " and at raw.rejects" if rule.endswith("_is_given") else ""
    return f"look at governance.rule_violations{rejects} for records of {stream} that break {rule}"
