"""Compare backup and restore of a built warehouse with a plain copy of its files plus SHA-256."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path

from benchmarks import work
from benchmarks.bench import Bench
from benchmarks.measure import Timed
from benchmarks.rows import Target
from orchestration.backup.create import create
from orchestration.backup.restore import restore
from orchestration.core.settings import Settings
from orchestration.secrecy.keys import read_identities, write_identity

OF_COPY = Target(12, least=False)
BLOCK_BYTES = 1 << 20
KEY, RECIPIENT = "backup.key", "backup.recipient"


def measure(bench: Bench) -> None:
    """Measure plain copy, backup and restore of the warehouse and the landing zone.

    The backup is also compressed and encrypted.
    """
    with bench.home("backup") as home:
        home.link(bench.sample, "*/*/*/*")
        bench.say("a warehouse to back up")
        rows = home.run(work.load).result["rows"]
        home.run(work.run_dbt, "--exclude-resource-type", "test")
        home.run(make_key)
        bench.say("plain copy, backup, restore")
        plain = min((home.run(copy_plainly) for _ in range(bench.size.rounds)), key=_seconds)
        made = min((home.run(back_up) for _ in range(bench.size.rounds)), key=_seconds)
        back = min((home.run(put_back) for _ in range(bench.size.rounds)), key=_seconds)
    size = f"{rows:,} rows, {plain.result / 2**20:,.0f} MiB"
    bench.add("backup: plain copy with SHA-256", plain.seconds, "s", size=size)
    bench.add("backup", made.seconds, "s", size=size, peak_mb=made.peak_mb)
    bench.add("backup: of the plain copy", made.seconds / plain.seconds, "ratio", target=OF_COPY)
    bench.add("backup: bytes of it", made.result / plain.result, "ratio")
    bench.add("backup: restore", back.seconds, "s", size=size, peak_mb=back.peak_mb)
    bench.add("backup: restore, of the plain copy", back.seconds / plain.seconds, "ratio")


def _seconds(measured: object) -> float:
    return float(measured.seconds)  # type: ignore[attr-defined]


def make_key() -> None:
    """Make a key pair in the home. (In production the private key is kept elsewhere.)"""
    root = Settings().root
    (root / RECIPIENT).write_text(write_identity(root / KEY))


def copy_plainly() -> Timed:
    """Copy, hash and fsync every file; return their bytes."""
    settings = Settings()
    target = settings.root / "plain"
    shutil.rmtree(target, ignore_errors=True)
    started = time.perf_counter()
    total = 0
    for path in (settings.warehouse, *sorted(settings.landing.rglob("*"))):
        if path.is_file():
            total += _copy(path, target / path.relative_to(settings.root))
    seconds = time.perf_counter() - started
    shutil.rmtree(target)
    return Timed(seconds, total)


def _copy(path: Path, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as source, open(target, "wb") as file:
        while block := source.read(BLOCK_BYTES):
            digest.update(block)
            file.write(block)
            size += len(block)
        file.flush()
        os.fsync(file.fileno())
    return size


def back_up() -> Timed:
    """Make a first backup of everything; return its bytes."""
    settings = _settings()
    # After the first backup, landed files are not stored again.
    shutil.rmtree(settings.backups, ignore_errors=True)
    started = time.perf_counter()
    report = create(settings)
    return Timed(time.perf_counter() - started, report.size_bytes)


def put_back() -> Timed:
    """Restore the backup into a new folder, comparing every table; return the number of rows."""
    settings = _settings()
    target = settings.root / "restored"
    started = time.perf_counter()
    report = restore(settings, target, read_identities(settings, settings.root / KEY))
    seconds = time.perf_counter() - started
    shutil.rmtree(target)
    return Timed(seconds, report.rows)


def _settings() -> Settings:
    settings = Settings()
    recipient = (settings.root / RECIPIENT).read_text()
    return settings.model_copy(update={"backup_recipients": recipient})
