"""Redaction: speed compared with Presidio and a Python loop, and precision and recall."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Any

import duckdb

from benchmarks import redaction_rivals as rivals
from benchmarks import work
from benchmarks.bench import Bench
from benchmarks.measure import Measured, Timed, fastest_of
from benchmarks.rows import Target
from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.privacy.render import render_macro
from orchestration.tests.privacy.score import score

LABELLED = PROJECT_DIR.parent / "shared" / "data" / "pii" / "en_dev.jsonl"
# Texts are repeated up to this number: a pass over fewer would be too short to time.
LEAST_TEXTS = 1_000_000
LOOP_TEXTS = 100_000
PRESIDIO_TEXTS = 3_000
PASSES = 3
SPEED = Target(1_000_000, least=True)
AGAINST_PRESIDIO = Target(300, least=True)


def measure(bench: Bench) -> None:
    """Redact the sample's questions with each tool, then score the labelled texts."""
    sample = bench.sample
    count = max(LEAST_TEXTS, bench.size.interactions)
    bench.say("redaction on DuckDB")
    ours = sample.run(redact_in_duckdb, count)
    speed = count / ours.seconds
    texts = f"{count:,} texts of {ours.result['mean_characters']:.0f} characters"
    bench.add("redaction", speed, "texts/s", size=texts, target=SPEED, peak_mb=ours.peak_mb)
    bench.say("redaction by a Python loop")
    loop = sample.run(rivals.redact_in_loop, LOOP_TEXTS)
    _rival(bench, "Python re loop, one core", speed, LOOP_TEXTS, loop)
    if find_spec("presidio_analyzer"):
        bench.say("redaction by Presidio")
        presidio = sample.run(rivals.redact_with_presidio, PRESIDIO_TEXTS)
        name = "Presidio, pattern recognizers, one core"
        _rival(bench, name, speed, PRESIDIO_TEXTS, presidio, AGAINST_PRESIDIO)
    elif bench.first:
        bench.notes.append(
            "redaction: Presidio is not installed, so its rows are left out; `make bench` "
            "installs the dependency group bench."
        )
    if not bench.first:
        return
    if LABELLED.is_file():
        bench.say("redaction of labelled texts")
        _labelled(bench, sample.run(score_labelled), sample.run(redact_labelled, LEAST_TEXTS))
    else:
        bench.notes.append(
            "redaction: the labelled texts (../shared/data/pii) are not on this machine, so "
            "precision, recall and F1 are left out."
        )


def _rival(
    bench: Bench, name: str, speed: float, count: int, run: Measured, target: Target | None = None
) -> None:
    """Add a rival's speed, and how many times faster DuckDB is."""
    rate = len_of(run) / run.seconds
    size = f"{count:,} texts"
    bench.add(f"redaction: {name}", rate, "texts/s", size=size, peak_mb=run.peak_mb)
    bench.add(f"redaction: DuckDB / {name.partition(',')[0]}", speed / rate, "ratio", target=target)


def len_of(run: Measured) -> int:
    """Return the number of texts a rival has read: the sample may hold fewer than asked for."""
    return int(run.result["texts"])


def _labelled(bench: Bench, scores: Measured, dense: Measured) -> None:
    size = f"{scores.result.pop('texts'):,} labelled texts"
    bench.add(
        "redaction: labelled texts",
        LEAST_TEXTS / dense.seconds,
        "texts/s",
        size=f"{size}, repeated",
        sized=False,
        peak_mb=dense.peak_mb,
    )
    for kind, figures in scores.result.items():
        for figure, value in figures.items():
            bench.add(f"redaction: {figure} of {kind}", value, "ratio", size=size, sized=False)


def redact_in_duckdb(count: str) -> Timed:
    """Redact at most a million of the sample's questions, repeated up to the count."""
    return _redact(work.questions(min(int(count), LEAST_TEXTS)), int(count))


def redact_labelled(count: str) -> Timed:
    """Redact the labelled texts, most of which hold personal data, repeated up to the count."""
    lines = LABELLED.read_text("utf-8").splitlines()
    return _redact([json.loads(line)["text"] for line in lines], int(count))


def _redact(texts: list[str], count: int) -> Timed:
    """Redact with the macro's SQL; only that is timed, not filling the table."""
    expression = render_macro("redact_pii", "duckdb", "content")
    with duckdb.connect() as engine:
        engine.execute(render_macro("create_redaction_functions", "duckdb"))
        engine.execute("create table texts (content varchar)")
        engine.execute("insert into texts select unnest($1::varchar[])", [texts])
        engine.execute(
            f"create table repeated as select content from range({-(-count // len(texts))}), texts "
            f"limit {count}"
        )
        # Summing the lengths makes DuckDB compute every text and return none.
        timed = fastest_of(
            PASSES,
            lambda: engine.execute(f"select sum(length({expression})) from repeated").fetchall(),
        )
    return Timed(timed.seconds, {"mean_characters": sum(map(len, texts)) / len(texts)})


def score_labelled() -> dict[str, Any]:
    """Return precision, recall and F1 by type of personal data, and the number of texts."""
    return {
        kind: {"precision": of.precision, "recall": of.recall, "F1": of.f1}
        for kind, of in score([LABELLED]).items()
    } | {"texts": sum(1 for _ in LABELLED.open(encoding="utf-8"))}
