"""When a report is sent, and which period it is about: days of a time zone, never multiples of 24 hours."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from pixel.workspaces.local_time import instant_of, midnight_of, wall_of
from pixel.workspaces.vocabulary import Cadence

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """What a report is about, the period of the same kind before it, and its name. Ends are the instants after."""

    start: datetime
    end: datetime
    before_start: datetime
    before_end: datetime
    label: str
    """The day, the Monday, or the month, such as 2026-10-25, 2026-10-19 or 2026-10: once for each period."""


def next_at(cadence: Cadence, at: str, weekday: int, zone: str, after: datetime) -> datetime:
    """Return the first time after `after` at which the report is sent.

    `at` is the local time, such as 07:00, and `weekday` that of a weekly report, 1 for Monday. A time that the clock
    skips is the first instant after the gap; one that it repeats is the first of the two.
    """
    wall = time.fromisoformat(at)
    # Where the clock skips the time, the report of a day is sent on the next one.
    for day in _days(cadence, weekday, wall_of(after, zone).date() - _DAY):
        found = instant_of(datetime.combine(day, wall), zone)
        if found > after:
            return found
    raise AssertionError("days have no end")


def period_of(cadence: Cadence, zone: str, sent_at: datetime, at: str = "00:00") -> Period:
    """Return the last whole period before the local day of a report that is sent at a time which `next_at` returned.

    `at` is that of the report: if the clock skipped it until midnight, the report belongs to the day before.
    """
    day = wall_of(sent_at, zone).date()
    wanted = datetime.combine(day - _DAY, time.fromisoformat(at))
    if time.fromisoformat(at) != time.min and instant_of(wanted, zone) == sent_at:
        day -= _DAY
    first = _first_day(cadence, day)
    start = _first_day(cadence, first - _DAY)
    before = _first_day(cadence, start - _DAY)
    label = f"{start:%Y-%m}" if cadence == "monthly" else start.isoformat()
    middle = midnight_of(start, zone)
    return Period(middle, midnight_of(first, zone), midnight_of(before, zone), middle, label)


def _days(cadence: Cadence, weekday: int, first: date) -> Iterator[date]:
    """Return the days on which a report is sent, from the first one on."""
    day = first
    while True:
        is_monthly = cadence == "monthly" and day.day == 1
        if cadence == "daily" or is_monthly or (cadence == "weekly" and day.isoweekday() == weekday):
            yield day
        day += _DAY


def _first_day(cadence: Cadence, day: date) -> date:
    """Return the first day of the period that a day is in."""
    if cadence == "monthly":
        return day.replace(day=1)
    return day if cadence == "daily" else day - timedelta(days=day.weekday())
