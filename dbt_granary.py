"""dbt looks for its plugins in modules whose names begin with `dbt_`; see the class."""

from orchestration.dbt.lock_plugin import WriterLock

plugins = [WriterLock]
