"""When the warehouse did not answer, as the canary found it: what was counted then says nothing about visitors.

All intervals stand in one item of the claims table. It is read by alerts, and written only while something fails.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pixel.aws import tables
from pixel.foundation.clock import from_iso, to_iso
from pixel.foundation.settings import settings

OUTAGES_KEY: Final = {"claim": "canary#outages"}
KEPT: Final = timedelta(days=400)
CHECKED_EVERY: Final = timedelta(minutes=5)
_INTERVALS_MAX: Final = 1_000
_INTERVALS = "intervals"


class Outage(NamedTuple):
    """The last time that all was well, at the latest, and the first time that it may be so again."""

    start: datetime
    end: datetime


def record_failure(at: datetime) -> None:
    """Record that a check failed, as part of the last outage unless one has passed in between. Raises AwsError."""
    found = [outage for outage in read_outages() if outage.end > at - KEPT][-_INTERVALS_MAX + 1 :]
    end = at + CHECKED_EVERY
    if found and found[-1].end >= at - CHECKED_EVERY:
        found[-1] = found[-1]._replace(end=max(end, found[-1].end))
    else:
        found.append(Outage(at - CHECKED_EVERY, end))
    written = [[to_iso(outage.start), to_iso(outage.end)] for outage in found]
    tables.database().put(settings().claims_table, {**OUTAGES_KEY, _INTERVALS: written})


def read_outages() -> list[Outage]:
    """Return the outages of the last 400 days, the oldest first. Raises AwsError."""
    item = tables.database().get(settings().claims_table, OUTAGES_KEY) or {}
    return [Outage(from_iso(start), from_iso(end)) for start, end in item.get(_INTERVALS, ())]


def outages_within(outages: Sequence[Outage], start: datetime, end: datetime) -> list[Outage]:
    """Return those that have any of the time from `start` until `end`."""
    return [outage for outage in outages if outage.start < end and outage.end > start]
