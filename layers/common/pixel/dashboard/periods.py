"""Periods of a dashboard: days of the website's or the reader's time zone, and those that they are compared with."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pixel.foundation.clock import now
from pixel.http.query import QueryParameters

COMPARISONS: Final = ("previous", "year", "none")
CUSTOM: Final = "custom"
CUSTOM_DAYS_MAX: Final = 400
_HOURLY_DAYS_MAX, _DAILY_DAYS_MAX = 2, 92
_DAYS: Final = {"today": 1, "7d": 7, "28d": 28, "30d": 30}
_YEAR_OF_WEEKS = timedelta(weeks=52)  # so that weekdays are compared with the same weekdays
_MONTHS = 12
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FIRST, _LAST = date(1970, 1, 2), date(2105, 12, 30)


class Span(NamedTuple):
    """Whole days, from the first to the last."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class Period(NamedTuple):
    """What is shown, and what it is compared with."""

    name: str
    timezone: str
    span: Span
    compared: Span | None
    granularity: str

    def window(self) -> tuple[datetime, datetime]:
        """Return the first moment of the period and the one after its last."""
        return self._window(self.span)

    def compared_window(self) -> tuple[datetime, datetime] | None:
        """Return the window of the comparison, as far as the period itself has come, to the minute.

        A day that has just begun is compared with the first hours of another, not with all of it.
        """
        if self.compared is None:
            return None
        start, end = self._window(self.compared)
        local_now = now().astimezone(self.zone).replace(second=0, microsecond=0)
        if local_now.date() > self.span.last:
            return start, end
        passed = self.compared.first + (local_now.date() - self.span.first)
        return start, max(start, min(end, datetime.combine(passed, local_now.time(), self.zone)))

    def compared_days(self) -> tuple[datetime, datetime] | None:
        """Return the whole window of the comparison."""
        return None if self.compared is None else self._window(self.compared)

    @property
    def is_running(self) -> bool:
        return now() < self.window()[1]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def to_answer(self) -> dict[str, str | None]:
        compared = self.compared_window()
        is_cut = compared is not None and compared != self.compared_days()
        return {
            "name": self.name,
            "from": self.span.first.isoformat(),
            "to": self.span.last.isoformat(),
            "compare_from": None if self.compared is None else self.compared.first.isoformat(),
            "compare_to": None if self.compared is None else self.compared.last.isoformat(),
            "compared_until": f"{compared[1].astimezone(self.zone):%Y-%m-%d %H:%M}" if compared and is_cut else None,
            "granularity": self.granularity,
            "timezone": self.timezone,
        }

    def _window(self, span: Span) -> tuple[datetime, datetime]:
        start = datetime.combine(span.first, time.min, self.zone)
        return start, datetime.combine(span.last + timedelta(days=1), time.min, self.zone)


def to_parameters(window: tuple[datetime, datetime]) -> dict[str, str]:
    """Return a window as pipes take it."""
    return {
        name: f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        for name, moment in zip(("date_from", "date_to"), window, strict=True)
    }


def read_period(parameters: QueryParameters, allowed: tuple[str, ...], timezone: str) -> Period | None:
    """Read `period`, `from`, `to` and `compare`, and add their errors to those of the parameters."""
    name = parameters.choice("period", allowed) or ("30d" if "30d" in allowed else allowed[0])
    compare = parameters.choice("compare", COMPARISONS) or COMPARISONS[0]
    first, last = _read_day(parameters, "from"), _read_day(parameters, "to")
    if name != CUSTOM:
        for given in ("from", "to"):
            if parameters.text(given) is not None:
                parameters.faults.add(given, "invalid", f"`{given}` is only for the period custom; remove it.")
    elif (first is None or last is None) and not (parameters.faults.has("from") or parameters.faults.has("to")):
        missing = "from" if first is None else "to"
        parameters.faults.add(missing, "missing", f"`{missing}` is required for the period custom.")
    elif first and last and not 0 <= (last - first).days < CUSTOM_DAYS_MAX:
        sentence = f"`to` must not be earlier than `from`, and at most {CUSTOM_DAYS_MAX} days must lie between."
        parameters.faults.add("to", "invalid", sentence)
    if parameters.faults.found:
        return None
    span = Span(first, last) if first and last else _span(name, now().astimezone(ZoneInfo(timezone)).date())
    compared = _compared(name, span, compare)
    if compared is not None and compared.first < _FIRST:
        compared = None  # pipes know no day before
    return Period(name, timezone, span, compared, _granularity(name, span))


def _read_day(parameters: QueryParameters, name: str) -> date | None:
    text = parameters.non_empty_text(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not _FIRST <= day <= _LAST:
        parameters.faults.add(name, "invalid", f"`{name}` must be a day, YYYY-MM-DD, from 1970 to 2105.")
        return None
    return day


def _span(name: str, today: date) -> Span:
    if name == "yesterday":
        yesterday = today - timedelta(days=1)
        return Span(yesterday, yesterday)
    if name == "month":
        return Span(today.replace(day=1), today)
    if name == "12mo":
        return Span(_months_before(today.replace(day=1), _MONTHS - 1), today)
    return Span(today - timedelta(days=_DAYS[name] - 1), today)


def _compared(name: str, span: Span, compare: str) -> Span | None:
    if compare == "none":
        return None
    if name == "12mo" or (name == "month" and compare == "previous"):
        months = _MONTHS if name == "12mo" else 1
        return Span(_months_before(span.first, months), _months_before(span.last, months))
    if compare == "year":
        return Span(span.first - _YEAR_OF_WEEKS, span.last - _YEAR_OF_WEEKS)
    return Span(span.first - timedelta(days=span.days), span.first - timedelta(days=1))


def _granularity(name: str, span: Span) -> str:
    if name == "12mo":
        return "month"
    if span.days <= _HOURLY_DAYS_MAX:
        return "day" if name == "month" else "hour"
    return "day" if span.days <= _DAILY_DAYS_MAX else "week"


def _months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or the last of its month if it has fewer days."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))
