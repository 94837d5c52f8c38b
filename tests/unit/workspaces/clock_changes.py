"""Every change of a clock from 2024 to 2030, found by looking at every week of every zone."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from pixel.foundation.time_zones import time_zones

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)


class ClockChange(NamedTuple):
    zone: str
    at: datetime
    """The first instant with the new shift."""
    before: timedelta
    after: timedelta

    @property
    def is_gap(self) -> bool:
        return self.after > self.before


def shift(zone: str, at: datetime) -> timedelta:
    found = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


@cache
def clock_changes() -> tuple[ClockChange, ...]:
    """Return those of all zones; of zones with the same changes only those of the first."""
    seen: set[tuple[object, ...]] = set()
    found: list[ClockChange] = []
    for zone in sorted(time_zones()):
        of_zone = tuple(_changes_of(zone))
        if (key := tuple(change[1:] for change in of_zone)) not in seen:
            seen.add(key)
            found += of_zone
    return tuple(found)


def a_change() -> st.SearchStrategy[ClockChange]:
    return st.deferred(lambda: st.sampled_from(clock_changes()))


def near_a_change(days: int = 2) -> st.SearchStrategy[tuple[ClockChange, datetime]]:
    seconds = st.integers(-86_400 * days, 86_400 * days) | st.integers(-120, 120).map(lambda minutes: 60 * minutes)
    return st.builds(lambda change, second: (change, change.at + timedelta(seconds=second)), a_change(), seconds)


def _changes_of(zone: str) -> list[ClockChange]:
    found, at = [], FIRST
    while at < LAST:
        after = at + _STEP
        if shift(zone, at) != shift(zone, after):
            low, high = at, after
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                low, high = (middle, high) if shift(zone, middle) == shift(zone, at) else (low, middle)
            found.append(ClockChange(zone, high, shift(zone, at), shift(zone, after)))
        at = after
    return found
