"""What all assets share: the writer pool, delivery days as partitions, errors a person can act on.

A partition is a delivery day, the folder a file was landed in, and says how far deliveries have
been taken in. Materializing it brings the asset to the state after that day: files delivered up to
and including it are loaded if they are not yet, and every event day they touch is built anew,
whichever days those are (late records touch earlier ones). So partitions may be materialized one by
one, as a range in one run, again, or newest first; the marts come out the same. Today's partition
also takes what lies under a later day. Files that lie under no day are taken with any partition.

It is not the event day: a mart knows days of its own, and materializing an old partition never
takes back what was loaded since.
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

# One run at a time has a step in the pool; the instance's configuration sets the limit.
WRITER_POOL = "writer"

# Files delivered earlier are loaded with whichever day comes first.
FIRST_DELIVERY_DAY = "2026-01-01"

delivery_days = dg.DailyPartitionsDefinition(start_date=FIRST_DELIVERY_DAY, end_offset=1)

# A range of days is one load and one build. (Dagster calls the parameter beta at every asset.)
warnings.filterwarnings("ignore", message=".*backfill_policy.*", category=dg.BetaWarning)
one_run = dg.BackfillPolicy.single_run()


def at_most(hours: int) -> dict[str, str]:
    """Tags of a job whose runs are ended when they take longer."""
    return {"dagster/max_runtime": str(hours * 3600)}


def today() -> str:
    """The partition that is open: the current day, UTC."""
    return datetime.now(UTC).date().isoformat()


def last_day(context: dg.AssetExecutionContext) -> date | None:
    """The last delivery day a run takes in; None where it takes whatever there is."""
    if not context.has_partition_key and not context.has_partition_key_range:
        return None
    last = max(context.partition_keys)
    return None if last >= today() else date.fromisoformat(last)


@contextlib.contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn an expected failure into a failed run that shows the message, not a traceback.

    The stages within belong to Dagster's run.
    """
    try:
        with stages.run(dg.AssetExecutionContext.get().run_id):
            yield
    except GranaryError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    except Exception as error:
        if not isinstance(error, (duckdb.Error, psycopg.Error)) and not is_full(error):
            raise
        raise dg.Failure(description=of_engine(error), allow_retries=False) from None
