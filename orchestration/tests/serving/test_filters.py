"""A condition is written anew from what is allowed; all else is refused, and named."""

from __future__ import annotations

import pytest

from orchestration.serving.filters import MetricError, checked_name, rebuilt

RISK = "{{ Dimension('analysis__risk_level') }}"


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (f"{RISK} = 'High'", f"({RISK} = 'High')"),
        (f"{RISK}='O''Brien; --'".replace("'analysis__risk_level'", '"analysis__risk_level"'),
         f"({RISK} = 'O''Brien; --')"),
        (f"{RISK} not like 'H%' -- really", f"(not ({RISK} like 'H%'))"),
        (f"not {RISK} in ('a', 'b') or {RISK} is not null",
         f"((not ({RISK} in ('a', 'b'))) or (not ({RISK} is null)))"),
        ("{{ Metric('cost_usd', group_by=['organization']) }} between -1.5 and 1e3",
         "({{ Metric('cost_usd', group_by=['organization']) }} between -1.5 and 1e3)"),
        ("{{ TimeDimension('metric_time', 'day').grain('week') }} >= date '2026-01-05'",
         "({{ TimeDimension('metric_time', 'day').grain('week') }} >= cast('2026-01-05' as date))"),
    ],
)  # fmt: skip
def test_a_condition_keeps_its_meaning(condition: str, written: str) -> None:
    assert rebuilt(condition) == written


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        (f"{RISK} = 'High'; select 1", "not one expression"),
        (f"{RISK} in (select 1)", "in"),
        (f"exists (select 1) and {RISK} = 'a'", "exists"),
        (f"upper({RISK}) = 'HIGH'", "upper"),
        (f"length_of({RISK}) = 1", "anonymous"),
        (f"{RISK} = 'a' || 'b'", "dpipe"),
        (f"{RISK} between symmetric 2 and 1", "between"),
        ("risk_level = 'High'", "column"),
        ('"{0}" = 1', "column"),
        (f"{RISK} = '{{0}}'", "literal"),
        (f"{RISK} = cast('1' as integer)", "cast"),
        ("{% set a = 1 %} 1 = 1", "cannot be read"),
        ("{{ 7 * 7 }} = 49", "in braces"),
        ("{{ ''.join }} = 1", "in braces"),
        ("{{ Colour('red') }}", "'Colour' is undefined"),
        ("{{ Dimension('a').upper() }} = 1", "'upper' is undefined"),
        ("{{ Dimension(other) }} = 1", "cannot be read"),
        ("{{ Dimension('a b') }} = 1", "not a name"),
        ("", "not one expression"),
        ("(" * 5_000, "cannot be read"),
    ],
)
def test_what_is_not_allowed_is_named(condition: str, named: str) -> None:
    with pytest.raises(MetricError, match=named) as refused:
        rebuilt(condition)
    assert refused.value.exit_code == 2


def test_a_dimension_is_a_name() -> None:
    assert checked_name("organization__subscription_tier") == "organization__subscription_tier"
    for given in ("metric_time; select 1", "Dimension('x')", "{{ 7 }}", ""):
        with pytest.raises(MetricError, match="not a name"):
            checked_name(given)
