"""An invented document-analysis platform: its extracted files, its database, its faults."""

from orchestration.sample.prism.generate import write_prism_sample
from orchestration.sample.prism.options import NO_FAULTS, PrismOptions, PrismResult

__all__ = ["NO_FAULTS", "PrismOptions", "PrismResult", "write_prism_sample"]
