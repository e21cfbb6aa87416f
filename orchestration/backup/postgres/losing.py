"""The part of a live server's log that is not in the archive."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestration.backup.manifest import WAL_FOLDER
from orchestration.backup.postgres.restore import reaches_to
from orchestration.backup.postgres.wal import archived, segments_between
from orchestration.backup.store import Store, warehouse_backup
from orchestration.core.clock import utc_now
from orchestration.core.errors import WarehouseError
from orchestration.warehouse import postgres

_PRESENT = (
    "select system_identifier, pg_walfile_name(pg_current_wal_insert_lsn()), "
    "(select setting::bigint from pg_settings where name = 'archive_timeout'), "
    "(select setting::bigint from pg_settings where name = 'wal_segment_size') "
    "from pg_control_system()"
)


def first_lost_transaction(store: Store) -> datetime | None:
    """When the archive ends, UTC, or how long the server may keep what it has written since."""
    try:
        with postgres.connect() as server:
            row = server.execute(_PRESENT).fetchone()
    except WarehouseError:
        return reaches_to(archived(warehouse_backup(store, None).archive))
    assert row is not None
    known = archived(store.root / WAL_FOLDER / str(row[0]))
    reach = reaches_to(known)
    if reach is None:
        return datetime.min
    current, timeout = str(row[1]), timedelta(seconds=int(str(row[2])))
    done = [name for name, file in known.items() if file.is_segment and name < current]
    waiting = done and len(list(segments_between(done[-1], current, int(str(row[3]))))) > 2
    if waiting or not timeout:
        return reach
    # Whatever is written is archived once it is so old, so no write that is older is missing.
    return max(reach, utc_now() - timeout)
