"""What dbt left in its target folder may be broken: it is made anew, and nothing is asked twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from orchestration.core.errors import BuildError
from orchestration.dbt import manifest as graph
from orchestration.dbt.artifacts import MANIFEST, SEMANTIC_MANIFEST, artifact
from orchestration.dbt.run import read_outcome
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace


def _cut_in_half(workspace: Workspace) -> None:
    for name in (MANIFEST, SEMANTIC_MANIFEST):
        path = workspace.settings.target_path / name
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])


def test_broken_manifests_are_made_anew(duckdb_workspace: Workspace) -> None:
    settings = duckdb_workspace.settings
    duckdb_workspace.ingest()
    duckdb_workspace.parse()
    whole = {name: artifact(settings, name) for name in (MANIFEST, SEMANTIC_MANIFEST)}
    manifest = whole[MANIFEST]
    assert manifest
    _cut_in_half(duckdb_workspace)
    ended = granary("publish")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "granary: nothing is built yet: run `granary build` first\n"
    found = {name: json.loads((settings.target_path / name).read_text("utf-8")) for name in whole}
    for part in ("nodes", "sources", "exposures", "metrics"):
        assert found[MANIFEST][part].keys() == manifest[part].keys()
    assert found[SEMANTIC_MANIFEST] == whole[SEMANTIC_MANIFEST]
    assert not list(settings.target_path.glob("parse-*"))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"results": ['])
def test_half_a_result_is_no_result(duckdb_workspace: Workspace, content: str) -> None:
    folder = duckdb_workspace.settings.target_path
    folder.mkdir()
    (folder / "run_results.json").write_text(content)
    with pytest.raises(BuildError, match="did not start, or not end"):
        read_outcome(duckdb_workspace.settings, 1)


def test_a_broken_graph_is_parsed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = graph.graph_manifest()
    # Goes on from what was parsed: a parse of everything takes longer.
    shutil.copy(graph.GRAPH_DIR / "partial_parse.msgpack", tmp_path)
    (tmp_path / MANIFEST).write_text('{"nodes": {"model.granary.dim_time": ')
    monkeypatch.setattr(graph, "GRAPH_DIR", tmp_path)
    assert graph.graph_manifest()["nodes"].keys() == whole["nodes"].keys()
