"""dbt plugin: tells a wrong contract or plan before dbt reads the project; finds models by folder.

dbt itself takes any meta, known or not, and any seed. It learns dependencies while it parses, when
no macro can see the project: a model that reads every model of a kind would have to name each. The
plugin lists them in a variable that the macros `models_of` and `raw_streams` read; dbt parses anew
what reads a changed variable.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import cast

from dbt.plugins import dbtPlugin
from dbt_common.context import get_invocation_context

from orchestration.core.contracts import load_contracts
from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt.lock_plugin import PROJECT
from orchestration.plan.read import check_plans, plan_files

# Of each kind, where its models stand.
KINDS = {
    "staged": "staging/{source}/stg_{source}__*.sql",
    "schema_drift": "staging/{source}/stg_{source}__schema_drift.sql",
    "broken_records": "intermediate/{source}/int_{source}__broken_records.sql",
    "ai_requests": "intermediate/{source}/int_{source}__ai_requests.sql",
}


class CheckedContracts(dbtPlugin):  # type: ignore[misc]  # follows no stubs
    """dbt finds this class by its module's name, and creates one object a command."""

    def initialize(self) -> None:
        """Read every contract and tracking plan, and list the models of each kind."""
        if self.project_name == PROJECT:
            check_plans(plan_files())
            streams = sorted(load_contracts())
            sources = sorted({source for source, _ in streams})
            # dbt has copied the environment already, and reads variables from its copy.
            environment = cast("MutableMapping[str, str]", get_invocation_context().env)
            environment["GRANARY_MODELS"] = json.dumps(
                {
                    kind: [name for source in sources for name in _names(place, source)]
                    for kind, place in KINDS.items()
                }
                | {
                    "marts": _names("marts/**/*.sql", ""),
                    "streams": [f"{source}.{stream}" for source, stream in streams],
                }
            )


def _names(place: str, source: str) -> list[str]:
    found = (PROJECT_DIR / "models").glob(place.format(source=source))
    return sorted(path.stem for path in found)
