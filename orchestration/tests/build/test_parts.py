"""A build of what changed leaves in every table what a build of everything leaves."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt.changed import PROJECT
from orchestration.dbt.run import dbt_environment
from orchestration.sample import write_samples
from orchestration.sources.assistant.sample import AssistantOptions
from orchestration.sources.prism.sample import PrismOptions
from orchestration.tests.ingest.helpers import interaction, lines
from orchestration.tests.processes import environment_for
from orchestration.tests.workspace import Workspace

ONLY_TABLES = ("--exclude-resource-type", "test", "unit_test")
# Builds and stages write down here when they ran.
BOOKS = {"invocations", "node_results", "window_marks", "left_parents", "pipeline_runs"}


class Life:
    """A landing zone that changes at random, a warehouse, and a project of its own."""

    def __init__(self, workspace: Workspace, folder: Path, seed: int) -> None:
        self.workspace = workspace
        self.random = random.Random(seed)
        self.landing = workspace.settings.landing
        self.project = folder / "project"
        self.project.mkdir()
        for name in (*PROJECT, "dbt_granary.py", "orchestration"):
            source, copy = PROJECT_DIR / name, self.project / name
            if source.is_file():
                shutil.copy(source, copy)
            else:
                shutil.copytree(source, copy, dirs_exist_ok=True)
        self.store = folder / "store"
        write_samples(
            self.store / "landing",
            self.store / "truth",
            [
                AssistantOptions(days=16, rows_per_day=40, seed=seed),
                PrismOptions(days=16, analyses_per_day=20, seed=seed),
            ],
        )
        self.days = sorted({path.name for path in self.store.glob("landing/*/*/*")})
        for _ in range(4):
            self.a_day()
        self.number = 0

    def a_day(self) -> None:
        """Every source delivers its next day."""
        self._land("*/*", self.days.pop(0))

    def a_stream(self) -> None:
        """One stream delivers its last day; the others have a day without rows."""
        day = self.days.pop()
        delivered = sorted(self.store.glob(f"landing/*/*/{day}"))
        stream = self.random.choice(delivered).parent
        self._land(f"{stream.parent.name}/{stream.name}", day)

    def late_rows(self) -> None:
        """Questions of several days that are long built."""
        days = self.random.sample([p.name for p in self._landed("interactions")], 3)
        asked = [interaction(query=f"late {self.number}", timestamp=f"{d}T08:00:00Z") for d in days]
        self._write(lines(asked))

    def a_redelivery(self) -> None:
        """A file that was loaded before comes again under another name."""
        file = self.random.choice(sorted(f for f in self.landing.rglob("*") if f.is_file()))
        shutil.copy(file, file.with_name(f"again-{self.number}-{file.name}"))

    def rejected_rows(self) -> None:
        """Lines that cannot become rows, and nothing else."""
        self._write(b'{"session_id": "s1"}\nno json\n')

    def a_policy(self) -> None:
        """A reviewed policy says another figure."""
        seed = self.project / "seeds" / "governance" / "quality_periods.csv"
        head, row = seed.read_text().split()
        first, *rest = row.split(",")
        seed.write_text(f"{head}\n{','.join([str(int(first) + 1), *rest])}\n")

    def a_failed_node(self) -> None:
        """A build fails on the way, because a model's table has a column too many."""
        self.late_rows()
        self.workspace.ingest()
        damaged = "alter table assistant.session_analytics {} column wrong"
        self.workspace.execute(f"{damaged.format('add')} integer")
        assert self.granary("build").returncode == 1
        self.workspace.execute(damaged.format("drop"))

    def _land(self, streams: str, day: str) -> None:
        for source in self.store.glob(f"landing/{streams}/{day}"):
            folder = self.landing / source.relative_to(self.store / "landing")
            shutil.copytree(source, folder, dirs_exist_ok=True)

    def _landed(self, stream: str) -> list[Path]:
        return sorted(self.landing.glob(f"assistant/{stream}/*"))

    def _write(self, content: bytes) -> None:
        day = self._landed("interactions")[-1].name
        self.workspace.write(f"assistant/interactions/{day}/odd-{self.number}.jsonl", content)

    def granary(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command of the life's own project."""
        return self._run("from orchestration.cli import main; main()", *arguments)

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run dbt as a person would, in the life's own project."""
        return self._run("from dbt.cli.main import cli; cli()", *arguments)

    def _run(self, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = str(self.project)
        places = {"PYTHONPATH": own, "DBT_PROJECT_DIR": own, "DBT_PROFILES_DIR": own}
        home = dbt_environment(self.workspace.settings)
        changes = {n: v for n, v in home.items() if n.startswith("DBT_")} | places
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=self.project,
            env=environment_for(changes),
            capture_output=True,
            text=True,
            check=False,
        )

    def everything(self) -> dict[str, str]:
        """A digest of the rows of every table but the books of builds."""
        with self.workspace.reading():
            tables = self.workspace.query(
                "select table_schema, table_name from information_schema.tables where table_schema "
                "not in ('information_schema', 'pg_catalog') and table_name not like '%\\_2_%' "
                "order by 1, 2"
            )
            return {
                f"{schema}.{name}": hashlib.sha256(
                    repr(self._rows(schema, name)).encode()
                ).hexdigest()
                for schema, name in tables
                if name not in BOOKS
            }

    def _rows(self, schema: str, name: str) -> list[str]:
        """All rows in order, without the columns in which snapshots write down when they ran."""
        columns = self.workspace.query(
            "select column_name from information_schema.columns where table_name = "
            f"'{name}' and table_schema = '{schema}' order by ordinal_position"
        )
        listed = ", ".join(f'"{c}"' for (c,) in columns if not c.startswith("dbt_"))
        return sorted(map(repr, self.workspace.query(f'select {listed} from {schema}."{name}"')))


# Of every kind one, in an order of the engine's own.
@pytest.mark.parametrize("changes", [7, pytest.param(30, marks=pytest.mark.soak)])
def test_random_changes_leave_what_whole_builds_leave(
    workspace: Workspace, tmp_path: Path, changes: int
) -> None:
    """Each change is built both ways from the same warehouse; the part goes on to the next."""
    life = Life(workspace, tmp_path, seed=changes + bool(workspace.postgres))
    kinds: list[Callable[[], None]] = [
        life.a_day, life.a_stream, life.late_rows, life.a_redelivery, life.rejected_rows,
        life.a_policy, life.a_failed_node,
    ]  # fmt: skip
    chosen = [*kinds, *life.random.choices(kinds, k=changes - len(kinds))]
    life.random.shuffle(chosen)
    workspace.ingest()
    with workspace.activate():
        assert life.granary("build").returncode == 0
        parts = 0
        for life.number, change in enumerate(chosen):
            change()
            workspace.ingest()
            workspace.keep()
            whole = life.dbt("build", *ONLY_TABLES)
            assert whole.returncode == 0, whole.stdout[-3000:]
            expected = life.everything()
            assert len(expected) > 80
            workspace.restore()
            part = life.granary("build")
            assert part.returncode == 0, part.stderr[-3000:]
            actual = life.everything()
            differ = [t for t in expected if actual.get(t) != expected[t]]
            assert not differ, f"{change.__name__}, number {life.number}"
            assert actual.keys() == expected.keys()
            parts += " of " in part.stderr and "seed file" not in part.stderr
        assert parts >= changes // 2
        assert life.granary("build").stdout.startswith("nothing new since")
        assert life.granary("publish").returncode == 0
    assert os.environ.get("DBT_PROJECT_DIR") is None
