"""dbt plugin: tests of a build that read the same models are asked in one statement.

For each test dbt takes twenty milliseconds to compile, connect and tell, and the engine four. Here
the first test of a model asks for all that are ready with it, and those that find nothing have
passed. Whatever finds rows, cannot be asked like this or breaks the statement is run by dbt as
ever, so a failure names its test and its compiled SQL. Each test stays a node with a result.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from typing import Any, ClassVar

from dbt.artifacts.schemas.results import TestStatus
from dbt.artifacts.schemas.run import RunResult
from dbt.context.providers import generate_runtime_model_context
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import GenericTestNode
from dbt.flags import get_flags
from dbt.node_types import NodeType
from dbt.plugins import dbtPlugin
from dbt.task.build import BuildTask
from dbt.task.test import TestRunner
from dbt_common.exceptions import DbtBaseException

from orchestration.dbt.lock_plugin import PROJECT

# How dbt writes the model a test is of, and another model it names.
OF_MODEL = re.compile(r"\{\{ get_where_subquery\(ref\('(\w+)'\)\) \}\}")
OTHER_MODEL = re.compile(r"\s*ref\(['\"](\w+)['\"]\)\s*")
COUNTED = ("count(*)", "!= 0", "!= 0", None)


class GroupedTests(dbtPlugin):  # type: ignore[misc]  # follows no stubs
    """dbt finds this class by its module's name, and creates one object a command."""

    def initialize(self) -> None:
        """Let builds of this project run tests in groups."""
        if self.project_name == PROJECT:
            GroupedTestRunner.passed = {}
            GroupedTestRunner.locks = defaultdict(threading.Lock)
            BuildTask.RUNNER_MAP[NodeType.Test] = GroupedTestRunner


class GroupedTestRunner(TestRunner):  # type: ignore[misc]
    """Runs a test, unless the first of its group has found that it passes."""

    passed: ClassVar[dict[str, bool]]
    """Whether a test is known to pass, by its id; of this command."""
    locks: ClassVar[defaultdict[frozenset[str], threading.Lock]]

    def compile_and_execute(self, manifest: Manifest, ctx: Any) -> Any:
        """Called by dbt for each test; returns its result."""
        if not _can_be_grouped(self.node):
            return super().compile_and_execute(manifest, ctx)
        # Two threads may come to tests of one group.
        with self.locks[frozenset(self.node.depends_on.nodes)]:
            if self.node.unique_id not in self.passed:
                self._ask(manifest)
        if not self.passed[self.node.unique_id]:
            return super().compile_and_execute(manifest, ctx)
        return RunResult(
            node=self.node,
            status=TestStatus.Pass,
            timing=[],
            thread_id=threading.current_thread().name,
            execution_time=0,
            message=None,
            adapter_response={},
            failures=0,
            batch_results=None,
        )

    def _ask(self, manifest: Manifest) -> None:
        """Find out which tests of this one's group find no row."""
        group = self._group(manifest)
        self.passed.update(dict.fromkeys((node.unique_id for node in group), False))
        try:
            with self.adapter.connection_named(self.node.unique_id, self.node):
                bodies = [self._body(node, manifest) for node in group]
                statement = " union all ".join(
                    f"select {place} as place, count(*) as row_count from (\n{body}\n) as found"
                    for place, body in enumerate(bodies)
                )
                _, cursor = self.adapter.connections.add_query(statement, auto_begin=False)
                counts = dict(cursor.fetchall())
        except DbtBaseException:
            return  # each is run alone, and tells what is wrong with it
        for place, (node, body) in enumerate(zip(group, bodies, strict=True)):
            if counts[place] == 0:
                self.passed[node.unique_id] = True
                # The results of the run show it, as of any other test.
                node.compiled, node.compiled_code = True, body

    def _group(self, manifest: Manifest) -> list[GenericTestNode]:
        """The tests of this run that are ready when this one is: of the same models."""
        models = set(self.node.depends_on.nodes)
        chosen = (manifest.nodes.get(i) for i in sorted(self.compiler.selected_node_ids))
        group = [
            node for node in chosen if _can_be_grouped(node) and {*node.depends_on.nodes} == models
        ]
        return group or [self.node]

    def _body(self, node: GenericTestNode, manifest: Manifest) -> str:
        """SQL that lists what a test finds, as dbt would compile it."""
        context = generate_runtime_model_context(node, self.config, manifest)
        arguments = {name: _given(v, context) for name, v in node.test_metadata.kwargs.items()}
        return str(context[f"test_{node.test_metadata.name}"](**arguments))


def _can_be_grouped(node: Any) -> bool:
    """Whether a test does no more than count the rows it finds."""
    if not isinstance(node, GenericTestNode) or get_flags().STORE_FAILURES:
        return False
    config, metadata = node.config, node.test_metadata
    counted = (config.fail_calc, config.warn_if, config.error_if, config.limit)
    return (
        counted == COUNTED
        and not config.store_failures
        and metadata.namespace is None
        and all(map(_is_plain, metadata.kwargs.values()))
    )


def _is_plain(value: Any) -> bool:
    """Whether an argument of a test is written in one of the ways known here."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, str) and "{" in value:
        return OF_MODEL.fullmatch(value) is not None
    return not isinstance(value, dict)


def _given(value: Any, context: dict[str, Any]) -> Any:
    """An argument as the test's macro gets it."""
    if not isinstance(value, str):
        return value
    if model := OF_MODEL.fullmatch(value):
        return context["get_where_subquery"](context["ref"](model[1]))
    if model := OTHER_MODEL.fullmatch(value):
        return context["ref"](model[1])
    return value
