"""The structured logger and the metrics of a function.

Log lines contain ids, statuses and durations. They never contain keys, hashes, headers, bodies or the messages of
exceptions of other packages; tests/stack/test_logs.py searches for them.
"""

import traceback

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from pixel.foundation.container import kept
from pixel.foundation.errors import LoggableError

logger = Logger()
metrics = Metrics(service="")
_counts: list[tuple[str, int]] = kept([])  # a list, because threads may append to it without a lock


def count(metric: str, value: int = 1) -> None:
    """Add to the count of a metric, which `flush_metrics` writes."""
    _counts.append((metric, value))


def record_age(metric: str, seconds: float) -> None:
    """Record how long the oldest of something has waited."""
    metrics.add_metric(name=metric, unit=MetricUnit.Seconds, value=max(seconds, 0.0))


def flush_metrics() -> None:
    """Write the total of each metric for the whole stack, which alarms watch, and for this function.

    One value is written for each metric: CloudWatch takes at most 100, and Powertools would write the first 100 by
    themselves, without the dimension.
    """
    totals: dict[str, int] = {}
    while _counts:
        metric, value = _counts.pop()
        totals[metric] = totals.get(metric, 0) + value
    for metric, total in totals.items():
        metrics.add_metric(name=metric, unit=MetricUnit.Count, value=total)
    if metrics.metric_set:
        metrics.add_dimensions(service=logger.service)
        metrics.flush_metrics()


def describe(failure: BaseException) -> dict[str, object]:
    """Return the types and the source lines of an exception and its causes.

    Only a LoggableError adds its text, because that of another exception may quote a caller.
    """
    chain: list[str] = []
    link: BaseException | None = failure
    while link is not None:
        frames = traceback.extract_tb(link.__traceback__)[-6:]
        places = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
        text = f"({link})" if isinstance(link, LoggableError) else ""
        chain.append(f"{type(link).__name__}{text} at {places}")
        link = link.__cause__ or link.__context__
    return {"failure": chain}
