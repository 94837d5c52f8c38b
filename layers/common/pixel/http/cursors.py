"""Pages of lists: cursors, which say where a page begins, and instants as filters."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

from pixel.foundation import clock, to_json
from pixel.foundation.clock import to_iso
from pixel.http.query import QueryParameters

_INSTANT = "must be an ISO 8601 instant with a time zone, such as 2026-01-31T18:00:00Z; write + as %2B."
_CURSOR = "must be the `meta.next_cursor` of a previous page; omit it to begin."
_OTHER_FILTERS = "belongs to a list with other filters; send the filters of that list, or omit it to begin."
_CURSOR_ID_CHARACTERS_MAX = 128


def read_instant(parameters: QueryParameters, name: str) -> str | None:
    """Return a parameter that is an instant, in its stored form, or None if it is missing."""
    given = parameters.non_empty_text(name)
    try:
        return None if given is None else to_iso(clock.read_instant(given))
    except (ValueError, OverflowError):
        parameters.faults.add(name, "invalid", f"`{name}` {_INSTANT}")
        return None


def write_cursor(after: str, filters: Mapping[str, str]) -> str:
    """Return a cursor, which holds no partition, so that a forged one reads nothing of other workspaces."""
    content = to_json([after, dict(sorted(filters.items()))])
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


def read_cursor(parameters: QueryParameters, filters: Mapping[str, str]) -> str | None:
    """Return the id behind which the page begins."""
    cursor = parameters.non_empty_text("cursor")
    if cursor is None:
        return None
    match _decoded(cursor):
        case [str(after), found] if 1 <= len(after) <= _CURSOR_ID_CHARACTERS_MAX and after.isascii():
            if found == filters:
                return after
            parameters.faults.add("cursor", "invalid", f"`cursor` {_OTHER_FILTERS}")
        case _:
            parameters.faults.add("cursor", "invalid", f"`cursor` {_CURSOR}")
    return None


def _decoded(cursor: str) -> object:
    try:
        return json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
