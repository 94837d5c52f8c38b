"""The formulas of alerts, written down from docs/decisions/0050 and not from the code: slow, plain and long."""

import math
from collections.abc import Sequence
from typing import NamedTuple

COUNTS = ("visitors", "pageviews", "sessions", "conversions")


class Seen(NamedTuple):
    value: float
    number: float


def middle(values: Sequence[float]) -> float:
    """Return the value in the middle, or the mean of the two that are."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else 0.5 * ordered[half - 1] + 0.5 * ordered[half]


def spread(values: Sequence[float], fewest: int) -> float | None:
    if len(values) < fewest:
        return None
    return 1.4826 * middle([abs(value - middle(values)) for value in values])


def threshold(value: float, direction: str, q: float, h: float) -> str:
    if direction == "above":
        return "breach" if value > q else "clear" if value <= q * (1 - h) else "between"
    return "breach" if value < q else "clear" if value >= q * (1 + h) else "between"


def change(value: float, week_ago: float | None, direction: str, q: float, h: float, volume: float) -> str:  # noqa: PLR0917 - as the formula has them
    if week_ago is None:
        return "learning"
    r = (value - week_ago) / max(1.0, week_ago)
    if (r >= q if direction == "above" else r <= -q) and max(value, week_ago) >= volume:
        return "breach"
    return "clear" if -q * (1 - h) < r < q * (1 - h) else "between"


def z(metric: str, now: Seen, weeks: Sequence[Seen], sigma: float) -> float:
    m = middle([one.value for one in weeks])
    if metric == "bounce_rate":
        n = now.number
        v, m = (min(max(rate, 0.5 / n), 1 - 0.5 / n) for rate in (now.value, m))
        d = math.log(v) - math.log(1 - v) - math.log(m) + math.log(1 - m)
        return d / max(sigma, 0.2, 1.25 / math.sqrt(n * m * (1 - m)))
    d = math.log(max(0.0, now.value) + 1) - math.log(max(0.0, m) + 1)
    n = m
    if metric == "revenue":
        n = middle([one.number for one in weeks])
    if metric == "avg_duration":
        n = min([now.number, middle([one.number for one in weeks])])
    return d / max(sigma, 0.1, 1.25 / math.sqrt(n + 1))


def anomaly(  # noqa: PLR0917 - as above
    metric: str, direction: str, q: float, volume: float, now: Seen, weeks: Sequence[Seen], sigma: float | None
) -> tuple[str, float | None]:
    if metric == "bounce_rate" and now.number < 50:
        return "missing", None
    if sigma is None or len(weeks) < 4:
        return "learning", None
    score = z(metric, now, weeks, sigma)
    sides = {"above": score >= q, "below": score <= -q, "either": score >= q or score <= -q}
    large = metric in {"bounce_rate", "avg_duration"} or now.value >= volume
    if sides[direction] and (large or middle([one.value for one in weeks]) >= volume):
        return "breach", score
    return "clear" if -0.7 * q < score < 0.7 * q else "between", score
