"""In Dagster every table is an asset that tells what was landed of it."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration.core.contracts import load_contracts
from orchestration.defs.extract import CONTRACT_CHECK, extraction_assets, landing_key
from orchestration.defs.running import today
from orchestration.tests.extract.helpers import PASSWORD, TABLES, USER, Application
from orchestration.tests.workspace import environment

pytestmark = pytest.mark.filterwarnings("ignore:.*backfill_policy")


def _materialize(
    application: Application, *, url: bool = True, selection: list[str] | None = None
) -> dg.ExecuteInProcessResult:
    variables = {"GRANARY_HOME": str(application.settings.home)}
    if url:
        address = application.settings.source_urls["prism"]
        variables["GRANARY_PRISM_URL"] = address.get_secret_value()
    with environment(variables):
        return dg.materialize(
            extraction_assets(),
            partition_key=today(),
            selection=[landing_key(name) for name in selection] if selection else None,
            raise_on_error=False,
        )


def _metadata(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, object]]:
    return {
        event.asset_key.path[-1]: {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }


def test_each_table_tells_what_was_landed(application: Application) -> None:
    application.insert_many("users", 3)
    gone, *_ = application.insert_many("organizations", 2)
    result = _materialize(application)
    assert result.success
    told = _metadata(result)
    assert set(told) == {
        s.table for (source, _), s in load_contracts().items() if source == "prism"
    }
    assert told["prism_users"]["extracted"] is True
    assert (told["prism_users"]["rows"], told["prism_users"]["files"]) == (3, 1)
    assert told["prism_users"]["bytes"]
    assert len(application.landed("users")) == 3
    application.execute("delete from organizations where id = %s", gone)
    told = _metadata(_materialize(application))
    assert (told["prism_users"]["rows"], told["prism_deletions"]["rows"]) == (0, 1)
    for event in result.all_events:
        assert PASSWORD not in str(event)
        assert USER not in str(event)


def test_a_broken_contract_is_a_red_check_until_it_is_mended(application: Application) -> None:
    application.insert("users")
    application.execute("alter table users rename column created_at to made_at")
    for name, passed in ("made_at", False), ("made_at", False), ("created_at", True):
        if name == "created_at":
            application.execute("alter table users rename column made_at to created_at")
        result = _materialize(application, selection=["prism_users", "prism_documents"])
        assert result.success
        checks = {c.asset_key.path[-1]: c for c in result.get_asset_check_evaluations()}
        assert {c.check_name for c in checks.values()} == {CONTRACT_CHECK}
        assert checks["prism_users"].passed == passed
        assert checks["prism_users"].severity == dg.AssetCheckSeverity.ERROR
        assert checks["prism_documents"].passed
    assert application.landed("users")


def test_without_a_database_nothing_fails(application: Application) -> None:
    result = _materialize(application, url=False)
    assert result.success
    told = _metadata(result)
    assert len(told) > len(TABLES)
    for metadata in told.values():
        assert metadata["extracted"] is False
        assert "GRANARY_PRISM_URL" in str(metadata["reason"])
    assert not application.settings.landing.exists()


def test_a_failed_table_fails_the_run_and_the_others_are_there(application: Application) -> None:
    application.insert("audit_logs")
    application.execute(
        "create view aside as select * from users; drop table users cascade; "
        "create view users as select gen_random_uuid() as id, 1 / 0 as login_attempts, "
        "now() as created_at, now() as updated_at"
    )
    result = _materialize(application)
    assert not result.success
    told = _metadata(result)
    assert "prism_users" not in told
    assert told["prism_audit_logs"]["rows"] == 1
    [failure] = [e for e in result.all_events if e.is_step_failure]
    assert "users: could not be read (DivisionByZero, 22012)" in str(failure.step_failure_data)
