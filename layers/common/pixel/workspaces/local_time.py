"""Local times of a zone as instants, also on days when its clocks change. All instants are in UTC.

A local time that the clock skips is the first instant after the gap; one that it repeats is the first of the two.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def wall_of(instant: datetime, zone: str) -> datetime:
    """Return what clocks of the zone show at an instant, without a zone."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def shift_of(instant: datetime, zone: str) -> timedelta:
    """Return how far clocks of the zone are ahead of UTC at an instant."""
    return wall_of(instant, zone) - instant.astimezone(UTC).replace(tzinfo=None)


def instant_of(wall: datetime, zone: str) -> datetime:
    """Return the first instant at which clocks of the zone show this time or, if they skip it, a later one."""
    local = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    instant = local.astimezone(UTC)
    if wall_of(instant, zone) == wall.replace(fold=0):
        return instant
    return change_between(local.replace(fold=1).astimezone(UTC), instant, zone)


def midnight_of(day: date, zone: str) -> datetime:
    """Return the first instant of a day of the zone."""
    return instant_of(datetime.combine(day, time.min), zone)


def change_between(before: datetime, after: datetime, zone: str) -> datetime:
    """Return the instant of the only change of the zone's clocks after `before` and until `after`, to the second."""
    old = shift_of(before, zone)
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if shift_of(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after
