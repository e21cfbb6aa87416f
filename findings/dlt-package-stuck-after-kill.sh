#!/usr/bin/env bash
# dlt 1.31.0: a process that ends between two steps of `normalize` leaves a pipeline that refuses
# its package for good.
#
# `normalize` renames the finished package from load/new to load/normalized, then removes what it
# was made from in normalize/extracted. Whatever ends the process between the two leaves both. The
# next run makes the package again and cannot rename it over the first one, which is complete:
# "Directory not empty", in this and every later run. A pipeline that is created anew in the same
# folder fails alike. The rows are neither lost nor loaded.
#
# What to do: before a pipeline resumes, remove from normalize/extracted every package that also
# stands in load/normalized.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'dlt[parquet]==1.31.0'
cd "$folder"
export RUNTIME__DLTHUB_TELEMETRY=false RUNTIME__LOG_LEVEL=CRITICAL

cat >end_between.py <<'PYTHON'
import os

import dlt
from dlt.common.storages import LoadStorage

move = LoadStorage.commit_new_load_package


def move_and_end(*arguments):
    move(*arguments)
    os._exit(0)  # as if it were killed


LoadStorage.commit_new_load_package = move_and_end
landing = dlt.destination(lambda path, table: None, name="landing", loader_file_format="parquet")
dlt.pipeline("orders", destination=landing, pipelines_dir="work").run(
    [{"id": 1}, {"id": 2}], table_name="orders"
)
PYTHON

cat >finding.py <<'PYTHON'
import shutil
import subprocess
import sys
from pathlib import Path

import dlt

loaded = []
landing = dlt.destination(
    lambda path, table: loaded.append(table["name"]), name="landing", loader_file_format="parquet"
)


def resume():
    pipeline = dlt.pipeline("orders", destination=landing, pipelines_dir="work")
    try:
        pipeline.run()
    except Exception as error:
        cause = error.__cause__
        return f"{type(error).__name__} {type(cause).__name__}: {cause.strerror}"
    return f"loaded {loaded}"


subprocess.run([sys.executable, "end_between.py"], check=True)
print("resumed:", resume())
print("once more:", resume())
work = Path("work/orders")
for package in work.glob("load/normalized/*/"):
    shutil.rmtree(work / "normalize" / "extracted" / package.name)
print("what it was made from removed:", resume())
PYTHON

venv/bin/python -W ignore finding.py | tee seen
diff - seen <<'EXPECTED'
resumed: PipelineStepFailed OSError: Directory not empty
once more: PipelineStepFailed OSError: Directory not empty
what it was made from removed: loaded ['orders']
EXPECTED
