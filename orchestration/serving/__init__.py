"""Serving: the quality gate, the published copy of the marts, and metrics over it."""
