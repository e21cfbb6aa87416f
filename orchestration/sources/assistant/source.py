"""The chat assistant: it writes its records as files."""

from orchestration.sources.declaring import Source

SOURCE = Source("assistant")
