"""What the applications' databases hold, written into the landing zone as Parquet files.

`run.extract` does it; everything after the landing zone is the one loader's.
"""
