"""The HTML report is one file that needs nothing else, in a real browser too."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from html import escape, unescape
from pathlib import Path

import pytest

from orchestration.report.executive import executive_report
from orchestration.report.figures import Report
from orchestration.report.html import render_html
from orchestration.tests.report.platform import MODEL
from orchestration.tests.workspace import Workspace

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Whatever makes a browser ask for something that is not in the file.
LOADS = re.compile(
    r"<(?:link|script|img|iframe|object|embed|base|image|use|form)\b|@import|@font-face|\burl\(|"
    r"\b(?:xlink:)?(?:href|src|srcset|action|data|poster|background)\s*=|\bfetch\(|"
    r"XMLHttpRequest|WebSocket|javascript:|https?:|\bon[a-z]+\s*=",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def found(duckdb_platform: Workspace) -> Report:
    return executive_report(
        duckdb_platform.settings,
        days=10,
        as_of=date(2026, 1, 20),
        now=datetime(2026, 2, 1, 12, tzinfo=UTC),
    )


@pytest.fixture(scope="module")
def page(found: Report) -> str:
    return render_html(found)


def test_the_file_asks_for_nothing(page: str) -> None:
    assert len(page) > 50_000
    assert LOADS.findall(page) == []
    assert "default-src 'none'" in page
    # The pattern sees what it looks for.
    for load in ('<img src="x">', "@import 'x'", "a{b:url(x)}", "fetch('/x')", "https://x"):
        assert LOADS.search(load), load


def test_the_page_says_what_it_is_of(page: str, found: Report) -> None:
    text = unescape(re.sub(r"<[^>]+>", " ", page))
    for words in (
        "Executive report",
        "2026-01-11 to 2026-01-20",
        "2026-01-01 to 2026-01-10",
        "all organizations",
        "2026-02-01 12:00 UTC",
    ):
        assert words in text, words
    definitions = page[page.index('id="definitions"') :]
    for figure in found.all_figures():
        assert escape(figure.measure.label) in page
        assert escape(figure.measure.definition) in definitions


def test_every_figure_shows_value_change_and_news(page: str) -> None:
    cards = dict(
        re.findall(r'<div class="label">([^<]*)</div>(.*?)<div class="was">', page, re.DOTALL)
    )
    assert ">3<" in cards["Documents"]
    assert 'class="change good">▲ 1 (+50.0\N{NO-BREAK SPACE}%)' in cards["Documents"]
    assert 'class="change bad">▲ $3.0000 (+300.0\N{NO-BREAK SPACE}%)' in cards["Cost"]
    assert 'class="change neutral"' in cards["Findings"]


def test_charts_are_drawn_and_take_their_colours_from_the_page(page: str) -> None:
    charts = re.findall(r'<svg class="chart".*?</svg>', page, re.DOTALL)
    assert len(charts) == 5
    for chart in charts:
        assert 'fill="var(--now)"' in chart or 'stroke="var(--now)"' in chart
        # A colour of its own would not change with the scheme.
        assert not re.search(r'(?:fill|stroke)="(?:#|rgb|black|white)', chart)
    assert "@media (prefers-color-scheme: dark)" in page
    assert 'name="viewport"' in page


def test_bars_are_as_long_as_their_values(page: str) -> None:
    [risks] = re.findall(r"Analyses by risk</figcaption>(.*?)</ul>", page, re.DOTALL)
    bars = re.findall(
        r'"name"[^>]*>([^<]*)<.*?width:([\d.]+)%.*?left:([\d.]+)%.*?"number">([^<]*)<', risks
    )
    assert bars == [
        ("High", "100.0", "0.0", "3"),
        ("Medium", "0.0", "33.3", "0"),
        ("Low", "33.3", "0.0", "1"),
    ]


def test_text_of_applications_is_text(page: str) -> None:
    assert "契約書" in page
    assert escape(MODEL) in page
    assert "<b>&" not in page


def test_a_browser_shows_it_offline(page: str, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium on this machine: apt-get install -y chromium")
    file = tmp_path / "report.html"
    file.write_text(page, "utf-8")
    shown, refusals = _load(browser, file)
    assert refusals == []
    assert "契約書" in shown
    assert shown.count("<svg") == page.count("<svg") == 5
    # A request would be seen: the page's own policy refuses it.
    file.write_text(page.replace("</main>", '<img src="https://x.invalid/y.png"></main>'), "utf-8")
    assert _load(browser, file)[1]


def _load(browser: str, file: Path) -> tuple[str, list[str]]:
    """The page as the browser understood it, and what it refused to load."""
    result = subprocess.run(
        [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            f"--user-data-dir={file.parent / 'profile'}",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    refusals = [line for line in result.stderr.splitlines() if "Content Security Policy" in line]
    return result.stdout, refusals
