"""The knowledge product: it writes its events as files."""

from orchestration.sources.declaring import Source

SOURCE = Source("codex")
