"""The last days of the demo, gone through once by the real schedule, so that its alerts and reports have a past."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

from pixel.foundation import clock
from pixel.foundation.clock import now
from pixel.workspaces.report_times import next_at

BEGAN_BEFORE: Final = timedelta(days=8)
"""So long ago the alerts and reports of the demo were created, as they believe."""
_ZONE: Final = "Europe/Berlin"
_HOURS: Final = range(27, 0, -3)
_PAUSE_SECONDS: Final = 1.5
"""Between two times, so that what is due at one is done before the next."""
_FIRST_PAUSE_SECONDS: Final = 12
"""After the first time, which starts functions and sends reports."""


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Let the clock of this process stand still at a moment."""
    module: Any = clock
    real, module.time = module.time, SimpleNamespace(time=moment.timestamp)
    try:
        yield
    finally:
        module.time = real


def times(until: datetime) -> list[datetime]:
    """Return the times of the schedule: the Monday of the weekly report, and some hours of the last day."""
    monday = next_at("weekly", "07:00", 1, _ZONE, until - timedelta(days=7))
    hours = [until - timedelta(hours=hours) for hours in _HOURS]
    return [monday + timedelta(minutes=1), *(hour for hour in hours if hour > monday)]


async def play(tick: Callable[[datetime], Awaitable[object]]) -> None:
    """Call the schedule at each of the times."""
    for place, at in enumerate(times(now())):
        await tick(at)
        await asyncio.sleep(_PAUSE_SECONDS if place else _FIRST_PAUSE_SECONDS)
