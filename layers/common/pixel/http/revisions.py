"""Revisions of records in headers: `ETag` in responses, `If-Match` in requests that change a record."""

import re
from collections.abc import Collection

from pixel.foundation.errors import ErrorCode, field_error
from pixel.http.route import Request

_IF_MATCH = "if-match"
_TAG = re.compile(r'"([1-9][0-9]{0,9})"')


def etag(revision: int) -> str:
    return f'"{revision}"'


def expected_revisions(request: Request) -> Collection[int] | None:
    """Return the revisions that If-Match allows, or None if it allows all.

    A tag that no record can have, a weak one among them, allows none.
    """
    values = request.headers.get(_IF_MATCH)
    if not values:
        return None
    given = ",".join(values)
    if given.strip() == "*":
        return None
    tags = (_TAG.fullmatch(tag.strip()) for tag in given.split(","))
    return {int(tag[1]) for tag in tags if tag}


def refuse_if_match(request: Request) -> None:
    """Refuse an If-Match on a route that creates a record, where there is no revision yet."""
    if request.header(_IF_MATCH) is not None:
        raise field_error(
            ErrorCode.INVALID_BODY,
            "If-Match",
            "unknown",
            "`If-Match` does not apply to a new record; remove it, or send an Idempotency-Key.",
        )
