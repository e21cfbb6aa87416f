"""Calls to AI models: collectors and gateways write them as files."""

from orchestration.sources.declaring import Source

SOURCE = Source("genai")
