"""Ids: the patterns that callers must follow, and new ids."""

import secrets

from pixel.foundation.clock import epoch_seconds

ID_CHARACTERS_MAX = 128
WEBSITE_ID = rf"[A-Za-z0-9_-]{{1,{ID_CHARACTERS_MAX}}}"
WEBSITE_ID_FORM = "must be a website id: admx_ followed by letters, digits, _ or -."
EVENT_ID = rf"[A-Za-z0-9._:-]{{1,{ID_CHARACTERS_MAX}}}"
EVENT_ID_FORM = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -."
MADE_EVENT_ID = r"evt_[0-9a-f]{32}"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_TIME_CHARACTERS = 8  # milliseconds until the year 2059
_RANDOM_CHARACTERS = 12


def new_id(prefix: str) -> str:
    """Return a new id with this prefix, such as `goal_` and 20 characters.

    Ids rise with the time of their creation, to the millisecond: a list in order of ids is one in order of time.
    """
    moment = _base36(int(epoch_seconds() * 1000), _TIME_CHARACTERS)
    return f"{prefix}_{moment}{''.join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))}"


def new_event_id() -> str:
    """Return a random event id."""
    return f"evt_{secrets.token_hex(16)}"


def _base36(number: int, digits: int) -> str:
    written = ""
    for _ in range(digits):
        number, digit = divmod(number, len(_ALPHABET))
        written = _ALPHABET[digit] + written
    return written
