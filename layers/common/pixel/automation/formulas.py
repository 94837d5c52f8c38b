"""What a value of a window is judged to be: beside a number, beside a week before, or beside what is usual.

The rule for what is usual compares in logarithms with the median of the same window of some weeks, and divides by a
spread of the whole alert rather than of that hour of the week alone, which eight values cannot tell
(docs/decisions/0050).
"""

from collections.abc import Sequence
from math import copysign, log, sqrt
from statistics import median
from typing import Final, NamedTuple

from pixel.workspaces.vocabulary import AlertDirection, AlertKind, Metric, VerdictName, Window

HISTORY_WEEKS: Final = 8
HISTORY_MIN: Final = 4
"""Fewer windows of earlier weeks do not say what is usual."""
BOUNCE_SESSIONS_MIN: Final = 50
_CLEAR_Z: Final = 0.7
_MAD_TO_SIGMA: Final = 1.4826
_SIGMA_MIN: Final = 0.1
_SIGMA_OF_RATES_MIN: Final = 0.2
_COUNTING: Final = 1.25
_RATES: Final = ("bounce_rate", "avg_duration")


class Value(NamedTuple):
    """A metric of a window, and of how many it is made: payments of revenue, sessions of a rate, else itself."""

    value: float
    number: float


class Rule(NamedTuple):
    """What an alert compares a value with."""

    metric: Metric
    kind: AlertKind
    direction: AlertDirection
    threshold: float
    clear: float
    min_volume: float
    window: Window = "1h"


class Finding(NamedTuple):
    """What a value was judged to be, beside what it was expected to be. The score is a fraction or a z."""

    verdict: VerdictName
    expected: float | None = None
    score: float | None = None


def find(rule: Rule, now: Value, history: Sequence[Value | None], sigma: float | None) -> Finding:
    """Judge the value of a window.

    `history` has those of the same window one to eight weeks before, the last week first, and None where there is
    none. `sigma` is the spread that `sigma_of` returned.
    """
    if rule.metric in _RATES and now.number < rule.min_volume:
        return Finding("missing")
    match rule.kind:
        case "threshold":
            return _threshold(rule, now.value)
        case "change":
            return _change(rule, now.value, history[0] if history else None)
        case "anomaly":
            return _anomaly(rule, now, [one for one in history if one is not None], sigma)


def deviation(metric: Metric, now: Value, history: Sequence[Value]) -> float:
    """Return how far a value is from the median of earlier ones, as the difference of logarithms or, of rates, logits.

    There must be at least one earlier value.
    """
    usual = median(one.value for one in history)
    if metric == "bounce_rate":
        return _logit(now.value, now.number) - _logit(usual, now.number)
    # A refund may make revenue negative, which is as little as nothing.
    return log((max(now.value, 0) + 1) / (max(usual, 0) + 1))


def sigma_of(window: Window, deviations: Sequence[float]) -> float | None:
    """Return the spread of deviations, or None if there are too few. Half of them may be as odd as they like."""
    if len(deviations) < (12 if window in ("1d", "7d") else 24):
        return None
    middle = median(deviations)
    return _MAD_TO_SIGMA * median(abs(one - middle) for one in deviations)


def counts_deviation(metric: Metric, now: Value) -> bool:
    """Return whether the value of a window says something about the spread: a rate of few sessions does not."""
    return metric != "bounce_rate" or now.number >= BOUNCE_SESSIONS_MIN


def _threshold(rule: Rule, value: float) -> Finding:
    threshold, slack = rule.threshold, rule.threshold * rule.clear
    if rule.direction == "below":
        breaches, is_clear = value < threshold, value >= threshold + slack
    else:
        breaches, is_clear = value > threshold, value <= threshold - slack
    return Finding(_verdict(breaches=breaches, is_clear=is_clear), threshold)


def _change(rule: Rule, value: float, before: Value | None) -> Finding:
    if before is None:
        return Finding("learning")
    score = (value - before.value) / max(before.value, 1)
    breaches = score <= -rule.threshold if rule.direction == "below" else score >= rule.threshold
    is_clear = abs(score) < rule.threshold * (1 - rule.clear)
    enough = rule.metric in _RATES or max(value, before.value) >= rule.min_volume
    return Finding(_verdict(breaches=breaches and enough, is_clear=is_clear), before.value, score)


def _anomaly(rule: Rule, now: Value, history: Sequence[Value], sigma: float | None) -> Finding:
    if rule.metric == "bounce_rate" and now.number < BOUNCE_SESSIONS_MIN:
        return Finding("missing")
    usual = median(one.value for one in history) if history else None
    if usual is None or len(history) < HISTORY_MIN or sigma is None:
        return Finding("learning", usual)
    score = deviation(rule.metric, now, history) / _spread(rule.metric, now, history, sigma)
    is_on_side = rule.direction == "either" or copysign(1, score) == (1 if rule.direction == "above" else -1)
    enough = rule.metric in _RATES or max(now.value, usual) >= rule.min_volume
    breaches = is_on_side and abs(score) >= rule.threshold and enough
    return Finding(_verdict(breaches=breaches, is_clear=abs(score) < _CLEAR_Z * rule.threshold), usual, score)


def _spread(metric: Metric, now: Value, history: Sequence[Value], sigma: float) -> float:
    """Return the standard deviation of a deviation, which for few is at least what counting them brings."""
    usual = median(one.value for one in history)
    if metric == "bounce_rate":
        rate = _clipped(usual, now.number)
        return max(sigma, _SIGMA_OF_RATES_MIN, _COUNTING / sqrt(now.number * rate * (1 - rate)))
    number = usual
    if metric == "revenue":
        number = median(one.number for one in history)
    elif metric == "avg_duration":
        # A mean is as uncertain as the fewer of the sessions that are compared.
        number = min(now.number, median(one.number for one in history))
    return max(sigma, _SIGMA_MIN, _COUNTING / sqrt(number + 1))


def _verdict(*, breaches: bool, is_clear: bool) -> VerdictName:
    if breaches:
        return "breach"
    return "clear" if is_clear else "between"


def _clipped(rate: float, number: float) -> float:
    margin = 1 / (2 * number)
    return min(max(rate, margin), 1 - margin)


def _logit(rate: float, number: float) -> float:
    share = _clipped(rate, number)
    return log(share / (1 - share))
