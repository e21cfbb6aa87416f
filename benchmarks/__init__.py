"""Benchmarks of speed and memory: ratios of two things that are measured side by side in one run.

A ratio stays comparable on another machine; an absolute figure does not.
"""
