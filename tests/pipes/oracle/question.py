"""What is asked of a pipe: the rows that were sent, the parameters, and the moment of asking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

type Row = dict[str, Any]
type Tables = Mapping[str, Sequence[Mapping[str, Any]]]

FOREVER = (datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


class Window(NamedTuple):
    """Half-open: an event at `end` is outside."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def widened(self, *, before: timedelta, after: timedelta) -> "Window":
        return Window(self.start - before, self.end + after)


@dataclass(frozen=True)
class Question:
    tables: Tables
    parameters: Mapping[str, str]
    now: datetime

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter; an empty one counts as not given."""
        return self.parameters.get(name) or default

    def number(self, name: str, default: int) -> int:
        return int(self.text(name, str(default)))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.text("timezone", "UTC"))

    @property
    def window(self) -> Window:
        return self._window((self.now - timedelta(days=30), self.now + timedelta(hours=1)))

    @property
    def window_or_all_time(self) -> Window:
        return self._window(FOREVER)

    def page_of(self, rows: list[Row], *, limit: int = 100) -> list[Row]:
        offset = self.number("offset", 0)
        return rows[offset : offset + self.number("limit", limit)]

    def _window(self, default: tuple[datetime, datetime]) -> Window:
        start, end = self.text("date_from"), self.text("date_to")
        return Window(_moment(start) if start else default[0], _moment(end) if end else default[1])


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
