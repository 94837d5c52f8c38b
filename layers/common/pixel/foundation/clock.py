"""The clock of all modules, which tests can set, and the text form of times."""

import re
import time
from datetime import UTC, datetime

_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)"


def epoch_seconds() -> float:
    return time.time()


def now() -> datetime:
    return datetime.fromtimestamp(epoch_seconds(), UTC)


def to_iso(moment: datetime) -> str:
    """Return a time as it is stored and sent: ISO 8601 in UTC with Z, in whole seconds."""
    # Not by strftime, which writes years before 1000 with fewer digits.
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def iso_of_epoch(seconds: int) -> str:
    return to_iso(datetime.fromtimestamp(seconds, UTC))


def from_iso(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the time has no time zone")
    return moment


def is_instant(text: str) -> bool:
    """Return whether a text has the form of an instant with a time zone, as callers write it."""
    return re.fullmatch(_INSTANT, text, re.ASCII | re.IGNORECASE) is not None


def read_instant(text: str) -> datetime:
    """Return the moment, in UTC, of a text with a time zone as callers write it. Raises ValueError or OverflowError."""
    if not is_instant(text):
        raise ValueError("not an instant with a time zone")
    return datetime.fromisoformat(text.upper()).astimezone(UTC)
