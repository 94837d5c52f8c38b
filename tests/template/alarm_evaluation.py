"""The evaluation of alarms on simulated metrics, as CloudWatch documents it, for every minute.

A metric is a namespace, a name and exactly its dimensions: CloudWatch finds nothing under a part of them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import pairwise
from statistics import fmean
from typing import Any, NamedTuple

_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
    "Average": fmean,
    "p99": max,
}
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}
Value = float | None


class Metric(NamedTuple):
    """A metric; the values of dimensions are the parameters of the template that hold them."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()


class Metrics:
    """Values of metrics, each with its minute."""

    def __init__(self) -> None:
        self._values: dict[Metric, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        self.minutes = 0

    def put(self, metric: Metric, minute: int, value: float) -> None:
        self._values[metric][minute].append(value)
        self.minutes = max(self.minutes, minute + 1)

    def of_periods(self, metric: Metric, statistic: str, seconds: int) -> "_Series":
        """Return the statistic of each period that has ended, and None for a period without values."""
        found, length = self._values.get(metric, {}), max(seconds // 60, 1)
        periods = [range(start, start + length) for start in range(0, self.minutes - length + 1, length)]
        values = [[value for minute in period for value in found.get(minute, [])] for period in periods]
        return _Series([_STATISTICS[statistic](values_of) if values_of else None for values_of in values])


class _Series(list[Value]):
    """The values of successive periods, with the operations of metric math that the alarms use."""

    def __add__(self, other: "_Series") -> "_Series":  # type: ignore[override] # of values, not of lists
        return _Series(
            None if one is None or another is None else one + another for one, another in zip(self, other, strict=True)
        )


def _fill(series: _Series, value: float) -> _Series:
    return _Series(value if one is None else one for one in series)


def _difference(series: _Series) -> _Series:
    return _Series([None, *(None if one is None or two is None else two - one for one, two in pairwise(series))])


def _maximum(many: list[_Series]) -> _Series:
    return _Series(max((one for one in values if one is not None), default=None) for values in zip(*many, strict=True))


_FUNCTIONS = {"FILL": _fill, "DIFF": _difference, "MAX": _maximum}


def ringing(alarm: Mapping[str, Any], metrics: Metrics) -> list[int]:
    """Return the numbers of the periods at whose end the alarm is in the state ALARM."""
    series = _math(alarm["Metrics"], metrics) if "Metrics" in alarm else _read(alarm, metrics)
    compare, is_missing_bad = _COMPARISONS[alarm["ComparisonOperator"]], alarm["TreatMissingData"] == "breaching"
    is_bad = [is_missing_bad if value is None else compare(value, alarm["Threshold"]) for value in series]
    periods = alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm", periods)
    return [end for end in range(periods - 1, len(is_bad)) if sum(is_bad[end - periods + 1 : end + 1]) >= needed]


def _math(queries: list[dict[str, Any]], metrics: Metrics) -> _Series:
    (result,) = (query for query in queries if query["ReturnData"])
    read = {query["Id"]: _read(query["MetricStat"], metrics) for query in queries if "MetricStat" in query}
    found: _Series = eval(result["Expression"], {"__builtins__": {}}, {**_FUNCTIONS, **read})
    return found


def _read(where: Mapping[str, Any], metrics: Metrics) -> _Series:
    named = where.get("Metric", where)
    dimensions = frozenset((one["Name"], _text(one["Value"])) for one in named.get("Dimensions", []))
    metric = Metric(_text(named["Namespace"]), named["MetricName"], dimensions)
    statistic = where.get("Stat") or where.get("Statistic") or where["ExtendedStatistic"]
    return metrics.of_periods(metric, statistic, where["Period"])


def _text(value: Any) -> str:
    """Return a text, for a reference what it refers to, and for a text with a parameter in it the text."""
    if not isinstance(value, dict):
        return str(value)
    ((_, argument),) = value.items()
    return ".".join(argument) if isinstance(argument, list) else str(argument)
