"""A build with nothing new ends at once; whatever may have changed is built."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.core.errors import BuildError
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt import changed
from orchestration.dbt.run import build, planned
from orchestration.sample import write_samples
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.ingest.helpers import INTERACTIONS, many
from orchestration.tests.processes import Command, granary, plain_dbt
from orchestration.tests.workspace import Workspace
from orchestration.warehouse import books


@pytest.fixture(scope="module")
def passed(module_workspace: Workspace) -> Workspace:
    """A warehouse whose last build passed."""
    workspace = module_workspace
    write_samples(
        workspace.settings.landing,
        workspace.settings.truth,
        [
            AssistantOptions(days=3, rows_per_day=60, seed=5),
            PrismOptions(days=3, analyses_per_day=20, seed=5),
        ],
    )
    workspace.ingest()
    workspace.parse()
    with workspace.activate():
        assert build(workspace.settings).models > 50
    workspace.keep()
    return workspace


@pytest.fixture
def built(passed: Workspace) -> Iterator[Workspace]:
    """The same, as the last test did not leave it."""
    passed.restore()
    landed = passed.settings.landing / INTERACTIONS
    before = set(landed.iterdir())
    with passed.activate():
        yield passed
    for folder in set(landed.iterdir()) - before:
        shutil.rmtree(folder)


@pytest.fixture
def on_duckdb(built: Workspace) -> Workspace:
    """The same, for what no engine has a part in."""
    if built.postgres:
        pytest.skip("no engine has a part in it")
    return built


def plan(settings: Settings) -> str:
    """What a build would do, in a word; what it would select, where it is a part."""
    found = planned(settings, settings.read_key())
    if found.nothing_since:
        return "nothing"
    return " ".join(found.selects) or "everything"


def test_nothing_new_is_said_and_dbt_is_not_started(built: Workspace) -> None:
    """Also after other stages and assessments of health have written into the books."""
    shutil.rmtree(built.settings.root / "logs")
    since = built.value("select ended_at from governance.invocations where is_passed")
    ended = granary("build")
    assert ended.returncode == 0
    assert ended.stdout.startswith(f"nothing new since {since:%Y-%m-%d %H:%M:%S} UTC: ")
    assert not (built.settings.root / "logs").exists()
    assert granary("publish").returncode == 0
    assert plan(built.settings) == "nothing"
    assert (
        built.value(
            "select status from governance.pipeline_runs where stage = 'build' "
            "order by entry_number desc limit 1"
        )
        == "success"
    )


def test_a_batch_builds_what_is_made_of_its_streams(built: Workspace) -> None:
    """Once; then there is nothing new, and everything counts as built from the batch."""
    built.write(f"{INTERACTIONS}/2026-02-20/later.jsonl", many(40))
    built.ingest()
    assert plan(built.settings) == (
        "source:assistant.interactions+ source:granary.load_ledger+ source:granary.rejects+"
    )
    marked = (
        "select min(batch) from (select max(batch_id) as batch from governance.window_marks "
        "group by relation) as marks"
    )
    report = build(built.settings)
    assert 10 < report.models < 60
    assert built.value(marked) == built.value("select max(batch_id) from raw.load_ledger")
    assert plan(built.settings) == "nothing"
    assert built.publish().relations > 40


def test_an_assessment_of_health_builds_its_mart(built: Workspace) -> None:
    """Nothing else reads it."""
    assert granary("health").returncode in (0, 1)
    assert plan(built.settings) == "source:operations.health_assessments+"
    assert build(built.settings).models <= 2
    assert built.value("select count(*) from governance.health_daily") > 5
    assert plan(built.settings) == "nothing"


def test_what_did_not_pass_is_built_with_all_that_follows(built: Workspace) -> None:
    """A column too many makes dbt fail there, until it is gone."""
    built.write(f"{INTERACTIONS}/2026-02-20/later.jsonl", many(40))
    built.ingest()
    built.execute("alter table assistant.session_analytics add column wrong integer")
    with pytest.raises(BuildError, match="session_analytics"):
        build(built.settings)
    selected = plan(built.settings).split()
    assert "session_analytics+" in selected
    assert "source:assistant.interactions+" in selected
    built.execute("alter table assistant.session_analytics drop column wrong")
    build(built.settings)
    assert plan(built.settings) == "nothing"
    assert built.publish().relations > 40


def test_a_test_that_fails_by_hand_is_run_again(built: Workspace) -> None:
    """Its result stands with those of builds, whoever ran it."""
    built.execute("update core.dim_time set part_of_day = 'tea time' where minute_of_day = 1")
    assert plain_dbt("test", "--select", "dim_time").returncode == 1
    assert plan(built.settings).startswith("accepted_values_dim_time_part_of_day")


def test_dbt_run_by_hand_makes_the_next_build_whole(built: Workspace) -> None:
    """Nobody knows from what it built."""
    assert plain_dbt("run", "--select", "dim_time").returncode == 0
    assert plan(built.settings) == "everything"


def test_a_killed_build_makes_the_next_one_whole(built: Workspace) -> None:
    """Killed anywhere: as soon as it has begun, it has no outcome."""
    building = Command("build", "--full-refresh")
    begun = "select count(*) from governance.invocations where ended_at is null"
    if built.postgres:
        while building.is_running and not built.value(begun):
            pass
    else:
        while building.is_running and "START sql" not in building.said:
            pass
    building.kill()
    assert plan(built.settings) == "everything"


def test_arguments_of_dbt_and_a_full_refresh_always_build(
    on_duckdb: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable of dbt's own is an argument, too, unless it says how dbt logs."""
    assert build(on_duckdb.settings, ["--select", "dim_time"]).models == 1
    assert plan(on_duckdb.settings) == "everything"
    assert build(on_duckdb.settings, ["--full-refresh"]).models > 50
    for name in ("DBT_LOG_FORMAT", "DBT_ENGINE_LOG_LEVEL_FILE", "DBT_USE_COLORS", "DBT_QUIET"):
        monkeypatch.setenv(name, "json")
    assert plan(on_duckdb.settings) == "nothing"
    monkeypatch.setenv("DBT_FULL_REFRESH", "true")
    assert plan(on_duckdb.settings) == "everything"


