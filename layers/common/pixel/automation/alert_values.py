"""The values that alerts look at: a metric of websites in windows, their history, and how much usual values differ."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import batched, islice, takewhile
from typing import Any, Final, NamedTuple

from pixel.automation.formulas import (
    HISTORY_MIN,
    HISTORY_WEEKS,
    Value,
    counts_deviation,
    deviation,
    sigma_of,
)
from pixel.aws.json_service import AwsError
from pixel.foundation.connections import ResponseTooLargeError
from pixel.foundation.errors import LoggableError
from pixel.foundation.settings import ConfigurationError
from pixel.health.outages import Outage, outages_within
from pixel.tinybird.client import RetryPolicy, TinybirdUnreachableError
from pixel.tinybird.pipe_calls import PipeCall, call_pipe
from pixel.workspaces.alert_windows import Bounds, latest_end, same_window_before, windows_until
from pixel.workspaces.vocabulary import Metric, Window

WEBSITES_MAX: Final = 100
ROWS_MAX: Final = 36_000
"""Of one query: a row has about 110 bytes, and what a response may have is in _RETRY_POLICY."""
_PIPE = "i_alert_values"
_NAME = "alerts"  # whom Tinybird counts the requests for, beside the workspace
_RETRY_POLICY = RetryPolicy(attempts=3, response_seconds=10, total_seconds=18, body_bytes_max=5_500_000)
_POOL: Final[Mapping[Window, timedelta]] = {
    **dict.fromkeys(("5m", "15m"), timedelta(days=7)),
    **dict.fromkeys(("1h", "1d"), timedelta(days=28)),
    "7d": timedelta(days=112),  # else there would never be twelve
}
"""How far back the windows lie that say how much usual values differ."""
_NOTHING = Value(0.0, 0)

Values = Mapping[Bounds, Value]


class ValuesUnavailableError(LoggableError):
    """The warehouse did not answer, so that nothing is known about any window."""


class Usual(NamedTuple):
    """What nightly queries find out about an alert."""

    sigma: float | None
    first_at: datetime | None
    """The start of the first window that has anything: before it, nothing was sent."""


def read_values(
    workspace_id: str,
    windows_by_website: Mapping[str, Iterable[Bounds]],
    metric: Metric,
    filters: Mapping[str, str],
) -> dict[str, dict[Bounds, Value]]:
    """Return the value of each window of each website, 0 where nothing was. Raises ValuesUnavailableError.

    Websites that look at the same windows share a query.
    """
    websites_by_windows: dict[tuple[Bounds, ...], list[str]] = {}
    for website_id, given in windows_by_website.items():
        if windows := tuple(sorted(set(given))):
            websites_by_windows.setdefault(windows, []).append(website_id)
    found: dict[str, dict[Bounds, Value]] = {website_id: {} for website_id in windows_by_website}
    for windows, websites in websites_by_windows.items():
        by_start = {int(window.start.timestamp()): window for window in windows}
        at_once = min(max(ROWS_MAX // len(windows), 1), WEBSITES_MAX)
        for some in batched(sorted(websites), at_once, strict=False):
            for website_id in some:
                found[website_id] = dict.fromkeys(windows, _NOTHING)
            for row in _ask(workspace_id, some, windows, metric, filters):
                value = Value(float(row["value"]), float(row["number"]))
                found[row["website_id"]][by_start[int(row["start"])]] = value
    return found


def to_runs(windows: Sequence[Bounds]) -> str:
    """Return windows, which are sorted and do not overlap, as the pipe takes them: as runs of equal ones."""
    runs: list[list[int]] = []
    for start, end in windows:
        first, seconds = int(start.timestamp()), int((end - start).total_seconds())
        if runs and runs[-1][1] == seconds and first == runs[-1][0] + runs[-1][1] * runs[-1][2]:
            runs[-1][2] += 1
        else:
            runs.append([first, seconds, 1])
    return ";".join(",".join(map(str, run)) for run in runs)


def windows_of_history(window: Window, zone: str, end: datetime) -> list[Bounds | None]:
    """Return the same window one to eight weeks before, the last week first, and None where the clock skipped it."""
    return [same_window_before(window, zone, end, weeks) for weeks in range(1, HISTORY_WEEKS + 1)]


def history(  # noqa: PLR0913 - what is looked at, and what of it says nothing, by name
    window: Window,
    zone: str,
    end: datetime,
    values: Values,
    *,
    first_at: datetime | None = None,
    outages: Sequence[Outage] = (),
) -> list[Value | None]:
    """Return the values of the same window of earlier weeks, and None for those that say nothing.

    That is for what was before the first event, during an outage, skipped by the clock, or not asked for.
    """

    def known(bounds: Bounds | None) -> Value | None:
        if bounds is None or (first_at is not None and bounds.start < first_at) or outages_within(outages, *bounds):
            return None
        return values.get(bounds)

    return [known(bounds) for bounds in windows_of_history(window, zone, end)]


def pool_windows(window: Window, zone: str, until: datetime) -> list[Bounds]:
    """Return the windows that `usual` needs values of, in their order: those of the pool and eight weeks before."""
    every = windows_until(window, zone, latest_end(window, zone, until))
    pool = list(islice(every, _pool_size(window)))
    # A change of the clock moves the same local time by some hours.
    first = pool[-1].start - timedelta(weeks=HISTORY_WEEKS, hours=3)
    before = takewhile(lambda bounds: bounds.end > first, every)
    return [*pool, *before][::-1]


def usual(  # noqa: PLR0913 - what is looked at, by name
    window: Window,
    zone: str,
    until: datetime,
    values: Values,
    metric: Metric,
    *,
    outages: Sequence[Outage] = (),
) -> Usual:
    """Return how much values of the pool before `until` differ from what is usual, each beside its own weeks."""
    first_at = min((bounds.start for bounds, value in values.items() if value.number), default=None)
    deviations = []
    for bounds in islice(windows_until(window, zone, latest_end(window, zone, until)), _pool_size(window)):
        now = values.get(bounds)
        if now is None or outages_within(outages, *bounds) or not counts_deviation(metric, now):
            continue
        seen = history(window, zone, bounds.end, values, first_at=first_at, outages=outages)
        known = [one for one in seen if one is not None]
        if first_at is not None and len(known) >= HISTORY_MIN:
            deviations.append(deviation(metric, now, known))
    return Usual(sigma_of(window, deviations), first_at)


def _pool_size(window: Window) -> int:
    lengths = {"5m": 5, "15m": 15, "1h": 60, "1d": 1_440, "7d": 10_080}
    return int(_POOL[window] / timedelta(minutes=lengths[window]))


def _ask(
    workspace_id: str, websites: Sequence[str], windows: Sequence[Bounds], metric: Metric, filters: Mapping[str, str]
) -> list[dict[str, Any]]:
    fixed = {
        **filters,
        "workspace_id": workspace_id,
        "website_ids": ",".join(websites),
        **({"website_id": websites[0]} if len(websites) == 1 else {}),
    }
    parameters = {
        "metric": metric,
        "windows": to_runs(windows),
        "date_from": f"{windows[0].start:%Y-%m-%d %H:%M:%S}",
        "date_to": f"{max(window.end for window in windows):%Y-%m-%d %H:%M:%S}",
    }
    try:
        response = call_pipe(PipeCall(_PIPE, fixed, parameters), _RETRY_POLICY, name=f"{workspace_id}.{_NAME}")
    except (AwsError, ConfigurationError, TinybirdUnreachableError, ResponseTooLargeError) as failure:
        raise ValuesUnavailableError(str(failure)) from failure
    if response.status != HTTPStatus.OK:
        raise ValuesUnavailableError(f"status {response.status}")
    try:
        rows: list[dict[str, Any]] = json.loads(response.body)["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValuesUnavailableError("the response is not that of a pipe") from None
    return rows
