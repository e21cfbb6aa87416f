"""Compare the cost of one more day with the cost of building everything."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

from benchmarks import work
from benchmarks.bench import DAYS, TEN_MILLION, Bench, Home
from benchmarks.measure import Measured
from benchmarks.rows import Target

TIMES_LONGER = 10
LATE_DAYS = 10
LATE_SHARE = 0.006  # of a day's interactions, as in the sample
OF_FULL = Target(15, least=False)
LATE_OF_FULL = Target(30, least=False)
OF_SHORT = Target(1.3, least=False)
NAME = "one more day"
DBT = "dbt's own time and tests included"


def measure(bench: Bench) -> None:
    """Add the same day to a short and to a long history that end on the same day.

    The long history is left out at 10M: that of 1M already holds ten million interactions.
    """
    long = bench.size.interactions < TEN_MILLION
    history = DAYS * TIMES_LONGER if long else DAYS
    with bench.home("days") as source:
        bench.say(f"writing a sample of {history + 2} days")
        source.run(work.write_sample_of, history + 2, bench.size.rows_per_day, "in time")
        *past, day, last_day = _days(source)
        with bench.home("short") as home:
            full = _full_build(bench, home, source, past[-DAYS:])
            one = _one_more(bench, home, source, day, f"day {DAYS + 1}")
            _land_late(home.settings.landing, last_day, bench.size.rows_per_day)
            late = _one_more(bench, home, source, last_day, f"day {DAYS + 2} and late rows")
        _rows(bench, full, one, late)
        if long:
            with bench.home("long") as home:
                whole = _full_build(bench, home, source, past)
                after = _one_more(bench, home, source, day, f"day {history + 1}")
            _rows_of_long(bench, whole, one, after, f"{history} days")


def _rows(bench: Bench, full: Measured, one: Measured, late: Measured) -> None:
    days = f"{DAYS} days"
    _engine_row(bench, "full build", full, days)
    _engine_row(bench, "", one, days)
    bench.add(
        f"{NAME}: of the full build", _percent(one, full, "engine"), "%", size=days, target=OF_FULL
    )
    bench.add(f"{NAME}: of the full build, {DBT}", _percent(one, full, "nodes"), "%", size=days)
    bench.add(
        f"{NAME}: with late rows of {LATE_DAYS} days, of the full build",
        _percent(late, full, "engine"),
        "%",
        size=days,
        target=LATE_OF_FULL,
        peak_mb=late.peak_mb,
    )
    if bench.first:
        bench.notes.append(
            "one more day: engine seconds are what the models' statements took, as dbt logs them. "
            "A history ten times longer has the same rows per day and ends on the same day."
        )


def _rows_of_long(bench: Bench, whole: Measured, one: Measured, after: Measured, days: str) -> None:
    _engine_row(bench, "full build", whole, days)
    _engine_row(bench, "", after, days)
    name = f"{NAME}: history {TIMES_LONGER} times longer"
    ratio = after.result["engine"] / one.result["engine"]
    bench.add(name, ratio, "ratio", size=days, target=OF_SHORT)
    bench.add(f"{name}, {DBT}", after.result["nodes"] / one.result["nodes"], "ratio", size=days)


def _engine_row(bench: Bench, what: str, run: Measured, days: str) -> None:
    name = ": ".join(filter(None, (NAME, what)))
    bench.add(name, run.result["engine"], "engine s", size=days, peak_mb=run.peak_mb)


def _percent(part: Measured, whole: Measured, kind: str) -> float:
    return float(part.result[kind] / whole.result[kind] * 100)


def _days(home: Home) -> list[str]:
    """Return the delivery days of a landing zone, in order."""
    return sorted({path.name for path in home.settings.landing.glob("assistant/*/*")})


def _full_build(bench: Bench, home: Home, source: Home, days: list[str]) -> Measured:
    for day in days:
        home.link(source, f"assistant/*/{day}/*")
    bench.say(f"ingest of {len(days)} days")
    home.run(work.load)
    return _best_build(bench, home, f"full build of {len(days)} days")


def _one_more(bench: Bench, home: Home, source: Home, day: str, what: str) -> Measured:
    home.link(source, f"assistant/*/{day}/*")
    home.run(work.load)
    return _best_build(bench, home, what)


def _best_build(bench: Bench, home: Home, what: str) -> Measured:
    """Build several times from the same state; the run with the least engine time counts."""
    runs = []
    home.save("before")
    for number in range(1, bench.size.rounds + 1):
        bench.say(f"{what}, round {number} of {bench.size.rounds}")
        home.restore("before")
        runs.append(home.run(work.run_dbt))
    least = min(runs, key=lambda r: float(r.result["engine"]))
    return Measured(least.seconds, max(r.peak_mb for r in runs), least.result)


def _land_late(landing: Path, day: str, rows_per_day: int) -> None:
    """Add late interactions of each of the days before a day to that day's delivery."""
    of_each = max(1, round(LATE_SHARE * rows_per_day / LATE_DAYS))
    folder = landing / "assistant" / "interactions" / day
    folder.mkdir(parents=True)
    with open(folder / "part-late.jsonl", "w", encoding="utf-8") as file:
        for back in range(1, LATE_DAYS + 1):
            asked_on = date.fromisoformat(day) - timedelta(days=back)
            for number in range(of_each):
                file.write(_late_line(asked_on, back, number) + "\n")


def _late_line(asked_on: date, back: int, number: int) -> str:
    return json.dumps(
        {
            "session_id": f"late-{back}-{number // 5}",
            "timestamp": f"{asked_on}T12:{number // 60 % 60:02}:{number % 60:02}Z",
            "user_role": "Student",
            "query": f"what came late, number {number % 50}",
            "query_type": "general",
            "response_time": 1.5,
            "success": True,
        }
    )
