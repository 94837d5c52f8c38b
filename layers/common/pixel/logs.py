"""The structured logger and the metrics of a function.

Fields are chosen line by line where they are logged: ids, statuses and durations. Keys, hashes, headers, bodies and
the messages of foreign exceptions never are; tests/stack/test_logs.py greps for them.
"""

import traceback

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()


def count(metric: str, value: int = 1) -> None:
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=value)


def flush_metrics() -> None:
    if metrics.metric_set:
        metrics.flush_metrics()


def describe(failure: BaseException) -> dict[str, object]:
    """Type and places of an exception and of its causes. Not the text: it may quote what a caller sent."""
    chain: list[str] = []
    link: BaseException | None = failure
    while link is not None:
        frames = traceback.extract_tb(link.__traceback__)[-6:]
        places = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
        chain.append(f"{type(link).__name__} at {places}")
        link = link.__cause__ or link.__context__
    return {"failure": chain}
