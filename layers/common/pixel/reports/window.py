"""The window of a query: `from`, `to` and `timezone` of the caller, and the two instants in UTC for the pipe.

Days are those of the time zone; `to` is inclusive for a day and exclusive for an instant. A pipe gets both instants or
none, so that a parameter added to the URL of a token cannot widen a window of which one end is fixed.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pixel.foundation.clock import is_instant, now, read_instant
from pixel.foundation.time_zones import fault_of_time_zone
from pixel.http.query import QueryParameters

PARAMETERS = ("from", "to", "timezone")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1970, 2105
_FIRST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_LAST = datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC)
_DEFAULT_LENGTH = timedelta(days=30)
_LATE_ARRIVALS = timedelta(hours=1)  # an event's timestamp may be so far in the future
_LOST_PLUS = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+ \d\d:?\d\d", re.ASCII | re.IGNORECASE)  # a URL's + is a blank
_LOST_PLUS_OF_ZONE = re.compile(r"(Etc/)?GMT \d\d?", re.ASCII)
_PLUS = "has a blank where a URL lost its +; write + as %2B."
_EPOCH_DIGITS = {10: "epoch seconds", 13: "epoch milliseconds"}
_FORM = "must be YYYY-MM-DD, or an instant with a time zone such as 2026-04-01T09:30:00Z, from 1970 to 2105."


class Window(NamedTuple):
    """The parameters of a pipe for the period of its rows."""

    timezone: str | None
    date_from: str | None
    date_to: str | None


def read_window(parameters: QueryParameters) -> Window:
    """Read the window, and add its errors to those of the parameters."""
    timezone = read_timezone(parameters)
    zone = ZoneInfo(timezone) if timezone else UTC
    start = read_moment(parameters, "from", zone, is_end=False)
    end = read_moment(parameters, "to", zone, is_end=True)
    if start is None and end is None:
        return Window(timezone, None, None)
    if start is None and end is not None:
        start = max(end - _DEFAULT_LENGTH, _FIRST)
    if end is None and start is not None:
        end = max(start, now() + _LATE_ARRIVALS)
    if start is not None and end is not None and not in_order(start, end, parameters.non_empty_text("to")):
        parameters.faults.add("from", "invalid", "`from` must not be later than `to`.")
    date_from, date_to = (None if moment is None else to_datetime_text(moment) for moment in (start, end))
    return Window(timezone, date_from, date_to)


def window_of_days(first: date, last: date, zone: tzinfo) -> tuple[str, str]:
    """Return the `date_from` and `date_to` of some days of a time zone, the last one included."""
    start, end = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    return to_datetime_text(within_range(start)), to_datetime_text(within_range(end))


def in_order(start: datetime, end: datetime, to: str | None) -> bool:
    """Return whether the window begins before it ends, or at its end if that is an instant."""
    return start < end if to is not None and _DAY.fullmatch(to) else start <= end


def read_timezone(parameters: QueryParameters) -> str | None:
    """Return the time zone, or None if it is missing or wrong."""
    name = parameters.non_empty_text("timezone")
    if name is not None and (fault := fault_of_time_zone(name)):
        fault = _PLUS if _LOST_PLUS_OF_ZONE.fullmatch(name) else fault
        parameters.faults.add("timezone", "invalid", f"`timezone` {fault}")
        return None
    return name


def _fault_of_moment(text: str) -> str:
    if _LOST_PLUS.fullmatch(text):
        return _PLUS
    if text.isdecimal() and (unit := _EPOCH_DIGITS.get(len(text))):
        return f"looks like {unit}; send ISO 8601, such as 2026-04-01T09:30:00Z."
    if is_instant(f"{text}Z"):
        return "has no time zone; end it with Z or an offset, as in 2026-04-01T09:30:00Z."
    return _FORM


def read_moment(parameters: QueryParameters, name: str, zone: tzinfo, *, is_end: bool) -> datetime | None:
    """Return a moment in UTC, which may be given as a day, or None if it is missing or wrong."""
    text = parameters.non_empty_text(name)
    if text is None:
        return None
    try:
        moment = _parse(text, zone, is_end=is_end)
    except (ValueError, OverflowError):
        parameters.faults.add(name, "invalid", f"`{name}` {_fault_of_moment(text)}")
        return None
    return moment


def _parse(text: str, zone: tzinfo, *, is_end: bool) -> datetime:
    if _DAY.fullmatch(text):
        moment = midnight(date.fromisoformat(text) + timedelta(days=is_end), zone)
    else:
        moment = read_instant(text)
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError("out of range")
    return within_range(moment)


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a day of a time zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def within_range(moment: datetime) -> datetime:
    """Return the moment, or the first or last one that pipes accept."""
    return min(max(moment, _FIRST), _LAST)


def to_datetime_text(moment: datetime) -> str:
    """Return a moment as Tinybird's DateTime, which has no fractions of a second."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")
