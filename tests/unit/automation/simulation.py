"""Made-up hourly counts: how often the rule for what is usual is wrong, and what it finds.

They have the shape of a week, are negative binomial (var = mu + disp * mu^2), and their level drifts from day to day as
an AR(1).
"""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, pi, sin
from random import Random
from typing import NamedTuple

from pixel.automation.formulas import HISTORY_WEEKS, Rule, Value, deviation, find, sigma_of

HOURS, POOL = 168, 4
_RULE = Rule("visitors", "anomaly", "either", 3.5, 0.1, 20)
_ABOUT_INFINITE = 2_000_000
_FIND_WITHIN = 6


class Traffic(NamedTuple):
    mean: float
    disp: float
    drift: float


class Quality(NamedTuple):
    """What happens in a week without a change, and which share of lasting changes is found within six hours."""

    alarms: float
    two_in_a_row: float
    rises_found: float
    falls_found: float


CASES = (Traffic(50, 0.04, 0.05), Traffic(500, 0.04, 0.05), Traffic(500, 0.04, 0.12), Traffic(5000, 0.02, 0.05))


def simulate(traffic: Traffic, rounds: int, seed: int) -> Quality:
    dice = Random(f"{seed} {traffic}")
    alarms = pairs = tries = 0
    found = {2.5: 0, 0.2: 0}
    for _ in range(rounds):
        mu = _expected(dice, traffic)
        weeks = [[_draw(dice, hour, traffic.disp) for hour in week] for week in mu]
        sigma = _sigma(weeks[:-1])
        breaches = [score is not None for score in _breaches(weeks[:-1], weeks[-1], sigma)]
        alarms += sum(breaches)
        pairs += sum(one and other for one, other in pairwise(breaches))
        starts = [at for at in range(0, HOURS - _FIND_WITHIN, _FIND_WITHIN) if _is_large(weeks[:-1], at)]
        for factor in found:
            changed = [_draw(dice, hour * factor, traffic.disp) for hour in mu[-1]]
            sides = _breaches(weeks[:-1], changed, sigma)
            hit = [score is not None and (score > 0) == (factor > 1) for score in sides]
            found[factor] += sum(
                any(hit[hour] and hit[hour + 1] for hour in range(at, at + _FIND_WITHIN - 1)) for at in starts
            )
        tries += len(starts)
    return Quality(alarms / rounds, pairs / rounds, found[2.5] / max(tries, 1), found[0.2] / max(tries, 1))


def _expected(dice: Random, traffic: Traffic) -> list[list[float]]:
    """Return the expected count of each hour of twelve weeks and the one after them."""
    profile = [
        traffic.mean * (0.35 + 0.65 * sin((hour % 24) / 24 * pi) ** 2) * (0.6 if hour // 24 >= 5 else 1)
        for hour in range(HOURS)
    ]
    level, weeks = 0.0, []
    for _ in range(HISTORY_WEEKS + POOL + 1):
        week = []
        for day in range(7):
            level = 0.8 * level + dice.gauss(0, traffic.drift)
            week += [count * exp(level) for count in profile[day * 24 : day * 24 + 24]]
        weeks.append(week)
    return weeks


def _draw(dice: Random, mu: float, disp: float) -> int:
    rate = dice.gammavariate(1 / disp, disp * mu)
    return dice.binomialvariate(_ABOUT_INFINITE, min(rate / _ABOUT_INFINITE, 1.0))


def _value(count: int) -> Value:
    return Value(count, count)


def _before(weeks: Sequence[Sequence[int]], hour: int) -> list[Value]:
    return [_value(week[hour]) for week in weeks[: -HISTORY_WEEKS - 1 : -1]]


def _sigma(weeks: Sequence[Sequence[int]]) -> float:
    found = sigma_of(
        "1h",
        [
            deviation("visitors", _value(weeks[at][hour]), _before(weeks[:at], hour))
            for at in range(len(weeks) - POOL, len(weeks))
            for hour in range(HOURS)
        ],
    )
    assert found is not None
    return found


def _breaches(past: Sequence[Sequence[int]], now: Sequence[int], sigma: float) -> list[float | None]:
    """Return the score of each hour that breaches, and None for the others."""
    findings = [find(_RULE, _value(now[hour]), _before(past, hour), sigma) for hour in range(HOURS)]
    return [finding.score if finding.verdict == "breach" else None for finding in findings]


def _is_large(past: Sequence[Sequence[int]], at: int) -> bool:
    middles = [sorted(one.value for one in _before(past, hour)) for hour in range(at, at + _FIND_WITHIN)]
    return min((one[3] + one[4]) / 2 for one in middles) >= _RULE.min_volume
