"""The windows of alerts: whole, aligned to the local time of the website, and never the one that is still running.

In an hour that the clock repeats, each hour of real time is a window; in one that it skips there is none. So a local
day has 23, 24 or 25 windows of an hour, and is itself a window of as many hours.
"""

import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from pixel.workspaces.local_time import (
    change_between,
    instant_of,
    midnight_of,
    shift_of,
    wall_of,
)
from pixel.workspaces.vocabulary import Window

LATE_WINDOWS_MAX: Final = 24
"""After a stop, so many windows are evaluated at most, and older ones are left out."""
SETTLE_SECONDS: Final = 120
"""How long after its end a window is evaluated at the earliest, because events arrive late."""

_SECOND = timedelta(seconds=1)
_LENGTHS: Final[Mapping[Window, timedelta]] = {
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
}
_SPREAD_SECONDS: Final[Mapping[Window, int]] = {"5m": 60, "15m": 60, "1h": 600, "1d": 3600, "7d": 3600}
_OF_DAYS: Final = ("1d", "7d")


class Bounds(NamedTuple):
    """The first instant of a window, and the first one after it."""

    start: datetime
    end: datetime


def length_of(window: Window) -> timedelta:
    """Return how long a window is unless the clock changes within it."""
    return _LENGTHS[window]


def latest_end(window: Window, zone: str, at: datetime) -> datetime:
    """Return the end of the last window that has ended at this instant."""
    at = at.astimezone(UTC)
    if window in _OF_DAYS:
        return midnight_of(_first_day(window, wall_of(at, zone).date()), zone)
    return _latest_within_a_day(window, zone, at)


def next_end(window: Window, zone: str, at: datetime) -> datetime:
    """Return the end of the window that is running at this instant."""
    at, length = at.astimezone(UTC), _LENGTHS[window]
    found = latest_end(window, zone, at + 2 * length)
    while (earlier := latest_end(window, zone, found - _SECOND)) > at:
        found = earlier
    return found


def window_of(window: Window, zone: str, end: datetime) -> Bounds:
    """Return the window that ends at `end`, which must be the end of one."""
    return Bounds(latest_end(window, zone, end - _SECOND), end.astimezone(UTC))


def windows_until(window: Window, zone: str, end: datetime) -> Iterator[Bounds]:
    """Return the window that ends at `end` and those before it, without an end, the latest one first."""
    while True:
        bounds = window_of(window, zone, end)
        yield bounds
        end = bounds.start


def late_windows(window: Window, zone: str, after: datetime, at: datetime) -> list[Bounds]:
    """Return the windows that ended after `after` and until `at`, in their order; of many, only the last ones."""
    ended = []
    for bounds in islice(windows_until(window, zone, latest_end(window, zone, at)), LATE_WINDOWS_MAX):
        if bounds.end <= after:
            break
        ended.append(bounds)
    return ended[::-1]


def same_window_before(window: Window, zone: str, end: datetime, weeks: int) -> Bounds | None:
    """Return the window at the same local time some weeks before, or None if the clock skipped its start."""
    wall = wall_of(window_of(window, zone, end).start, zone)
    wall -= _into_window(window, wall) + timedelta(weeks=weeks)
    if window in _OF_DAYS:
        found = midnight_of(wall.date(), zone)
    else:
        found = instant_of(wall, zone)
        if wall_of(found, zone) != wall:
            return None
    return Bounds(found, next_end(window, zone, found))


def due_at(window: Window, end: datetime, website_id: str) -> datetime:
    """Return when the window that ends at `end` is evaluated. Websites are spread, so that not all are due at once."""
    return end.astimezone(UTC) + _delay(window, website_id)


def next_due(window: Window, zone: str, website_id: str, after: datetime) -> datetime:
    """Return the first time after `after` at which a window of the website is evaluated."""
    delay = _delay(window, website_id)
    return next_end(window, zone, after - delay) + delay


def _delay(window: Window, website_id: str) -> timedelta:
    return timedelta(seconds=SETTLE_SECONDS + zlib.crc32(website_id.encode()) % _SPREAD_SECONDS[window])


def _into_window(window: Window, wall: datetime) -> timedelta:
    """Return how far a local time is from the last multiple of a window shorter than a day, and of one day else."""
    return (wall - wall.replace(hour=0, minute=0, second=0, microsecond=0)) % min(_LENGTHS[window], _LENGTHS["1d"])


def _first_day(window: Window, day: date) -> date:
    return day if window == "1d" else day - timedelta(days=day.weekday())


def _latest_within_a_day(window: Window, zone: str, at: datetime) -> datetime:
    """Return the last instant at which clocks of the zone showed a multiple of the window."""
    wall = wall_of(at, zone)
    into_window = _into_window(window, wall)
    found = at - into_window
    if shift_of(found, zone) == shift_of(at, zone):
        return found
    change = change_between(found, at, zone)
    skipped_from = change.replace(tzinfo=None) + shift_of(found, zone)
    if skipped_from <= wall - into_window < wall_of(change, zone):
        return change  # the clock skipped the start of this window
    return _latest_within_a_day(window, zone, change - _SECOND)
