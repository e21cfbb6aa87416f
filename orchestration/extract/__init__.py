"""Extract applications' databases into the landing zone, as Parquet files.

The entry point is `run.extract`. From the landing zone on, the same loader handles all sources.
"""
