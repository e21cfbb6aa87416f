"""Relations that the project has withdrawn: nobody reads them, and no policy ends their rows.

They are reported but never dropped automatically: an older checkout of the project does not know
newer relations, and rows of closed days could never be rebuilt.
"""

from __future__ import annotations

from orchestration.core.settings import Settings
from orchestration.core.sql import identifier
from orchestration.lifecycle.mover import log
from orchestration.lifecycle.plan import Step, today
from orchestration.lifecycle.store import Store
from orchestration.lifecycle.warehouse import (
    OpenWarehouse,
    compact,
    open_warehouse,
)
from orchestration.policies.lifecycle import UnknownRelation, ruled
from orchestration.warehouse import stages
from orchestration.warehouse.protocol import Query, Relation, Warehouse
from orchestration.warehouse.relations import has_column

POLICY = "none"


def withdrawn(query: Query, warehouse: Warehouse) -> dict[str, str]:
    """Return the relations in the project's schemas and tiers that no policy covers.

    The value of each is its kind: of table or view as the engine names it, or `files`.
    """
    known = ruled()
    schemas = {of.schema for of in known.values() if not of.is_files}
    found = warehouse.relations(query, schemas)
    if has_column(query, "tier_files", "relation"):
        stored = query("select distinct relation from governance.tier_files")
        found = {str(relation): "files" for (relation,) in stored} | found
    return {relation: kind for relation, kind in sorted(found.items()) if relation not in known}


def drop(settings: Settings, relation: str) -> Step:
    """Destroy a withdrawn relation in the warehouse and in every tier, and record it.

    If it is killed, the relation is whole or gone, and the next `granary lifecycle apply` removes
    what is left of its files and bytes.

    Raises:
        UnknownRelation: the relation is still part of the project, or does not exist.
        InUse: something outside the project is built on it.
        NoRoom: the disk has no room for the compacted copy of the DuckDB file.
    """
    with stages.run() as run_id, stages.stage(settings, "lifecycle drop") as noted:
        with open_warehouse(settings) as warehouse:
            kind = withdrawn(warehouse.query, warehouse.of).get(relation)
            if kind is None:
                raise UnknownRelation(
                    f"{relation!r} is not a relation that the project has withdrawn: "
                    "`granary health` lists those"
                )
            warehouse.of.check_compactable()
            step = _drop(warehouse, Store.of(settings, warehouse), relation, kind, run_id)
        noted.records_out = step.rows
        if warehouse.of.leaves_bytes():
            compact(settings)
    return step


def _drop(warehouse: OpenWarehouse, store: Store, relation: str, kind: str, run_id: str) -> Step:
    schema, _, name = relation.partition(".")
    quoted = f"{identifier(schema)}.{identifier(name)}"
    rows = 0
    # A view has no rows of its own.
    if kind.endswith("table"):
        [(rows,)] = warehouse.query(f"select count(*) from {quoted}")
    files = warehouse.query(
        "select path, row_count, first_day from governance.tier_files "
        f"where relation = '{relation.replace(chr(39), chr(39) * 2)}'"
    )
    paths = [path for path, _, _ in files]
    step = Step(
        relation, "hot", "deleted", POLICY, today(), today(), rows + sum(row[1] for row in files)
    )
    with warehouse.writing.transaction():
        warehouse.writing.change(
            "delete from governance.tier_files where relation = $1", [relation]
        )
        store.add_leftovers(paths)
        log(warehouse.writing, run_id, step)
        if kind != "files":
            warehouse.writing.drop(kind, Relation(schema, name))
    store.remove(paths)
    return step
