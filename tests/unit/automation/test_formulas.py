"""Values are judged by the formulas of docs/decisions/0050, which a second implementation computes."""

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pixel.automation.formulas import Finding, Rule, Value, deviation, find, sigma_of
from pixel.workspaces.vocabulary import AlertDirection, AlertKind, Metric
from tests.unit.automation import formula_oracle as oracle

METRICS: tuple[Metric, ...] = get_args(Metric)
_ROUNDING = 1e-9


def _values(metric: Metric) -> st.SearchStrategy[Value]:
    number = st.integers(0, 3_000)
    match metric:
        case "bounce_rate":
            return number.flatmap(lambda n: st.integers(0, n).map(lambda bounces: Value(bounces / n if n else 0.0, n)))
        case "avg_duration":
            return st.builds(Value, st.floats(0, 4_000).map(lambda value: round(value, 3)), number)
        case "revenue":
            return st.builds(Value, st.integers(-50_000, 900_000).map(lambda cents: cents / 100), number)
    return number.map(lambda count: Value(count, count))


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Rule, Value, list[Value | None], float | None]:
    metric = draw(st.sampled_from(METRICS))
    kind: AlertKind = draw(st.sampled_from(get_args(AlertKind)))
    directions: Sequence[AlertDirection] = ("above", "below", "either") if kind == "anomaly" else ("above", "below")
    highest = {"threshold": 1.0 if metric == "bounce_rate" else 3_000.0, "change": 3.0, "anomaly": 8.0}[kind]
    lowest = {"threshold": 0.0, "change": 0.01, "anomaly": 2.5}[kind]
    rule = Rule(
        metric,
        kind,
        draw(st.sampled_from(directions)),
        round(draw(st.floats(lowest, highest)), 2),
        draw(st.sampled_from((0, 0.1, 0.25, 0.5))),
        draw(st.sampled_from((0, 20, 1_000))),
    )
    now = draw(_values(metric))
    history = draw(st.lists(st.none() | _values(metric), min_size=8, max_size=8))
    return rule, now, history, draw(st.none() | st.floats(0, 1))


@given(case=_cases())
def test_a_value_is_judged_as_the_plain_formulas_do(case: tuple[Rule, Value, list[Value | None], float | None]) -> None:
    rule, now, history, sigma = case
    metric, kind, direction, q, h, volume, _ = rule
    is_rate = metric in {"bounce_rate", "avg_duration"}

    found = find(rule, now, history, sigma)

    score = None
    if is_rate and now.number < volume:
        expected = "missing"
    elif kind == "threshold":
        expected = oracle.threshold(now.value, direction, q, h)
    elif kind == "change":
        before = None if history[0] is None else history[0].value
        expected = oracle.change(now.value, before, direction, q, h, 0 if is_rate else volume)
    else:
        weeks = [oracle.Seen(*one) for one in history if one is not None]
        expected, score = oracle.anomaly(metric, direction, q, volume, oracle.Seen(*now), weeks, sigma)
        assert score is None or found.score == pytest.approx(score, abs=_ROUNDING)
    on_the_edge = found.score is not None and any(
        abs(abs(found.score) - edge) < _ROUNDING for edge in (q, 0.7 * q, q * (1 - h))
    )
    edge_of_threshold = kind == "threshold" and min(abs(now.value - q * (1 - h)), abs(now.value - q * (1 + h))) < 1e-9
    assert found.verdict == expected or on_the_edge or edge_of_threshold


@given(
    values=st.lists(st.floats(-5, 5), max_size=200),
    window=st.sampled_from(("5m", "15m", "1h", "1d", "7d")),
)
@example(values=[0.0] * 12, window="1d")
@example(values=[0.0] * 23, window="1h")
def test_the_spread_is_that_of_the_middle_of_enough_windows(values: list[float], window: Any) -> None:
    expected = oracle.spread(values, 12 if window in {"1d", "7d"} else 24)

    found = sigma_of(window, values)

    assert found == (None if expected is None else pytest.approx(expected))


def _rule(kind: AlertKind, direction: AlertDirection, threshold: float, metric: Metric = "visitors") -> Rule:
    return Rule(metric, kind, direction, threshold, 0.1, 20)


_HUNDRED = [Value(100, 100)] * 8


@pytest.mark.parametrize(
    ("rule", "value", "verdict"),
    [
        (_rule("threshold", "above", 100), 101, "breach"),
        (_rule("threshold", "above", 100), 100, "between"),
        (_rule("threshold", "above", 100), 90, "clear"),
        (_rule("threshold", "below", 100), 99, "breach"),
        (_rule("threshold", "below", 100), 100, "between"),
        (_rule("threshold", "below", 100), 111, "clear"),
        (_rule("threshold", "below", 1), 0, "breach"),  # silence, whatever min_volume is
        (_rule("change", "above", 0.5), 150, "breach"),
        (_rule("change", "above", 0.5), 149, "between"),
        (_rule("change", "above", 0.5), 40, "between"),  # far from what it was, although on the other side
        (_rule("change", "below", 0.5), 50, "breach"),
        (_rule("change", "below", 0.5), 56, "clear"),
        (_rule("anomaly", "above", 3.5), 160, "breach"),
        (_rule("anomaly", "below", 3.5), 160, "between"),
        (_rule("anomaly", "either", 3.5), 60, "breach"),
        (_rule("anomaly", "either", 3.5), 110, "clear"),
    ],
)
def test_what_the_formulas_mean(rule: Rule, value: float, verdict: str) -> None:
    assert find(rule, Value(value, value), _HUNDRED, 0.05).verdict == verdict


def test_few_of_something_never_breach_where_values_are_compared() -> None:
    few: list[Value | None] = [Value(2, 2)] * 8

    kinds: list[tuple[Any, float]] = [("change", 0.5), ("anomaly", 2.5)]
    for kind, threshold in kinds:
        rule = _rule(kind, "above", threshold)
        assert find(rule, Value(19, 19), few, 0.1).verdict == "between"
        assert find(rule, Value(20, 20), few, 0.1).verdict == "breach"


def test_what_is_not_known_is_said() -> None:
    anomaly, change = _rule("anomaly", "above", 3.5), _rule("change", "above", 0.5)
    rate = _rule("anomaly", "above", 3.5, "bounce_rate")

    assert find(anomaly, Value(500, 500), [*[None] * 5, *_HUNDRED[:3]], 0.1) == Finding("learning", 100)
    assert find(anomaly, Value(500, 500), _HUNDRED, None) == Finding("learning", 100)
    assert find(anomaly, Value(500, 500), [], 0.1) == Finding("learning")
    assert find(change, Value(500, 500), [None, *_HUNDRED], None) == Finding("learning")
    assert find(rate, Value(0.9, 49), [Value(0.5, 100)] * 8, 0.1) == Finding("missing")
    assert find(_rule("threshold", "above", 0.5, "bounce_rate"), Value(0.9, 19), [], None) == Finding("missing")


def test_revenue_below_zero_is_as_little_as_none() -> None:
    assert deviation("revenue", Value(-80, 2), [Value(0, 0)]) == 0
    assert deviation("revenue", Value(99, 2), [Value(-5, 1)]) == pytest.approx(4.60517)
