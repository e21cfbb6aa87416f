"""An invented landing zone, as the applications would have written it, with planted faults.

This is the engine; `orchestration/sources/<source>/sample` declares what each source's sample is.
"""

from orchestration.sample.database import FillResult, fill_database
from orchestration.sample.generate import SampleResult, write_sample, write_samples
from orchestration.sample.world import SHOWN_DAYS, Options, SampleError, first_day_of

__all__ = [
    "SHOWN_DAYS",
    "FillResult",
    "Options",
    "SampleError",
    "SampleResult",
    "fill_database",
    "first_day_of",
    "write_sample",
    "write_samples",
]
