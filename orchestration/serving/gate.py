"""The quality gate: whether what the last builds left behind is fit to publish."""

from __future__ import annotations

from typing import Any

from orchestration.core.errors import PublishRefused
from orchestration.core.settings import Settings
from orchestration.dbt.artifacts import MANIFEST, artifact
from orchestration.warehouse.protocol import Query, Relation
from orchestration.warehouse.relations import has_column

FIT = {"success", "pass", "warn", "no-op"}
NOTHING_BUILT = "nothing is built yet: run `granary build` first"
SCORES_TEST = "assert_every_stream_scores_high_enough"


def marts(manifest: dict[str, Any]) -> list[Relation]:
    """The models below `models/marts`."""
    return sorted(
        Relation(node["schema"], node["alias"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == "marts"
    )


def published(manifest: dict[str, Any]) -> dict[Relation, str | None]:
    """What a publication holds: the marts, and the books that are published beside them.

    Each comes with the column whose day says where a build changes it, if there is one.
    """
    books = [
        Relation(source["schema"], source["identifier"])
        for source in manifest["sources"].values()
        if source["config"]["meta"].get("published")
    ]
    days = {
        Relation(node["schema"], node["alias"]): _day_column(node["config"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    return {relation: days.get(relation) for relation in sorted([*marts(manifest), *books])}


def _day_column(config: dict[str, Any]) -> str | None:
    column: str | None = config.get("window_column") or next(
        iter(config.get("window_span", ())), None
    )
    return column


def read_manifest(settings: Settings) -> dict[str, Any]:
    """dbt's manifest of the last build.

    Raises:
        PublishRefused: nothing was built yet.
    """
    manifest = artifact(settings, MANIFEST)
    if manifest is None:
        raise PublishRefused(NOTHING_BUILT)
    return manifest


def check(query: Query, manifest: dict[str, Any]) -> None:
    """Refuse unless every node of the project last ended well and was tested after it was built.

    Raises:
        PublishRefused: the message names what is wrong; the last good version stays.
    """
    _check_ended(query)
    # By the runs' numbers, not by times: a clock may have gone back.
    latest: dict[str, tuple[str, int]] = {
        unique_id: (status, run)
        for unique_id, status, run in query(
            "select unique_id, status, invocation_number from governance.node_results "
            "join governance.invocations using (invocation_id) order by invocation_number"
        )
    }
    nodes = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed", "snapshot", "test")
    }
    wrong = {
        nodes[unique_id]["name"]: latest.get(unique_id, ("not built", None))[0]
        for unique_id in nodes
        if latest.get(unique_id, ("not built",))[0] not in FIT
    }
    if wrong:
        causes_first = sorted(wrong.items(), key=lambda ended: ended[1] == "skipped")
        named = [f"{name} ({status})" for name, status in causes_first]
        if wrong.get(SCORES_TEST) in ("error", "fail"):
            named = [*_low_scores(query), *named]
        raise PublishRefused(_refusal("these did not end well: ", named))
    killed = query(
        "select max(invocation_number) from governance.invocations "
        "where ended_at is null and command <> 'test'"
    )[0][0]
    unsure = [
        n["name"] for unique_id, n in nodes.items() if killed and latest[unique_id][1] < killed
    ]
    if unsure:
        raise PublishRefused(_refusal("not run since a build was killed: ", unsure))
    untested = {
        nodes[parent]["name"]
        for unique_id, node in nodes.items()
        if node["resource_type"] == "test"
        for parent in node["depends_on"]["nodes"]
        if parent in nodes and latest[parent][1] > latest[unique_id][1]
    }
    if untested:
        raise PublishRefused(_refusal("built but not tested since: ", sorted(untested)))


def _check_ended(query: Query) -> None:
    rows = has_column(query, "invocations", "invocation_number") and query(
        "select ended_at from governance.invocations order by invocation_number desc limit 1"
    )
    if not rows:
        raise PublishRefused(NOTHING_BUILT)
    if rows[0][0] is None:
        raise PublishRefused(
            "a build is running or was killed: wait for it, or run `granary build` again"
        )


def _low_scores(query: Query) -> list[str]:
    """Streams that score less than policy asks for, the lowest first, in words."""
    return [
        f"{stream} scores {score:.3f} in {dimension}, less than {minimum} "
        f"(most records break {rule})"
        for stream, dimension, score, minimum, rule in query(
            "select stream, dimension, score, minimum_score, worst_rule "
            "from governance.quality_scores where score < minimum_score order by score, 1, 2"
        )
    ]


def _refusal(reason: str, names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return (
        f"not published, readers keep the last good version; {reason}"
        f"{', '.join(names[:5])}{more}. Mend it and run `granary build`."
    )
