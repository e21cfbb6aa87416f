"""A planner that does not know what was loaded joins a day in nested loops."""

from __future__ import annotations

from orchestration.tests.ingest.helpers import INTERACTIONS, many
from orchestration.tests.workspace import Workspace

# Tables that hold rows, and how many the server believes they hold.
BELIEVED = (
    "select n.nspname || '.' || c.relname, c.reltuples from pg_class as c "
    "join pg_namespace as n on n.oid = c.relnamespace "
    "where c.relkind = 'r' and n.nspname in ('raw', 'staging', 'intermediate', 'snapshots', "
    "'assistant', 'core', 'documents') and n.nspname || '.' || c.relname not like 'raw.load%'"
)


def believed(workspace: Workspace) -> dict[str, tuple[float, int]]:
    """Rows as the server believes, and as they are, of every table that a load or build writes."""
    return {
        table: (tuples, workspace.value(f"select count(*) from {table}"))
        for table, tuples in workspace.query(BELIEVED)
        if table not in ("raw.window_changes", "raw.failed_files", "raw.rejects")
    }


def test_the_server_knows_what_a_load_and_a_build_have_written(
    postgres_workspace: Workspace,
) -> None:
    workspace = postgres_workspace
    workspace.write(f"{INTERACTIONS}/a.jsonl", many(200))
    workspace.ingest()
    assert workspace.query(
        "select reltuples from pg_class where oid = 'raw.assistant_interactions'::regclass"
    ) == [(200,)]
    workspace.build()
    # One more day is many times what was there.
    workspace.write("assistant/interactions/2026-01-09/b.jsonl", many(2_000, first=1_000))
    workspace.ingest()
    workspace.build()
    found = {t: rows for t, rows in believed(workspace).items() if rows[1] > 100}
    assert {"raw.assistant_interactions", "staging.stg_assistant__interactions"} <= found.keys()
    assert {t: rows for t, rows in found.items() if abs(rows[0] - rows[1]) > rows[1] / 10} == {}
