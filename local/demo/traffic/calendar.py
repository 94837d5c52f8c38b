"""The times at which visits begin, by hour of the day and day of the week."""

from datetime import UTC, datetime, timedelta
from random import Random

from local.demo.traffic.choices import Choices

DAY_MS = 86_400_000
HOUR_MS = 3_600_000

HOUR_WEIGHTS = [3, 2, 1, 1, 1, 2, 4, 7, 11, 14, 15, 15, 13, 14, 15, 15, 14, 12, 10, 10, 11, 11, 9, 6]
WEEKDAY_WEIGHTS = [16, 17, 17, 16, 13, 8, 9]  # Monday first
_GROWTH_A_WEEK = 0.04


class Calendar:
    """The days before `end`; later ones are a little busier."""

    def __init__(self, end: datetime, days: int) -> None:
        self.end_ms = int(end.timestamp() * 1000)
        self.start_ms = self.end_ms - days * DAY_MS
        first = (end - timedelta(days=days)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        midnights = [first + timedelta(days=day) for day in range(days + 1)]
        self._days = Choices(
            (WEEKDAY_WEIGHTS[midnight.weekday()] * (1 + _GROWTH_A_WEEK) ** (day / 7), int(midnight.timestamp() * 1000))
            for day, midnight in enumerate(midnights)
        )
        self._hours = Choices((weight, hour) for hour, weight in enumerate(HOUR_WEIGHTS))

    def first_visit_ms(self, random: Random, utc_offset_hours: int) -> int:
        while True:
            start_ms = self._in_rhythm(self._days.pick(random), random, utc_offset_hours)
            if self.start_ms <= start_ms < self.end_ms:
                return start_ms

    def next_visit_ms(self, random: Random, last_ms: int, utc_offset_hours: int) -> int:
        """Return the time of the next visit: days later at the usual hour, or at least an hour later the same day."""
        later_ms = last_ms + random.expovariate(1 / (4 * DAY_MS))
        start_ms = self._in_rhythm(int(later_ms // DAY_MS) * DAY_MS, random, utc_offset_hours)
        return start_ms if start_ms > last_ms else last_ms + HOUR_MS + random.randrange(8 * HOUR_MS)

    def _in_rhythm(self, midnight_ms: int, random: Random, utc_offset_hours: int) -> int:
        hour = (self._hours.pick(random) - utc_offset_hours) % 24
        return midnight_ms + hour * HOUR_MS + random.randrange(HOUR_MS)
