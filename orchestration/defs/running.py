"""What all assets share: the writer pool, the daily partitions and clear failures.

A partition is a delivery day: the day of the folder in which a file landed. Materializing a
partition brings the asset to its state after that day. Files delivered up to and including that
day are loaded unless they are loaded already, and every event day they touch is rebuilt; late
records touch earlier days. This is idempotent and does not depend on order: partitions may be
materialized one by one, as a range in one run, again, or newest first, and the marts are the same.
Today's partition also loads files that lie under a later day. Files that lie under no day are
loaded with any partition.

A delivery day is not an event day. Marts have event days of their own, and materializing an old
partition never removes what was loaded since.
"""

import contextlib
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg
import duckdb
import psycopg

from orchestration.core.errors import GranaryError, is_full, of_engine
from orchestration.warehouse import stages

# Steps that write to the warehouse share this pool. The instance's configuration limits it to one.
WRITER_POOL = "writer"

# The first partition. Files delivered earlier are loaded with any partition.
FIRST_DELIVERY_DAY = "2026-01-01"

delivery_days = dg.DailyPartitionsDefinition(start_date=FIRST_DELIVERY_DAY, end_offset=1)

# A backfill of a range of days is one run: one load and one build. Dagster would warn at every
# asset that this parameter is in beta.
warnings.filterwarnings("ignore", message=".*backfill_policy.*", category=dg.BetaWarning)
one_run = dg.BackfillPolicy.single_run()


def at_most(hours: int) -> dict[str, str]:
    """Return the job tags that let Dagster end a run after that many hours."""
    return {"dagster/max_runtime": str(hours * 3600)}


def today() -> str:
    """Return the key of the current partition: today, UTC."""
    return datetime.now(UTC).date().isoformat()


def last_day(context: dg.AssetExecutionContext) -> date | None:
    """Return the last delivery day that a run loads; None if the run loads every file."""
    if not context.has_partition_key and not context.has_partition_key_range:
        return None
    last = max(context.partition_keys)
    return None if last >= today() else date.fromisoformat(last)


@contextlib.contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn an expected error into a failed run that shows its message, not a traceback.

    Stages recorded inside the block carry the id of Dagster's run.
    """
    try:
        with stages.run(dg.AssetExecutionContext.get().run_id):
            yield
    except GranaryError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    except Exception as error:
        if not isinstance(error, (duckdb.Error, psycopg.Error)) and not is_full(error):
            raise
        # The engine's own message may quote personal data; `from None` keeps it out of the UI, too.
        raise dg.Failure(description=of_engine(error), allow_retries=False) from None
