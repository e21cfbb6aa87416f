"""An invented landing zone, as the applications would have written it, with planted faults."""

from orchestration.sample.generate import write_sample
from orchestration.sample.options import (
    SHOWN_DAYS,
    SampleError,
    SampleOptions,
    SampleResult,
    first_day_of,
)
from orchestration.sample.prism import (
    FillResult,
    PrismOptions,
    PrismResult,
    fill_database,
    write_prism_sample,
)
from orchestration.sample.sources import SOURCES, SourcesResult, write_samples

__all__ = [
    "SHOWN_DAYS",
    "SOURCES",
    "FillResult",
    "PrismOptions",
    "PrismResult",
    "SampleError",
    "SampleOptions",
    "SampleResult",
    "SourcesResult",
    "fill_database",
    "first_day_of",
    "write_prism_sample",
    "write_sample",
    "write_samples",
]
