"""An invented landing zone, as the assistant would have written it, with planted faults."""

from orchestration.sample.generate import write_sample
from orchestration.sample.options import SampleError, SampleOptions, SampleResult

__all__ = ["SampleError", "SampleOptions", "SampleResult", "write_sample"]
