"""Publish the marts: readers see the whole new version or the whole old one, and never wait."""

from __future__ import annotations

from orchestration.core.errors import PublishRefused
from orchestration.core.settings import Settings
from orchestration.serving.gate import check, published, read_manifest
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import Publication
from orchestration.warehouse.stages import stage


def publish(settings: Settings) -> Publication:
    """Publish the marts if the last build passed.

    Raises:
        PublishRefused: the gate is closed; the last good version stays.
        WarehouseError: the warehouse cannot be reached, or the disk is full.
    """
    with stage(settings, "publish") as noted:
        manifest = read_manifest(settings)
        warehouse = warehouse_of(settings)
        if not warehouse.exists():
            raise PublishRefused("nothing is built yet: run `granary build` first")
        publication = warehouse.publish(published(manifest), lambda query: check(query, manifest))
        noted.records_out, noted.size_bytes = publication.rows, publication.size_bytes
    return publication
