"""Any name that a contract allows may be a key or a bounded column: `user` and `order`, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt.run import dbt_environment
from orchestration.tests.workspace import Workspace, environment

PROJECT = f"""
name: granary
version: 1.0.0
profile: granary
macro-paths: ["{PROJECT_DIR / "macros"}"]
on-run-start: ["{{{{ create_books() }}}}", "{{{{ start_invocation() }}}}"]
models:
  +schema: shop
  +materialized: incremental
  +incremental_strategy: window_replace
  +post-hook: "{{{{ record_window_mark() }}}}"
"""
CONTRACT = """
sources:
  - name: shop
    schema: raw
    tables:
      - name: orders
        identifier: shop_orders
        config:
          meta:
            natural_key: [user, order]
            event_time: select
            version: table
            rules: [{name: group_is_given, holds: '"group" is not null'}]
        columns:
          - name: group
            config: {meta: {minimum: 0, maximum: 9}}
"""
STAGING = """
{{ config(window_column='end', row_key=['user', 'order'], parents=['check']) }}
with delivered as (
    select * from {{ source('shop', 'orders') }} where {{ in_changed_window('_event_date') }}
),
latest as ( {{ latest_delivery('delivered', 'shop.orders') }} )
select
    "user", "order", "table", "check", {{ if_possible('shop.orders', 'group') }} as "group",
    {{ broken_rules('shop.orders') }} as broken_rules, _event_date as "end"
from latest
"""
MART = """
{{ config(unique_key='user') }}
select "user", count(*) as "all" from {{ ref('stg_shop__orders') }}
{% if is_incremental() %}
where "user" in (
    select "user" from {{ ref('stg_shop__orders') }} where {{ in_changed_window('"end"') }}
)
{% endif %}
group by "user"
"""


@pytest.mark.long
def test_words_of_sql_are_names_like_others(workspace: Workspace, tmp_path: Path) -> None:
    project = tmp_path / "project"
    for name, content in {
        "dbt_project.yml": PROJECT,
        "models/staging/shop.yml": CONTRACT,
        "models/staging/stg_shop__orders.sql": STAGING,
        "models/marts/orders.sql": MART,
    }.items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    workspace.ingest()
    workspace.execute(
        'create table raw.shop_orders ("user" varchar, "order" bigint, "table" timestamp, '
        '"check" uuid, "group" bigint, _event_date date, _file_id bigint, _line bigint, '
        "_batch_id bigint)"
    )
    _load(workspace, 1, ("ann", 1, "2026-01-05", 1), ("bob", 1, "2026-01-05", 99))
    _load(workspace, 2, ("cho", 1, "2026-01-05", None), ("cho", 2, "2026-01-05", 2))
    _build(workspace, project)
    assert _orders(workspace) == [
        ("ann", 1, "2026-01-05", 1, None),
        ("bob", 1, "2026-01-05", None, "group_is_possible"),
        ("cho", 1, "2026-01-05", None, "group_is_given"),
        ("cho", 2, "2026-01-05", 2, None),
    ]
    _load(workspace, 3, ("ann", 1, "2026-01-07", 3), ("cho", 2, "2026-01-05", 4))
    _build(workspace, project)
    assert _orders(workspace) == [
        ("ann", 1, "2026-01-07", 3, None),
        ("bob", 1, "2026-01-05", None, "group_is_possible"),
        ("cho", 1, "2026-01-05", None, "group_is_given"),
        ("cho", 2, "2026-01-05", 4, None),
    ]
    assert sorted(workspace.query('select "user", "all" from shop.orders')) == [
        ("ann", 1),
        ("bob", 1),
        ("cho", 2),
    ]


def _load(workspace: Workspace, batch: int, *rows: tuple[str, int, str, int | None]) -> None:
    for line, (user, order, day, group) in enumerate(rows):
        workspace.execute(
            f"insert into raw.shop_orders values ('{user}', {order}, timestamp '2026-02-0{batch}', "
            f"cast('00000000-0000-0000-0000-00000000000{batch}' as uuid), {group or 'null'}, "
            f"date '{day}', {batch}, {line}, {batch})",
            f"insert into raw.window_changes values ('shop', 'orders', date '{day}', {batch})",
        )


def _build(workspace: Workspace, project: Path) -> None:
    arguments = ["--quiet", "build", "--project-dir", str(project), "--target-path", "target"]
    with workspace.activate(), environment(dbt_environment(workspace.settings)):
        result = dbtRunner().invoke(arguments)
    assert result.success, result.exception or [r.message for r in result.result]


def _orders(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.query(
        'select "user", "order", cast("end" as varchar), "group", broken_rules '
        'from shop.stg_shop__orders order by "user", "order"'
    )
