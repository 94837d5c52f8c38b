"""Expiries and durations as an operator writes them: 90d, 12h, 2w, 2030-12-31, an instant, or never."""

import re
from datetime import UTC, date, datetime, time, timedelta

from pixel.foundation.clock import from_iso, now
from pixelctl.failures import ControlError

FORMS = "90d, 12h, 2w, 2030-12-31 (its beginning, UTC), 2030-12-31T18:00:00Z or never"

_DURATION = re.compile(r"(\d{1,4})([hdw])", re.ASCII)
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """Parse a duration such as 24h, 90d or 2w."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ControlError(f'"{text}" is not a duration; write up to four digits and h, d or w, such as 24h.')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def parse_expiry(text: str) -> datetime | None:
    """Parse an expiry; return None for never. A date means its beginning in UTC."""
    if text == "never":
        return None
    try:
        return _moment(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ControlError(
            f'"{text}" is not an expiry; write 90d, 12h, 2w, 2030-12-31, 2030-12-31T18:00:00Z or never.'
        ) from None


def _moment(text: str) -> datetime:
    if _DURATION.fullmatch(text):
        return now() + parse_duration(text)
    if _DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    return from_iso(text)
