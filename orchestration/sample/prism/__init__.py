"""An invented document-analysis platform: its extracted files, its database, its faults."""

from orchestration.sample.prism.database import FillResult, fill_database
from orchestration.sample.prism.generate import write_prism_sample
from orchestration.sample.prism.options import FAULTS, NO_FAULTS, PrismOptions, PrismResult

__all__ = [
    "FAULTS",
    "NO_FAULTS",
    "FillResult",
    "PrismOptions",
    "PrismResult",
    "fill_database",
    "write_prism_sample",
]
