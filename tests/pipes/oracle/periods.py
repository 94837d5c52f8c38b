"""Days, weeks, months and hours of a place."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.pipes.oracle.question import Window

_QUARTER_HOUR = timedelta(minutes=15)


def local_period(moment: datetime, period: str, zone: ZoneInfo) -> date:
    """Return the first day of the day, week (from Monday) or month of the moment in the zone."""
    day = moment.astimezone(zone).date()
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "month" else day


def periods_between(earlier: date, later: date, period: str) -> int:
    if period == "month":
        return (later.year - earlier.year) * 12 + later.month - earlier.month
    return (later - earlier).days // (7 if period == "week" else 1)


def bucket(moment: datetime, granularity: str, zone: ZoneInfo) -> datetime:
    """Return the local time at which the moment's bucket starts.

    An hour that a clock runs through twice is two buckets; `fold` tells them apart.
    """
    there = moment.astimezone(zone)
    if granularity == "hour":
        return there.replace(minute=0, second=0, microsecond=0)
    return datetime.combine(local_period(moment, granularity, zone), time.min, zone)


def printed(start: datetime) -> str:
    """Return the first moment of a bucket; where the clock skips midnight, the day begins at the hour after it."""
    return start.astimezone(UTC).astimezone(start.tzinfo).isoformat()


def buckets(window: Window, granularity: str, zone: ZoneInfo) -> list[datetime]:
    """Return every bucket that has a moment of the window; no zone changes its clock within a quarter of an hour."""
    found = {}
    moment = window.start
    while moment < window.end:
        one = bucket(moment, granularity, zone)
        found[bucket_key(one)] = one
        moment += _QUARTER_HOUR - timedelta(minutes=moment.minute % 15, seconds=moment.second)
    return list(found.values())


def bucket_key(one: datetime) -> datetime:
    """Return a key that tells repeated hours apart, because Python compares times of one zone by the clock alone."""
    return one.astimezone(UTC)
