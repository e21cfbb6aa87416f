"""What is wrong with a contract is named, with its file and line, before anything runs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

from orchestration.core.contracts import load_contracts
from orchestration.core.errors import ConfigurationError
from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt import contract_plugin
from orchestration.dbt.run import build, dbt_environment
from orchestration.tests.workspace import Workspace, environment

FILE = "models/staging/prism/_prism__sources.yml"
RATING, DAYS = "class: behavioural, minimum: 1, maximum: 5", "class: business, minimum: 1"
# A word of the file, what stands there instead, and what is said of its line.
FAULTS = [
    ("{meta: {required: true, class: business}}", "{meta: {requird: true, class: business}}",
     "unknown meta `requird`: is it `required`?"),
    ("{meta: {required: true, class: business}}", "{mta: {required: true, class: business}}",
     "unknown config `mta`: is it `meta`?"),
    ("natural_key: [id, updated_at]", "natural_ky: [id, updated_at]", "unknown meta `natural_ky`"),
    ("natural_key: [id, updated_at]", "natural_key: id", "natural_key must list the columns"),
    ("natural_key: [id, updated_at]", "natural_key: [id, updatd_at]",
     "natural_key names 'updatd_at', which is not a column: is it `updated_at`?"),
    ("natural_key: [id, updated_at]", "natural_key: [id, name]", "name, which is not required"),
    ("natural_key: [id, updated_at]", "natural_key: [id, id]", "natural_key names id twice"),
    ("event_time: updated_at", "event_time: name", "event_time must name a required timestamp"),
    ("version: updated_at", "version: action", "version must name a required timestamp"),
    ("identifier: prism_users", "identifier: Users", "'Users' is not a plain lower-case name"),
    ("clock_tolerance_hours: 24", "clock_tolerance_hours: soon", "must be a number above 0"),
    ("clock_tolerance_hours: 24", "clock_tolerance_hours: .inf", "must be a number above 0"),
    ("  quality:", "  qualty:", "unknown meta `qualty`: is it `quality`?"),
    ("minimum_score: 0.80", "minimum_score: 80", "minimum_score must be a number from 0 to 1"),
    ("alert_below: 0.85", "alarm_below: 0.85", "unknown key of quality `alarm_below`"),
    ("completeness: {", "completness: {", "unknown key of quality `completness`"),
    ("accuracy: {alert_below: 0.98}", "accuracy: 0.98", "must look like {alert_below: 0.95}"),
    ("legal_basis:", "legal_bases:", "unknown key of a policy `legal_bases`"),
    ("data_class: personal", "data_class: private", "data_class must be one of personal"),
    ("hot_days: 365", "hot_days: never", "hot_days must be a number of days"),
    ("honours_organization: true", "honours_organization: 1", "must be true or false"),
    ("policy: prism_accounts", "polcy: prism_accounts", "unknown key of lifecycle `polcy`"),
    ("organization_column: id", "organisation_column: id", "unknown key of lifecycle"),
    ("organization_column: id", "organization_column: [id]", "organization_column must be text"),
    ("schema: raw", "schema: prism", "schema must be raw"),
    ("data_type: uuid", "data_type: guid", "column id: data_type must be one of bigint, integer"),
    ("data_type: uuid", "data_type: numeric", "numeric(38,12) with its digits"),
    ("data_type: uuid", "data_type: numeric(50,6)", "numeric(38,12) with its digits"),
    ("class: business", "class: secret", "class must be one of identifier"),
    ("required: true", "required: 'yes'", "required must be true or false"),
    (RATING, RATING.replace("1", "low"), "minimum must be a number"),
    (RATING, RATING.replace("1", ".nan"), "minimum must be a number"),
    (RATING, RATING.replace("1", "7"), "minimum is above maximum"),
    (RATING, "class: behavioural, severity: high", "severity needs bounds"),
    (RATING, f"{RATING}, severity: dire", "severity must be one of low, medium, high"),
    (RATING, "class: behavioural, accepted_values: [1]", "are for a varchar, bigint or integer"),
    (DAYS, "class: business, accepted_values: [1, x]", "'x' is not a whole number"),
    ("accepted_values: [accepted,", "accepted_values: [no,", "False is not quoted text"),
    ("accepted_values: [accepted,", "accepted_values: [accepted, accepted,", "appears twice"),
    ("about: [", "about: [colour, ", "is about 'colour', which is not a column"),
    ("- name: action_is_given", "- name: action_is_known", "rule action_is_known appears twice"),
    ("dimension: validity", "dimension: taste", "dimension must be one of completeness"),
    ("- name: last_name", "- name: first_name", "column first_name appears twice"),
    ("- name: first_name", "- name: First name", "is not a plain lower-case name"),
    ("description: First name.", "descripton: First name.", "unknown key `descripton`"),
    ("description: First name.", "name: first_name", "name is already in line"),
    ("description: First name.", "description: [First name.", "not valid YAML"),
    ("description: First name.", "\tdescription: First name.", "not valid YAML"),
    ("description: First name.", "description: First\x01name.", "not valid YAML"),
    ("description: First name.", "description: First\udce9 name.", "not valid YAML"),
]  # fmt: skip


def _changed(folder: Path, old: str, new: str) -> int:
    """A project whose contract says something else in one line; which line that is."""
    for path in PROJECT_DIR.glob("models/staging/*/_*__*.yml"):
        copy = folder / path.relative_to(PROJECT_DIR)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    text = (folder / FILE).read_text("utf-8")
    assert old in text, old
    (folder / FILE).write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogateescape"))
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(("old", "new", "said"), FAULTS, ids=[new for _, new, _ in FAULTS])
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    line = _changed(tmp_path, old, new)
    with pytest.raises(ConfigurationError) as raised:
        load_contracts(tmp_path)
    named = {
        (int(found[1]), found[2])
        for found in re.finditer(rf"{re.escape(FILE)}:(\d+): (.*)", str(raised.value))
    }
    # Of a text that does not end, the reader tells where it gave up.
    lines = range(line, line + 4) if "YAML" in said else {line, line + 1}
    assert any(said in problem and at in lines for at, problem in named), str(raised.value)


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    _changed(tmp_path, "natural_key: [id, updated_at]", "natural_key: [id, nme]")
    path = tmp_path / "models/staging/assistant/_assistant__sources.yml"
    path.write_text(path.read_text("utf-8").replace("required:", "requird:"), "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load_contracts(tmp_path)
    assert str(raised.value).count("unknown meta `requird`") > 10
    assert "natural_key names 'nme'" in str(raised.value)


def test_deletions_need_a_stream_of_their_own(tmp_path: Path) -> None:
    _changed(tmp_path, "- name: deletions", "- name: removals")
    with pytest.raises(ConfigurationError) as raised:
        load_contracts(tmp_path)
    assert str(raised.value).count("keyed needs a stream called deletions") >= 3


def test_nothing_runs_with_a_wrong_contract(
    tmp_path: Path, duckdb_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = _changed(tmp_path, "natural_key: [id, updated_at]", "natural_ky: [id, updated_at]")

    def wrong() -> object:
        return load_contracts(tmp_path)

    said = f"{FILE}:{line}: stream prism.organizations: unknown meta `natural_ky`"
    monkeypatch.setattr(contract_plugin, "load_contracts", wrong)
    with environment(dbt_environment(duckdb_workspace.settings)):
        told = dbtRunner().invoke(["--quiet", "parse"])
    assert said in str(told.exception)
    monkeypatch.setattr("orchestration.dbt.run.load_contracts", wrong)
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        build(duckdb_workspace.settings)
    assert not duckdb_workspace.settings.warehouse.exists()
