"""dbt looks for its plugins in modules whose names begin with `dbt_`; see the classes."""

from orchestration.dbt.contract_plugin import CheckedContracts
from orchestration.dbt.lock_plugin import WriterLock
from orchestration.dbt.tests_plugin import GroupedTests

plugins = [CheckedContracts, WriterLock, GroupedTests]