def test_an_act_of_the_lifecycle_makes_the_next_build_whole(built: Workspace) -> None:
    """It has taken rows out of the warehouse, or put them back."""
    books.record(
        built.settings,
        "lifecycle_log",
        relation="assistant.session_analytics",
        policy="behavior",
        transition="delete",
        from_tier="hot",
        to_tier="none",
        run_id="r",
        row_count=1,
        acted_at=datetime.now(UTC).replace(tzinfo=None),
    )
    assert plan(built.settings) == "everything"


def test_another_key_builds_and_dbt_refuses_it(
    on_duckdb: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pseudonyms of two keys do not join. (A server hashes with the key that it holds.)"""
    monkeypatch.setenv("GRANARY_PII_KEY", "ab" * 32)
    assert plan(Settings()) == "everything"
    assert granary("build").returncode == 1


def test_an_older_warehouse_put_back_tells_what_was_built_into_it(on_duckdb: Workspace) -> None:
    """Its own state counts, not what was built since."""
    on_duckdb.write(f"{INTERACTIONS}/2026-02-20/later.jsonl", many(40))
    on_duckdb.ingest()
    build(on_duckdb.settings)
    on_duckdb.restore()
    assert plan(on_duckdb.settings) == "nothing"
    on_duckdb.ingest()
    assert plan(on_duckdb.settings).startswith("source:assistant.interactions+")


@pytest.mark.parametrize(
    "path", ["models/docs/prism.md", "seeds/governance/quality_thresholds.csv", "profiles.yml"]
)
def test_changed_files_of_the_project_build_everything(
    built: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str
) -> None:
    """Code, policies and descriptions alike; the copy of the project alone changes nothing."""
    for name in changed.PROJECT:
        source, copy = PROJECT_DIR / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copy(source, copy)
    monkeypatch.setattr(changed, "PROJECT_DIR", tmp_path)
    assert plan(built.settings) == "nothing"
    with open(tmp_path / path, "a", encoding="utf-8") as file:
        file.write("\n")
    assert plan(built.settings) == "everything"


def test_without_what_dbt_left_in_its_folder_everything_is_built(built: Workspace) -> None:
    """A publication reads the manifest."""
    manifest = built.settings.target_path / "manifest.json"
    beside = manifest.rename(manifest.with_suffix(".beside"))
    try:
        assert plan(built.settings) == "everything"
    finally:
        beside.rename(manifest)
