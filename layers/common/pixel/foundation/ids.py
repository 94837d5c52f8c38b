"""Ids: the patterns that callers must follow, and new random ids."""

import re
import secrets

ID_CHARACTERS_MAX = 128
WEBSITE_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{ID_CHARACTERS_MAX}}}")
WEBSITE_ID_FORM = "must be a website id: admx_ followed by letters, digits, _ or -."
EVENT_ID = re.compile(rf"[A-Za-z0-9._:-]{{1,{ID_CHARACTERS_MAX}}}")
EVENT_ID_FORM = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -."
MADE_EVENT_ID = re.compile(r"evt_[0-9a-f]{32}")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_CHARACTERS = 20


def new_id(prefix: str) -> str:
    """Return a random id with this prefix, such as `goal_` and 20 characters."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(_CHARACTERS))}"


def new_event_id() -> str:
    """Return a random event id."""
    return f"evt_{secrets.token_hex(16)}"
